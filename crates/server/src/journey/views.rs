//! How a journey looks to the borrower.

use cost::CostSheet;
use jiff::civil::Date;
use serde::Serialize;

use super::changes::{self, ChangeView};
use super::contacts::{self, ContactsOffer};
use super::documents::{DocumentView, offered};
use super::kind::Kind;
use super::line;
use super::model::{Journey, Next, Represented, State};
use super::reminders::RemindersView;
use super::steps::{self, Standing};
use super::{JourneyId, facts, store};
use crate::access::{self, Customer, Opens};
use crate::clock;
use crate::counter;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::disclosure::{self, Audience, NoticeView, Question, Sheet};
use crate::error::{Result, Text};
use crate::identity::{self, IdentityView};
use crate::ledger::{self, Sworn as _};
use crate::product::{self, KeyTerm, Protection};
use crate::signing::{self, SigningView};
use crate::suitability::{self, AffordabilityView, DecisionView};
use crate::vault;

#[derive(Serialize, utoipa::ToSchema)]
pub struct InstitutionView {
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub hotline: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ProductView {
    name: Text,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Reading {
    min_ms: i64,
    remaining_ms: i64,
    shown_at_ms: Option<i64>,
    read_at_ms: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Choice {
    id: &'static str,
    label: Text,
}

#[derive(Serialize, utoipa::ToSchema)]
struct QuestionView {
    id: Question,
    text: Text,
    choices: Vec<Choice>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct QuizView {
    questions: Vec<QuestionView>,
    tries: i64,
    wrong: i64,
    person_offered: bool,
    /// Until another try; 0 while trying is free.
    wait_ms: i64,
    understood_at_ms: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct SheetView {
    /// How many earlier sheets of other terms this one replaces.
    superseded: usize,
    digest: String,
    terms_digest: String,
    sheet: CostSheet,
    key_terms: Vec<KeyTerm>,
    without_guarantee: Option<Text>,
    /// What the contract promises of giving the money back.
    cooling_off: Option<Text>,
    no_other_charges: Text,
    reading: Reading,
    quiz: QuizView,
    confirmed_at_ms: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ProofView {
    state: ledger::State,
    /// When it was proved; until then, when it was committed.
    at_ms: i64,
    entry: Option<i64>,
}

/// A purpose on offer.
#[derive(Serialize, utoipa::ToSchema)]
struct PurposeView {
    code: &'static str,
    name: Text,
}

/// What a person may draw, and what they chose.
#[derive(Serialize, utoipa::ToSchema)]
struct DrawdownView {
    /// Fen.
    principal_min: i64,
    /// Fen: the product's most, the lender's limit or what is left of the line; below the least nothing may be drawn.
    principal_max: i64,
    periods_allowed: Vec<u32>,
    valid_until: Option<Date>,
    purposes: Vec<PurposeView>,
    principal: Option<i64>,
    periods: Option<i64>,
    purpose: Option<String>,
    /// The account, while it is the one that is kept of the person.
    account_masked: Option<String>,
    /// Whether it is the person's own; absent until one was chosen.
    account: Option<identity::Phase>,
}

/// The limit of a completed line.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CreditLineView)]
pub struct LineView {
    /// Fen.
    pub limit: i64,
    /// Fen left for drawdowns.
    pub left: i64,
    pub valid_until: Option<Date>,
}

/// The limit of a line, once the lender granted one.
pub async fn line_view(
    view: &impl Read,
    journey: &Journey,
    now_ms: i64,
) -> Result<Option<LineView>> {
    if journey.kind != Kind::Line {
        return Ok(None);
    }
    let Some(approved) = suitability::approved(view, journey.id.as_str()).await? else {
        return Ok(None);
    };
    let drawn = store::drawn(view, &journey.id, &journey.id, now_ms).await?;
    Ok(Some(LineView {
        limit: approved.limit,
        left: (approved.limit - drawn).max(0),
        valid_until: approved.valid_until,
    }))
}

async fn drawdown_view(
    view: &impl Read,
    journey: &Journey,
    definition: &product::Definition,
    lender: access::InstitutionKind,
    now_ms: i64,
) -> Result<DrawdownView> {
    let room = line::room(view, journey, definition, now_ms).await?;
    let chosen = store::chosen(view, &journey.id).await?;
    let account = match &chosen {
        Some(chosen) => steps::account(view, journey, chosen).await?,
        None => None,
    };
    let (purpose, account_masked) = chosen
        .map(|chosen| (chosen.purpose, chosen.account_masked))
        .unzip();
    Ok(DrawdownView {
        principal_min: definition.principal_min,
        principal_max: room.principal_max,
        periods_allowed: definition.periods_allowed.clone(),
        valid_until: room.valid_until,
        purposes: suitability::PURPOSES
            .iter()
            .filter(|purpose| purpose.allowed(lender))
            .map(|purpose| PurposeView {
                code: purpose.code,
                name: purpose.text(),
            })
            .collect(),
        principal: journey.principal,
        periods: journey.periods,
        purpose,
        account_masked: account_masked.filter(|_| account.is_some()),
        account,
    })
}

/// Everything the borrower's pages need, in one answer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CustomerJourney {
    id: String,
    institution: InstitutionView,
    product: ProductView,
    borrower_name_masked: String,
    phone_masked: String,
    /// The business for which this person borrows, when they do.
    business: Option<Represented>,
    audience: Audience,
    kind: Kind,
    state: State,
    /// `rights` once the time to act is over: then no step is shown.
    opens: Opens,
    /// What this journey asks for, in order.
    steps: Vec<Standing>,
    /// The first step that is not done.
    current: Option<Protection>,
    step: Next,
    /// With the step `identity`.
    identity: Option<IdentityView>,
    /// With the step `affordability`.
    affordability: Option<AffordabilityView>,
    /// With the step `credit_decision`.
    credit_decision: Option<DecisionView>,
    /// With the step `drawdown`, once it is its turn.
    drawdown: Option<DrawdownView>,
    /// Of a credit line.
    line: Option<LineView>,
    sheet: Option<SheetView>,
    /// What a journey of the kind `change` changes.
    change: Option<ChangeView>,
    /// Third persons: an offer, never a step.
    contacts: ContactsOffer,
    /// With the step `signing`, once the sheet is confirmed.
    signing: Option<SigningView>,
    /// With the step `total_cost_notice`, once it was shown.
    total_cost: Option<NoticeView>,
    person_asked_at_ms: Option<i64>,
    reminders: RemindersView,
    /// Until when (UTC ms) an unfinished journey is kept.
    expires_at_ms: i64,
    documents: Vec<DocumentView>,
    proof: Option<ProofView>,
    /// Name and badge of who helps on this very screen.
    assisted_by: Option<String>,
    /// The way back into the lender's app.
    leaving: access::Leaving,
    idle_timeout_ms: i64,
    server_now_ms: i64,
}

/// Reads the journey of a signed-in borrower.
pub async fn customer_journey(ctx: &Ctx, customer: &Customer) -> Result<CustomerJourney> {
    let now_ms = ctx.clock.now_ms();
    let view = ctx.db.read(&customer.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&customer.case)?).await?;
    let acts = customer.opens == Opens::Journey;
    let sheet = disclosure::find(&view, &customer.case).await?;
    let version = product::version(&view, &journey.product, journey.product_version).await?;
    let institution = access::institution(&view, &customer.institution).await?;
    let step = journey.next(sheet.as_ref().map(Sheet::step));
    let documents = offered(&view, &customer.case).await?;
    let superseded = disclosure::superseded(&view, &customer.case).await?.len();
    let steps = match customer.opens {
        Opens::Journey => steps::standings(&view, &journey, now_ms).await?,
        Opens::Rights => Vec::new(),
    };
    let proof = match step {
        Next::Done => last_proof(&view, &customer.case).await?,
        _ => None,
    };
    let asked = journey.asked(&version.definition);
    let asks = |protection| asked.contains(&protection);
    let subject = vault::subject_in(ctx, &view, &journey.subject, &customer.case).await?;
    let identity = if acts && asks(Protection::Identity) {
        let methods = steps::identity_methods(&view, &journey, &version.definition, now_ms).await?;
        Some(identity::view(&view, &customer.case, &subject, &methods).await?)
    } else {
        None
    };
    let signing = if asks(Protection::Signing) {
        let methods = steps::identity_methods(&view, &journey, &version.definition, now_ms).await?;
        signing::view(ctx, &view, &customer.case, &subject, &methods).await?
    } else {
        None
    };
    let total_cost = if acts && asks(Protection::TotalCostNotice) {
        let payee = steps::payee(&view, &journey).await?;
        disclosure::notice_view(&view, &customer.case, payee.as_deref(), now_ms).await?
    } else {
        None
    };
    let affordability = if asks(Protection::Affordability) {
        let age = subject.age_on(clock::civil_date(now_ms))?;
        let below = ctx.config.suitability.ask_studying_below_age;
        let shown = suitability::affordability(&view, &customer.case, age, below).await?;
        let step = steps
            .iter()
            .find(|one| one.protection == Protection::Affordability);
        Some(match step {
            Some(step) => shown.standing(step.progress),
            None => shown,
        })
    } else {
        None
    };
    let credit_decision = if asks(Protection::CreditDecision) {
        Some(suitability::credit_decision(&view, &customer.case).await?)
    } else {
        None
    };
    let turn = steps
        .iter()
        .any(|one| one.protection == Protection::Drawdown)
        && steps::may(&steps, Protection::Drawdown).is_ok();
    let drawdown = if turn && journey.state != State::Completed {
        let definition = &version.definition;
        Some(drawdown_view(&view, &journey, definition, institution.kind, now_ms).await?)
    } else {
        None
    };
    let line = line_view(&view, &journey, now_ms).await?;
    let assisted_by = match counter::current(&view, customer).await? {
        Some(assistance) => Some(access::staff_label(&view, &assistance.staff).await?),
        None => None,
    };
    let state = state_at(&journey, now_ms);
    let contacts = contacts::offer(ctx, &view, &journey, &version.definition).await?;
    let leaving = access::leaving(&view, &customer.case, state.as_str()).await?;
    let change = changes::shown(&view, &journey).await?;
    let own = access::settings(&view).await?.settings;
    let reminders = store::reminders(&view, &journey.id).await?;
    drop(view);
    Ok(CustomerJourney {
        reminders: reminders.view(journey.kind, state, own.remind_hours(&ctx.config)),
        expires_at_ms: journey.expires_at_ms,
        leaving,
        change,
        contacts,
        institution: InstitutionView {
            code: institution.code,
            name: institution.name,
            short_name: institution.short_name,
            hotline: institution.hotline,
        },
        product: ProductView {
            name: version.definition.name,
        },
        identity,
        signing,
        total_cost,
        affordability,
        credit_decision,
        drawdown,
        line,
        kind: journey.kind,
        current: steps::current(&steps),
        steps,
        step,
        state,
        documents,
        opens: customer.opens,
        sheet: sheet
            .filter(|_| acts)
            .map(|sheet| sheet_view(sheet, superseded, now_ms))
            .transpose()?,
        proof,
        id: journey.id.to_string(),
        borrower_name_masked: journey.borrower_masked,
        phone_masked: subject.phone_masked,
        business: journey.business,
        audience: journey.audience,
        person_asked_at_ms: journey.person_asked_at_ms,
        assisted_by,
        idle_timeout_ms: ctx.config.access.customer_idle_minutes * 60_000,
        server_now_ms: now_ms,
    })
}

/// The state as it is now: an expiry that no job has recorded yet counts already.
pub fn state_at(journey: &Journey, now_ms: i64) -> State {
    if journey.disbursed_at_ms.is_some() {
        State::Disbursed
    } else if journey.state == State::Cancelled {
        State::Cancelled
    } else if journey.alive(now_ms).is_err() {
        State::Expired
    } else {
        journey.state
    }
}

/// The step that a journey without a price is at.
pub async fn unpriced_at(
    view: &impl Read,
    journey: &Journey,
    now_ms: i64,
) -> Result<Option<Protection>> {
    if state_at(journey, now_ms) != State::WaitingPrice {
        return Ok(None);
    }
    let standings = steps::standings(view, journey, now_ms).await?;
    Ok(steps::current(&standings))
}

async fn last_proof(view: &impl Read, case: &str) -> Result<Option<ProofView>> {
    let completed = ledger::latest(view, case, facts::Completed::KIND).await?;
    Ok(completed.map(|entry| ProofView {
        state: entry.state,
        at_ms: entry.proved_at_ms.unwrap_or(entry.at_ms),
        entry: entry.index,
    }))
}

fn sheet_view(sheet: Sheet, superseded: usize, now_ms: i64) -> Result<SheetView> {
    let shown = sheet.shown()?;
    let questions = disclosure::QUESTIONS
        .iter()
        .map(|question| QuestionView {
            id: *question,
            text: question_text(*question),
            choices: sheet
                .quiz
                .choices(*question)
                .into_iter()
                .map(|(id, fen)| Choice {
                    id,
                    label: Text::new(
                        format!("{} 元", cost::yuan(fen)),
                        format!("{} yuan", cost::yuan(fen)),
                    ),
                })
                .collect(),
        })
        .collect();
    let remaining_ms = if sheet.progress.read_at_ms.is_some() {
        0
    } else {
        sheet.remaining_ms(now_ms)
    };
    Ok(SheetView {
        superseded,
        reading: Reading {
            min_ms: sheet.reading_ms,
            remaining_ms,
            shown_at_ms: sheet.progress.shown_at_ms,
            read_at_ms: sheet.progress.read_at_ms,
        },
        quiz: QuizView {
            questions,
            tries: sheet.progress.tries,
            wrong: sheet.progress.wrong,
            wait_ms: sheet.wait_ms(now_ms),
            person_offered: sheet.progress.wrong >= disclosure::WRONG_UNTIL_PERSON,
            understood_at_ms: sheet.progress.understood_at_ms,
        },
        confirmed_at_ms: sheet.progress.confirmed_at_ms,
        digest: sheet.sheet_digest,
        terms_digest: sheet.terms_digest,
        sheet: shown.sheet,
        key_terms: shown.key_terms,
        without_guarantee: shown.without_guarantee,
        cooling_off: shown.cooling_off_text,
        no_other_charges: shown.no_other_charges,
    })
}

fn question_text(question: Question) -> Text {
    match question {
        Question::Total => Text::new(
            "按计划还清，您一共要还多少钱？",
            "Repaying as planned, how much will you pay in all?",
        ),
        Question::FirstPayment => {
            Text::new("第一期要还多少钱？", "How much is the first instalment?")
        }
    }
}

//! Verbs of suitability. Those of the person and the lender work inside the journey's transaction; staff's are whole.

use serde::{Deserialize, Serialize};

use super::decision::{Decision, FEN_MAX, Given, Standing};
use super::facts;
use super::model::{
    Case, Cause, Facts, Occupation, Outcome, Review, ReviewId, Step, Studying, Supplied, Verdict,
    assess,
};
use super::purposes::{Scene, purpose_of};
use super::refusal::Refused;
use super::store;
use crate::access::{self, InstitutionKind, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::ledger::{self, Changed, Fact, Sworn, Tx};
use crate::vault::{self, Basis, ItemKind, Private, Purpose, SubjectId};

/// How long the figures may be opened for this purpose.
const ASSESS_DAYS: i64 = 30;
/// What is looked at, and nothing else.
const ITEMS: [ItemKind; 4] = [
    ItemKind::MonthlyIncome,
    ItemKind::MonthlyDebts,
    ItemKind::Occupation,
    ItemKind::SuppliedFigures,
];

/// Figures of a person as the lender knows them, fen; each may be absent.
#[derive(Clone, Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Income of a month, verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_income: Option<i64>,
    /// All credit at other lenders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_elsewhere: Option<i64>,
    /// What stands at this institution already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_here: Option<i64>,
}

/// Where the money is to be spent, as the lender knows it.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneGiven {
    /// Merchant category code, ISO 18245.
    pub mcc: u16,
    /// Price of the purchase, fen.
    pub amount: Option<i64>,
}

/// What the lender hands over before the person is asked.
#[derive(Clone, Copy, Debug)]
pub struct Supply<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    pub figures: &'a Figures,
    pub scene: Option<SceneGiven>,
}

/// Takes what the lender knows; too late once the person has answered.
pub async fn supply(tx: &mut Tx, what: Supply<'_>) -> Result<Changed> {
    if store::lock(tx, what.case).await?.is_some() {
        return Err(Refused::Assessed.into());
    }
    let named = [
        ("monthly_income", what.figures.monthly_income),
        ("credit_elsewhere", what.figures.credit_elsewhere),
        ("credit_here", what.figures.credit_here),
    ];
    let figures: Vec<&'static str> = named
        .iter()
        .filter_map(|(name, value)| value.map(|_| *name))
        .collect();
    let amounts = named
        .iter()
        .filter_map(|(_, value)| *value)
        .chain(what.scene.and_then(|scene| scene.amount));
    for amount in amounts {
        in_range(amount)?;
    }
    if figures.is_empty() && what.scene.is_none() {
        return Ok(Changed::No);
    }
    if !figures.is_empty() {
        let text = Private::new(serde_json::to_string(what.figures)?);
        vault::keep(tx, what.subject, ItemKind::SuppliedFigures, &text).await?;
    }
    if let Some(scene) = what.scene {
        if scene.mcc > 9_999 {
            return Err(Refused::SceneCode.into());
        }
        let kept = store::Scene {
            mcc: scene.mcc.into(),
            amount: scene.amount,
        };
        store::insert_scene(tx, what.case, kept).await?;
    }
    let supplied = facts::Supplied {
        figures: &figures,
        mcc: what.scene.map(|scene| scene.mcc.into()),
    };
    record(tx, what.case, what.subject, &supplied)?;
    Ok(Changed::Yes)
}

/// What the person answers.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    pub occupation: Occupation,
    /// Wanted below `suitability.ask_studying_below_age`.
    pub studying: Option<Studying>,
    /// Fen.
    pub monthly_income: Private<i64>,
    /// Fen: what is repaid elsewhere every month.
    pub monthly_debts: Private<i64>,
    /// A code of [`super::PURPOSES`].
    pub purpose: String,
}

/// A person's answers with what the journey knows.
#[derive(Debug)]
pub struct Declare<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    /// Whole years today.
    pub age: i64,
    /// Fen.
    pub principal: i64,
    /// The largest instalment, fen.
    pub instalment: i64,
    pub declaration: &'a Declaration,
}

/// Keeps the answers and assesses them by the rules in force; answering again changes nothing.
pub async fn declare(tx: &mut Tx, what: Declare<'_>) -> Result<Changed> {
    if store::lock(tx, what.case).await?.is_some() {
        return Ok(Changed::No);
    }
    let said = what.declaration;
    let (income, debts) = (*said.monthly_income.expose(), *said.monthly_debts.expose());
    in_range(income)?;
    in_range(debts)?;
    if purpose_of(&said.purpose).is_none() {
        return Err(Refused::PurposeUnknown.into());
    }
    let asked = what.age < tx.ctx().config.suitability.ask_studying_below_age;
    let studying = match said.studying {
        Some(studying) => studying,
        None if asked && said.occupation != Occupation::Student => {
            return Err(Refused::StudyingMissing.into());
        }
        None => Studying::No,
    };
    for (item, value) in [
        (ItemKind::Occupation, said.occupation.as_str().to_owned()),
        (ItemKind::MonthlyIncome, income.to_string()),
        (ItemKind::MonthlyDebts, debts.to_string()),
    ] {
        vault::keep(tx, what.subject, item, &Private::new(value)).await?;
    }
    let until_ms = tx.now_ms() + ASSESS_DAYS * clock::DAY_MS;
    let purpose = Purpose::AssessAffordability;
    vault::grant(tx, what.subject, purpose, &ITEMS, Basis::Contract, until_ms).await?;
    let scene = store::scene(tx, what.case).await?;
    let lender = access::institution(tx, tx.institution()?).await?.kind;
    let facts = Facts {
        lender,
        age: what.age,
        occupation: said.occupation,
        studying,
        income,
        debts,
        supplied: supplied(tx, what.subject).await?,
        instalment: what.instalment,
        principal: what.principal,
        purpose: &said.purpose,
        scene: scene
            .map(|kept| -> Result<Scene> {
                Ok(Scene {
                    mcc: u16::try_from(kept.mcc)?,
                    amount: kept.amount,
                })
            })
            .transpose()?,
    };
    conclude(tx, &what, lender, &facts).await?;
    Ok(Changed::Yes)
}

/// Applies the rules in force and swears to the outcome; what they can't decide goes to staff.
async fn conclude(
    tx: &mut Tx,
    what: &Declare<'_>,
    lender: InstitutionKind,
    facts: &Facts<'_>,
) -> Result<()> {
    let today = clock::civil_date(tx.now_ms());
    let rules = tx.ctx().config.suitability.in_force(lender.as_str(), today);
    let rules_digest = digest_of(&proof::canonical::to_vec(&rules)?);
    let assessed = assess(facts, &rules);
    let case = Case {
        case: what.case.to_owned(),
        subject: what.subject.clone(),
        outcome: assessed.outcome,
        reasons: assessed.reasons,
        purpose: facts.purpose.to_owned(),
        rules_digest,
        decided_by: None,
        declared_at_ms: tx.now_ms(),
        version: 1,
    };
    store::insert(tx, &case).await?;
    let reasons: Vec<&'static str> = case.reasons.iter().map(|reason| reason.code()).collect();
    let fact = facts::Assessed {
        outcome: case.outcome,
        reasons: &reasons,
        rules_digest: &case.rules_digest,
    };
    record(tx, what.case, what.subject, &fact)?;
    if case.outcome == Outcome::Held {
        begin_review(
            tx,
            what.case,
            what.subject,
            Step::Affordability,
            Cause::Held,
            None,
        )
        .await?;
    }
    Ok(())
}

/// What the lender handed over about a person, opened for this assessment.
async fn supplied(tx: &mut Tx, subject: &SubjectId) -> Result<Supplied> {
    if !vault::keeps(tx, subject, ItemKind::SuppliedFigures).await? {
        return Ok(Supplied::default());
    }
    let text = vault::open(
        tx,
        subject,
        ItemKind::SuppliedFigures,
        Purpose::AssessAffordability,
    )
    .await?;
    // The parser's own message might repeat what it read.
    let figures: Figures = serde_json::from_str(text.expose())
        .map_err(|_| Error::internal("supplied figures that don't parse"))?;
    Ok(Supplied {
        income: figures.monthly_income,
        credit_total: figures.credit_elsewhere,
        standing: figures.credit_here,
    })
}

/// The lender's decision; the same one again changes nothing, another one is refused until a review overturned the
/// first or its limit's last day is over.
pub async fn decide(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    given: &Given,
) -> Result<Changed> {
    let today = clock::civil_date(tx.now_ms());
    given.check(today)?;
    let known = store::lock_decision(tx, case).await?;
    let version = match &known {
        Some(known) if !known.gives_way(today) => {
            return if known.given == *given {
                Ok(Changed::No)
            } else {
                Err(Refused::DecisionFinal.into())
            };
        }
        Some(before) => before.version,
        None => 0,
    };
    let decision = Decision {
        case: case.to_owned(),
        subject: subject.clone(),
        given: given.clone(),
        standing: Standing::InForce,
        decided_at_ms: tx.now_ms(),
        version,
    };
    store::put_decision(tx, &decision).await?;
    let reasons: Vec<&str> = given.reasons.iter().map(|r| r.code.as_str()).collect();
    let fact = facts::Decided {
        ruling: given.ruling,
        made: given.made,
        limit: given.limit,
        valid_until: given.valid_until.map(|date| date.to_string()),
        reasons: &reasons,
        reasons_digest: &digest_of(&proof::canonical::to_vec(&given.reasons)?),
    };
    record(tx, case, subject, &fact)?;
    Ok(Changed::Yes)
}

/// The person asks for a human to look at a refusal (PIPL 24); once a refusal.
pub async fn ask_review(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    step: Step,
) -> Result<Changed> {
    let (refused, since_ms, decided_by) = match step {
        Step::Affordability => {
            let known = store::lock(tx, case)
                .await?
                .ok_or(Refused::NothingRefused)?;
            let refused = known.outcome == Outcome::Refused;
            (refused, known.declared_at_ms, known.decided_by)
        }
        Step::CreditDecision => {
            let known = store::lock_decision(tx, case)
                .await?
                .ok_or(Refused::NothingRefused)?;
            (known.refused(), known.decided_at_ms, None)
        }
    };
    if !refused {
        return Err(Refused::NothingRefused.into());
    }
    // A later decision after an overturned one is another refusal, and may be looked at too.
    let before = store::reviews(tx, case).await?.into_iter().find(|review| {
        review.step == step && review.cause == Cause::Asked && review.asked_at_ms >= since_ms
    });
    match before {
        Some(review) if review.verdict.is_none() => return Ok(Changed::No),
        Some(_) => return Err(Refused::ReviewClosed.into()),
        None => {}
    }
    begin_review(tx, case, subject, step, Cause::Asked, decided_by).await?;
    Ok(Changed::Yes)
}

async fn begin_review(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    step: Step,
    cause: Cause,
    decided_by: Option<String>,
) -> Result<()> {
    let review = Review {
        id: ReviewId::fresh(tx.now_ms(), &tx.ctx().random),
        case: case.to_owned(),
        subject: subject.clone(),
        step,
        cause,
        decided_by,
        asked_at_ms: tx.now_ms(),
        due_at_ms: tx.now_ms() + tx.ctx().config.suitability.review_days * clock::DAY_MS,
        verdict: None,
        words: None,
        reviewer: None,
        closed_at_ms: None,
    };
    store::insert_review(tx, &review).await?;
    let fact = facts::ReviewAsked {
        review: review.id.as_str(),
        step,
        cause,
        due_at_ms: review.due_at_ms,
    };
    record(tx, case, subject, &fact)
}

/// A member of staff concludes a review, with words for the person.
pub async fn close_review(
    ctx: &Ctx,
    staff: &Staff,
    id: &ReviewId,
    verdict: Verdict,
    words: &str,
) -> Result<()> {
    staff.must(Right::ReviewSuitability)?;
    let seat = staff.seat();
    let mut tx = ledger::begin(ctx, &seat).await?;
    let review = store::lock_review(&tx, id)
        .await?
        .close(&seat.id, verdict, words, tx.now_ms())?;
    store::save_review(&mut tx, &review).await?;
    match review.step {
        Step::Affordability => {
            let mut case = store::lock(&tx, &review.case)
                .await?
                .ok_or_else(Error::not_found)?;
            case.outcome = match verdict {
                Verdict::Pass => Outcome::Pass,
                Verdict::Refuse => Outcome::Refused,
            };
            case.decided_by = Some(seat.id.clone());
            store::save(&mut tx, &case).await?;
        }
        Step::CreditDecision => {
            let mut decision = store::lock_decision(&tx, &review.case)
                .await?
                .ok_or_else(Error::not_found)?;
            if verdict == Verdict::Pass {
                decision.standing = Standing::Overturned;
                store::put_decision(&mut tx, &decision).await?;
            }
        }
    }
    let fact = facts::Reviewed {
        review: review.id.as_str(),
        step: review.step,
        cause: review.cause,
        verdict,
        words_digest: &digest_of(review.words.as_deref().unwrap_or_default().as_bytes()),
    };
    record(&mut tx, &review.case, &review.subject, &fact)?;
    ledger::commit_recorded(tx).await
}

fn in_range(amount: i64) -> Result<(), Refused> {
    if (0..=FEN_MAX).contains(&amount) {
        Ok(())
    } else {
        Err(Refused::AmountRange)
    }
}

fn record<S: Sworn>(tx: &mut Tx, case: &str, subject: &SubjectId, sworn: &S) -> Result<()> {
    tx.record(Fact::of(case, sworn)?.about(subject));
    Ok(())
}

fn digest_of(bytes: &[u8]) -> String {
    proof::hex::encode(&proof::digest::sha256(bytes))
}

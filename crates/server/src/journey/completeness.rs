//! How complete a loan is: each protection that its product version asks, whether it stands, and the fact that proves it.
//!
//! Whether a step stands is what the release asks too; here is only said which fact shows it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::facts::DrawdownChosen;
use super::kind::Kind;
use super::model::{Journey, State};
use super::steps::{self, Standing};
use super::views::state_at;
use super::{JourneyId, line, store};
use crate::consent::ConsentKind;
use crate::ctx::Ctx;
use crate::db::View;
use crate::disbursement::{self, PaidFact, TokenIssuedFact};
use crate::error::{Result, Text};
use crate::ledger::{self, Entry, Sworn as _};
use crate::product::{Progress, Protection};
use crate::recording::PassedFact as RecordedFact;

const RELEASE: &str = "release";
const PAYMENT: &str = "payment";
/// A sheet of other terms begins what follows it anew.
const PREPARED: &str = "disclosure.prepared.v1";

/// Every step in the order in which products ask them.
pub const STEPS: [Protection; 11] = [
    Protection::PersonalInformationNotice,
    Protection::SeparateConsents,
    Protection::Identity,
    Protection::CreditAuthority,
    Protection::Affordability,
    Protection::CreditDecision,
    Protection::Drawdown,
    Protection::CostDisclosure,
    Protection::Recording,
    Protection::Signing,
    Protection::TotalCostNotice,
];

/// What a column of the matrix is about.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CompletenessColumn)]
pub struct Column {
    /// A protection's name, `release` or `payment`.
    pub code: String,
    pub title: Text,
}

/// Every column there may be, in order.
pub fn columns() -> Vec<Column> {
    let steps = STEPS.into_iter().map(|step| Column {
        code: code(step),
        title: step.title(),
    });
    let ends = [
        (RELEASE, Text::new("放款许可", "Release")),
        (PAYMENT, Text::new("付款报告", "Payment")),
    ];
    let ends = ends.into_iter().map(|(code, title)| Column {
        code: code.to_owned(),
        title,
    });
    steps.chain(ends).collect()
}

fn code(step: Protection) -> String {
    let word = serde_json::to_value(step).ok();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// How a protection of a loan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CompletenessState)]
pub enum CellState {
    /// Its fact is under a published checkpoint.
    Proved,
    /// It stands, and its fact is not published yet.
    Done,
    /// The loan was completed or paid without it.
    Missing,
    /// A consent was decided here, but its fact's body went with the person: for which protection can't be said any more.
    Gone,
    /// The loan has not come this far.
    NotDue,
}

/// One protection of one loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CompletenessCell)]
pub struct Cell {
    pub state: CellState,
    /// The case of the fact: the loan, or the line that it is a drawdown of.
    pub case: Option<String>,
    /// Number of the fact in its case.
    pub no: Option<i64>,
}

/// A loan's protections by column; one that its product version doesn't ask is not there.
#[derive(Clone, Debug)]
pub struct Completeness {
    pub journey: JourneyId,
    pub cells: BTreeMap<String, Cell>,
}

impl Completeness {
    /// How many protections are missing.
    pub fn gaps(&self) -> usize {
        let missing = |cell: &&Cell| cell.state == CellState::Missing;
        self.cells.values().filter(missing).count()
    }
}

/// Facts that close a step; several kinds where it may be closed in several ways.
fn closing(step: Protection) -> &'static [&'static str] {
    match step {
        Protection::PersonalInformationNotice => &["consent.acknowledged.v1"],
        Protection::SeparateConsents => &["consent.given.v1", "consent.declined.v1"],
        Protection::CreditAuthority => &["consent.given.v1"],
        Protection::Identity => &["identity.verified.v1"],
        Protection::Affordability => &["suitability.assessed.v1", "suitability.reviewed.v1"],
        Protection::CreditDecision => &["suitability.decided.v1"],
        Protection::Drawdown => &[DrawdownChosen::KIND],
        Protection::CostDisclosure => &["disclosure.confirmed.v1"],
        Protection::Recording => &[RecordedFact::KIND],
        Protection::Signing => &["signing.signed.v1"],
        Protection::TotalCostNotice => &["disclosure.total_cost_confirmed.v1"],
    }
}

/// Steps whose facts say by a word of their bodies which of both they are about.
fn is_consent(step: Protection) -> bool {
    matches!(
        step,
        Protection::CreditAuthority | Protection::SeparateConsents
    )
}

/// Whether a fact of a closing kind is about this step; a consent whose person is forgotten proves neither.
fn is_about(entry: &Entry, step: Protection) -> bool {
    let kind = entry.data["kind"].as_str().and_then(ConsentKind::parse);
    !is_consent(step) || kind.is_some_and(|kind| kind.step() == step)
}

/// What is known of a loan beside its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// No money moved, and nobody said it may.
    Open,
    /// Every step was done once.
    Completed,
    /// A payment was reported, and nothing was found to be lacking then.
    Paid,
    /// A payment was reported although a step did not stand.
    PaidUnprotected,
    /// Nothing is left of the person but facts.
    Destroyed,
}

/// How a step's cell reads. Pure.
fn state(progress: Progress, end: End, fact: Option<&Entry>) -> CellState {
    let stood = match end {
        End::Open => progress == Progress::Done,
        End::Completed | End::PaidUnprotected => progress == Progress::Done && fact.is_some(),
        // What was taken back since, or emptied, stood when it mattered, as its fact shows; without one nothing does.
        End::Paid | End::Destroyed => fact.is_some(),
    };
    match (stood, fact.map(|fact| fact.state)) {
        (true, Some(ledger::State::Proved)) => CellState::Proved,
        (true, _) => CellState::Done,
        (false, _) if matches!(end, End::Completed | End::Paid | End::PaidUnprotected) => {
            CellState::Missing
        }
        (false, _) => CellState::NotDue,
    }
}

fn cell(state: CellState, fact: Option<&Entry>) -> Cell {
    let shows = matches!(state, CellState::Proved | CellState::Done);
    let fact = fact.filter(|_| shows);
    Cell {
        state,
        case: fact.map(|fact| fact.case.clone()),
        no: fact.map(|fact| fact.no),
    }
}

/// The facts of some cases that close anything.
pub struct Closed {
    by_case: HashMap<String, Vec<Entry>>,
}

impl Closed {
    pub async fn of(view: &View, cases: &[&str]) -> Result<Self> {
        let steps = STEPS.into_iter().flat_map(|step| closing(step).to_vec());
        let ends = [TokenIssuedFact::KIND, PaidFact::KIND, PREPARED];
        let kinds: Vec<&str> = steps.chain(ends).collect();
        let mut by_case: HashMap<String, Vec<Entry>> = HashMap::new();
        for entry in ledger::of_kinds(view, cases, &kinds).await? {
            by_case.entry(entry.case.clone()).or_default().push(entry);
        }
        Ok(Self { by_case })
    }

    /// The newest fact of a case that closes a step.
    fn step(&self, case: &str, step: Protection) -> Option<&Entry> {
        let closes =
            |entry: &&Entry| closing(step).contains(&entry.kind.as_str()) && is_about(entry, step);
        self.by_case.get(case)?.iter().rev().find(closes)
    }

    /// Whether a consent of a case can't be told from another any more.
    fn is_gone(&self, case: &str, step: Protection) -> bool {
        let gone = |entry: &Entry| {
            closing(step).contains(&entry.kind.as_str()) && entry.data["kind"].is_null()
        };
        let entries = self.by_case.get(case);
        is_consent(step) && entries.is_some_and(|entries| entries.iter().any(gone))
    }

    /// Whether a fact closed a step, under the terms of the newest sheet where they matter.
    pub fn stands(&self, case: &str, step: Protection) -> bool {
        let Some(fact) = self.step(case, step) else {
            return false;
        };
        let of_sheet = [
            Protection::CostDisclosure,
            Protection::Recording,
            Protection::Signing,
            Protection::TotalCostNotice,
        ];
        let prepared = self.newest(case, PREPARED).map_or(0, |sheet| sheet.no);
        !of_sheet.contains(&step) || fact.no > prepared
    }

    fn newest(&self, case: &str, kind: &str) -> Option<&Entry> {
        let facts = self.by_case.get(case)?;
        facts.iter().rev().find(|entry| entry.kind == kind)
    }
}

/// How complete each of some loans is, in the order asked; the caller bounds their number.
pub async fn completeness(ctx: &Ctx, view: &View, ids: &[JourneyId]) -> Result<Vec<Completeness>> {
    let now_ms = ctx.clock.now_ms();
    let names: Vec<&str> = ids.iter().map(JourneyId::as_str).collect();
    let found = store::many(view, &names).await?;
    let lines: Vec<&str> = found
        .iter()
        .filter_map(|journey| journey.line.as_ref().map(JourneyId::as_str))
        .collect();
    let cases: Vec<&str> = names.iter().copied().chain(lines).collect();
    let closed = Closed::of(view, &cases).await?;
    let unprotected = disbursement::paid_unprotected(view, &names).await?;
    let destroyed = store::forgotten_among(view, &names).await?;
    let mut by_id: HashMap<String, Completeness> = HashMap::new();
    for journey in &found {
        let id = journey.id.as_str();
        let end = match journey.disbursed_at_ms {
            Some(_) if unprotected.contains(id) => End::PaidUnprotected,
            Some(_) => End::Paid,
            None if destroyed.contains(id) => End::Destroyed,
            None if journey.state == State::Completed => End::Completed,
            None => End::Open,
        };
        let one = of_one(view, journey, &closed, end, now_ms).await?;
        by_id.insert(id.to_owned(), one);
    }
    Ok(names.iter().filter_map(|id| by_id.remove(*id)).collect())
}

async fn of_one(
    view: &View,
    journey: &Journey,
    closed: &Closed,
    end: End,
    now_ms: i64,
) -> Result<Completeness> {
    let mut cells = BTreeMap::new();
    let own = steps::standings(view, journey, now_ms).await?;
    let of_line = line::standings(view, journey, now_ms).await?;
    let with = |standings: Vec<Standing>, case: Option<&JourneyId>| {
        let case = case.map(JourneyId::to_string);
        standings.into_iter().map(move |one| (one, case.clone()))
    };
    let all = with(of_line, journey.line.as_ref()).chain(with(own, Some(&journey.id)));
    for (standing, case) in all {
        let step = standing.protection;
        let fact = case.as_ref().and_then(|case| closed.step(case, step));
        let gone = case.is_some_and(|case| closed.is_gone(&case, step));
        let state = match state(standing.progress, end, fact) {
            CellState::Missing | CellState::NotDue if gone => CellState::Gone,
            state => state,
        };
        // Nothing was asked separately in this loan.
        let nothing = step == Protection::SeparateConsents
            && standing.progress == Progress::Done
            && fact.is_none();
        if !nothing || gone {
            cells.insert(code(step), cell(state, fact));
        }
    }
    if matches!(journey.kind, Kind::Loan | Kind::Drawdown) {
        let paid = journey.disbursed_at_ms.is_some();
        for (column, kind) in [(RELEASE, TokenIssuedFact::KIND), (PAYMENT, PaidFact::KIND)] {
            let fact = closed.newest(journey.id.as_str(), kind);
            let state = match fact.map(|fact| fact.state) {
                Some(ledger::State::Proved) => CellState::Proved,
                Some(_) => CellState::Done,
                None if paid => CellState::Missing,
                None => CellState::NotDue,
            };
            cells.insert(column.to_owned(), cell(state, fact));
        }
    }
    Ok(Completeness {
        journey: journey.id.clone(),
        cells,
    })
}

/// A loan in one line, as a list of many shows it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = LoanBrief)]
pub struct Brief {
    pub journey: String,
    pub reference: String,
    pub borrower_masked: String,
    /// Product code.
    pub product: String,
    pub product_version: i64,
    pub state: State,
    /// Fen.
    pub principal: Option<i64>,
    pub created_at_ms: i64,
    pub paid_at_ms: Option<i64>,
    /// The person's data was destroyed: ids, sums and facts are left.
    pub destroyed: bool,
}

/// Loans in one line each, by id.
pub async fn briefs(ctx: &Ctx, view: &View, ids: &[&str]) -> Result<HashMap<String, Brief>> {
    let destroyed = store::forgotten_among(view, ids).await?;
    let now_ms = ctx.clock.now_ms();
    let found = store::many(view, ids).await?;
    let brief = |journey: Journey| {
        let id = journey.id.to_string();
        let brief = Brief {
            state: state_at(&journey, now_ms),
            destroyed: destroyed.contains(&id),
            journey: id.clone(),
            reference: journey.reference,
            borrower_masked: journey.borrower_masked,
            product: journey.product_code,
            product_version: journey.product_version,
            principal: journey.principal,
            created_at_ms: journey.created_at_ms,
            paid_at_ms: journey.disbursed_at_ms,
        };
        (id, brief)
    };
    Ok(found.into_iter().map(brief).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use CellState::{Done, Missing, NotDue, Proved};

    fn fact(state: ledger::State, data: Value) -> Entry {
        Entry {
            case: "jny_1".to_owned(),
            no: 3,
            kind: String::new(),
            at_ms: 1,
            seat_kind: String::new(),
            seat_id: String::new(),
            data,
            index: None,
            state,
            proved_at_ms: None,
            commitment: String::new(),
        }
    }

    #[test]
    fn a_cell_says_what_is_missing_only_where_it_was_due() {
        use ledger::State::{Committed, Sequenced};
        let proved = fact(ledger::State::Proved, Value::Null);
        let (fresh, placed) = (fact(Committed, Value::Null), fact(Sequenced, Value::Null));
        let cases = [
            (Progress::Done, End::Open, Some(&proved), Proved),
            (Progress::Done, End::Open, Some(&fresh), Done),
            (Progress::Done, End::Completed, Some(&placed), Done),
            (Progress::Done, End::Open, None, Done),
            (Progress::Done, End::Completed, None, Missing),
            (Progress::Open, End::Open, Some(&proved), NotDue),
            (Progress::Waiting, End::Completed, Some(&proved), Missing),
            // Taken back after the money moved.
            (Progress::Open, End::Paid, Some(&proved), Proved),
            // Paid before anybody looked for what was lacking.
            (Progress::Open, End::Paid, None, Missing),
            (Progress::Done, End::Paid, None, Missing),
            (Progress::Done, End::PaidUnprotected, None, Missing),
            (Progress::Open, End::PaidUnprotected, None, Missing),
            (Progress::Done, End::PaidUnprotected, Some(&proved), Proved),
            (Progress::Open, End::Destroyed, Some(&proved), Proved),
            (Progress::Open, End::Destroyed, None, NotDue),
        ];
        for (progress, end, fact, expected) in cases {
            assert_eq!(state(progress, end, fact), expected, "{progress:?} {end:?}");
        }
        assert_eq!(cell(Missing, Some(&proved)).no, None, "no proof of a gap");
        assert_eq!(cell(Proved, Some(&proved)).no, Some(3));
    }

    #[test]
    fn a_consent_for_the_bureau_is_no_separate_one() {
        let of = |kind: &str| fact(ledger::State::Proved, json!({ "kind": kind }));
        let bureau = of("credit_bureau");
        assert!(is_about(&bureau, Protection::CreditAuthority));
        assert!(!is_about(&bureau, Protection::SeparateConsents));
        assert!(is_about(&of("marketing"), Protection::SeparateConsents));
    }

    #[test]
    fn a_forgotten_consent_proves_neither_and_says_so() {
        let gone = Entry {
            kind: "consent.given.v1".to_owned(),
            ..fact(ledger::State::Proved, Value::Null)
        };
        let both = [Protection::CreditAuthority, Protection::SeparateConsents];
        for step in both {
            assert!(!is_about(&gone, step), "{step:?}");
        }
        let closed = Closed {
            by_case: HashMap::from([("jny_1".to_owned(), vec![gone])]),
        };
        for step in both {
            assert!(closed.step("jny_1", step).is_none(), "{step:?}");
            assert!(closed.is_gone("jny_1", step), "{step:?}");
        }
        assert!(!closed.is_gone("jny_1", Protection::Signing));
        assert!(!closed.is_gone("jny_2", Protection::CreditAuthority));
    }

    #[test]
    fn every_step_has_a_column_of_its_own_name() {
        let columns: Vec<String> = columns().into_iter().map(|column| column.code).collect();
        assert_eq!(columns.len(), STEPS.len() + 2);
        assert_eq!(
            columns[7..],
            [
                "cost_disclosure",
                "recording",
                "signing",
                "total_cost_notice",
                "release",
                "payment"
            ]
        );
    }
}

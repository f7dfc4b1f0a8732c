//! Verbs of suitability. Those of the person and the lender work inside the journey's transaction; staff's are whole.

mod reviews;
mod supply;

use reviews::begin_review;
pub use reviews::{ask_review, close_review};
use serde::Deserialize;
use supply::supplied;
pub use supply::{Figures, SceneGiven, Supply, supply};

use crate::access::{self, InstitutionKind};
use crate::clock;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::ledger::{Changed, Fact, Sworn, Tx};
use crate::suitability::decision::{Decision, FEN_MAX, Given, Standing};
use crate::suitability::facts;
use crate::suitability::model::{
    Burden, Case, Cause, Facts, Occupation, Outcome, Step, Studying, assess,
};
use crate::suitability::purposes::{Scene, purpose_of};
use crate::suitability::refusal::Refused;
use crate::suitability::store;
use crate::vault::{self, Basis, ItemKind, Private, Purpose, SubjectId};

/// How long the figures may be opened for this purpose.
const ASSESS_DAYS: i64 = 30;
/// What the person answers and the vault keeps.
const DECLARED: [ItemKind; 3] = [
    ItemKind::MonthlyIncome,
    ItemKind::MonthlyDebts,
    ItemKind::Occupation,
];
/// What is looked at, and nothing else.
const ITEMS: [ItemKind; 4] = [
    ItemKind::MonthlyIncome,
    ItemKind::MonthlyDebts,
    ItemKind::Occupation,
    ItemKind::SuppliedFigures,
];

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
    pub burden: Burden,
    pub declaration: &'a Declaration,
}

/// Keeps the answers and assesses them by the rules in force; answering again changes nothing, unless the loan asks more
/// by now than what passed.
pub async fn declare(tx: &mut Tx, what: Declare<'_>) -> Result<Changed> {
    let version = match store::lock(tx, what.case).await? {
        Some(known) if !known.outgrown(what.burden) => return Ok(Changed::No),
        Some(known) => known.version,
        None => 0,
    };
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
        vault::keep(tx, (what.subject, what.case), item, &Private::new(value)).await?;
    }
    grant(tx, what.subject).await?;
    let said = Said {
        occupation: said.occupation,
        studying,
        income,
        debts,
        purpose: &said.purpose,
    };
    let about = About {
        case: what.case,
        subject: what.subject,
        age: what.age,
        burden: what.burden,
        version,
    };
    reckon(tx, &about, &said).await?;
    Ok(Changed::Yes)
}

/// A loan whose final price may ask more of the person than was assessed.
#[derive(Debug)]
pub struct Weigh<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    /// Whole years today.
    pub age: i64,
    pub burden: Burden,
}

/// Assesses anew, by the answers that are kept, a case that passed for less; none where nothing is to be weighed or known.
pub async fn weigh(tx: &mut Tx, what: Weigh<'_>) -> Result<Option<Outcome>> {
    let Some(known) = store::lock(tx, what.case).await? else {
        return Ok(None);
    };
    if !known.outgrown(what.burden) {
        return Ok(None);
    }
    for item in DECLARED {
        let whose = (what.subject, what.case);
        if vault::kept(tx, whose, item).await?.is_none() {
            return Ok(None);
        }
    }
    grant(tx, what.subject).await?;
    let [income, debts, occupation] = DECLARED;
    let whose = (what.subject, what.case);
    let said = Said {
        income: amount(tx, whose, income).await?,
        debts: amount(tx, whose, debts).await?,
        occupation: Occupation::parse(kept_text(tx, whose, occupation).await?.expose())
            .ok_or_else(|| Error::internal("an unknown occupation in the vault"))?,
        // Whoever studies was refused, or passed by a person who knew.
        studying: Studying::No,
        purpose: &known.purpose,
    };
    let about = About {
        case: what.case,
        subject: what.subject,
        age: what.age,
        burden: what.burden,
        version: known.version,
    };
    reckon(tx, &about, &said).await.map(Some)
}

/// An answer of the person's, opened again for this assessment.
async fn kept_text(
    tx: &mut Tx,
    (subject, case): (&SubjectId, &str),
    item: ItemKind,
) -> Result<Private<String>> {
    vault::open(tx, subject, case, item, Purpose::AssessAffordability).await
}

async fn amount(tx: &mut Tx, whose: (&SubjectId, &str), item: ItemKind) -> Result<i64> {
    let text = kept_text(tx, whose, item).await?;
    // The parser's own message might repeat what it read.
    text.expose()
        .parse()
        .map_err(|_| Error::internal("a kept amount that doesn't parse"))
}

async fn grant(tx: &mut Tx, subject: &SubjectId) -> Result<()> {
    let until_ms = tx.now_ms() + ASSESS_DAYS * clock::DAY_MS;
    let purpose = Purpose::AssessAffordability;
    vault::grant(tx, subject, purpose, &ITEMS, Basis::Contract, until_ms).await?;
    Ok(())
}

/// Which case is assessed, and for what burden.
struct About<'a> {
    case: &'a str,
    subject: &'a SubjectId,
    age: i64,
    burden: Burden,
    /// Of the row that the outcome replaces; 0 for a first one.
    version: i64,
}

/// What the person said, now or before.
struct Said<'a> {
    occupation: Occupation,
    studying: Studying,
    income: i64,
    debts: i64,
    purpose: &'a str,
}

/// Puts what was said beside what the lender knows, and concludes.
async fn reckon(tx: &mut Tx, about: &About<'_>, said: &Said<'_>) -> Result<Outcome> {
    let scene = store::scene(tx, about.case).await?;
    let lender = access::institution(tx, tx.institution()?).await?.kind;
    let supplied = supplied(tx, about.case, about.subject).await?;
    let facts = Facts {
        lender,
        age: about.age,
        occupation: said.occupation,
        studying: said.studying,
        income: said.income,
        debts: said.debts,
        supplied,
        instalment: about.burden.instalment,
        principal: about.burden.principal,
        purpose: said.purpose,
        scene: scene
            .map(|kept| -> Result<Scene> {
                Ok(Scene {
                    mcc: u16::try_from(kept.mcc)?,
                    amount: kept.amount,
                })
            })
            .transpose()?,
    };
    conclude(tx, about, lender, &facts).await
}

/// Applies the rules in force and swears to the outcome; what they can't decide goes to staff.
async fn conclude(
    tx: &mut Tx,
    about: &About<'_>,
    lender: InstitutionKind,
    facts: &Facts<'_>,
) -> Result<Outcome> {
    let today = clock::civil_date(tx.now_ms());
    let rules = tx.ctx().config.suitability.in_force(lender.as_str(), today);
    let rules_digest = digest_of(&proof::canonical::to_vec(&rules)?);
    let assessed = assess(facts, &rules);
    let case = Case {
        case: about.case.to_owned(),
        subject: about.subject.clone(),
        outcome: assessed.outcome,
        reasons: assessed.reasons,
        purpose: facts.purpose.to_owned(),
        rules_digest,
        decided_by: None,
        burden: about.burden,
        declared_at_ms: tx.now_ms(),
        version: about.version,
    };
    store::put(tx, &case).await?;
    let reasons: Vec<&'static str> = case.reasons.iter().map(|reason| reason.code()).collect();
    let fact = facts::Assessed {
        outcome: case.outcome,
        reasons: &reasons,
        rules_digest: &case.rules_digest,
    };
    record(tx, about.case, about.subject, &fact)?;
    if case.outcome == Outcome::Held {
        begin_review(
            tx,
            about.case,
            about.subject,
            Step::Affordability,
            Cause::Held,
            None,
        )
        .await?;
    }
    Ok(case.outcome)
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

//! Verbs of identity. Those of the person work inside the journey's transaction; staff's are whole actions.

use std::collections::HashMap;

use super::facts;
use super::jobs::Ask;
use super::model::{
    Answer, Attestation, Case, Check, CheckId, DocumentRules, Phase, Route, Validity, Verdict,
};
use super::refusal::Refused;
use super::store;
use crate::access::{self, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::ledger::{self, Changed, Fact, Sworn, Tx};
use crate::product::IdentityMethod;
use crate::vault::{self, Basis, EndReason, ItemKind, Private, Purpose, SubjectId};

/// How long providers may be asked about a person, once begun.
pub(super) const ASKING_DAYS: i64 = 3;
const SESSION_CHARS_MAX: usize = 128;

/// What the person hands over to be made sure of.
#[derive(Debug)]
pub struct Start<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    /// Whole years today.
    pub age: i64,
    pub methods: &'a [IdentityMethod],
    pub document: Validity,
    pub bank_card: Option<&'a Private<String>>,
    /// Sessions of the authorities' own pages, by method.
    pub sessions: &'a HashMap<IdentityMethod, String>,
}

/// Has the providers asked. A second start changes nothing; whoever went to a person first may still choose the checks.
pub async fn start(tx: &mut Tx, start: Start<'_>) -> Result<Changed> {
    let known = store::lock(tx, start.case).await?;
    if begun(tx, known.as_ref(), start.case).await? {
        return Ok(Changed::No);
    }
    let rules = DocumentRules {
        expiring_days: tx.ctx().config.identity.expiring_days,
        long_term_age: tx.ctx().config.identity.long_term_age,
    };
    let today = clock::civil_date(tx.now_ms());
    let document = start.document.freshness(today, start.age, rules)?;
    let spelt = Private::new(start.document.spelt());
    let whose = (start.subject, start.case);
    vault::keep(tx, whose, ItemKind::IdDocumentUntil, &spelt).await?;
    if start.methods.contains(&IdentityMethod::BankCard) {
        let card = start.bank_card.ok_or(Refused::CardMissing)?;
        vault::keep(tx, whose, ItemKind::BankCard, card).await?;
    }
    let same_phone = vault::others_with_phone(tx, start.subject, start.case).await?;
    let until_ms = tx.now_ms() + ASKING_DAYS * clock::DAY_MS;
    let grant = vault::grant(
        tx,
        start.subject,
        Purpose::VerifyIdentity,
        &items(start.methods),
        Basis::LegalDuty,
        until_ms,
    )
    .await?;
    let mut case = Case {
        case: start.case.to_owned(),
        act: None,
        subject: start.subject.clone(),
        phase: Phase::of(&vec![None; start.methods.len()]),
        route: Route::Checks,
        document: Some(document),
        same_phone,
        grant: Some(grant),
        asked_at_ms: tx.now_ms(),
        settled_at_ms: None,
        version: 1,
    };
    match known {
        Some(before) => {
            case.version = before.version;
            store::save(tx, &case).await?;
        }
        None => store::insert(tx, &case).await?,
    }
    ask_all(tx, start.case, start.methods, start.sessions).await?;
    record(
        tx,
        &case,
        &facts::Started {
            methods: start.methods,
            document,
            same_phone,
        },
    )?;
    Ok(Changed::Yes)
}

/// Whether the providers were asked already, or nobody needs them any more.
pub(super) async fn begun(view: &impl Read, known: Option<&Case>, case: &str) -> Result<bool> {
    Ok(match known {
        Some(known) if known.phase != Phase::NeedsPerson => true,
        Some(_) => !store::checks(view, case).await?.is_empty(),
        None => false,
    })
}

/// Notes one question for each method and has it asked; answers their ids.
pub(super) async fn ask_all(
    tx: &mut Tx,
    case: &str,
    methods: &[IdentityMethod],
    sessions: &HashMap<IdentityMethod, String>,
) -> Result<Vec<CheckId>> {
    let mut ids = Vec::with_capacity(methods.len());
    for method in methods {
        let session = sessions.get(method);
        if session.is_some_and(|text| {
            text.is_empty()
                || text.len() > SESSION_CHARS_MAX
                || !text.bytes().all(|b| b.is_ascii_graphic())
        }) {
            return Err(Refused::SessionFormat.into());
        }
        let check = Check {
            id: CheckId::fresh(tx.now_ms(), &tx.ctx().random),
            method: *method,
            session: session.cloned(),
            answer: None,
            reason: None,
            provider: None,
            origin: None,
            card_version: None,
            tries: 0,
            answered_at_ms: None,
        };
        store::insert_check(tx, case, &check).await?;
        ids.push(check.id);
        tx.enqueue(&Ask {
            case: case.to_owned(),
            method: *method,
        })
        .await?;
    }
    Ok(ids)
}

/// What the methods need to be told; no more than that may be opened.
pub(super) fn items(methods: &[IdentityMethod]) -> Vec<ItemKind> {
    let mut items = vec![ItemKind::Name, ItemKind::IdNumber];
    if methods.iter().any(|method| method.needs_phone()) {
        items.push(ItemKind::Phone);
    }
    if methods.contains(&IdentityMethod::BankCard) {
        items.push(ItemKind::BankCard);
    }
    items
}

/// The person would rather be seen by a person: without face, without providers, in one tap.
pub async fn ask_person(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    route: Route,
) -> Result<Changed> {
    let case = match store::lock(tx, case).await? {
        Some(known) => {
            let (asked, changed) = known.ask_person(route, tx.now_ms())?;
            if changed == Changed::No {
                return Ok(changed);
            }
            store::save(tx, &asked).await?;
            asked
        }
        None if route == Route::Checks => return Err(Refused::RouteUnknown.into()),
        None => {
            let fresh = Case {
                case: case.to_owned(),
                act: None,
                subject: subject.clone(),
                phase: Phase::NeedsPerson,
                route,
                document: None,
                same_phone: vault::others_with_phone(tx, subject, case).await?,
                grant: None,
                asked_at_ms: tx.now_ms(),
                settled_at_ms: None,
                version: 1,
            };
            store::insert(tx, &fresh).await?;
            fresh
        }
    };
    record(tx, &case, &facts::PersonAsked { route })?;
    Ok(Changed::Yes)
}

/// A member of staff swears to what they saw.
pub async fn attest(ctx: &Ctx, staff: &Staff, case: &str, what: &Attestation) -> Result<()> {
    staff.must(Right::AttestIdentity)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let waiting = store::lock(&tx, case).await?.ok_or_else(Error::not_found)?;
    let case = waiting.attest(what, tx.now_ms())?;
    store::save(&mut tx, &case).await?;
    let mut seen = what.seen.clone();
    seen.dedup();
    record(
        &mut tx,
        &case,
        &facts::Attested {
            route: what.route,
            verdict: what.verdict,
            seen: &seen,
        },
    )?;
    match what.verdict {
        Verdict::Yes => verified(&mut tx, &case).await?,
        Verdict::No => record(&mut tx, &case, &facts::Refused { route: case.route })?,
    }
    act_settled(&mut tx, &case)?;
    finished(&mut tx, &case).await?;
    ledger::commit_recorded(tx).await
}

/// An answer arrived: notes it, and settles the case when it was the last that mattered.
pub(super) async fn answered(tx: &mut Tx, case: Case, check: &Check) -> Result<()> {
    store::save_check(tx, &case.case, check).await?;
    let (Some(answer), Some(origin)) = (check.answer, check.origin) else {
        return Err(Error::internal("an answer without its origin"));
    };
    record(
        tx,
        &case,
        &facts::Checked {
            check: check.id.as_str(),
            method: check.method,
            answer,
            reason: check.reason,
            provider: check.provider.as_deref().unwrap_or_default(),
            origin,
            tries: check.tries,
        },
    )?;
    let checks = store::checks(tx, &case.case).await?;
    let tied = checks
        .iter()
        .any(|check| check.answer == Some(Answer::Yes) && check.method.ties_to_person());
    let answers: Vec<Option<Answer>> = checks.into_iter().map(|check| check.answer).collect();
    let (case, changed) = case.settle(&answers, tx.now_ms());
    if changed == Changed::No {
        return Ok(());
    }
    store::save(tx, &case).await?;
    match case.phase {
        Phase::Verified if tied => verified(tx, &case).await?,
        Phase::Verified => record(tx, &case, &facts::Verified { route: case.route })?,
        Phase::Refused => record(tx, &case, &facts::Refused { route: case.route })?,
        Phase::Checking | Phase::NeedsPerson | Phase::Ended => return Ok(()),
    }
    act_settled(tx, &case)?;
    finished(tx, &case).await
}

/// Says which act a verdict was for: the facts of a journey's own check look the same.
fn act_settled(tx: &mut Tx, case: &Case) -> Result<()> {
    let Some(act) = &case.act else { return Ok(()) };
    let settled = facts::ActSettled {
        act: &case.case,
        digest: &act.digest,
        route: case.route,
        verdict: match case.phase {
            Phase::Verified => Verdict::Yes,
            _ => Verdict::No,
        },
    };
    record(tx, case, &settled)
}

/// The person is who they say: their sessions of this case reach all of theirs from now on.
async fn verified(tx: &mut Tx, case: &Case) -> Result<()> {
    record(tx, case, &facts::Verified { route: case.route })?;
    access::verified(tx, &case.subject, case.journey()).await
}

/// Nobody needs to open the person's particulars for this case any more.
pub(super) async fn finished(tx: &mut Tx, case: &Case) -> Result<()> {
    match &case.grant {
        Some(grant) => vault::end_grant(tx, grant, EndReason::Finished).await,
        None => Ok(()),
    }
}

pub(super) fn record<S: Sworn>(tx: &mut Tx, case: &Case, sworn: &S) -> Result<()> {
    tx.record(Fact::of(case.journey(), sworn)?.about(&case.subject));
    Ok(())
}

//! A check made for one act alone: signing a set of contracts. It is bound to the digest of what is signed, and the person
//! takes part in it: at an authority's own page, or before a member of staff. What registers answer needs nobody there.

use std::collections::HashMap;

use super::actions::{ASKING_DAYS, ask_all, begun, finished, items, record};
use super::facts;
use super::model::{Act, Case, Phase, Route};
use super::refusal::Refused;
use super::store;
use crate::clock;
use crate::db::Read;
use crate::error::Result;
use crate::ledger::{Changed, Tx};
use crate::product::IdentityMethod;
use crate::vault::{self, Basis, Purpose, SubjectId};

/// The act, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct ForAct<'a> {
    /// Its own id; the check is found by it.
    pub act: &'a str,
    pub journey: &'a str,
    pub subject: &'a SubjectId,
    /// SHA-256 of exactly what the act is about, hex.
    pub digest: &'a str,
}

impl ForAct<'_> {
    fn case(self, tx: &Tx, phase: Phase, route: Route, same_phone: i64) -> Case {
        Case {
            case: self.act.to_owned(),
            act: Some(Act {
                journey: self.journey.to_owned(),
                digest: self.digest.to_owned(),
            }),
            subject: self.subject.clone(),
            phase,
            route,
            document: None,
            same_phone,
            grant: None,
            asked_at_ms: tx.now_ms(),
            settled_at_ms: None,
            version: 1,
        }
    }
}

/// The methods in which the person themselves takes part.
pub fn with_person(methods: &[IdentityMethod]) -> Vec<IdentityMethod> {
    let acts = methods.iter().filter(|method| method.needs_session());
    acts.copied().collect()
}

/// Has the authorities asked at whose own pages the person was for one act; without any, a member of staff looks. What was
/// begun goes on; a second start changes nothing.
pub async fn start_for(
    tx: &mut Tx,
    act: ForAct<'_>,
    methods: &[IdentityMethod],
    sessions: &HashMap<IdentityMethod, String>,
) -> Result<Changed> {
    let known = store::lock(tx, act.act).await?;
    let mut methods = with_person(methods);
    methods.retain(|method| sessions.contains_key(method));
    if begun(tx, known.as_ref(), act.act).await? || (methods.is_empty() && known.is_some()) {
        return Ok(Changed::No);
    }
    let same_phone = vault::others_with_phone(tx, act.subject, act.journey).await?;
    let until_ms = tx.now_ms() + ASKING_DAYS * clock::DAY_MS;
    let purpose = Purpose::VerifyIdentity;
    let basis = Basis::LegalDuty;
    let grant = match methods.is_empty() {
        true => None,
        false => {
            let items = items(&methods);
            Some(vault::grant(tx, act.subject, purpose, &items, basis, until_ms).await?)
        }
    };
    let phase = Phase::of(&vec![None; methods.len()]);
    let case = Case {
        grant,
        version: known.as_ref().map_or(1, |known| known.version),
        ..act.case(tx, phase, Route::Checks, same_phone)
    };
    match known {
        Some(_) => store::save(tx, &case).await?,
        None => store::insert(tx, &case).await?,
    }
    let asked = ask_all(tx, act.act, &methods, sessions).await?;
    let bound = facts::Bound {
        act: act.act,
        digest: act.digest,
        route: Route::Checks,
        checks: asked.iter().map(|check| check.as_str()).collect(),
    };
    record(tx, &case, &bound)?;
    Ok(Changed::Yes)
}

/// The person would rather be seen by staff for this act.
pub async fn ask_person_for(tx: &mut Tx, act: ForAct<'_>, route: Route) -> Result<Changed> {
    if route == Route::Checks {
        return Err(Refused::RouteUnknown.into());
    }
    if store::lock(tx, act.act).await?.is_some() {
        return super::ask_person(tx, act.act, act.subject, route).await;
    }
    let same_phone = vault::others_with_phone(tx, act.subject, act.journey).await?;
    let case = act.case(tx, Phase::NeedsPerson, route, same_phone);
    store::insert(tx, &case).await?;
    let bound = facts::Bound {
        act: act.act,
        digest: act.digest,
        route,
        checks: Vec::new(),
    };
    record(tx, &case, &bound)?;
    record(tx, &case, &facts::PersonAsked { route })?;
    Ok(Changed::Yes)
}

/// Nobody acts any more: who is still being checked for it no longer is, and their particulars stay shut.
pub async fn end_act(tx: &mut Tx, act: &str) -> Result<()> {
    let Some(case) = store::lock(tx, act).await? else {
        return Ok(());
    };
    let (ended, changed) = case.end(tx.now_ms());
    if changed == Changed::Yes {
        store::save(tx, &ended).await?;
        finished(tx, &ended).await?;
    }
    Ok(())
}

/// How a person was made sure of for one act.
#[derive(Clone, Debug)]
pub struct Vouched {
    pub route: Route,
    /// Ids of the questions that were answered; none when staff attested.
    pub checks: Vec<String>,
}

/// Whether the person was made sure of for exactly this act and digest.
pub async fn vouched(view: &impl Read, act: &str, digest: &str) -> Result<Option<Vouched>> {
    let Some(case) = store::find(view, act).await? else {
        return Ok(None);
    };
    let same = case.act.as_ref().is_some_and(|act| act.digest == digest);
    if !same || case.phase != Phase::Verified {
        return Ok(None);
    }
    let checks = store::checks(view, act).await?;
    let answered = checks.iter().filter(|check| check.answer.is_some());
    Ok(Some(Vouched {
        route: case.route,
        checks: match case.route {
            Route::Checks => answered.map(|check| check.id.to_string()).collect(),
            Route::VideoAgent | Route::Counter => Vec::new(),
        },
    }))
}

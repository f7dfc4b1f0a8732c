//! Readying a tablet, and entering on it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proof::digest::sha256;

use crate::access::{Customer, Staff};
use crate::counter::facts::{AssistanceEntered, AssistanceStarted};
use crate::counter::model::{Assistance, AssistanceId, VALID_MS};
use crate::counter::refusal::Refusal;
use crate::counter::store::assistances as store;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::ledger::{Fact, Tx};
use crate::vault::{Private, SubjectId};

/// An assistance on its way to the tablet; the token is handed out this once.
pub struct Opened {
    pub assistance: Assistance,
    pub token: Private<String>,
}

/// A member of staff, whose transaction this is, readies a tablet for the borrower of a case.
pub async fn start(tx: &mut Tx, staff: &Staff, case: &str, subject: &SubjectId) -> Result<Opened> {
    let token = Private::new(URL_SAFE_NO_PAD.encode(tx.ctx().random.bytes::<32>()));
    let assistance = Assistance {
        id: AssistanceId::fresh(tx.now_ms(), &tx.ctx().random),
        case: case.to_owned(),
        staff: staff.id.to_string(),
        started_at_ms: tx.now_ms(),
        expires_at_ms: tx.now_ms() + VALID_MS,
        entered_at_ms: None,
        session: None,
    };
    store::insert(tx, &assistance, digest(token.expose())).await?;
    let fact = AssistanceStarted {
        assistance: assistance.id.as_str(),
        expires_at_ms: assistance.expires_at_ms,
    };
    tx.record(Fact::of(case, &fact)?.about(subject));
    Ok(Opened { assistance, token })
}

/// Whether a token waits for the borrower of a case; asked before a code is spent on it.
pub async fn check(view: &impl Read, case: &str, token: &str, now_ms: i64) -> Result<Assistance> {
    let assistance = store::by_token(view, case, digest(token))
        .await?
        .ok_or(Refusal::AssistanceUnknown)?;
    assistance.must_wait(now_ms)?;
    Ok(assistance)
}

/// The borrower, whose transaction this is, entered on the tablet: their session names who helps.
pub async fn enter(tx: &mut Tx, customer: &Customer, token: &str) -> Result<()> {
    let assistance = check(tx, &customer.case, token, tx.now_ms()).await?;
    let (session, now_ms) = (customer.session_id(), tx.now_ms());
    if store::entered(tx, &assistance.id, session, now_ms).await? == 0 {
        return Err(Error::Conflict);
    }
    let fact = AssistanceEntered {
        assistance: assistance.id.as_str(),
        staff: &assistance.staff,
        session,
    };
    tx.record(Fact::of(&customer.case, &fact)?.about(&customer.subject));
    Ok(())
}

/// Who helps in this session, if anyone does.
pub async fn current(view: &impl Read, customer: &Customer) -> Result<Option<Assistance>> {
    store::of_session(view, &customer.case, customer.session_id()).await
}

/// 256 random bits need no key and no salt.
fn digest(token: &str) -> Vec<u8> {
    sha256(token.as_bytes()).to_vec()
}

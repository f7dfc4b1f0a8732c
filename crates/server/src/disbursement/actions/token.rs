//! Tokens: leave to pay one loan once.

use proof::checkpoint::Checkpoint;
use proof::release_token::{Covering, Override, ReleaseToken};

use super::incidents::open;
use crate::db::Read;
use crate::disbursement::facts::{BreakGlass, Revoked, TokenIssued, TokenRevoked};
use crate::disbursement::incident::Finding;
use crate::disbursement::model::{Token, TokenId};
use crate::disbursement::payee;
use crate::disbursement::refusal::Refused;
use crate::disbursement::store;
use crate::error::Result;
use crate::ledger::{self, Changed, Fact, Tx};
use crate::vault::SubjectId;

/// Why a token is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Every protection is proved.
    Protected,
    /// Two people set aside exactly what is missing.
    BreakGlass(Override),
}

impl Ground {
    fn overridden(self) -> Option<Override> {
        match self {
            Self::Protected => None,
            Self::BreakGlass(set) => Some(set),
        }
    }
}

/// A token on its way to the lender; only its digest stays.
#[derive(Debug)]
pub struct Issued {
    /// What the payment system is shown.
    pub word: String,
    pub token: ReleaseToken,
    /// With which the payment system reckons the payee's digest, hex.
    pub payee_salt: String,
}

/// Issues a token for the booking in force, which must be of these terms; one lives at a time.
pub async fn issue(tx: &mut Tx, case: &str, terms_digest: &str, ground: Ground) -> Result<Issued> {
    let now_ms = tx.now_ms();
    if store::first_receipt(tx, case).await?.is_some() {
        return Err(Refused::AlreadyPaid.into());
    }
    let booking = store::booking(tx, case).await?.ok_or(Refused::NotBooked)?;
    if booking.terms_digest != terms_digest {
        return Err(Refused::BookingOutdated.into());
    }
    let last = store::last_token(tx, case).await?;
    if let Some(last) = &last {
        last.must_be_over(now_ms)?;
    }
    let checkpoint = covering(tx, &ground).await?.ok_or(Refused::NoCheckpoint)?;
    let minutes = tx.ctx().config.journey.token_minutes;
    let institution = tx.institution()?.clone();
    let overridden = ground.overridden();
    let token = ReleaseToken {
        v: if overridden.is_some() { 2 } else { 1 },
        institution: institution.to_string(),
        journey: case.to_owned(),
        terms_digest: booking.terms_digest.clone(),
        amount: booking.amount,
        payee_digest: booking.payee_digest.clone(),
        checkpoint: Covering {
            origin: checkpoint.origin,
            size: checkpoint.size,
            root: proof::hex::encode(&checkpoint.root),
        },
        issued_at_ms: now_ms,
        expires_at_ms: now_ms + minutes * 60_000,
        nonce: proof::hex::encode(&tx.ctx().random.bytes::<32>()),
        break_glass: overridden.is_some(),
        overridden,
    };
    let word = ledger::sign_release(tx, &token).await?;
    let kept = Token {
        id: TokenId::fresh(now_ms, &tx.ctx().random),
        case: case.to_owned(),
        booking: booking.id.clone(),
        no: last.map_or(0, |last| last.no) + 1,
        word_digest: proof::hex::encode(&proof::digest::sha256(word.as_bytes())),
        issued_at_ms: token.issued_at_ms,
        expires_at_ms: token.expires_at_ms,
        used_at_ms: None,
        revoked_at_ms: None,
        break_glass: token.overridden.as_ref().map(|set| set.id.clone()),
    };
    store::insert_token(tx, &kept).await?;
    let issued = TokenIssued {
        token: kept.id.as_str(),
        token_digest: &kept.word_digest,
        booking: booking.id.as_str(),
        terms_digest: &token.terms_digest,
        amount: token.amount,
        payee_digest: &token.payee_digest,
        checkpoint_size: token.checkpoint.size,
        expires_at_ms: token.expires_at_ms,
        break_glass: token.break_glass,
    };
    tx.record(Fact::of(case, &issued)?.about(&booking.subject));
    if let Some(set) = &token.overridden {
        let fact = BreakGlass {
            token: kept.id.as_str(),
            decision: &set.id,
            missing: &set.missing,
        };
        tx.record(Fact::of(case, &fact)?.about(&booking.subject));
        let (subject, source) = (Some(&booking.subject), kept.id.as_str());
        open(tx, case, subject, Finding::BreakGlass, source).await?;
    }
    let salt = payee::salt(tx.ctx(), &institution, booking.id.as_str())?;
    Ok(Issued {
        word,
        token,
        payee_salt: proof::hex::encode(&salt),
    })
}

/// The checkpoint that a token names: the newest that enough witnesses cosigned, or, in an emergency, the newest.
async fn covering(tx: &Tx, ground: &Ground) -> Result<Option<Checkpoint>> {
    let quorum = tx.ctx().config.journey.witnesses;
    match ground {
        Ground::Protected if quorum > 0 => ledger::witnessed_checkpoint(tx.ctx(), tx, quorum).await,
        _ => ledger::checkpoint(tx).await,
    }
}

/// Refuses unless the booking in force is of these terms.
pub async fn must_be_booked(view: &impl Read, case: &str, terms_digest: &str) -> Result<()> {
    let booking = store::booking(view, case)
        .await?
        .ok_or(Refused::NotBooked)?;
    if booking.terms_digest != terms_digest {
        return Err(Refused::BookingOutdated.into());
    }
    Ok(())
}

/// A token that is out counts no more: whoever pays on it all the same opens an incident.
pub async fn revoke(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    cause: Revoked,
) -> Result<Changed> {
    let now_ms = tx.now_ms();
    let Some(token) = store::last_token(tx, case).await? else {
        return Ok(Changed::No);
    };
    if !token.lives(now_ms) {
        return Ok(Changed::No);
    }
    store::revoke_token(tx, &token.id, now_ms).await?;
    let revoked = TokenRevoked {
        token: token.id.as_str(),
        cause,
    };
    tx.record(Fact::of(case, &revoked)?.about(subject));
    Ok(Changed::Yes)
}

/// The terms of a case may change now: nothing is paid, and nobody can pay on a token for the older ones.
pub async fn may_change(view: &impl Read, case: &str, now_ms: i64) -> Result<()> {
    if store::first_receipt(view, case).await?.is_some() {
        return Err(Refused::AlreadyPaid.into());
    }
    if let Some(token) = store::last_token(view, case).await? {
        token.must_be_over(now_ms)?;
    }
    Ok(())
}

//! Signed-in browsers. A session is bookkeeping; its beginning is sworn to by the action that starts it.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::actor::address;
use super::model::{LinkRow, Method, Opens, SessionId, StaffId, Stage, device_words, mask_address};
use super::refusal::Refusal;
use super::store::sessions::{self, Beginning, Kind, NewSession, Row};
use super::{Customer, token};
use crate::clock::HOUR_MS;
use crate::ctx::Ctx;
use crate::db::{Scope, Write};
use crate::error::{Error, Result};
use crate::http::{BROWSER_HEADER, asked_host, cookie};
use crate::id::InstitutionId;
use crate::vault::Private;

pub const STAFF_COOKIE: &str = "xb_staff";
pub const STAFF_PATH: &str = "/api/console";
pub const CUSTOMER_COOKIE: &str = "xb_customer";
pub const CUSTOMER_PATH: &str = "/api/h5";

const MINUTE_MS: i64 = 60_000;
/// A borrower's session ends after this, and with its link in any case.
const CUSTOMER_HOURS_MAX: i64 = 12;

/// A second factor must come within this.
const SECOND_FACTOR_MS: i64 = 5 * MINUTE_MS;

/// Where a sign-in comes from, as far as it is kept: a device in words and a network.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    device: String,
    network: String,
    /// As the browser named this house; not kept.
    host: String,
}

impl Visitor {
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl FromRequestParts<Ctx> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Ctx) -> Result<Self> {
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok());
        Ok(Self {
            // What a browser doesn't say is kept as nothing said: a device like no other.
            device: agent.map_or_else(String::new, device_words),
            network: address(parts).map_or_else(String::new, mask_address),
            // Nobody's own domain then, so the house's.
            host: asked_host(&parts.headers, &parts.uri).map_or_else(String::new, str::to_owned),
        })
    }
}

/// A staff session that began.
#[derive(Clone, Debug)]
pub struct Started {
    pub id: SessionId,
    pub token: Private<String>,
    /// Earlier sign-ins are known, none of them from here.
    pub elsewhere: bool,
}

/// Starts a staff session.
pub async fn start_staff(
    ctx: &Ctx,
    tx: &mut impl Write,
    staff: (&InstitutionId, &StaffId),
    visitor: &Visitor,
    (stage, method): (Stage, Method),
) -> Result<Started> {
    let (institution, staff) = staff;
    let now_ms = ctx.clock.now_ms();
    let lasts_ms = match stage {
        Stage::SecondFactor => SECOND_FACTOR_MS,
        Stage::Enrol | Stage::Full => ctx.config.access.staff_hours_max * HOUR_MS,
    };
    let Visitor {
        device, network, ..
    } = visitor;
    let elsewhere = sessions::from_elsewhere(tx, institution, staff, device, network).await?;
    let idle_ms = ctx.config.access.staff_idle_minutes * MINUTE_MS;
    let live = sessions::live_of_staff(tx, institution, staff, now_ms, idle_ms).await?;
    let most = usize::try_from(sessions::LIVE_MAX)?;
    for oldest in live.into_iter().skip(most - 1) {
        let which = sessions::Which::One(&SessionId::stored(oldest.id));
        sessions::end_of_staff(tx, institution, staff, which, now_ms).await?;
    }
    let beginning = Beginning {
        stage,
        method,
        device,
        network,
        elsewhere,
    };
    let (id, token) = start(
        ctx,
        tx,
        (institution, staff.as_str()),
        Whose::Staff(beginning),
        now_ms + lasts_ms,
    )
    .await?;
    Ok(Started {
        id,
        token,
        elsewhere,
    })
}

/// Starts a borrower's session for what their link leads to, and ends the older ones of the same case.
pub async fn start_customer(
    ctx: &Ctx,
    tx: &mut impl Write,
    link: &LinkRow,
) -> Result<(Customer, Private<String>)> {
    let now_ms = ctx.clock.now_ms();
    sessions::replace_customers(tx, &link.institution, &link.case, now_ms).await?;
    let opens = link.opens(now_ms)?;
    let longest_ms = now_ms + CUSTOMER_HOURS_MAX * HOUR_MS;
    let expires_at_ms = match opens {
        Opens::Journey => link.expires_at_ms.min(longest_ms),
        Opens::Rights => longest_ms,
    };
    let (session, secret) = start(
        ctx,
        tx,
        (&link.institution, link.id.as_str()),
        Whose::Customer(link, opens),
        expires_at_ms,
    )
    .await?;
    let customer = Customer {
        link: link.id.clone(),
        institution: link.institution.clone(),
        case: link.case.clone(),
        subject: link.subject.clone(),
        opens,
        session,
    };
    Ok((customer, secret))
}

/// Whose session begins.
enum Whose<'a> {
    Staff(Beginning<'a>),
    Customer(&'a LinkRow, Opens),
}

async fn start(
    ctx: &Ctx,
    tx: &mut impl Write,
    (institution, actor): (&InstitutionId, &str),
    whose: Whose<'_>,
    expires_at_ms: i64,
) -> Result<(SessionId, Private<String>)> {
    let (id, secret, now_ms) = (
        SessionId::fresh(ctx.clock.now_ms(), &ctx.random),
        token::session_token(&ctx.random),
        ctx.clock.now_ms(),
    );
    let (kind, stage, staff, link) = match whose {
        Whose::Staff(beginning) => {
            let stage = beginning.stage.as_str();
            (Kind::Staff, stage, Some(beginning), None)
        }
        Whose::Customer(link, opens) => (Kind::Customer, opens.as_str(), None, Some(link)),
    };
    let new = NewSession {
        id: &id,
        digest: token::digest(secret.expose()),
        kind,
        institution,
        actor,
        link,
        stage,
        staff,
        now_ms,
        expires_at_ms,
    };
    sessions::insert(tx, new).await?;
    Ok((id, secret))
}

/// The live session of a request's cookie. A request that may change something must come from our own page.
pub async fn of_request(ctx: &Ctx, parts: &Parts, kind: Kind) -> Result<Row> {
    let limits = &ctx.config.access;
    let (name, idle_minutes) = match kind {
        Kind::Staff => (STAFF_COOKIE, limits.staff_idle_minutes),
        // When they were last seen may be a minute old; a borrower's time is never cut short.
        Kind::Customer => (CUSTOMER_COOKIE, limits.customer_idle_minutes + 1),
    };
    let secret = Private::new(
        cookie(ctx, &parts.headers, name)
            .filter(|value| !value.is_empty())
            .ok_or(Refusal::SessionMissing)?,
    );
    if !parts.method.is_safe() && !parts.headers.contains_key(BROWSER_HEADER) {
        return Err(Refusal::Csrf.into());
    }
    let view = ctx.db.read(Scope::Unscoped).await?;
    let row = sessions::by_digest(&view, kind, token::digest(secret.expose()))
        .await?
        .ok_or(Refusal::SessionMissing)?;
    drop(view);
    let now_ms = ctx.clock.now_ms();
    live(&row, now_ms, idle_minutes * MINUTE_MS)?;
    // Once a minute is exact enough, and keeps reads from writing.
    if now_ms - row.last_seen_ms >= MINUTE_MS {
        let mut tx = ctx
            .db
            .begin_unrecorded(
                Scope::Unscoped,
                "when a browser was last seen is no evidence",
            )
            .await?;
        sessions::seen(&mut tx, &row.id, now_ms).await?;
        tx.commit().await?;
    }
    Ok(row)
}

fn live(row: &Row, now_ms: i64, idle_ms: i64) -> Result<(), Refusal> {
    match row.ended_why.as_deref() {
        Some(sessions::REPLACED) => Err(Refusal::SessionReplaced),
        Some(_) => Err(Refusal::SessionEnded),
        None if now_ms >= row.expires_at_ms || now_ms - row.last_seen_ms >= idle_ms => {
            Err(Refusal::SessionExpired)
        }
        None => Ok(()),
    }
}

/// Ends one session.
pub async fn end(ctx: &Ctx, id: &SessionId) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "leaving changes nothing but the session")
        .await?;
    sessions::end(&mut tx, id.as_str(), ctx.clock.now_ms()).await?;
    tx.commit().await
}

/// The borrower leaves; the link opens again with a fresh code.
pub async fn leave(ctx: &Ctx, customer: &Customer) -> Result<()> {
    end(ctx, &customer.session).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_idleness_by_age_and_by_a_newer_one() {
        let row = |ended_why: Option<&str>| Row {
            id: "ses_x".to_owned(),
            institution_id: "ins_x".to_owned(),
            actor_id: "lnk_x".to_owned(),
            case_id: None,
            subject_id: None,
            last_seen_ms: 1_000,
            expires_at_ms: 50_000,
            ended_why: ended_why.map(str::to_owned),
            stage: "full".to_owned(),
            proved_at_ms: 0,
        };
        assert_eq!(live(&row(None), 10_999, 10_000), Ok(()));
        assert_eq!(
            live(&row(None), 11_000, 10_000),
            Err(Refusal::SessionExpired)
        );
        assert_eq!(
            live(&row(None), 50_000, 100_000),
            Err(Refusal::SessionExpired)
        );
        assert_eq!(
            live(&row(Some(sessions::REPLACED)), 1_000, 10_000),
            Err(Refusal::SessionReplaced)
        );
        assert_eq!(
            live(&row(Some(sessions::LEFT)), 1_000, 10_000),
            Err(Refusal::SessionEnded)
        );
    }
}

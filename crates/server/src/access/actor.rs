//! Typed actors: a handler that takes one can't be reached without it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::model::{
    ApiKey, ApiKeyId, LinkId, Opens, PROOF_MS, Right, Scope, SessionId, StaffId, StaffState, Stage,
};
use super::refusal::Refusal;
use super::store::sessions::Kind;
use super::store::{partners, staff};
use super::{session, token};
use crate::ctx::Ctx;
use crate::db::{self, Read};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{Seat, SeatKind};
use crate::vault::SubjectId;

/// A signed-in member of staff.
#[derive(Clone, Debug)]
pub struct Staff {
    pub id: StaffId,
    pub institution: InstitutionId,
    pub account: String,
    pub name: String,
    pub badge: String,
    pub rights: Vec<Right>,
    pub(super) roles: Vec<String>,
    pub(super) session: SessionId,
    pub(super) stage: Stage,
    /// When they last proved who they are, UTC ms.
    pub(super) proved_at_ms: i64,
}

impl Staff {
    pub fn seat(&self) -> Seat {
        Seat {
            institution: self.institution.clone(),
            kind: SeatKind::Staff,
            id: self.id.to_string(),
        }
    }

    /// Refuses without the right.
    pub fn must(&self, right: Right) -> Result<()> {
        if self.rights.contains(&right) {
            Ok(())
        } else {
            Err(Refusal::RightMissing(right).into())
        }
    }

    /// As [`Staff::must`], for acts that could do great harm: the person proved within five minutes who they are.
    pub fn must_now(&self, right: Right, now_ms: i64) -> Result<()> {
        self.must(right)?;
        self.must_have_proved(now_ms)
    }

    /// Refuses when the last proof is older than five minutes.
    pub(super) fn must_have_proved(&self, now_ms: i64) -> Result<()> {
        if now_ms - self.proved_at_ms < PROOF_MS {
            Ok(())
        } else {
            Err(Refusal::ProofNeeded.into())
        }
    }
}

/// A member of staff at their own account: also before a demanded second factor is set up.
#[derive(Clone, Debug)]
pub struct Own(pub Staff);

/// A member of staff whose password was right and whose second factor is asked for.
#[derive(Clone, Debug)]
pub struct Halfway(pub Staff);

/// A borrower who entered the code sent to their phone, and works at their journey.
#[derive(Clone, Debug)]
pub struct Customer {
    pub link: LinkId,
    pub institution: InstitutionId,
    pub case: String,
    pub subject: SubjectId,
    pub opens: Opens,
    pub(super) session: SessionId,
}

impl Customer {
    /// The signed-in browser; a fact may name it.
    pub fn session_id(&self) -> &str {
        self.session.as_str()
    }

    /// The person, not the link: what they do is sworn to as theirs.
    pub fn seat(&self) -> Seat {
        Seat {
            institution: self.institution.clone(),
            kind: SeatKind::Customer,
            id: self.subject.to_string(),
        }
    }
}

/// A lender's own system, known by its key.
#[derive(Clone, Debug)]
pub struct Partner {
    pub key: ApiKeyId,
    pub institution: InstitutionId,
    pub name: String,
    pub scopes: Vec<Scope>,
}

/// When a key was last used is exact to this.
const USED_MS: i64 = 60_000;

impl Partner {
    /// Refuses without the scope; each route of `/v1` names its own.
    pub fn must(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Refusal::ScopeMissing(scope).into())
        }
    }

    pub fn seat(&self) -> Seat {
        Seat {
            institution: self.institution.clone(),
            kind: SeatKind::Partner,
            id: self.key.to_string(),
        }
    }
}

impl FromRequestParts<Ctx> for Staff {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let staff = staff_of(parts, ctx).await?;
        match staff.stage {
            Stage::Full => Ok(staff),
            Stage::Enrol => Err(Refusal::SecondFactorMissing.into()),
            Stage::SecondFactor => Err(Refusal::SecondFactorNeeded.into()),
        }
    }
}

impl FromRequestParts<Ctx> for Own {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let staff = staff_of(parts, ctx).await?;
        match staff.stage {
            Stage::Full | Stage::Enrol => Ok(Self(staff)),
            Stage::SecondFactor => Err(Refusal::SecondFactorNeeded.into()),
        }
    }
}

impl FromRequestParts<Ctx> for Halfway {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let staff = staff_of(parts, ctx).await?;
        match staff.stage {
            Stage::SecondFactor => Ok(Self(staff)),
            Stage::Full | Stage::Enrol => Err(Refusal::SessionMissing.into()),
        }
    }
}

/// Whoever a request's cookie belongs to, however far their session has come.
async fn staff_of(parts: &mut Parts, ctx: &Ctx) -> Result<Staff> {
    let row = session::of_request(ctx, parts, Kind::Staff).await?;
    let stage = Stage::parse(&row.stage).ok_or(Refusal::SessionMissing)?;
    let institution = InstitutionId::stored(row.institution_id);
    let view = ctx.db.read(&institution).await?;
    let found = staff::by_id(&view, &StaffId::stored(row.actor_id))
        .await?
        .filter(|found| found.state() == StaffState::Active)
        .ok_or(Refusal::SessionEnded)?;
    let session = SessionId::stored(row.id);
    actor(
        &view,
        found,
        institution,
        (session, stage),
        row.proved_at_ms,
    )
    .await
}

/// The actor that a row describes, with every right they have now.
pub(super) async fn actor(
    view: &impl Read,
    row: staff::Row,
    institution: InstitutionId,
    (session, stage): (SessionId, Stage),
    proved_at_ms: i64,
) -> Result<Staff> {
    Ok(Staff {
        rights: row.all_rights(view).await?,
        roles: row.roles(),
        id: StaffId::stored(row.id),
        institution,
        account: row.account,
        name: row.name,
        badge: row.badge,
        session,
        stage,
        proved_at_ms,
    })
}

impl FromRequestParts<Ctx> for Customer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let customer = customer_of(parts, ctx).await?;
        match customer.opens {
            Opens::Journey => Ok(customer),
            Opens::Rights => Err(Refusal::RightsOnly.into()),
        }
    }
}

/// Whoever entered by a link, whatever it leads to.
pub(super) async fn customer_of(parts: &mut Parts, ctx: &Ctx) -> Result<Customer> {
    let row = session::of_request(ctx, parts, Kind::Customer).await?;
    let (Some(case), Some(subject)) = (row.case_id, row.subject_id) else {
        return Err(Error::internal("a customer session without a case"));
    };
    Ok(Customer {
        link: LinkId::stored(row.actor_id),
        institution: InstitutionId::stored(row.institution_id),
        case,
        subject: SubjectId::stored(subject),
        opens: Opens::parse(&row.stage).ok_or(Refusal::SessionMissing)?,
        session: SessionId::stored(row.id),
    })
}

/// Whoever is still inside with this browser, if anybody is.
pub(super) struct Inside(pub Option<Customer>);

impl FromRequestParts<Ctx> for Inside {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        match customer_of(parts, ctx).await {
            Ok(customer) => Ok(Self(Some(customer))),
            Err(Error::Refused(_)) => Ok(Self(None)),
            Err(other) => Err(other),
        }
    }
}

impl FromRequestParts<Ctx> for Partner {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let secret = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| secret.trim())
            .ok_or(Refusal::ApiKeyMissing)?;
        let view = ctx.db.read(db::Scope::Unscoped).await?;
        let (institution, key) = partners::by_digest(&view, token::digest(secret))
            .await?
            .ok_or(Refusal::ApiKeyWrong)?;
        drop(view);
        let now_ms = ctx.clock.now_ms();
        key.must_open(address(parts), now_ms)?;
        used(ctx, &institution, &key, now_ms).await?;
        Ok(Self {
            key: key.id,
            institution,
            name: key.name,
            scopes: key.scopes,
        })
    }
}

/// Where a request came from, when the listener told.
pub(super) fn address(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip())
}

async fn used(ctx: &Ctx, institution: &InstitutionId, key: &ApiKey, now_ms: i64) -> Result<()> {
    if key.last_used_ms.is_some_and(|last| now_ms - last < USED_MS) {
        return Ok(());
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when a key was last used is no evidence")
        .await?;
    partners::used(&mut tx, &key.id, now_ms).await?;
    tx.commit().await
}

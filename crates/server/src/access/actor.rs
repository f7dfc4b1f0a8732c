//! Typed actors: a handler that takes one can't be reached without it.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::model::{ApiKeyId, LinkId, Right, SessionId, StaffId};
use super::refusal::Refusal;
use super::store::sessions::Kind;
use super::store::{partners, staff};
use super::{session, token};
use crate::ctx::Ctx;
use crate::db::Scope;
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
    pub(super) session: SessionId,
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
}

/// A borrower who entered the code sent to their phone.
#[derive(Clone, Debug)]
pub struct Customer {
    pub link: LinkId,
    pub institution: InstitutionId,
    pub case: String,
    pub subject: SubjectId,
    pub(super) session: SessionId,
}

impl Customer {
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
}

impl Partner {
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
        let row = session::of_request(ctx, parts, Kind::Staff).await?;
        let institution = InstitutionId::stored(row.institution_id);
        let view = ctx.db.read(&institution).await?;
        let found = staff::by_id(&view, &StaffId::stored(row.actor_id))
            .await?
            .ok_or(Refusal::SessionMissing)?;
        Ok(found.actor(institution, SessionId::stored(row.id)))
    }
}

impl FromRequestParts<Ctx> for Customer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let row = session::of_request(ctx, parts, Kind::Customer).await?;
        let (Some(case), Some(subject)) = (row.case_id, row.subject_id) else {
            return Err(Error::internal("a customer session without a case"));
        };
        Ok(Self {
            link: LinkId::stored(row.actor_id),
            institution: InstitutionId::stored(row.institution_id),
            case,
            subject: SubjectId::stored(subject),
            session: SessionId::stored(row.id),
        })
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
        let view = ctx.db.read(Scope::Unscoped).await?;
        let row = partners::live_by_digest(&view, token::digest(secret))
            .await?
            .ok_or(Refusal::ApiKeyWrong)?;
        Ok(Self {
            key: ApiKeyId::stored(row.id),
            institution: InstitutionId::stored(row.institution_id),
            name: row.name,
        })
    }
}

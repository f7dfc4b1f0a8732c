//! Founding and finding institutions.

use super::invitations::{Invited, invite_in, make_link_with_word};
use crate::access::Staff;
use crate::access::facts::{AdministratorsInvitedFor, InstitutionFounded, InstitutionFoundedFor};
use crate::access::jobs::Sweep;
use crate::access::model::{
    Institution, InstitutionKind, Invitee, NewInstitution, Right, StaffId, StaffState,
};
use crate::access::refusal::Refusal;
use crate::access::store;
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::{Page, Read, Scope};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat};

/// Founds an institution with its own log, whose first fact says so.
pub async fn found_institution(ctx: &Ctx, new: NewInstitution) -> Result<Institution> {
    new.check()?;
    ledger::retrying(|| {
        let id = InstitutionId::fresh(ctx.clock.now_ms(), &ctx.random);
        found_once(ctx, Seat::system(&id, "access"), &new)
    })
    .await
}

/// Founds an institution in the name of the operator's staff; both logs say so.
pub async fn found_by_operator(
    ctx: &Ctx,
    staff: &Staff,
    new: NewInstitution,
) -> Result<Institution> {
    staff.must_now(Right::FoundInstitutions, ctx.clock.now_ms())?;
    must_operate(ctx, staff).await?;
    new.check()?;
    let founded = ledger::retrying(|| {
        let institution = InstitutionId::fresh(ctx.clock.now_ms(), &ctx.random);
        let seat = Seat {
            institution,
            ..staff.seat()
        };
        found_once(ctx, seat, &new)
    })
    .await?;
    ledger::retrying(|| async {
        let tx = ledger::begin(ctx, &staff.seat()).await?;
        let fact = InstitutionFoundedFor {
            institution: founded.id.as_str(),
            code: &founded.code,
        };
        let fact = Fact::of(&staff.institution, &fact)?;
        ledger::commit(tx, fact).await
    })
    .await?;
    Ok(founded)
}

/// Administrators an institution begins with, at most: what takes two people needs both.
pub const FIRST_ADMINISTRATORS_MAX: usize = 2;

/// Invites the first administrators of an institution nobody of which has set a password yet, in the name of the operator's
/// staff; both logs say so. Whoever was invited already under the same account gets another link.
pub async fn invite_administrators(
    ctx: &Ctx,
    staff: &Staff,
    code: &str,
    invitees: &[Invitee],
) -> Result<Vec<Invited>> {
    staff.must_now(Right::FoundInstitutions, ctx.clock.now_ms())?;
    must_operate(ctx, staff).await?;
    for invitee in invitees {
        invitee.check()?;
    }
    let view = ctx.db.read(Scope::Unscoped).await?;
    let lender = institution_by_code(&view, code).await?;
    drop(view);
    let seat = Seat {
        institution: lender.id.clone(),
        ..staff.seat()
    };
    let links = ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &seat).await?;
        if store::staff::somebody_has_a_password(&tx).await? {
            return Err(Refusal::AdministratorsExist.into());
        }
        let mut links = Vec::with_capacity(invitees.len());
        for invitee in invitees {
            let known = store::staff::by_account(&tx, &invitee.account).await?;
            links.push(match known {
                Some(row) if row.state() == StaffState::Invited => {
                    make_link_with_word(ctx, &mut tx, &StaffId::stored(row.id)).await?
                }
                _ => invite_in(ctx, &mut tx, invitee).await?,
            });
        }
        ledger::commit_recorded(tx).await?;
        Ok(links)
    })
    .await?;
    ledger::retrying(|| async {
        let tx = ledger::begin(ctx, &staff.seat()).await?;
        let fact = AdministratorsInvitedFor {
            institution: lender.id.as_str(),
            code: &lender.code,
        };
        let fact = Fact::of(&staff.institution, &fact)?;
        ledger::commit(tx, fact).await
    })
    .await?;
    Ok(links)
}

/// Institutions by code, for the operator's staff.
pub async fn listed(
    ctx: &Ctx,
    staff: &Staff,
    after: Option<&str>,
    limit: i64,
) -> Result<Page<Institution>> {
    staff.must(Right::ViewInstitutions)?;
    must_operate(ctx, staff).await?;
    let view = ctx.db.read(Scope::Unscoped).await?;
    let rows = store::institutions::list(&view, after.unwrap_or(""), limit + 1).await?;
    Ok(Page::cut(rows, limit, |institution| {
        institution.code.clone()
    }))
}

/// A right to look after institutions counts for the operator's staff only, whoever else was given it.
async fn must_operate(ctx: &Ctx, staff: &Staff) -> Result<()> {
    let view = ctx.db.read(&staff.institution).await?;
    match institution(&view, &staff.institution).await?.kind {
        InstitutionKind::Operator => Ok(()),
        _ => Err(Refusal::OperatorOnly.into()),
    }
}

async fn found_once(ctx: &Ctx, seat: Seat, new: &NewInstitution) -> Result<Institution> {
    let id = seat.institution.clone();
    let mut tx = ledger::begin(ctx, &seat).await?;
    if store::institutions::by_code(&tx, &new.code)
        .await?
        .is_some()
    {
        return Err(Refusal::InstitutionExists.into());
    }
    ledger::found(&mut tx, &new.code).await?;
    let now_ms = tx.now_ms();
    store::institutions::insert(&mut tx, &id, new, now_ms).await?;
    tx.enqueue_at(&Sweep {}, now_ms + DAY_MS).await?;
    let fact = InstitutionFounded {
        institution: id.as_str(),
        code: &new.code,
        name: &new.name,
        kind: new.kind.as_str(),
    };
    let fact = Fact::of(&id, &fact)?;
    ledger::commit(tx, fact).await?;
    let NewInstitution {
        code,
        name,
        short_name,
        hotline,
        kind,
    } = new.clone();
    Ok(Institution {
        id,
        code,
        name,
        short_name,
        hotline,
        kind,
    })
}

/// One institution.
pub async fn institution(view: &impl Read, id: &InstitutionId) -> Result<Institution> {
    store::institutions::by_id(view, id)
        .await?
        .ok_or_else(Error::not_found)
}

/// One institution by the code it has in addresses.
pub async fn institution_by_code(view: &impl Read, code: &str) -> Result<Institution> {
    store::institutions::by_code(view, code)
        .await?
        .ok_or_else(Error::not_found)
}

/// Every institution, by code.
pub async fn institutions(view: &impl Read) -> Result<Vec<Institution>> {
    store::institutions::all(view).await
}

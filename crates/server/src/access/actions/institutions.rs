//! Founding and finding institutions.

use crate::access::facts::InstitutionFounded;
use crate::access::model::{Institution, NewInstitution};
use crate::access::refusal::Refusal;
use crate::access::store;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat};

/// Founds an institution with its own log, whose first fact says so.
pub async fn found_institution(ctx: &Ctx, new: NewInstitution) -> Result<Institution> {
    new.check()?;
    ledger::retrying(|| found_once(ctx, &new)).await
}

async fn found_once(ctx: &Ctx, new: &NewInstitution) -> Result<Institution> {
    let id = InstitutionId::fresh(ctx.clock.now_ms(), &ctx.random);
    let mut tx = ledger::begin(ctx, &Seat::system(&id, "access")).await?;
    if store::institutions::by_code(&tx, &new.code)
        .await?
        .is_some()
    {
        return Err(Refusal::InstitutionExists.into());
    }
    ledger::found(&mut tx, &new.code).await?;
    let now_ms = tx.now_ms();
    store::institutions::insert(&mut tx, &id, new, now_ms).await?;
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

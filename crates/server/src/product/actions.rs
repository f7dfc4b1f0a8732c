//! Verbs: propose a version, approve it with a second pair of eyes.

use super::facts::{Proposed, Released};
use super::model::{Approval, Definition, Refused, State, Version};
use super::recording::Recording;
use super::{ProductId, store, voices};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Tx};
use crate::roster;

/// A new version of a product, new or known by its code.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub code: String,
    pub definition: Definition,
}

/// Stores a draft version.
pub async fn propose(ctx: &Ctx, staff: &Staff, proposal: &Proposal) -> Result<Version> {
    staff.must(Right::ProposeProducts)?;
    let fields = proposal.definition.check();
    if !fields.is_empty() {
        return Err(Error::Invalid(fields));
    }
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let product = match store::product_by_code(&tx, &proposal.code).await? {
        Some(known) => known,
        None => {
            let fresh = ProductId::fresh(ctx.clock.now_ms(), &ctx.random);
            if !store::insert_product(&mut tx, &fresh, &proposal.code).await? {
                return Err(Error::Conflict);
            }
            fresh
        }
    };
    let newest = store::versions(&tx, &product, 1).await?.pop();
    let newest = newest.map(store::Row::version).transpose()?;
    let place = Place {
        product,
        code: proposal.code.clone(),
        number: newest.map_or(1, |v| v.number + 1),
    };
    draft(tx, staff, place, &proposal.definition).await
}

/// Stores the next version of a product, which differs from its newest one in what is recorded alone.
///
/// `base` is the version that the proposer saw: where another one came meanwhile, nothing is proposed over it.
pub async fn revise_recording(
    ctx: &Ctx,
    staff: &Staff,
    product: &ProductId,
    base: i64,
    recording: &Recording,
) -> Result<Version> {
    staff.must(Right::ProposeProducts)?;
    let tx = ledger::begin(ctx, &staff.seat()).await?;
    let newest = super::newest(&tx, product).await?;
    if newest.number != base {
        return Err(Refused::MovedOn.into());
    }
    let definition = newest.definition.clone().recorded(recording.clone());
    if definition == newest.definition {
        return Err(Refused::Unchanged.into());
    }
    let fields = definition.check();
    if !fields.is_empty() {
        return Err(Error::Invalid(fields));
    }
    let place = Place {
        product: newest.product,
        code: newest.code,
        number: newest.number + 1,
    };
    draft(tx, staff, place, &definition).await
}

/// Where a version belongs.
struct Place {
    product: ProductId,
    code: String,
    number: i64,
}

async fn draft(mut tx: Tx, staff: &Staff, at: Place, definition: &Definition) -> Result<Version> {
    let missing = voices::named(&mut tx, definition).await?;
    if !missing.is_empty() {
        return Err(Error::Invalid(missing));
    }
    let bytes = proof::canonical::to_vec(definition)?;
    let version = Version {
        product: at.product,
        code: at.code,
        number: at.number,
        state: State::Draft,
        definition: definition.clone(),
        digest: proof::hex::encode(&proof::digest::sha256(&bytes)),
        proposed_by: staff.seat().id,
        created_at_ms: tx.now_ms(),
        released_at_ms: None,
    };
    store::insert_version(&mut tx, &version, &bytes).await?;
    let fact = Fact::of(
        &version.product,
        &Proposed {
            version: version.number,
            digest: &version.digest,
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(version)
}

/// A second person agrees to a version, which releases it.
pub async fn approve(
    ctx: &Ctx,
    staff: &Staff,
    product: &ProductId,
    number: i64,
) -> Result<Version> {
    staff.must(Right::ApproveProducts)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let version = store::lock_version(&tx, product, number)
        .await?
        .ok_or_else(Error::not_found)?
        .version()?;
    let approval = Approval {
        digest: version.digest.clone(),
        proposer: version.proposed_by.clone(),
        approver: staff.seat(),
    };
    let (released, fact) = release(&mut tx, version, &approval).await?;
    ledger::commit(tx, fact).await?;
    Ok(released)
}

/// The stop this room owns: nothing is offered without an approval of its exact content.
pub async fn release(
    tx: &mut Tx,
    version: Version,
    approval: &Approval,
) -> Result<(Version, Fact)> {
    let policy = super::policy(tx).await?;
    let alerts = version
        .definition
        .alerts(&policy)
        .map_err(|c| Error::Internal(Box::new(c)))?;
    let released = version.release(approval, &alerts, tx.now_ms())?;
    roster::clear(tx, &released.definition.example).await?;
    store::save_release(tx, &released, &approval.approver.id).await?;
    let fact = Fact::of(
        &released.product,
        &Released {
            version: released.number,
            digest: &released.digest,
            proposer: &approval.proposer,
            approver: &approval.approver.id,
            alerts: &alerts,
        },
    )?;
    Ok((released, fact))
}

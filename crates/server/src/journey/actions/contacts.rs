//! Third persons whom a borrower names, or a lender on their behalf.

use super::PARTIES_MAX;
use crate::access::Customer;
use crate::consent::{self, ConsentKind};
use crate::contacts::{self, Naming, Relation, Role};
use crate::ctx::Ctx;
use crate::disclosure::Audience;
use crate::error::Result;
use crate::journey::model::{Journey, Refused};
use crate::journey::{JourneyId, contacts as offer, steps, store};
use crate::ledger::{self, Changed, Seat, Tx};
use crate::product::{self, Progress, Protection};
use crate::vault::{SubjectId, ThirdPerson};

/// The borrower names an emergency contact.
pub async fn name_contact(
    ctx: &Ctx,
    customer: &Customer,
    relation: Relation,
    third: &ThirdPerson,
) -> Result<()> {
    let id = JourneyId::parse(&customer.case)?;
    let tx = ledger::begin(ctx, &customer.seat()).await?;
    let journey = store::lock(&tx, &id).await?;
    // Nothing personal is asked before its notice.
    let told = Protection::PersonalInformationNotice;
    let standings = steps::standings(&tx, &journey, tx.now_ms()).await?;
    let open = |one: &steps::Standing| one.protection == told && one.progress != Progress::Done;
    if standings.iter().any(open) {
        return Err(Refused::StepTooEarly(told).into());
    }
    emergency(tx, &journey, relation, third).await
}

/// The lender names an emergency contact whom the borrower gave it.
pub async fn name_contact_for(
    ctx: &Ctx,
    seat: &Seat,
    id: &JourneyId,
    relation: Relation,
    third: &ThirdPerson,
) -> Result<()> {
    let tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    emergency(tx, &journey, relation, third).await
}

async fn emergency(
    tx: Tx,
    journey: &Journey,
    relation: Relation,
    third: &ThirdPerson,
) -> Result<()> {
    let version = product::version(&tx, &journey.product, journey.product_version).await?;
    let most = offer::most(tx.ctx(), journey, &version.definition);
    if most == 0 {
        return Err(Refused::ContactsNotOffered.into());
    }
    name(
        tx,
        journey,
        Role::EmergencyContact,
        (relation, third),
        most,
        None,
    )
    .await
}

/// An elder names the relative who is to know, under the consent to that.
pub async fn name_relative(
    ctx: &Ctx,
    customer: &Customer,
    relation: Relation,
    third: &ThirdPerson,
) -> Result<()> {
    let id = JourneyId::parse(&customer.case)?;
    let tx = ledger::begin(ctx, &customer.seat()).await?;
    let journey = store::lock(&tx, &id).await?;
    if journey.audience != Audience::Elder {
        return Err(Refused::ContactsNotOffered.into());
    }
    let kind = ConsentKind::InformedRelative;
    let consent = consent::must(&tx, &journey.subject, &customer.case, kind, tx.now_ms()).await??;
    let rests_on = Some(consent.id.as_str());
    name(
        tx,
        &journey,
        Role::InformedRelative,
        (relation, third),
        1,
        rests_on,
    )
    .await
}

async fn name(
    mut tx: Tx,
    journey: &Journey,
    role: Role,
    (relation, third): (Relation, &ThirdPerson),
    most: i64,
    consent: Option<&str>,
) -> Result<()> {
    journey.alive(tx.now_ms())?;
    let main = journey.main.as_ref().unwrap_or(&journey.id);
    let mut parties: Vec<(SubjectId, String)> = store::parties_of(&tx, main, PARTIES_MAX)
        .await?
        .into_iter()
        .map(|party| (party.subject, party.id.to_string()))
        .collect();
    parties.push((store::find(&tx, main).await?.subject, main.to_string()));
    let naming = Naming {
        case: journey.id.as_str(),
        borrower: &journey.subject,
        parties: &parties,
        role,
        relation,
        third,
        most,
        consent,
    };
    match contacts::name(&mut tx, naming).await? {
        Ok(Changed::Yes) => ledger::commit_recorded(tx).await,
        Ok(Changed::No) => Ok(()),
        Err(refused) => {
            ledger::commit_recorded(tx).await?;
            Err(refused.into())
        }
    }
}

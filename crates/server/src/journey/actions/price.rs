//! Making the price final.

use cost::{Action, LoanTerms, Policy};

use super::open::by_lender;
use super::parties;
use super::suitability::weigh;
use crate::access;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::disbursement;
use crate::disclosure::{self, Audience, Prepare, Sheet, ShownSheet};
use crate::error::{Error, Result};
use crate::journey::kind::Kind;
use crate::journey::model::{Journey, Priced, Refused};
use crate::journey::{JourneyId, facts, store};
use crate::ledger::{self, Fact, Seat, Tx};
use crate::product::{self, Ask, KeyTerm};
use crate::roster;
use crate::signing::{self, Ended};

/// Makes the price of a journey final; other terms than before have their own sheet, which is read anew.
pub async fn price(ctx: &Ctx, seat: &Seat, id: &JourneyId, ask: &Ask) -> Result<Journey> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    if journey.main.is_some() {
        return Err(Refused::PriceOfMain.into());
    }
    if journey.kind == Kind::Change {
        return Err(Refused::ChangeHasTerms.into());
    }
    let version = product::version(&tx, &journey.product, journey.product_version).await?;
    by_lender(journey.kind, &version.definition.required)?;
    let (journey, fact) = fix_price(&mut tx, journey, &version, ask).await?;
    weigh(&mut tx, &journey).await?;
    ledger::commit(tx, fact).await?;
    Ok(journey)
}

/// Has the sheet of a final price made.
pub(super) async fn fix_price(
    tx: &mut Tx,
    journey: Journey,
    version: &product::Version,
    ask: &Ask,
) -> Result<(Journey, Fact)> {
    let today = clock::civil_date(tx.now_ms());
    let terms = version
        .definition
        .terms(ask, today)
        .map_err(Error::Invalid)?;
    // Before anything is made: the same price again meets this answer, not a second sheet.
    journey.takes_price(&disclosure::terms_digest(&terms)?, tx.now_ms())?;
    if journey.terms_digest.is_some() {
        // Nobody pays for older terms while newer ones are shown.
        disbursement::may_change(tx, journey.id.as_str(), tx.now_ms()).await?;
    }
    roster::clear(tx, &terms).await?;
    let policy = product::policy(tx).await?;
    let (sheet, shown) = prepare(tx, &journey, version, terms, None).await?;
    within_ceilings(&shown, version, &policy)?;
    let (journey, fact) = save_price(tx, journey, &sheet, &shown).await?;
    parties::reprice(tx, &journey, version).await?;
    Ok((journey, fact))
}

/// Refuses a price above a ceiling whose action stops it.
pub(super) fn within_ceilings(
    shown: &ShownSheet,
    version: &product::Version,
    policy: &Policy,
) -> Result<()> {
    let stopped_by = |action| {
        let mut ceilings = shown.sheet.ceilings.iter();
        ceilings.any(|c| c.exceeded && c.action == action)
    };
    if stopped_by(Action::Block) {
        return Err(Refused::CeilingBlocked.into());
    }
    // Two people saw that alert when they released the version; a price they never saw needs its own approval.
    if stopped_by(Action::NeedsApproval) && !version.approved_above_ceiling(policy)? {
        return Err(Refused::CeilingNeedsApproval.into());
    }
    Ok(())
}

/// Has the sheet of a journey made from final terms; `part` is what the person has to do with another's loan.
pub(super) async fn prepare(
    tx: &mut Tx,
    journey: &Journey,
    version: &product::Version,
    terms: LoanTerms,
    part: Option<KeyTerm>,
) -> Result<(Sheet, ShownSheet)> {
    let institution = access::institution(tx, tx.institution()?).await?;
    let policy = product::policy(tx).await?;
    let reading = version.definition.reading_seconds;
    signing::supersede(tx, journey.id.as_str(), Ended::TermsChanged).await?;
    let key_terms = part
        .into_iter()
        .chain(version.definition.key_terms.iter().cloned());
    disclosure::prepare(
        tx,
        Prepare {
            case: journey.id.to_string(),
            subject: journey.subject.to_string(),
            business_masked: journey
                .business
                .as_ref()
                .map(|business| business.name_masked.clone()),
            institution_name: institution.name,
            hotline: institution.hotline,
            product: version.code.clone(),
            product_version: version.number,
            product_name: version.definition.name.clone(),
            terms,
            policy,
            key_terms: key_terms.collect(),
            without_guarantee: version.definition.without_guarantee.clone(),
            // A change pays nothing out that could be given back.
            cooling_off: match journey.kind {
                Kind::Change => None,
                _ => version.definition.cooling_off,
            },
            audience: journey.audience,
            reading_ms: 1_000
                * match journey.audience {
                    Audience::Standard => reading.standard,
                    Audience::Elder => reading.elder,
                },
        },
    )
    .await
}

/// Notes the price of a sheet in its journey.
pub(super) async fn save_price(
    tx: &mut Tx,
    journey: Journey,
    sheet: &Sheet,
    shown: &ShownSheet,
) -> Result<(Journey, Fact)> {
    let priced = Priced {
        principal: shown.sheet.principal,
        periods: i64::from(shown.sheet.terms.periods),
        composite_ppm: shown.sheet.composite.annual_ppm,
        terms_digest: sheet.terms_digest.clone(),
    };
    let fact = Fact::of(
        &journey.id,
        &facts::Priced {
            terms_digest: &priced.terms_digest,
            principal: priced.principal,
            periods: priced.periods,
        },
    )?
    .about(&journey.subject);
    let journey = journey.price(priced, tx.now_ms())?;
    store::save(tx, &journey).await?;
    Ok((
        Journey {
            version: journey.version + 1,
            ..journey
        },
        fact,
    ))
}

//! Who answers for a loan beside its borrower: each in a journey of their own, with a sheet of the very same terms.

use super::open::{ADULT_YEARS, remind_later};
use super::price::{prepare, save_price};
use crate::access;
use crate::clock;
use crate::ctx::Ctx;
use crate::disbursement;
use crate::disclosure::{self, Audience};
use crate::error::{Error, Result, Text};
use crate::journey::jobs::Expire;
use crate::journey::kind::Kind;
use crate::journey::model::{Journey, Refused, State};
use crate::journey::{JourneyId, facts, store};
use crate::ledger::{self, Changed, Fact, Seat, Tx};
use crate::product::{self, KeyTerm};
use crate::vault::{self, Basis, ItemKind, Person, Purpose, SubjectKind};

/// Co-borrowers and guarantors of one loan.
pub const PARTIES_MAX: i64 = 5;

/// Who is to answer for a loan, and how.
#[derive(Clone, Debug)]
pub struct Party {
    /// [`Kind::CoBorrower`] or [`Kind::Guarantor`].
    pub role: Kind,
    pub person: Person,
}

/// Names a co-borrower or guarantor; the same person again answers the same journey and changes nothing.
pub async fn name_party(
    ctx: &Ctx,
    seat: &Seat,
    main: &JourneyId,
    party: &Party,
) -> Result<(Journey, Changed)> {
    let faults = party.person.check("person");
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let mut tx = ledger::begin(ctx, seat).await?;
    let main = store::lock(&tx, main).await?;
    main.alive(tx.now_ms())?;
    if !party.role.is_party() || !matches!(main.kind, Kind::Loan | Kind::Drawdown) {
        return Err(Refused::PartyMisplaced.into());
    }
    let version = product::version(&tx, &main.product, main.product_version).await?;
    if !version.definition.serves(SubjectKind::Person) {
        return Err(Refused::BorrowerNotServed.into());
    }
    let id = JourneyId::fresh(ctx.clock.now_ms(), &ctx.random);
    let subject = vault::enrol(&mut tx, &party.person, id.as_str()).await?;
    if subject.id == main.subject {
        return Err(Refused::PartyIsBorrower.into());
    }
    let named = store::parties_of(&tx, &main.id, PARTIES_MAX).await?;
    if let Some(known) = named.iter().find(|one| one.subject == subject.id) {
        return if known.kind == party.role {
            Ok((known.clone(), Changed::No))
        } else {
            Err(Refused::PartyInOtherRole.into())
        };
    }
    // A token says that everybody who answers for the loan confirmed it.
    disbursement::may_change(&tx, main.id.as_str(), tx.now_ms()).await?;
    if i64::try_from(named.len())? >= PARTIES_MAX {
        return Err(Refused::TooManyParties.into());
    }
    let own = access::settings(&tx).await?.settings;
    let age = subject.age_on(clock::civil_date(tx.now_ms()))?;
    if age < ADULT_YEARS {
        return Err(Refused::UnderAge.into());
    }
    let until_ms = main.expires_at_ms;
    let phone = [ItemKind::Phone];
    let basis = Basis::Contract;
    vault::grant(
        &mut tx,
        &subject.id,
        Purpose::SendCode,
        &phone,
        basis,
        until_ms,
    )
    .await?;
    access::create_link(&mut tx, id.as_str(), &subject.id, until_ms).await?;
    let journey = Journey {
        kind: party.role,
        line: None,
        main: Some(main.id.clone()),
        subject: subject.id,
        borrower_masked: subject.name_masked,
        phone_masked: subject.phone_masked,
        business: None,
        audience: if age >= own.elder_age(&ctx.config) {
            Audience::Elder
        } else {
            Audience::Standard
        },
        state: State::WaitingPrice,
        principal: None,
        periods: None,
        composite_ppm: None,
        terms_digest: None,
        person_asked_at_ms: None,
        created_at_ms: tx.now_ms(),
        updated_at_ms: tx.now_ms(),
        version: 1,
        id,
        ..main.clone()
    };
    // Unique by what it is, as other journeys are by the lender's key.
    let key = format!("party:{}:{}", main.id, journey.subject);
    store::insert(&mut tx, &journey, &key, "").await?;
    let required = journey.kind.asked(&version.definition.required);
    let opened = facts::Opened {
        product: journey.product.as_str(),
        product_version: journey.product_version,
        subject: journey.subject.as_str(),
        audience: journey.audience,
        required: &required,
        expires_at_ms: until_ms,
    };
    let of = facts::PartyOf {
        main: main.id.as_str(),
        role: journey.kind,
    };
    let named = facts::PartyNamed {
        party: journey.id.as_str(),
        role: journey.kind,
    };
    tx.record(Fact::of(&journey.id, &opened)?.about(&journey.subject));
    tx.record(Fact::of(&journey.id, &of)?.about(&journey.subject));
    tx.record(Fact::of(&main.id, &named)?.about(&main.subject));
    let expire = Expire {
        journey: journey.id.to_string(),
    };
    tx.enqueue_at(&expire, until_ms).await?;
    remind_later(&mut tx, &journey).await?;
    let journey = match main.terms_digest {
        Some(_) => same_price(&mut tx, &main, journey, &version).await?,
        None => journey,
    };
    ledger::commit_recorded(tx).await?;
    Ok((journey, Changed::Yes))
}

/// The price of a loan became final, or another one: so did that of everybody who answers for it.
pub(super) async fn reprice(tx: &mut Tx, main: &Journey, version: &product::Version) -> Result<()> {
    for party in store::parties_of(tx, &main.id, PARTIES_MAX).await? {
        let party = store::lock(tx, &party.id).await?;
        if party.alive(tx.now_ms()).is_ok() && party.terms_digest != main.terms_digest {
            same_price(tx, main, party, version).await?;
        }
    }
    Ok(())
}

/// Gives a party the sheet of the loan's own terms, with what it means for them before anything else.
async fn same_price(
    tx: &mut Tx,
    main: &Journey,
    party: Journey,
    version: &product::Version,
) -> Result<Journey> {
    let sheet = disclosure::find(tx, main.id.as_str())
        .await?
        .ok_or_else(|| Error::internal("a final price without its sheet"))?;
    let terms = sheet.shown()?.sheet.terms;
    let part = part(party.kind, &main.borrower_masked);
    let (sheet, shown) = prepare(tx, &party, version, terms, Some(part)).await?;
    let (party, fact) = save_price(tx, party, &sheet, &shown).await?;
    tx.record(fact);
    Ok(party)
}

/// What the loan means for whoever answers for it, in plain words.
fn part(role: Kind, borrower_masked: &str) -> KeyTerm {
    match role {
        Kind::Guarantor => KeyTerm {
            title: Text::new("您是保证人", "You are the guarantor"),
            body: Text::new(
                format!(
                    "这笔钱借给 {borrower_masked}，不是借给您。借款人没有按期还款时，您要按保证合同替他还：本金、本表列明的各项费用，以及逾期后的或有费用。您可以拒绝，不影响您的其他业务。"
                ),
                format!(
                    "The money goes to {borrower_masked}, not to you. When the borrower doesn't pay in time, you must pay in their place as the guarantee says: principal, every cost on this sheet, and what falls due on default. You may refuse; nothing else of yours is touched."
                ),
            ),
        },
        _ => KeyTerm {
            title: Text::new("您是共同借款人", "You are a co-borrower"),
            body: Text::new(
                format!(
                    "您和 {borrower_masked} 一起借这笔钱，每个人都要对全部金额负责，不是各还一半。对方没有还，贷款机构可以要求您还清全部。您可以拒绝，不影响您的其他业务。"
                ),
                format!(
                    "You borrow together with {borrower_masked}; each of you owes the whole amount, not a half. When the other doesn't pay, the lender may ask you for all of it. You may refuse; nothing else of yours is touched."
                ),
            ),
        },
    }
}

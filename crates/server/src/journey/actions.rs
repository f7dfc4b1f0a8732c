//! Verbs of the journey.

use cost::Action;

use super::jobs::Expire;
use super::model::{Journey, Priced, Refused, State};
use super::{JourneyId, facts, store};
use crate::access::{self, Customer};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::disclosure::{self, Answer, Audience, Prepare};
use crate::error::{Error, Field, Result, Text};
use crate::ledger::{self, Fact, Seat, Tx};
use crate::product::{self, Ask, Protection};
use crate::vault::{self, Basis, ItemKind, Person, Purpose};

const REFERENCE_CHARS_MAX: usize = 64;
const ADULT_YEARS: i64 = 18;

/// What a lender sends to open a journey.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The lender's own number.
    pub reference: String,
    /// Product code.
    pub product: String,
    pub borrower: Person,
    /// Absent while the price is not final.
    pub loan: Option<Ask>,
    /// A digest of the lender's key; the key itself may hold anything.
    pub idempotency_key: String,
    /// SHA-256 of the request's canonical body, hex; a replay must match it.
    pub request_digest: String,
}

/// A journey and whether this very request opened it.
#[derive(Clone, Debug)]
pub struct Opened {
    pub journey: Journey,
    pub replayed: bool,
}

/// Opens a journey; the same key with the same body answers the same journey.
pub async fn open(ctx: &Ctx, seat: &Seat, opening: &Opening) -> Result<Opened> {
    let fields = check(opening);
    if !fields.is_empty() {
        return Err(Error::Invalid(fields));
    }
    let mut tx = ledger::begin(ctx, seat).await?;
    if let Some(known) = store::by_key(&tx, &opening.idempotency_key).await? {
        if known.request_digest != opening.request_digest {
            return Err(Refused::KeyReused.into());
        }
        let journey = store::find(&tx, &JourneyId::stored(known.id)).await?;
        return Ok(Opened {
            journey,
            replayed: true,
        });
    }
    let product = product::by_code(&tx, &opening.product)
        .await?
        .ok_or_else(unknown_product)?;
    let version = product::released(&tx, &product)
        .await?
        .ok_or(product::Refused::NotOffered)?;

    let subject = vault::enrol(&mut tx, &opening.borrower).await?;
    let today = clock::civil_date(tx.now_ms());
    let age = age_on(subject.birth_date, today);
    if age < ADULT_YEARS {
        return Err(Refused::UnderAge.into());
    }
    let audience = if age >= ctx.config.disclosure.elder_age {
        Audience::Elder
    } else {
        Audience::Standard
    };
    let expires_at_ms = tx.now_ms() + ctx.config.journey.valid_days * clock::DAY_MS;
    let id = JourneyId::fresh(ctx.clock.now_ms(), &ctx.random);
    vault::grant(
        &mut tx,
        &subject.id,
        Purpose::SendCode,
        &[ItemKind::Phone],
        Basis::Contract,
        expires_at_ms,
    )
    .await?;
    access::create_link(&mut tx, id.as_str(), &subject.id, expires_at_ms).await?;

    let mut journey = Journey {
        id,
        reference: opening.reference.clone(),
        product,
        product_code: version.code.clone(),
        product_version: version.number,
        subject: subject.id,
        borrower_masked: subject.name_masked,
        phone_masked: subject.phone_masked,
        audience,
        state: State::WaitingPrice,
        principal: None,
        periods: None,
        composite_ppm: None,
        terms_digest: None,
        person_asked_at_ms: None,
        created_at_ms: tx.now_ms(),
        updated_at_ms: tx.now_ms(),
        expires_at_ms,
        version: 1,
    };
    store::insert(
        &mut tx,
        &journey,
        &opening.idempotency_key,
        &opening.request_digest,
    )
    .await?;
    let opened = Fact::of(
        &journey.id,
        &facts::Opened {
            product: journey.product.as_str(),
            product_version: journey.product_version,
            subject: journey.subject.as_str(),
            audience,
            required: &version.definition.required,
            expires_at_ms,
        },
    )?
    .about(&journey.subject);
    tx.enqueue_at(
        &Expire {
            journey: journey.id.to_string(),
        },
        expires_at_ms,
    )
    .await?;
    match &opening.loan {
        None => ledger::commit(tx, opened).await?,
        Some(ask) => {
            tx.record(opened);
            let (priced, fact) = fix_price(&mut tx, journey, &version, ask).await?;
            journey = priced;
            ledger::commit(tx, fact).await?;
        }
    }
    Ok(Opened {
        journey,
        replayed: false,
    })
}

/// Makes the price of a waiting journey final.
pub async fn price(ctx: &Ctx, seat: &Seat, id: &JourneyId, ask: &Ask) -> Result<Journey> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    let version = product::version(&tx, &journey.product, journey.product_version).await?;
    let (journey, fact) = fix_price(&mut tx, journey, &version, ask).await?;
    ledger::commit(tx, fact).await?;
    Ok(journey)
}

async fn fix_price(
    tx: &mut Tx,
    journey: Journey,
    version: &product::Version,
    ask: &Ask,
) -> Result<(Journey, Fact)> {
    // Before anything is made: a second price meets this answer, not a second sheet.
    journey.awaits_price(tx.now_ms())?;
    let today = clock::civil_date(tx.now_ms());
    let terms = version
        .definition
        .terms(ask, today)
        .map_err(Error::Invalid)?;
    let institution = access::institution(tx, tx.institution()?).await?;
    let policy = product::policy(tx).await?;
    let reading = version.definition.reading_seconds;
    let (sheet, shown) = disclosure::prepare(
        tx,
        Prepare {
            case: journey.id.to_string(),
            subject: journey.subject.to_string(),
            institution_name: institution.name,
            hotline: institution.hotline,
            product: version.code.clone(),
            product_version: version.number,
            product_name: version.definition.name.clone(),
            terms,
            policy: policy.clone(),
            key_terms: version.definition.key_terms.clone(),
            without_guarantee: version.definition.without_guarantee.clone(),
            audience: journey.audience,
            reading_ms: 1_000
                * match journey.audience {
                    Audience::Standard => reading.standard,
                    Audience::Elder => reading.elder,
                },
        },
    )
    .await?;
    let stopped_by = |action| {
        shown
            .sheet
            .ceilings
            .iter()
            .any(|c| c.exceeded && c.action == action)
    };
    if stopped_by(Action::Block) {
        return Err(Refused::CeilingBlocked.into());
    }
    // Two people saw that alert when they released the version; a price they never saw needs its own approval.
    if stopped_by(Action::NeedsApproval) && !version.approved_above_ceiling(&policy)? {
        return Err(Refused::CeilingNeedsApproval.into());
    }
    let priced = Priced {
        principal: shown.sheet.principal,
        periods: i64::from(shown.sheet.terms.periods),
        composite_ppm: shown.sheet.composite.annual_ppm,
        terms_digest: sheet.terms_digest,
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

/// What a person can do with the sheet, one step at a time.
#[derive(Clone, Debug)]
pub enum Act {
    Show,
    Read,
    Answer(Vec<Answer>),
    Confirm,
}

/// Carries one act of the person out; acts that change nothing answer as if they had just been done.
pub async fn act(ctx: &Ctx, customer: &Customer, digest: &str, act: &Act) -> Result<()> {
    let id = JourneyId::parse(&customer.case)?;
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    let journey = store::lock(&tx, &id).await?;
    journey.alive(tx.now_ms())?;
    let case = id.as_str();
    let changed = match act {
        Act::Show => disclosure::show(&mut tx, case, digest).await?,
        Act::Read => disclosure::read(&mut tx, case, digest).await?,
        Act::Answer(answers) => disclosure::answer(&mut tx, case, digest, answers).await?,
        Act::Confirm => disclosure::confirm(&mut tx, case, digest).await?,
    };
    if changed == disclosure::Changed::No {
        return Ok(());
    }
    let Act::Confirm = act else {
        // The sheet's own fact is the evidence of this step.
        return ledger::commit_recorded(tx).await;
    };
    let version = product::version(&tx, &journey.product, journey.product_version).await?;
    let confirmed = |protection: &Protection| match protection {
        Protection::CostDisclosure => true,
    };
    if !version.definition.required.iter().all(confirmed) {
        return ledger::commit_recorded(tx).await;
    }
    let journey = journey.complete(tx.now_ms())?;
    store::save(&mut tx, &journey).await?;
    // A completion without terms must never be sworn to.
    let terms_digest = journey
        .terms_digest
        .as_deref()
        .ok_or_else(|| Error::internal("a completed journey without final terms"))?;
    let fact = Fact::of(&journey.id, &facts::Completed { terms_digest })?.about(&journey.subject);
    ledger::commit(tx, fact).await
}

/// A reading that was not finished starts over when the link is opened anew.
pub async fn reopen(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    match disclosure::reopen(&mut tx, &customer.case).await? {
        disclosure::Changed::Yes => ledger::commit_recorded(tx).await,
        disclosure::Changed::No => Ok(()),
    }
}

/// The person asks to be called by a human; asking again changes nothing.
pub async fn ask_for_person(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    let mut journey = store::lock(&tx, &JourneyId::parse(&customer.case)?).await?;
    if journey.person_asked_at_ms.is_some() {
        return Ok(());
    }
    let wrong = disclosure::find(&tx, &customer.case)
        .await?
        .map_or(0, |sheet| sheet.progress.wrong);
    journey.person_asked_at_ms = Some(tx.now_ms());
    journey.updated_at_ms = tx.now_ms();
    store::save(&mut tx, &journey).await?;
    let fact = Fact::of(
        &journey.id,
        &facts::PersonAsked {
            wrong_answers: wrong,
        },
    )?
    .about(&journey.subject);
    ledger::commit(tx, fact).await
}

/// A new link for the borrower; older ones stop opening. A completed journey's documents stay within reach.
pub async fn renew_link(ctx: &Ctx, seat: &Seat, id: &JourneyId) -> Result<access::Link> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let mut journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    let until_ms = match journey.state {
        State::Completed => tx.now_ms() + ctx.config.journey.valid_days * clock::DAY_MS,
        _ => journey.expires_at_ms,
    };
    let (subject, case) = (journey.subject.clone(), id.as_str());
    vault::grant(
        &mut tx,
        &subject,
        Purpose::SendCode,
        &[ItemKind::Phone],
        Basis::Contract,
        until_ms,
    )
    .await?;
    let link = access::create_link(&mut tx, case, &subject, until_ms).await?;
    journey.updated_at_ms = tx.now_ms();
    store::save(&mut tx, &journey).await?;
    ledger::commit_recorded(tx).await?;
    Ok(link)
}

fn check(opening: &Opening) -> Vec<Field> {
    let mut fields = opening.borrower.check("borrower");
    let reference = opening.reference.chars().count();
    let plain = opening.reference.chars().all(|c| c.is_ascii_graphic());
    if reference == 0 || reference > REFERENCE_CHARS_MAX || !plain {
        fields.push(Field::new(
            "reference",
            "malformed",
            Text::new(
                "业务编号为 1 至 64 个可见 ASCII 字符。",
                "The reference is 1 to 64 visible ASCII characters.",
            ),
        ));
    }
    fields
}

fn unknown_product() -> Error {
    Error::field(
        "product",
        "unknown_product",
        "没有这个产品。",
        "There is no such product.",
    )
}

/// Whole years between birth and a day.
fn age_on(birth: jiff::civil::Date, day: jiff::civil::Date) -> i64 {
    let before_birthday = (day.month(), day.day()) < (birth.month(), birth.day());
    i64::from(day.year()) - i64::from(birth.year()) - i64::from(before_birthday)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::age_on;

    #[test]
    fn age_changes_on_the_birthday() {
        assert_eq!(age_on(date(2008, 11, 22), date(2026, 11, 21)), 17);
        assert_eq!(age_on(date(2008, 11, 21), date(2026, 11, 21)), 18);
        assert_eq!(age_on(date(1964, 2, 29), date(2026, 2, 28)), 61);
    }
}

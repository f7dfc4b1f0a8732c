//! Opening a journey.

use super::price::fix_price;
use crate::access;
use crate::clock;
use crate::ctx::Ctx;
use crate::disclosure::Audience;
use crate::error::{Error, Field, Result, Text};
use crate::journey::jobs::{Expire, Remind};
use crate::journey::kind::Kind;
use crate::journey::model::{Came, Journey, Refused, Represented, State};
use crate::journey::reminders::HOUR_MS;
use crate::journey::{JourneyId, facts, steps, store};
use crate::ledger::{self, Fact, Seat, Tx};
use crate::product::{self, Ask, ProductId, Protection};
use crate::vault::{self, Basis, Business, ItemKind, Person, Purpose, SubjectId, SubjectKind};

const REFERENCE_CHARS_MAX: usize = 64;
pub(super) const ADULT_YEARS: i64 = 18;

/// What a lender sends to open a journey.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The lender's own number.
    pub reference: String,
    pub kind: Kind,
    /// The line that a drawdown names.
    pub line: Option<JourneyId>,
    /// Product code.
    pub product: String,
    /// The person who borrows, or who acts for the business below.
    pub borrower: Person,
    /// The sole trader's or firm's registration, when that is who borrows.
    pub business: Option<Business>,
    /// Absent while the price is not final.
    pub loan: Option<Ask>,
    /// Where the borrower goes back to.
    pub return_url: Option<String>,
    pub came: Came,
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
    // Whoever answers for another's loan is named there, and its change is opened there.
    if opening.kind.is_party() {
        return Err(Refused::PartyMisplaced.into());
    }
    if opening.kind == Kind::Change {
        return Err(Refused::ChangeMisplaced.into());
    }
    let fields = check(opening);
    if !fields.is_empty() {
        return Err(Error::Invalid(fields));
    }
    let mut tx = ledger::begin(ctx, seat).await?;
    if let Some(opened) = known_by(&tx, &opening.idempotency_key, &opening.request_digest).await? {
        return Ok(opened);
    }
    let product = product::by_code(&tx, &opening.product)
        .await?
        .ok_or_else(unknown_product)?;
    let version = product::released(&tx, &product)
        .await?
        .ok_or(product::Refused::NotOffered)?;

    let own = access::settings(&tx).await?.settings;
    let required = &version.definition.required;
    opening.kind.offered(required)?;
    let business_kind = opening.business.as_ref().map(|business| business.kind);
    if !version
        .definition
        .serves(business_kind.map_or(SubjectKind::Person, SubjectKind::from))
    {
        return Err(Refused::BorrowerNotServed.into());
    }
    if opening.loan.is_some() {
        by_lender(opening.kind, required)?;
    }
    let id = JourneyId::fresh(ctx.clock.now_ms(), &ctx.random);
    let subject = vault::enrol(&mut tx, &opening.borrower, id.as_str()).await?;
    let today = clock::civil_date(tx.now_ms());
    let age = subject.age_on(today)?;
    if age < ADULT_YEARS {
        return Err(Refused::UnderAge.into());
    }
    let audience = if age >= own.elder_age(&ctx.config) {
        Audience::Elder
    } else {
        Audience::Standard
    };
    let business = match &opening.business {
        Some(business) => {
            let enrolled = vault::enrol_business(&mut tx, business).await?;
            Some(Represented {
                id: enrolled.id,
                kind: business.kind,
                name_masked: enrolled.name_masked,
            })
        }
        None => None,
    };
    let line = line_of(&tx, opening, &product, &subject.id, business.as_ref()).await?;
    let expires_at_ms = tx.now_ms() + own.valid_days(&ctx.config) * clock::DAY_MS;
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
    if let Some(address) = &opening.return_url {
        access::keep_return(&mut tx, id.as_str(), address).await?;
    }

    let mut journey = Journey {
        id,
        kind: opening.kind,
        line,
        main: None,
        reference: opening.reference.clone(),
        product,
        product_code: version.code.clone(),
        product_version: version.number,
        subject: subject.id,
        borrower_masked: subject.name_masked,
        phone_masked: subject.phone_masked,
        business,
        came: opening.came,
        audience,
        state: match opening.kind {
            Kind::Line => State::Open,
            _ => State::WaitingPrice,
        },
        principal: None,
        periods: None,
        composite_ppm: None,
        terms_digest: None,
        person_asked_at_ms: None,
        created_at_ms: tx.now_ms(),
        updated_at_ms: tx.now_ms(),
        expires_at_ms,
        disbursed_at_ms: None,
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
            required: &opening.kind.asked(required),
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
    remind_later(&mut tx, &journey).await?;
    if let Some(business) = &journey.business {
        let named = facts::BusinessNamed {
            business: business.id.as_str(),
            business_kind: business.kind,
            representative: journey.subject.as_str(),
        };
        tx.record(Fact::of(&journey.id, &named)?.about(&journey.subject));
    }
    if journey.came != Came::default() {
        let came = facts::CameBy {
            channel: journey.came.channel,
            risk_flagged: journey.came.risk_flagged,
        };
        tx.record(Fact::of(&journey.id, &came)?.about(&journey.subject));
    }
    if let Some(line) = &journey.line {
        let named = facts::LineNamed {
            line: line.as_str(),
        };
        let opened = facts::DrawdownOpened {
            drawdown: journey.id.as_str(),
        };
        tx.record(Fact::of(&journey.id, &named)?.about(&journey.subject));
        tx.record(Fact::of(line, &opened)?.about(&journey.subject));
    }
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

/// The journey that the same request under the same key opened before.
pub(super) async fn known_by(tx: &Tx, key: &str, request_digest: &str) -> Result<Option<Opened>> {
    let Some(known) = store::by_key(tx, key).await? else {
        return Ok(None);
    };
    if known.request_digest != request_digest {
        return Err(Refused::KeyReused.into());
    }
    let journey = store::find(tx, &JourneyId::stored(known.id)).await?;
    Ok(Some(Opened {
        journey,
        replayed: true,
    }))
}

/// Looks after the journey's first hours whether its person left it half-way.
pub(super) async fn remind_later(tx: &mut Tx, journey: &Journey) -> Result<()> {
    let own = access::settings(tx).await?.settings;
    let hours = own.remind_hours(&tx.ctx().config);
    if hours == 0 {
        return Ok(());
    }
    let remind = Remind {
        journey: journey.id.to_string(),
    };
    let at_ms = tx.now_ms() + hours * HOUR_MS;
    tx.enqueue_at(&remind, at_ms).await
}

/// The line that a drawdown names: of the same person and product, completed, and with every protection still.
async fn line_of(
    tx: &Tx,
    opening: &Opening,
    product: &ProductId,
    subject: &SubjectId,
    business: Option<&Represented>,
) -> Result<Option<JourneyId>> {
    let named = match (opening.kind, &opening.line) {
        (Kind::Drawdown, Some(named)) => named,
        (Kind::Loan | Kind::Line, None) => return Ok(None),
        _ => {
            return Err(Error::field(
                "line",
                "line_misplaced",
                "只有支用须写明所属授信。",
                "A drawdown names its line, and nothing else does.",
            ));
        }
    };
    let line = store::lock(tx, named).await?;
    let id = |business: Option<&Represented>| business.map(|one| one.id.clone());
    let same_borrower = line.subject == *subject && id(line.business.as_ref()) == id(business);
    if line.kind != Kind::Line || !same_borrower || line.product != *product {
        return Err(Refused::LineOfOther.into());
    }
    if line.state != State::Completed {
        return Err(Refused::LineNotInForce.into());
    }
    let standings = steps::standings(tx, &line, tx.now_ms()).await?;
    if let Some(lost) = steps::current(&standings) {
        return Err(Refused::LineLacks(lost).into());
    }
    Ok(Some(line.id))
}

/// The lender gives the price only where no step of the person's does.
pub(super) fn by_lender(kind: Kind, required: &[Protection]) -> Result<(), Refused> {
    if kind.asked(required).contains(&Protection::Drawdown) {
        return Err(Refused::PriceByPerson);
    }
    Ok(())
}

fn check(opening: &Opening) -> Vec<Field> {
    let mut fields = opening.borrower.check("borrower");
    if let Some(business) = &opening.business {
        fields.extend(business.check("borrower.business"));
    }
    fields.extend(reference_fault(&opening.reference));
    fields
}

/// What is wrong with the lender's own number.
pub(super) fn reference_fault(reference: &str) -> Option<Field> {
    let count = reference.chars().count();
    let plain = reference.chars().all(|c| c.is_ascii_graphic());
    let holds = (1..=REFERENCE_CHARS_MAX).contains(&count) && plain;
    (!holds).then(|| {
        Field::new(
            "reference",
            "malformed",
            Text::new(
                "业务编号为 1 至 64 个可见 ASCII 字符。",
                "The reference is 1 to 64 visible ASCII characters.",
            ),
        )
    })
}

fn unknown_product() -> Error {
    Error::field(
        "product",
        "unknown_product",
        "没有这个产品。",
        "There is no such product.",
    )
}

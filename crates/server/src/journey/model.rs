//! Nouns and decisions of the journey; pure.

use serde::Serialize;

use super::JourneyId;
use super::kind::Kind;
pub use super::refusal::Refused;
use crate::disclosure::{Audience, Step};
use crate::product::{Channel, Definition, Occasion, ProductId, Protection, Recording};
use crate::vault::{BusinessKind, SubjectId};

/// Where a journey stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JourneyState)]
pub enum State {
    /// The price is not final; no sheet yet.
    WaitingPrice,
    Open,
    /// Every required protection was completed by the person.
    Completed,
    Expired,
    /// Called off before the money moved.
    Cancelled,
    /// 已放款: the lender reported a payment. Only shown; beneath it stays what the person had done.
    Disbursed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WaitingPrice => "waiting_price",
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Disbursed => "disbursed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::WaitingPrice,
            Self::Open,
            Self::Completed,
            Self::Expired,
            Self::Cancelled,
            Self::Disbursed,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// A journey.
#[derive(Clone, Debug)]
pub struct Journey {
    pub id: JourneyId,
    pub kind: Kind,
    /// The line of a drawdown.
    pub line: Option<JourneyId>,
    /// The journey whose loan a co-borrower or guarantor answers for.
    pub main: Option<JourneyId>,
    /// The lender's own number.
    pub reference: String,
    pub product: ProductId,
    pub product_code: String,
    pub product_version: i64,
    pub subject: SubjectId,
    pub borrower_masked: String,
    pub phone_masked: String,
    /// The business that borrows; the person above acts for it.
    pub business: Option<Represented>,
    pub came: Came,
    pub audience: Audience,
    pub state: State,
    /// Fen; known once the price is final, like the three below.
    pub principal: Option<i64>,
    pub periods: Option<i64>,
    pub composite_ppm: Option<i64>,
    pub terms_digest: Option<String>,
    pub person_asked_at_ms: Option<i64>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub expires_at_ms: i64,
    /// When the first payment was reported.
    pub disbursed_at_ms: Option<i64>,
    pub version: i64,
}

/// What the lender says of how a loan came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    pub channel: Option<Channel>,
    /// The lender's own risk rules mark it.
    pub risk_flagged: bool,
}

/// A business for which a person borrows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RepresentedBusiness)]
pub struct Represented {
    #[schema(value_type = String)]
    pub id: SubjectId,
    pub kind: BusinessKind,
    pub name_masked: String,
}

/// What the person sees next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    Wait,
    Read,
    Answer,
    Confirm,
    /// The sheet is confirmed, and contracts wait to be signed.
    Sign,
    Done,
}

impl Journey {
    /// Which of its product's steps it asks for, in order; a recording only where this loan needs one.
    pub fn asked(&self, definition: &Definition) -> Vec<Protection> {
        let mut asked = self.kind.asked(&definition.required);
        let needed = |one: &Recording| one.when.asks(self.occasion(self.principal));
        if !definition.recording.as_ref().is_some_and(needed) {
            asked.retain(|step| *step != Protection::Recording);
        }
        asked
    }

    /// What decides whether it is recorded, with a principal in fen.
    pub fn occasion(&self, principal: Option<i64>) -> Occasion {
        Occasion {
            elder: self.audience == Audience::Elder,
            principal,
            channel: self.came.channel,
            flagged: self.came.risk_flagged,
        }
    }

    /// What the person sees next, given the sheet's step.
    pub fn next(&self, sheet: Option<Step>) -> Next {
        match (self.state, sheet) {
            (State::Open, Some(Step::Done)) => Next::Sign,
            (State::Completed, _) | (_, Some(Step::Done)) => Next::Done,
            (_, None) => Next::Wait,
            (_, Some(Step::Read)) => Next::Read,
            (_, Some(Step::Answer)) => Next::Answer,
            (_, Some(Step::Confirm)) => Next::Confirm,
        }
    }

    /// The price became final, or another one did: then the person starts over with the sheet.
    pub fn price(mut self, priced: Priced, now_ms: i64) -> Result<Self, Refused> {
        self.takes_price(&priced.terms_digest, now_ms)?;
        self.state = State::Open;
        self.principal = Some(priced.principal);
        self.periods = Some(priced.periods);
        self.composite_ppm = Some(priced.composite_ppm);
        self.terms_digest = Some(priced.terms_digest);
        self.updated_at_ms = now_ms;
        Ok(self)
    }

    /// Terms with this digest may become final now: the first, or others than those in force.
    pub fn takes_price(&self, terms_digest: &str, now_ms: i64) -> Result<(), Refused> {
        self.must_go_on()?;
        if self.state == State::Expired || now_ms >= self.expires_at_ms {
            return Err(Refused::Expired);
        }
        if self.kind == Kind::Line {
            return Err(Refused::LineHasNoPrice);
        }
        if self.terms_digest.as_deref() == Some(terms_digest) {
            return Err(Refused::PriceFixed);
        }
        Ok(())
    }

    /// Nobody called the loan off.
    pub fn must_go_on(&self) -> Result<(), Refused> {
        match self.state {
            State::Cancelled => Err(Refused::Cancelled),
            _ => Ok(()),
        }
    }

    /// Called off; none where it was before, refused once the money moved.
    pub fn cancel(mut self, now_ms: i64) -> Result<Option<Self>, Refused> {
        if self.disbursed_at_ms.is_some() {
            return Err(Refused::AlreadyPaid);
        }
        if self.state == State::Cancelled {
            return Ok(None);
        }
        self.alive(now_ms)?;
        self.state = State::Cancelled;
        self.updated_at_ms = now_ms;
        Ok(Some(self))
    }

    /// Given up by its person before it was completed; none where it was called off before.
    pub fn abandon(self, now_ms: i64) -> Result<Option<Self>, Refused> {
        match self.state {
            State::Completed => Err(Refused::AlreadyCompleted),
            _ => self.cancel(now_ms),
        }
    }

    /// The person may act on this journey now.
    pub fn alive(&self, now_ms: i64) -> Result<(), Refused> {
        self.must_go_on()?;
        if self.state == State::Expired
            || (self.state != State::Completed && now_ms >= self.expires_at_ms)
        {
            return Err(Refused::Expired);
        }
        Ok(())
    }

    /// The last required protection was completed.
    pub fn complete(mut self, now_ms: i64) -> Result<Self, Refused> {
        self.alive(now_ms)?;
        self.state = State::Completed;
        self.updated_at_ms = now_ms;
        Ok(self)
    }

    /// Time is up; nothing to do for a journey that is completed or expired already.
    pub fn expire(mut self, now_ms: i64) -> Option<Self> {
        let due =
            now_ms >= self.expires_at_ms && matches!(self.state, State::Open | State::WaitingPrice);
        if !due {
            return None;
        }
        self.state = State::Expired;
        self.updated_at_ms = now_ms;
        Some(self)
    }
}

/// What a final price fixes.
#[derive(Clone, Debug)]
pub struct Priced {
    pub principal: i64,
    pub periods: i64,
    pub composite_ppm: i64,
    pub terms_digest: String,
}

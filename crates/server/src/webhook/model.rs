//! Nouns and decisions of events on their way; pure.

use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::EndpointId;
use super::refusal::Refused;

/// One line a type: its name here, its name for ever outside, and the kind of fact it tells of.
macro_rules! events {
    ($($event:ident $text:literal $kind:literal),+ $(,)?) => {
        /// What an endpoint can be told of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum EventType {
            $(#[serde(rename = $text)] $event),+
        }

        impl EventType {
            pub const ALL: &'static [Self] = &[$(Self::$event),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$event => $text),+
                }
            }

            /// The event that a kind of fact makes; most facts stay in the house.
            pub fn of_fact(kind: &str) -> Option<Self> {
                match kind {
                    $($kind => Some(Self::$event),)+
                    _ => None,
                }
            }
        }
    };
}

events! {
    JourneyOpened "journey.opened" "journey.opened.v1",
    JourneyPriced "journey.priced" "journey.priced.v1",
    JourneyPersonAsked "journey.person_asked" "journey.person_asked.v1",
    JourneyCompleted "journey.completed" "journey.completed.v1",
    JourneyExpired "journey.expired" "journey.expired.v1",
    JourneyCancelled "journey.cancelled" "journey.cancelled.v1",
    JourneyAbandoned "journey.abandoned" "journey.abandoned.v1",
    JourneyReminded "journey.reminded" "journey.reminded.v1",
    JourneyHeld "journey.held" "journey.hold_placed.v1",
    JourneyHoldLifted "journey.hold_lifted" "journey.hold_lifted.v1",
    TermsChanged "terms.changed" "journey.terms_changed.v2",
    LoanBooked "loan.booked" "disbursement.booked.v1",
    LoanDisbursed "loan.disbursed" "disbursement.paid.v1",
    LoanOpened "loan.opened" "servicing.opened.v1",
    LoanRepaid "loan.repaid" "servicing.repaid.v1",
    LoanSettled "loan.settled" "servicing.settled.v1",
    InstalmentDue "instalment.due" "servicing.reminded.v1",
    SettlementAsked "settlement.asked" "servicing.settlement_asked.v1",
    CoolingOffAsked "cooling_off.asked" "servicing.cooling_off_asked.v1",
    LoanCooledOff "loan.cooled_off" "servicing.cooled_off.v1",
    ProofIssued "proof.issued" "signing.issued.v1",
    ReleaseTokenIssued "release_token.issued" "disbursement.token_issued.v1",
    ReleaseTokenRevoked "release_token.revoked" "disbursement.token_revoked.v1",
    IncidentOpened "incident.opened" "disbursement.incident_opened.v1",
    IncidentClosed "incident.closed" "disbursement.incident_closed.v2",
    LineCompleted "line.completed" "journey.line_completed.v1",
    DrawdownOpened "drawdown.opened" "journey.drawdown_opened.v1",
    DrawdownChosen "drawdown.chosen" "journey.drawdown_chosen.v2",
    SheetConfirmed "sheet.confirmed" "disclosure.confirmed.v1",
    SheetSuperseded "sheet.superseded" "disclosure.superseded.v1",
    RecordingPassed "recording.passed" "recording.passed.v1",
    RecordingPersonCalled "recording.person_called" "recording.person_called.v1",
    RecordingEnded "recording.ended" "recording.ended.v1",
    TotalCostConfirmed "total_cost.confirmed" "disclosure.total_cost_confirmed.v1",
    ConsentGiven "consent.given" "consent.given.v1",
    ConsentDeclined "consent.declined" "consent.declined.v1",
    ConsentWithdrawn "consent.withdrawn" "consent.withdrawn.v1",
    ConsentProvided "consent.provided" "consent.provided.v1",
    AdverseSent "adverse.sent" "consent.adverse_sent.v1",
    AdverseSeen "adverse.seen" "consent.adverse_seen.v1",
    AffordabilityAssessed "affordability.assessed" "suitability.assessed.v1",
    CreditDecided "credit.decided" "suitability.decided.v1",
    ReviewAsked "review.asked" "suitability.review_asked.v1",
    ReviewClosed "review.closed" "suitability.reviewed.v1",
    ContractsSigned "contracts.signed" "signing.signed.v1",
    IdentityVerified "identity.verified" "identity.verified.v1",
    IdentityRefused "identity.refused" "identity.refused.v1",
    IdentityPersonAsked "identity.person_asked" "identity.person_asked.v1",
    ProductReleased "product.released" "product.released.v1",
    RosterPublished "roster.published" "roster.published.v1",
    RosterWithdrawn "roster.withdrawn" "roster.withdrawn.v1",
}

/// By hand: the derive doesn't see the names that the macro gives.
impl PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        let names = Self::ALL.iter().map(|event| event.as_str());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names))
            .into()
    }
}

impl ToSchema for EventType {}

impl EventType {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text)
    }

    /// Types as one column. A type this version doesn't know is not sent.
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
    }

    pub fn list(types: &[Self]) -> String {
        let words: Vec<&str> = types.iter().map(|one| one.as_str()).collect();
        words.join(" ")
    }
}

/// Whether an endpoint is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookState)]
pub enum State {
    Live,
    /// It failed for days, and waits for somebody to mend it.
    Paused,
    Disabled,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Live, Self::Paused, Self::Disabled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// An address of a lender that events are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub url: String,
    pub events: Vec<EventType>,
    pub state: State,
    /// The number of its secret.
    pub generation: i64,
    /// How long the secret before counts beside it.
    pub older_until_ms: Option<i64>,
    /// Since when no call went well.
    pub failing_since_ms: Option<i64>,
    pub created_at_ms: i64,
    pub version: i64,
}

const HOUR_MS: i64 = 3_600_000;

/// An endpoint that fails for so long is called no more.
const PAUSE_AFTER_MS: i64 = 5 * 24 * HOUR_MS;

/// Waits between the attempts of one delivery: ten attempts in three days.
const WAITS_MS: [i64; 9] = [
    5_000,
    300_000,
    1_800_000,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];

/// The wait after an attempt that failed, counted from 1; none after the last.
pub fn wait_after(attempts: i64) -> Option<i64> {
    let at = usize::try_from(attempts).ok()?.checked_sub(1)?;
    WAITS_MS.get(at).copied()
}

/// Longest time in hours that an older secret counts beside the new one.
pub const GRACE_HOURS_MAX: i64 = 72;

impl Endpoint {
    /// Numbers of the secrets that sign now, newest first.
    pub fn signing(&self, now_ms: i64) -> Vec<i64> {
        let older = self.older_until_ms.is_some_and(|until| now_ms < until);
        let mut all = vec![self.generation];
        if older {
            all.push(self.generation - 1);
        }
        all
    }

    /// A new secret; the one before counts for some hours more.
    pub fn rotate(mut self, grace_hours: i64, now_ms: i64) -> Result<Self, Refused> {
        if !(0..=GRACE_HOURS_MAX).contains(&grace_hours) {
            return Err(Refused::Grace);
        }
        if self.state == State::Disabled {
            return Err(Refused::Disabled);
        }
        self.generation += 1;
        self.older_until_ms = Some(now_ms + grace_hours * HOUR_MS);
        Ok(self)
    }

    pub fn disable(mut self) -> Option<Self> {
        let changes = self.state != State::Disabled;
        self.state = State::Disabled;
        changes.then_some(self)
    }

    pub fn resume(mut self) -> Option<Self> {
        let changes = self.state != State::Live;
        self.state = State::Live;
        self.failing_since_ms = None;
        changes.then_some(self)
    }

    /// How a call ended. A pause is the answer to days without a good one.
    pub fn heard(mut self, went_well: Heard, now_ms: i64) -> Self {
        match went_well {
            Heard::Well => self.failing_since_ms = None,
            Heard::Badly => {
                let since = *self.failing_since_ms.get_or_insert(now_ms);
                if self.state == State::Live && now_ms - since >= PAUSE_AFTER_MS {
                    self.state = State::Paused;
                }
            }
        }
        self
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Well,
    Badly,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDeliveryState)]
pub enum DeliveryState {
    Waiting,
    Delivered,
    /// Given up, or its endpoint is not called; it can be sent again.
    Dead,
}

impl DeliveryState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Dead]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint {
            id: EndpointId::stored("whe_x".into()),
            url: "https://lender.example/hooks".into(),
            events: vec![EventType::JourneyCompleted],
            state: State::Live,
            generation: 1,
            older_until_ms: None,
            failing_since_ms: None,
            created_at_ms: 0,
            version: 1,
        }
    }

    #[test]
    fn two_secrets_sign_until_the_grace_is_over() {
        let turned = endpoint().rotate(24, 1_000).expect("rotated");
        assert_eq!(turned.signing(1_000), [2, 1]);
        assert_eq!(turned.signing(1_000 + 24 * HOUR_MS), [2]);
        assert_eq!(endpoint().signing(0), [1]);
        assert_eq!(endpoint().rotate(73, 0), Err(Refused::Grace));
        assert_eq!(endpoint().rotate(-1, 0), Err(Refused::Grace));
        let gone = endpoint().disable().expect("disabled");
        assert_eq!(gone.clone().disable(), None);
        assert_eq!(gone.rotate(0, 0), Err(Refused::Disabled));
    }

    #[test]
    fn five_days_without_a_good_call_pause_an_endpoint() {
        let day = 24 * HOUR_MS;
        let failing = endpoint()
            .heard(Heard::Badly, day)
            .heard(Heard::Badly, 5 * day);
        assert_eq!(
            (failing.state, failing.failing_since_ms),
            (State::Live, Some(day))
        );
        let well = failing.clone().heard(Heard::Well, 5 * day);
        assert_eq!(well.heard(Heard::Badly, 7 * day).state, State::Live);
        let paused = failing.heard(Heard::Badly, 6 * day);
        assert_eq!(paused.state, State::Paused);
        let again = paused.resume().expect("resumed");
        assert_eq!((again.state, again.failing_since_ms), (State::Live, None));
        assert_eq!(again.resume(), None);
    }

    #[test]
    fn ten_attempts_lie_three_days_apart_in_all() {
        let waits: Vec<i64> = (1..).map_while(wait_after).collect();
        assert_eq!(waits.len(), 9);
        assert_eq!(waits.iter().sum::<i64>() / HOUR_MS, 75);
        assert_eq!((wait_after(0), wait_after(10)), (None, None));
    }

    #[test]
    fn the_table_for_lenders_names_every_type_and_no_other() {
        let page = include_str!("../../../../docs/adapters.md");
        let (_, table) = page
            .split_once("| type | what happened |")
            .expect("the table of types");
        let rows = table.lines().skip(2).take_while(|row| row.starts_with('|'));
        let first = rows.filter_map(|row| row.split('|').nth(1));
        let named: Vec<&str> = first
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect();
        let all: Vec<&str> = EventType::ALL.iter().map(|one| one.as_str()).collect();
        assert_eq!(named, all);
    }

    #[test]
    fn types_have_names_of_their_own() {
        let all = EventType::list(EventType::ALL);
        assert_eq!(EventType::parse_list(&all), EventType::ALL);
        assert_eq!(
            EventType::parse_list("journey.opened else"),
            [EventType::JourneyOpened]
        );
        assert_eq!(EventType::of_fact("vault.opened.v1"), None);
    }
}

//! Consents and their decisions; pure.

use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use crate::ledger::Changed;
use crate::product::Protection;
use crate::vault::{Purpose, SubjectId};

crate::id!(
    /// One version of a notice.
    NoticeId,
    "ntc"
);
crate::id!(
    /// What one person decided about one notice.
    ConsentId,
    "cns"
);

/// What a notice is about. Each kind is asked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// 个人信息处理告知: told and acknowledged; it rests on contract and law, not on consent (PIPL 13, 17).
    PersonalInformation,
    /// Face and voice (PIPL 29); a route without them always exists.
    FaceVoice,
    /// Providing to another handler (PIPL 23).
    ProvideToPartner,
    Marketing,
    /// 征信查询授权书 (征信业管理条例 18).
    CreditBureau,
    /// A relative an elder wants told.
    InformedRelative,
}

/// How far one decision reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The journey it was made in.
    Case,
    /// The person: asked once, not again with every loan.
    Person,
}

impl ConsentKind {
    pub const ALL: [Self; 6] = [
        Self::PersonalInformation,
        Self::FaceVoice,
        Self::ProvideToPartner,
        Self::Marketing,
        Self::CreditBureau,
        Self::InformedRelative,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::PersonalInformation => "personal_information",
            Self::FaceVoice => "face_voice",
            Self::ProvideToPartner => "provide_to_partner",
            Self::Marketing => "marketing",
            Self::CreditBureau => "credit_bureau",
            Self::InformedRelative => "informed_relative",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The step of a journey that asks for it.
    pub fn step(self) -> Protection {
        match self {
            Self::PersonalInformation => Protection::PersonalInformationNotice,
            Self::CreditBureau => Protection::CreditAuthority,
            Self::FaceVoice | Self::ProvideToPartner | Self::Marketing | Self::InformedRelative => {
                Protection::SeparateConsents
            }
        }
    }

    /// Given only with a one-time code to the person's own phone: a tap may be anybody's.
    pub fn wants_code(self) -> bool {
        self == Self::CreditBureau
    }

    pub fn reach(self) -> Reach {
        match self {
            Self::Marketing => Reach::Person,
            _ => Reach::Case,
        }
    }

    /// What the vault lets items be opened for while the consent stands.
    pub fn purpose(self) -> Option<Purpose> {
        match self {
            // The relative is kept by themselves, and their room gives the grant.
            Self::PersonalInformation | Self::InformedRelative => None,
            Self::FaceVoice => Some(Purpose::CompareFace),
            Self::ProvideToPartner => Some(Purpose::ProvideToPartner),
            Self::Marketing => Some(Purpose::Marketing),
            Self::CreditBureau => Some(Purpose::CreditQuery),
        }
    }
}

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ConsentState)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The notice was on the person's screen.
    Shown,
    /// Told and understood; nothing was agreed to.
    Acknowledged,
    Given,
    Declined,
    Withdrawn,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Shown,
        Self::Acknowledged,
        Self::Given,
        Self::Declined,
        Self::Withdrawn,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Acknowledged => "acknowledged",
            Self::Given => "given",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What a person does with a notice on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Acknowledge,
    Give,
    Decline,
}

/// What one person decided about one version of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    pub id: ConsentId,
    pub subject: SubjectId,
    /// The journey it was asked in.
    pub case: String,
    pub code: String,
    pub kind: ConsentKind,
    pub notice: NoticeId,
    /// SHA-256 of the canonical document that was shown, hex.
    pub digest: String,
    pub state: State,
    pub shown_at_ms: i64,
    pub decided_at_ms: Option<i64>,
    pub valid_until_ms: Option<i64>,
    pub withdrawn_at_ms: Option<i64>,
    /// The one-time code that confirmed it, where one was asked for.
    pub confirmed_by: Option<String>,
    /// SHA-256 of the printed receipt, hex.
    pub receipt_digest: Option<String>,
    pub receipt_bytes: i64,
    pub version: i64,
}

impl Consent {
    /// The person's choice about exactly this document; the same choice again changes nothing.
    pub fn choose(
        mut self,
        choice: Choice,
        confirmed_by: Option<String>,
        valid_until_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<(Self, Changed), Refused> {
        let only_told = self.kind == ConsentKind::PersonalInformation;
        let chosen = match (choice, only_told) {
            (Choice::Acknowledge, true) => State::Acknowledged,
            (Choice::Give, false) => State::Given,
            (Choice::Decline, false) => State::Declined,
            (Choice::Acknowledge, false) => return Err(Refused::NeedsDecision),
            (Choice::Give | Choice::Decline, true) => return Err(Refused::OnlyTold),
        };
        match self.state {
            State::Shown => {}
            State::Given if chosen == State::Given && self.expired(now_ms) => {
                return Err(Refused::NotShown);
            }
            same if same == chosen => return Ok((self, Changed::No)),
            State::Given => return Err(Refused::AlreadyGiven),
            State::Acknowledged | State::Declined | State::Withdrawn => {
                return Err(Refused::NotShown);
            }
        }
        if chosen == State::Given && self.kind.wants_code() && confirmed_by.is_none() {
            return Err(Refused::NotConfirmed);
        }
        self.state = chosen;
        self.decided_at_ms = Some(now_ms);
        self.confirmed_by = confirmed_by;
        self.valid_until_ms = valid_until_ms.filter(|_| chosen == State::Given);
        Ok((self, Changed::Yes))
    }

    /// Takes a given consent back; what was done under it stays done.
    pub fn withdraw(mut self, now_ms: i64) -> Result<(Self, Changed), Refused> {
        match self.state {
            State::Withdrawn => Ok((self, Changed::No)),
            State::Given => {
                self.state = State::Withdrawn;
                self.withdrawn_at_ms = Some(now_ms);
                Ok((self, Changed::Yes))
            }
            State::Acknowledged => Err(Refused::OnlyTold),
            State::Shown | State::Declined => Err(Refused::NotGiven),
        }
    }

    pub fn expired(&self, now_ms: i64) -> bool {
        self.valid_until_ms.is_some_and(|until| now_ms >= until)
    }

    /// Work may rest on it now.
    pub fn live(&self, now_ms: i64) -> bool {
        self.state == State::Given && !self.expired(now_ms)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::random::Random;

    /// A consent of a kind that was only shown.
    pub fn shown(kind: ConsentKind) -> Consent {
        let random = Random::seeded(1);
        Consent {
            id: ConsentId::fresh(1, &random),
            subject: SubjectId::fresh(1, &random),
            case: "jny_x".into(),
            code: "x".into(),
            kind,
            notice: NoticeId::fresh(1, &random),
            digest: "d".into(),
            state: State::Shown,
            shown_at_ms: 1,
            decided_at_ms: None,
            valid_until_ms: None,
            withdrawn_at_ms: None,
            confirmed_by: None,
            receipt_digest: None,
            receipt_bytes: 0,
            version: 1,
        }
    }

    /// A marketing consent in a state.
    fn at(state: State) -> Consent {
        Consent {
            state,
            valid_until_ms: Some(1_000),
            ..shown(ConsentKind::Marketing)
        }
    }

    #[test]
    fn a_decision_is_made_once_and_only_about_what_was_shown() {
        let cases = [
            (
                State::Shown,
                Choice::Give,
                5,
                Ok((State::Given, Changed::Yes)),
            ),
            (
                State::Shown,
                Choice::Decline,
                5,
                Ok((State::Declined, Changed::Yes)),
            ),
            (
                State::Given,
                Choice::Give,
                5,
                Ok((State::Given, Changed::No)),
            ),
            (State::Given, Choice::Give, 1_000, Err(Refused::NotShown)),
            (State::Given, Choice::Decline, 5, Err(Refused::AlreadyGiven)),
            (
                State::Declined,
                Choice::Decline,
                5,
                Ok((State::Declined, Changed::No)),
            ),
            (State::Declined, Choice::Give, 5, Err(Refused::NotShown)),
            (State::Withdrawn, Choice::Give, 5, Err(Refused::NotShown)),
            (
                State::Shown,
                Choice::Acknowledge,
                5,
                Err(Refused::NeedsDecision),
            ),
        ];
        for (state, choice, now_ms, expected) in cases {
            let outcome = at(state).choose(choice, None, Some(9_000), now_ms);
            let outcome = outcome.map(|(consent, changed)| (consent.state, changed));
            assert_eq!(outcome, expected, "{state:?} {choice:?}");
        }
    }

    #[test]
    fn what_is_only_told_can_neither_be_given_nor_taken_back() {
        let told = || shown(ConsentKind::PersonalInformation);
        assert_eq!(
            told().choose(Choice::Give, None, None, 5),
            Err(Refused::OnlyTold)
        );
        assert_eq!(
            told().choose(Choice::Decline, None, None, 5),
            Err(Refused::OnlyTold)
        );
        let (known, _) = told()
            .choose(Choice::Acknowledge, None, Some(9), 5)
            .unwrap();
        assert_eq!(
            (known.state, known.valid_until_ms),
            (State::Acknowledged, None)
        );
        assert_eq!(known.withdraw(6), Err(Refused::OnlyTold));
    }

    #[test]
    fn a_credit_authority_takes_a_code_and_declining_it_takes_none() {
        let code = || Some("cod_x".to_owned());
        let cases = [
            (
                ConsentKind::CreditBureau,
                Choice::Give,
                None,
                Err(Refused::NotConfirmed),
            ),
            (ConsentKind::CreditBureau, Choice::Give, code(), Ok(code())),
            (ConsentKind::CreditBureau, Choice::Decline, None, Ok(None)),
            (ConsentKind::Marketing, Choice::Give, None, Ok(None)),
        ];
        for (kind, choice, by, expected) in cases {
            let outcome = shown(kind).choose(choice, by, Some(9), 5);
            let by = outcome.map(|(consent, _)| consent.confirmed_by);
            assert_eq!(by, expected, "{kind:?} {choice:?}");
        }
    }

    #[test]
    fn only_what_was_given_can_be_withdrawn_and_only_what_lives_carries_work() {
        let cases = [
            (State::Given, Ok(Changed::Yes)),
            (State::Withdrawn, Ok(Changed::No)),
            (State::Shown, Err(Refused::NotGiven)),
            (State::Declined, Err(Refused::NotGiven)),
        ];
        for (state, expected) in cases {
            let outcome = at(state).withdraw(7);
            assert_eq!(outcome.map(|(_, changed)| changed), expected, "{state:?}");
        }
        assert!(at(State::Given).live(999) && !at(State::Given).live(1_000));
        assert!(!at(State::Withdrawn).live(5) && !at(State::Declined).live(5));
    }
}

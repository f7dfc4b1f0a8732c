//! Nouns and decisions of identity; pure.

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use crate::ledger::Changed;
use crate::product::IdentityMethod;
use crate::vault::{GrantId, SubjectId};

crate::id!(
    /// One question to one provider about one person; the same for every try.
    CheckId,
    "chk"
);

/// What a provider says about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityAnswer)]
pub enum Answer {
    /// Everything belongs to this person.
    Yes,
    /// Something clearly does not.
    No,
    /// Nobody could say; a person decides.
    Unknown,
}

impl Answer {
    const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Unknown];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Why an answer is not a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityReason)]
pub enum Reason {
    /// The person's particulars don't belong together.
    Mismatch,
    /// The provider's register has no such entry.
    NoRecord,
    /// No readable answer came within the tries.
    NoAnswer,
    /// The provider would not take the question.
    Rejected,
    /// No provider is configured for this method.
    NotConfigured,
    /// The lender's app handed over no session of the authority's own page.
    SessionMissing,
    /// The person took back the consent that the method rests on.
    ConsentEnded,
    Other,
}

impl Reason {
    const ALL: [Self; 8] = [
        Self::Mismatch,
        Self::NoRecord,
        Self::NoAnswer,
        Self::Rejected,
        Self::NotConfigured,
        Self::SessionMissing,
        Self::ConsentEnded,
        Self::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::NoRecord => "no_record",
            Self::NoAnswer => "no_answer",
            Self::Rejected => "rejected",
            Self::NotConfigured => "not_configured",
            Self::SessionMissing => "session_missing",
            Self::ConsentEnded => "consent_ended",
            Self::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityOrigin)]
pub enum Origin {
    /// A real register.
    Real,
    /// The embedded simulator, which knows nobody.
    Simulated,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Simulated => "simulated",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Real, Self::Simulated]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// How a person is made sure of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityRoute)]
pub enum Route {
    /// Providers are asked.
    Checks,
    /// A member of staff looks at person and document in a video call.
    VideoAgent,
    /// A member of staff looks at person and document at the counter.
    Counter,
}

impl Route {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::VideoAgent => "video_agent",
            Self::Counter => "counter",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Checks, Self::VideoAgent, Self::Counter]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// Where the identity of one case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityPhase)]
pub enum Phase {
    Checking,
    NeedsPerson,
    Verified,
    Refused,
    /// The act it was for came to nothing.
    Ended,
}

impl Phase {
    const ALL: [Self; 5] = [
        Self::Checking,
        Self::NeedsPerson,
        Self::Verified,
        Self::Refused,
        Self::Ended,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::NeedsPerson => "needs_person",
            Self::Verified => "verified",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// What the answers so far decide: one clear no refuses at once; who is still asked is waited for; an unknown
    /// among the answers is for a person. Nothing asked proves nothing.
    pub fn of(answers: &[Option<Answer>]) -> Self {
        let has = |answer| answers.contains(&answer);
        if has(Some(Answer::No)) {
            Self::Refused
        } else if has(None) {
            Self::Checking
        } else if has(Some(Answer::Unknown)) || answers.is_empty() {
            Self::NeedsPerson
        } else {
            Self::Verified
        }
    }
}

/// Until when the person's ID document is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DocumentValidity)]
pub enum Validity {
    Until(Date),
    LongTerm,
}

/// What a document's dates mean today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DocumentFreshness)]
pub enum Freshness {
    Valid,
    /// Still valid, but not for long: the person is told.
    Expiring,
}

impl Freshness {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expiring => "expiring",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Valid, Self::Expiring]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// A card of an adult is made out for twenty years at the most, or without an end.
const VALID_YEARS_MAX: i16 = 20;

impl Validity {
    /// One spelling, as it is sealed: an ISO date or `long_term`.
    pub fn spelt(self) -> String {
        match self {
            Self::Until(date) => date.to_string(),
            Self::LongTerm => "long_term".to_owned(),
        }
    }

    /// Whether the document counts today; `expiring_days` is how early the person is told.
    pub fn freshness(
        self,
        today: Date,
        age: i64,
        rules: DocumentRules,
    ) -> Result<Freshness, Refused> {
        let until = match self {
            Self::LongTerm if age < rules.long_term_age => return Err(Refused::DocumentLongTerm),
            Self::LongTerm => return Ok(Freshness::Valid),
            Self::Until(date) => date,
        };
        if until < today {
            return Err(Refused::DocumentExpired);
        }
        if until > today.saturating_add(Span::new().years(VALID_YEARS_MAX)) {
            return Err(Refused::DocumentDate);
        }
        let soon = today.saturating_add(Span::new().days(rules.expiring_days));
        Ok(if until <= soon {
            Freshness::Expiring
        } else {
            Freshness::Valid
        })
    }
}

/// Configured rules about documents.
#[derive(Clone, Copy, Debug)]
pub struct DocumentRules {
    pub expiring_days: i64,
    pub long_term_age: i64,
}

/// What a member of staff looked at before attesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SeenInPerson)]
pub enum Seen {
    /// The original document, not a picture of it.
    DocumentOriginal,
    /// Its dates are in force.
    DocumentDates,
    /// The person is the one on the document.
    PersonMatches,
    /// Answers to questions only this person knows.
    QuestionsAnswered,
}

/// What must have been looked at before anyone says yes.
pub const SEEN_FOR_YES: [Seen; 3] = [
    Seen::DocumentOriginal,
    Seen::DocumentDates,
    Seen::PersonMatches,
];

/// One question and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub id: CheckId,
    pub method: IdentityMethod,
    /// The lender's app's session at the authority's own page, where the method has one.
    pub session: Option<String>,
    pub answer: Option<Answer>,
    pub reason: Option<Reason>,
    pub provider: Option<String>,
    pub origin: Option<Origin>,
    /// Which card the provider was told, by the vault's version; with the method `bank_card`.
    pub card_version: Option<i64>,
    pub tries: i64,
    pub answered_at_ms: Option<i64>,
}

/// One act that an identity is checked for anew, beside the journey's own check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// The journey that its facts belong to.
    pub journey: String,
    /// SHA-256 of exactly what the act is about, hex.
    pub digest: String,
}

/// The identity of one case's person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The journey, or the act's own id.
    pub case: String,
    pub act: Option<Act>,
    pub subject: SubjectId,
    pub phase: Phase,
    pub route: Route,
    /// Absent while the person has gone to a person first.
    pub document: Option<Freshness>,
    /// Other people of this institution with the same phone number; a sign to look closer, never a refusal.
    pub same_phone: i64,
    pub grant: Option<GrantId>,
    pub asked_at_ms: i64,
    pub settled_at_ms: Option<i64>,
    pub version: i64,
}

impl Case {
    /// The journey that its facts belong to.
    pub fn journey(&self) -> &str {
        self.act.as_ref().map_or(&self.case, |act| &act.journey)
    }

    /// The person asks for a way without machines; offered at any time until the identity is settled well.
    pub fn ask_person(mut self, route: Route, now_ms: i64) -> Result<(Self, Changed), Refused> {
        if route == Route::Checks {
            return Err(Refused::RouteUnknown);
        }
        match self.phase {
            Phase::Verified | Phase::Ended => Err(Refused::Settled),
            Phase::NeedsPerson if self.route == route => Ok((self, Changed::No)),
            _ => {
                self.phase = Phase::NeedsPerson;
                self.route = route;
                self.asked_at_ms = now_ms;
                self.settled_at_ms = None;
                Ok((self, Changed::Yes))
            }
        }
    }

    /// What it was for came to nothing before it was settled.
    pub fn end(mut self, now_ms: i64) -> (Self, Changed) {
        if !matches!(self.phase, Phase::Checking | Phase::NeedsPerson) {
            return (self, Changed::No);
        }
        self.phase = Phase::Ended;
        self.settled_at_ms = Some(now_ms);
        (self, Changed::Yes)
    }

    /// Answers came in. Whoever already went to a person stays there.
    pub fn settle(mut self, answers: &[Option<Answer>], now_ms: i64) -> (Self, Changed) {
        if self.phase != Phase::Checking {
            return (self, Changed::No);
        }
        let phase = Phase::of(answers);
        if phase == Phase::Checking {
            return (self, Changed::No);
        }
        self.phase = phase;
        self.asked_at_ms = now_ms;
        self.settled_at_ms = (phase != Phase::NeedsPerson).then_some(now_ms);
        (self, Changed::Yes)
    }

    /// A member of staff looked at person and document.
    pub fn attest(mut self, what: &Attestation, now_ms: i64) -> Result<Self, Refused> {
        if self.phase != Phase::NeedsPerson {
            return Err(Refused::NotWaiting);
        }
        if what.route == Route::Checks {
            return Err(Refused::RouteUnknown);
        }
        self.phase = match what.verdict {
            Verdict::Yes if !SEEN_FOR_YES.iter().all(|one| what.seen.contains(one)) => {
                return Err(Refused::SeenTooLittle);
            }
            Verdict::Yes => Phase::Verified,
            Verdict::No => Phase::Refused,
        };
        self.route = what.route;
        self.settled_at_ms = Some(now_ms);
        Ok(self)
    }
}

/// What a member of staff concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityVerdict)]
pub enum Verdict {
    Yes,
    No,
}

/// What a member of staff swears to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityAttestation)]
pub struct Attestation {
    pub route: Route,
    pub verdict: Verdict,
    pub seen: Vec<Seen>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn case(phase: Phase) -> Case {
        Case {
            case: "jny_x".into(),
            act: None,
            subject: SubjectId::stored("sub_x".into()),
            phase,
            route: Route::Checks,
            document: Some(Freshness::Valid),
            same_phone: 0,
            grant: None,
            asked_at_ms: 0,
            settled_at_ms: None,
            version: 1,
        }
    }

    #[test]
    fn one_no_refuses_an_unknown_waits_for_a_person_and_silence_is_waited_for() {
        let (yes, no, unknown) = (Some(Answer::Yes), Some(Answer::No), Some(Answer::Unknown));
        for (answers, phase) in [
            (&[][..], Phase::NeedsPerson),
            (&[None], Phase::Checking),
            (&[yes, None], Phase::Checking),
            (&[unknown, None], Phase::Checking),
            (&[no, None], Phase::Refused),
            (&[yes, no, unknown], Phase::Refused),
            (&[yes, unknown], Phase::NeedsPerson),
            (&[yes, yes], Phase::Verified),
        ] {
            assert_eq!(Phase::of(answers), phase, "{answers:?}");
        }
    }

    #[test]
    fn documents_are_told_apart_by_their_dates() {
        let today = date(2026, 11, 21);
        let rules = DocumentRules {
            expiring_days: 90,
            long_term_age: 46,
        };
        let until = |y, m, d| Validity::Until(date(y, m, d));
        for (validity, age, outcome) in [
            (until(2026, 11, 20), 38, Err(Refused::DocumentExpired)),
            (until(2026, 11, 21), 38, Ok(Freshness::Expiring)),
            (until(2027, 2, 19), 38, Ok(Freshness::Expiring)),
            (until(2027, 2, 20), 38, Ok(Freshness::Valid)),
            (until(2046, 11, 21), 38, Ok(Freshness::Valid)),
            (until(2046, 11, 22), 38, Err(Refused::DocumentDate)),
            (Validity::LongTerm, 45, Err(Refused::DocumentLongTerm)),
            (Validity::LongTerm, 46, Ok(Freshness::Valid)),
        ] {
            assert_eq!(
                validity.freshness(today, age, rules),
                outcome,
                "{validity:?} {age}"
            );
        }
    }

    #[test]
    fn a_person_may_be_asked_for_until_the_identity_is_settled_well() {
        for (phase, changed) in [
            (Phase::Checking, Ok(Changed::Yes)),
            (Phase::NeedsPerson, Ok(Changed::Yes)),
            (Phase::Refused, Ok(Changed::Yes)),
            (Phase::Verified, Err(Refused::Settled)),
        ] {
            let asked = case(phase).ask_person(Route::VideoAgent, 5);
            assert_eq!(asked.map(|(_, changed)| changed), changed, "{phase:?}");
        }
        let (asked, _) = case(Phase::Checking)
            .ask_person(Route::Counter, 5)
            .expect("asked");
        assert_eq!(
            asked.clone().ask_person(Route::Counter, 6),
            Ok((asked.clone(), Changed::No))
        );
        // An answer that comes late doesn't take the case away from the person.
        let (late, changed) = asked.settle(&[Some(Answer::Yes)], 7);
        assert_eq!((late.phase, changed), (Phase::NeedsPerson, Changed::No));
    }

    #[test]
    fn nobody_attests_unseen_or_twice() {
        let attestation = |verdict, seen: &[Seen]| Attestation {
            route: Route::Counter,
            verdict,
            seen: seen.to_vec(),
        };
        let waiting = case(Phase::NeedsPerson);
        for (verdict, seen, outcome) in [
            (Verdict::Yes, &SEEN_FOR_YES[..], Ok(Phase::Verified)),
            (
                Verdict::Yes,
                &SEEN_FOR_YES[..2],
                Err(Refused::SeenTooLittle),
            ),
            (Verdict::No, &[], Ok(Phase::Refused)),
        ] {
            let attested = waiting.clone().attest(&attestation(verdict, seen), 5);
            assert_eq!(attested.map(|case| case.phase), outcome);
        }
        let (ended, _) = waiting.clone().end(7);
        let late = ended.attest(&attestation(Verdict::Yes, &SEEN_FOR_YES), 8);
        assert_eq!(late, Err(Refused::NotWaiting));
        let again = case(Phase::Verified).attest(&attestation(Verdict::Yes, &SEEN_FOR_YES), 5);
        assert_eq!(again, Err(Refused::NotWaiting));
    }
}

//! What makes it easier to get in, or to stand where the borrower's pages are, and so takes two people.

use serde::{Deserialize, Serialize};

use super::{
    CHANGE_MS, ChangeState, Embedding, LooseningId, OidcProvider, SecondFactorRule, Settings,
    StaffId,
};
use crate::access::refusal::Refusal;

/// What is to be loosened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loosening {
    /// A second factor is asked of fewer people.
    SecondFactor(SecondFactorRule),
    /// Every link leads to another host: whoever runs it sees what borrowers see and type.
    OwnDomain(String),
    /// Borrowers may be sent on to these too.
    ReturnOrigins(Vec<String>),
    /// The pages may be shown inside others.
    Embedding(Embedding),
    /// A provider says who the staff are: whoever runs it could come in as anybody.
    SignInProvider(OidcProvider),
}

/// The kinds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooseningKind {
    SecondFactor,
    OwnDomain,
    ReturnOrigins,
    Embedding,
    SignInProvider,
}

impl LooseningKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second_factor",
            Self::OwnDomain => "own_domain",
            Self::ReturnOrigins => "return_origins",
            Self::Embedding => "embedding",
            Self::SignInProvider => "sign_in_provider",
        }
    }
}

impl Loosening {
    pub fn kind(&self) -> LooseningKind {
        match self {
            Self::SecondFactor(_) => LooseningKind::SecondFactor,
            Self::OwnDomain(_) => LooseningKind::OwnDomain,
            Self::ReturnOrigins(_) => LooseningKind::ReturnOrigins,
            Self::Embedding(_) => LooseningKind::Embedding,
            Self::SignInProvider(_) => LooseningKind::SignInProvider,
        }
    }
}

/// What one person may put in force of the settings they want, and what of them waits for another.
pub fn parted(known: &Settings, wanted: &Settings) -> (Settings, Vec<Loosening>) {
    let (mut now, mut waiting) = (wanted.clone(), Vec::new());
    if wanted.second_factor < known.second_factor {
        now.second_factor = known.second_factor;
        waiting.push(Loosening::SecondFactor(wanted.second_factor));
    }
    if let Some(host) = &wanted.own_domain
        && wanted.own_domain != known.own_domain
    {
        now.own_domain.clone_from(&known.own_domain);
        waiting.push(Loosening::OwnDomain(host.clone()));
    }
    let is_new = |origin: &String| !known.return_origins.contains(origin);
    let (new, kept) = now.return_origins.into_iter().partition(is_new);
    now.return_origins = kept;
    if !new.is_empty() {
        waiting.push(Loosening::ReturnOrigins(new));
    }
    if wanted.embedding == Embedding::Allowed && known.embedding == Embedding::Denied {
        now.embedding = Embedding::Denied;
        waiting.push(Loosening::Embedding(Embedding::Allowed));
    }
    (now, waiting)
}

/// The settings once a second person agreed; none where it is no matter of settings.
pub fn loosened(known: &Settings, by: &Loosening) -> Option<Settings> {
    let mut wanted = known.clone();
    match by {
        Loosening::SecondFactor(rule) => wanted.second_factor = *rule,
        Loosening::OwnDomain(host) => wanted.own_domain = Some(host.clone()),
        Loosening::ReturnOrigins(new) => {
            let new = new.iter().filter(|one| !known.return_origins.contains(one));
            wanted.return_origins.extend(new.cloned());
        }
        Loosening::Embedding(embedding) => wanted.embedding = *embedding,
        Loosening::SignInProvider(_) => return None,
    }
    Some(wanted)
}

/// A proposal of one.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: LooseningId,
    pub loosening: Loosening,
    pub proposed_by: StaffId,
    pub proposed_at_ms: i64,
    pub state: ChangeState,
}

impl Waiting {
    /// The second person is not who proposed.
    pub fn may_approve(&self, approver: &StaffId, now_ms: i64) -> Result<(), Refusal> {
        self.must_be_open(now_ms)?;
        if *approver == self.proposed_by {
            return Err(Refusal::SecondPersonNeeded);
        }
        Ok(())
    }

    pub fn must_be_open(&self, now_ms: i64) -> Result<(), Refusal> {
        if self.state == ChangeState::Open && now_ms < self.proposed_at_ms + CHANGE_MS {
            Ok(())
        } else {
            Err(Refusal::ChangeClosed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn another_person_agrees_and_only_in_time() {
        let id = |seed| {
            let body = crate::id::body(1, &Random::seeded(seed));
            StaffId::stored(format!("stf_{body}"))
        };
        let waiting = |state| Waiting {
            id: LooseningId::stored("lsn_x".to_owned()),
            loosening: Loosening::SecondFactor(SecondFactorRule::Off),
            proposed_by: id(1),
            proposed_at_ms: 1_000,
            state,
        };
        let last_ms = 1_000 + CHANGE_MS - 1;
        let cases = [
            (
                ChangeState::Open,
                1,
                1_000,
                Err(Refusal::SecondPersonNeeded),
            ),
            (ChangeState::Open, 2, last_ms, Ok(())),
            (
                ChangeState::Open,
                2,
                last_ms + 1,
                Err(Refusal::ChangeClosed),
            ),
            (ChangeState::Approved, 2, 1_000, Err(Refusal::ChangeClosed)),
            (ChangeState::Refused, 2, 1_000, Err(Refusal::ChangeClosed)),
        ];
        for (state, approver, now_ms, expected) in cases {
            let found = waiting(state).may_approve(&id(approver), now_ms);
            assert_eq!(found, expected, "{state:?} {approver} {now_ms}");
        }
    }

    #[test]
    fn what_loosens_waits_and_what_tightens_counts_at_once() {
        let of = |domain: Option<&str>, origins: &[&str], embedding, rule| Settings {
            own_domain: domain.map(str::to_owned),
            return_origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            embedding,
            second_factor: rule,
            ..Settings::default()
        };
        use Embedding::{Allowed, Denied};
        use SecondFactorRule::{Everyone, Off};
        let known = of(
            Some("a.example"),
            &["https://a", "https://b"],
            Denied,
            Everyone,
        );
        let origins = |all: &[&str]| {
            Loosening::ReturnOrigins(all.iter().map(|&origin| origin.to_owned()).collect())
        };
        let cases = [
            (known.clone(), known.clone(), vec![]),
            (
                of(Some("b.example"), &["https://b", "https://c"], Allowed, Off),
                of(Some("a.example"), &["https://b"], Denied, Everyone),
                vec![
                    Loosening::SecondFactor(Off),
                    Loosening::OwnDomain("b.example".to_owned()),
                    origins(&["https://c"]),
                    Loosening::Embedding(Allowed),
                ],
            ),
            (
                of(None, &[], Denied, Everyone),
                of(None, &[], Denied, Everyone),
                vec![],
            ),
        ];
        for (wanted, now, waiting) in cases {
            assert_eq!(parted(&known, &wanted), (now, waiting));
        }
        let wider = loosened(&known, &origins(&["https://b", "https://c"])).expect("settings");
        assert_eq!(
            wider.return_origins,
            ["https://a", "https://b", "https://c"]
        );
        let moved = loosened(&known, &Loosening::OwnDomain("b.example".to_owned()));
        let moved = moved.expect("settings").own_domain;
        assert_eq!(moved.as_deref(), Some("b.example"));
    }

    #[test]
    fn a_rule_that_asks_fewer_people_is_the_looser_one() {
        use SecondFactorRule::{Everyone, Off, Privileged};
        assert!(Off < Privileged && Privileged < Everyone);
    }
}

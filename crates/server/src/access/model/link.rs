//! Borrowers' links.

use serde::Serialize;

use super::LinkId;
use crate::access::refusal::Refusal;
use crate::id::InstitutionId;
use crate::vault::SubjectId;

/// A borrower's link, as its maker gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub expires_at_ms: i64,
}

/// A borrower's link with what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    pub id: LinkId,
    pub institution: InstitutionId,
    pub case: String,
    pub subject: SubjectId,
    pub expires_at_ms: i64,
    /// A newer link of the same case took its place.
    pub revoked: bool,
}

/// Whether a link still opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Open,
    /// Its time is over: it leads to what is kept of the person, and to no step.
    Ended,
    /// A newer one took its place.
    Expired,
}

/// What a borrower's session opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// The journey with its steps.
    Journey,
    /// Only what is kept of the person, and their rights over it (PIPL 15, 44 to 50).
    Rights,
}

impl Opens {
    /// Stored with the session.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Journey => "full",
            Self::Rights => "rights",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Journey, Self::Rights]
            .into_iter()
            .find(|opens| opens.as_str() == text)
    }
}

impl LinkRow {
    pub fn state(&self, now_ms: i64) -> LinkState {
        if self.revoked {
            LinkState::Expired
        } else if now_ms >= self.expires_at_ms {
            LinkState::Ended
        } else {
            LinkState::Open
        }
    }

    /// What the link leads to now; a right over one's own data does not end with a journey.
    pub fn opens(&self, now_ms: i64) -> Result<Opens, Refusal> {
        match self.state(now_ms) {
            LinkState::Open => Ok(Opens::Journey),
            LinkState::Ended => Ok(Opens::Rights),
            LinkState::Expired => Err(Refusal::LinkExpired),
        }
    }

    /// Refuses once the link leads to no step.
    pub fn must_be_open(&self, now_ms: i64) -> Result<(), Refusal> {
        match self.state(now_ms) {
            LinkState::Open => Ok(()),
            LinkState::Ended | LinkState::Expired => Err(Refusal::LinkExpired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_until_it_ends_and_leads_to_rights_until_it_is_replaced() {
        let random = crate::random::Random::seeded(1);
        let body = || crate::id::body(0, &random);
        let mut link = LinkRow {
            id: LinkId::stored(format!("lnk_{}", body())),
            institution: InstitutionId::stored(format!("ins_{}", body())),
            case: "jny_x".to_owned(),
            subject: SubjectId::stored(format!("sub_{}", body())),
            expires_at_ms: 100,
            revoked: false,
        };
        assert_eq!(
            (link.state(99), link.state(100)),
            (LinkState::Open, LinkState::Ended)
        );
        assert_eq!(
            (link.opens(99), link.opens(100)),
            (Ok(Opens::Journey), Ok(Opens::Rights))
        );
        assert_eq!(link.must_be_open(100), Err(Refusal::LinkExpired));
        link.revoked = true;
        assert_eq!(link.must_be_open(0), Err(Refusal::LinkExpired));
        assert_eq!(link.opens(100), Err(Refusal::LinkExpired));
    }
}

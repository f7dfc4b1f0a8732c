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
    Expired,
}

impl LinkRow {
    pub fn state(&self, now_ms: i64) -> LinkState {
        if self.revoked || now_ms >= self.expires_at_ms {
            LinkState::Expired
        } else {
            LinkState::Open
        }
    }

    pub fn must_be_open(&self, now_ms: i64) -> Result<(), Refusal> {
        match self.state(now_ms) {
            LinkState::Open => Ok(()),
            LinkState::Expired => Err(Refusal::LinkExpired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_until_it_expires_or_is_replaced() {
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
            (LinkState::Open, LinkState::Expired)
        );
        link.revoked = true;
        assert_eq!(link.must_be_open(0), Err(Refusal::LinkExpired));
    }
}

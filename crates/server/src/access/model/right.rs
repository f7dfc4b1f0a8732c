//! What staff may do.

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    ViewJourneys,
    IssueLinks,
    ViewIdentity,
    AttestIdentity,
    ViewProducts,
    ProposeProducts,
    ApproveProducts,
    ViewRoster,
    ProposeRoster,
    ApproveRoster,
    ViewKeys,
    ManageKeys,
    ViewOutbox,
    ViewLog,
}

impl Right {
    pub const ALL: [Self; 14] = [
        Self::ViewJourneys,
        Self::IssueLinks,
        Self::ViewIdentity,
        Self::AttestIdentity,
        Self::ViewProducts,
        Self::ProposeProducts,
        Self::ApproveProducts,
        Self::ViewRoster,
        Self::ProposeRoster,
        Self::ApproveRoster,
        Self::ViewKeys,
        Self::ManageKeys,
        Self::ViewOutbox,
        Self::ViewLog,
    ];

    /// Stable: stored, sworn to and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewJourneys => "journey.view",
            Self::IssueLinks => "journey.link",
            Self::ViewIdentity => "identity.view",
            Self::AttestIdentity => "identity.attest",
            Self::ViewProducts => "product.view",
            Self::ProposeProducts => "product.propose",
            Self::ApproveProducts => "product.approve",
            Self::ViewRoster => "roster.view",
            Self::ProposeRoster => "roster.propose",
            Self::ApproveRoster => "roster.approve",
            Self::ViewKeys => "key.view",
            Self::ManageKeys => "key.manage",
            Self::ViewOutbox => "outbox.view",
            Self::ViewLog => "log.view",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == text)
    }

    /// Rights as one column. A right this version doesn't know is not granted.
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
    }

    pub fn list(rights: &[Self]) -> String {
        Self::ALL
            .into_iter()
            .filter(|right| rights.contains(right))
            .map(Self::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_have_distinct_names_and_unknown_ones_are_not_granted() {
        let all = Right::list(&Right::ALL);
        assert_eq!(Right::parse_list(&all), Right::ALL);
        assert_eq!(
            Right::parse_list("journey.view everything outbox.view"),
            [Right::ViewJourneys, Right::ViewOutbox]
        );
        assert_eq!(Right::parse_list(""), []);
    }
}

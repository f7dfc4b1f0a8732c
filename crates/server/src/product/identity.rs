//! Ways of making sure who somebody is that a product may demand.

use serde::{Deserialize, Serialize};

/// How a provider is asked about a person. A way without any of them always exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityMethod {
    /// 联网核查: do name and ID number belong together.
    Registry,
    /// Comparison of a face by the authority that holds the original.
    FaceAuthority,
    /// 运营商三要素: name, ID number and phone.
    Carrier,
    /// 银行卡四要素: name, ID number, phone and bank card.
    BankCard,
    /// 国家网络身份认证: the state's own network identity.
    NetworkId,
}

impl IdentityMethod {
    pub const ALL: [Self; 5] = [
        Self::Registry,
        Self::FaceAuthority,
        Self::Carrier,
        Self::BankCard,
        Self::NetworkId,
    ];

    /// What is asked where a product names nothing.
    pub const DEFAULT: [Self; 2] = [Self::Registry, Self::Carrier];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::FaceAuthority => "face_authority",
            Self::Carrier => "carrier",
            Self::BankCard => "bank_card",
            Self::NetworkId => "network_id",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Whether the phone number is part of the question.
    pub fn needs_phone(self) -> bool {
        matches!(self, Self::Carrier | Self::BankCard)
    }

    /// Whether a yes ties the name to whoever is at the phone; a register says only that name and number belong together,
    /// which anyone may know.
    pub fn ties_to_person(self) -> bool {
        self != Self::Registry
    }

    /// Whether any of several methods ties the name to whoever is at the phone.
    pub fn any_ties(methods: &[Self]) -> bool {
        methods.iter().any(|method| method.ties_to_person())
    }

    /// Whether the person must have been at the authority's own page first, and the lender's app hands over the session.
    pub fn needs_session(self) -> bool {
        matches!(self, Self::FaceAuthority | Self::NetworkId)
    }
}

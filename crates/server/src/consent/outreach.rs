//! Work that waits on a consent: marketing messages and giving items to a partner; pure.

use serde::{Deserialize, Serialize};

use super::model::ConsentId;
use crate::notify;
use crate::vault::SubjectId;

crate::id!(
    /// A marketing message.
    MessageId,
    "mkt"
);
crate::id!(
    /// Items given to a partner, or to be given.
    ProvisionId,
    "pvn"
);

/// Messages to one person within thirty days at the most, as the notice promises.
pub const MESSAGES_MAX: i64 = 2;
pub const MESSAGES_DAYS: i64 = 30;
/// A message further ahead than this is no plan.
pub const AHEAD_DAYS_MAX: i64 = 90;

/// What a marketing message says; every one names its sender and how to stop them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MarketingTemplate)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// A new service, without a price: prices belong to the cost sheet.
    NewService,
    /// An invitation to learn about money and fraud.
    Education,
}

impl Template {
    const ALL: [Self; 2] = [Self::NewService, Self::Education];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewService => "marketing_new_service",
            Self::Education => "marketing_education",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|template| template.as_str() == text)
    }

    /// The registered wording.
    pub fn wording(self) -> notify::Template {
        match self {
            Self::NewService => notify::Template::MarketingNewService,
            Self::Education => notify::Template::MarketingEducation,
        }
    }
}

/// Where queued work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    Waiting,
    /// The consent ended before it ran.
    Stopped,
    Done,
}

impl WorkState {
    const ALL: [Self; 3] = [Self::Waiting, Self::Stopped, Self::Done];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A marketing message.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub subject: SubjectId,
    pub case: String,
    pub consent: ConsentId,
    pub template: Template,
    pub state: WorkState,
    pub send_at_ms: i64,
    pub ended_at_ms: Option<i64>,
}

/// Items for a partner.
#[derive(Clone, Debug)]
pub struct Provision {
    pub id: ProvisionId,
    pub subject: SubjectId,
    pub case: String,
    pub consent: ConsentId,
    /// The recipient's code in the notice.
    pub recipient: String,
    pub items: Vec<String>,
    pub state: WorkState,
    /// Beside the items in the body, so that its digest tells nothing about them.
    pub nonce: String,
    /// SHA-256 of the body that was sent, hex.
    pub digest: Option<String>,
    pub asked_at_ms: i64,
    pub ended_at_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_names_its_sender_and_the_way_out() {
        for template in Template::ALL {
            let words = template.wording().words();
            assert!(words.starts_with("【{lender}】") && words.ends_with("拒收请回复R"));
            assert_eq!(Template::parse(template.as_str()), Some(template));
        }
    }
}

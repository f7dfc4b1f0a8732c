//! What is wrong with a node, and what that comes to; pure.

use serde::{Deserialize, Serialize};

use crate::product::OnWrong;

/// What is wrong with a node, in words for the person; the codes are kept and sworn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingReason)]
pub enum Reason {
    FaceLost,
    SecondFace,
    OtherFace,
    ActNotDone,
    DigitsWrong,
    AnswerWrong,
    AnswerUnclear,
    Silence,
    OtherVoice,
    SchemeWords,
    StillPicture,
    NoSound,
    ClockJumped,
    NotPerformed,
    NoConsent,
    MediaBroken,
    /// Another voice spoke while the person answered.
    Prompted,
    /// The card's print can't be read.
    CardUnreadable,
    /// The card is not the borrower's.
    CardOtherPerson,
    /// Its photo isn't surely who is seen.
    CardFaceDiffers,
    CardExpired,
    /// Codes were spoken of. Only told: the node stands.
    CodeSaid,
}

/// What the checks of a node say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// Machines can't tell, however often it is done again.
    Unchecked,
    /// Not this time.
    Failed,
    /// The words end the recording.
    Ends,
}

impl Reason {
    /// By its code.
    pub fn parse(code: &str) -> Option<Self> {
        serde_json::from_value(code.into()).ok()
    }

    /// Its code.
    pub fn code(self) -> serde_json::Result<String> {
        Ok(serde_json::to_string(&self)?.trim_matches('"').to_owned())
    }

    /// Whether it says that somebody else is there, or decides.
    pub fn accuses(self) -> bool {
        matches!(
            self,
            Self::SecondFace
                | Self::OtherFace
                | Self::OtherVoice
                | Self::StillPicture
                | Self::SchemeWords
                | Self::Prompted
                | Self::AnswerWrong
                | Self::CardOtherPerson
                | Self::CardFaceDiffers
        )
    }

    /// Whether doing it again can change anything.
    fn can_be_mended(self) -> bool {
        !matches!(
            self,
            Self::NotPerformed
                | Self::NoConsent
                | Self::SchemeWords
                | Self::CardFaceDiffers
                | Self::CardExpired
        )
    }

    /// What some reasons come to for a node.
    pub fn verdict(reasons: &[Self], on_wrong: OnWrong) -> Verdict {
        let ends = on_wrong == OnWrong::Stop && reasons.contains(&Self::AnswerWrong);
        if reasons.is_empty() {
            Verdict::Passed
        } else if ends {
            Verdict::Ends
        } else if reasons.iter().any(|reason| reason.can_be_mended()) {
            Verdict::Failed
        } else {
            Verdict::Unchecked
        }
    }
}

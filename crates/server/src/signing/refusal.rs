//! Why signing refuses, and in which words.

use crate::error::{Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// What was checked is not what lies there.
    TemplateChanged,
    /// The version was published already.
    TemplatePublished,
    SamePerson,
    /// A document of the product has no template in force.
    TemplateMissing,
    /// Nobody is configured who certifies, seals and stamps.
    NotConfigured,
    TooManySets,
    /// The documents are still being set.
    NotReady,
    /// What was shown is not what would be signed now.
    OtherSet,
    NotOpened,
    /// Not a picture of a name, or a larger one than any finger draws.
    Handwriting,
    HandwritingTooOften,
    Expired,
    NotExpired,
    IdentityMissing,
    SignedAlready,
    /// A service outside can't be reached or answers nothing usable.
    ServiceDown,
    /// What came back bears no signature that holds.
    NotVerified,
    /// More certificates were revoked than one list holds.
    ListTooLong,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::TemplateChanged => "template_changed",
            Self::TemplatePublished => "template_published",
            Self::SamePerson => "four_eyes",
            Self::TemplateMissing => "contract_template_missing",
            Self::NotConfigured => "signing_not_configured",
            Self::TooManySets => "signing_too_often",
            Self::NotReady => "documents_not_ready",
            Self::OtherSet => "documents_changed",
            Self::NotOpened => "documents_not_opened",
            Self::Handwriting => "handwriting_unusable",
            Self::HandwritingTooOften => "handwriting_too_often",
            Self::Expired => "signing_expired",
            Self::NotExpired => "signing_not_expired",
            Self::IdentityMissing => "signing_identity_missing",
            Self::SignedAlready => "signed_already",
            Self::ServiceDown => "signing_service_down",
            Self::NotVerified => "signature_not_verified",
            Self::ListTooLong => "revoked_list_too_long",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::TemplatePublished | Self::OtherSet | Self::SignedAlready => Kind::Conflict,
            Self::Handwriting => Kind::Invalid,
            Self::ServiceDown | Self::ListTooLong => Kind::Unavailable,
            _ => Kind::Refused,
        }
    }

    fn text(&self) -> Text {
        let (zh, en) = match self {
            Self::TemplateChanged => (
                "模板与您核对的内容不一致，请重新打开后再发布。",
                "The template is not what you checked; open it again before you publish.",
            ),
            Self::TemplatePublished => (
                "这一版已经发布，内容不能再改。",
                "This version is published already; it no longer changes.",
            ),
            Self::SamePerson => (
                "起草人不能自己发布，请由另一人复核。",
                "Whoever drafted it can't publish it; a second person must check it.",
            ),
            Self::TemplateMissing => (
                "合同文件还没有准备好，请联系贷款机构；您已完成的步骤都保留。",
                "The contract is not ready at the lender's; please ask them. What you have done is kept.",
            ),
            Self::NotConfigured => (
                "贷款机构还没有接通签署服务，请联系他们；您已完成的步骤都保留。",
                "The lender has no signing service yet; please ask them. What you have done is kept.",
            ),
            Self::TooManySets => (
                "文件更换次数过多，请联系贷款机构。",
                "The documents were replaced too often; please ask the lender.",
            ),
            Self::NotReady => (
                "文件正在生成，请稍等。",
                "The documents are being made; please wait a moment.",
            ),
            Self::OtherSet => (
                "文件已更新，请看过最新的文件再签。",
                "The documents have changed; please read the current ones before you sign.",
            ),
            Self::NotOpened => (
                "请先把每份文件都打开看过。",
                "Please open every document first.",
            ),
            Self::Handwriting => (
                "没有看清您的手写签名，请在框里再写一次。",
                "Your handwriting can't be read as a picture; please write once more in the box.",
            ),
            Self::HandwritingTooOften => (
                "手写签名换了太多次，就用最近写的这个。",
                "The handwriting was replaced too often; the latest one stays.",
            ),
            Self::Expired => (
                "这些文件已过签署期限，请重新生成。",
                "The time to sign these documents is over; please have them made anew.",
            ),
            Self::NotExpired => (
                "这些文件还可以签署，不用重新生成。",
                "These documents can still be signed; they need not be made anew.",
            ),
            Self::IdentityMissing => (
                "签署前要先确认是您本人。",
                "Before you sign we have to make sure that it is you.",
            ),
            Self::SignedAlready => ("这些文件已经签署。", "These documents are signed already."),
            Self::ServiceDown => (
                "签署服务暂时连不上，会自动重试，您不用重新操作。",
                "The signing service can't be reached just now; we try again by ourselves.",
            ),
            Self::NotVerified => (
                "签名没有通过核验，已作废，会自动重签。",
                "The signature did not pass our check and was dropped; we sign again by ourselves.",
            ),
            Self::ListTooLong => (
                "作废证书过多，无法列出，请联系贷款机构。",
                "More certificates were revoked than one list holds; please ask the lender.",
            ),
        };
        Text::new(zh, en)
    }
}

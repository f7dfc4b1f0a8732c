//! Why consent refuses, and in which words.

use crate::error::{Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another version of the notice is in force by now.
    NoticeChanged,
    /// The version was published already.
    NoticePublished,
    /// The code names a notice of another kind.
    NoticeOtherKind,
    SamePerson,
    NotShown,
    AlreadyGiven,
    NotGiven,
    /// The notice tells; there is nothing to agree to or to take back.
    OnlyTold,
    /// The notice asks; reading alone is no answer.
    NeedsDecision,
    /// The kind is given only with a one-time code.
    NotConfirmed,
    Missing,
    Withdrawn,
    Expired,
    /// The notice was shown and declined often enough.
    TooManyRounds,
    /// As many tellings about one loan as anybody can take in.
    TooManyTellings,
    /// Nothing bad can be reported of a loan that was never made.
    NoLoan,
    /// The idempotency key was used with another body.
    KeyReused,
    /// The same ask would be answered otherwise today.
    AnswerChanged,
    /// As many marketing messages as the notice promises at the most.
    TooManyMessages,
    /// The notice that was agreed to names another recipient.
    RecipientNotNamed,
    /// Nobody configured where this recipient takes items.
    RecipientNotConnected,
    /// The notice that was agreed to does not name the item.
    ItemNotNamed,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoticeChanged => "notice_changed",
            Self::NoticePublished => "notice_published",
            Self::NoticeOtherKind => "notice_other_kind",
            Self::SamePerson => "four_eyes",
            Self::NotShown => "notice_not_shown",
            Self::AlreadyGiven => "consent_already_given",
            Self::NotGiven => "consent_not_given",
            Self::OnlyTold => "notice_only_told",
            Self::NeedsDecision => "consent_needs_decision",
            Self::NotConfirmed => "consent_not_confirmed",
            Self::Missing => "consent_missing",
            Self::Withdrawn => "consent_withdrawn",
            Self::Expired => "consent_expired",
            Self::TooManyRounds => "notice_shown_too_often",
            Self::TooManyTellings => "adverse_too_many",
            Self::NoLoan => "adverse_no_loan",
            Self::KeyReused => "idempotency_key_reused",
            Self::AnswerChanged => "bureau_answer_changed",
            Self::TooManyMessages => "marketing_too_many",
            Self::RecipientNotNamed => "recipient_not_named",
            Self::RecipientNotConnected => "recipient_not_connected",
            Self::ItemNotNamed => "item_not_named",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoticePublished
            | Self::NoticeOtherKind
            | Self::NoLoan
            | Self::KeyReused
            | Self::AnswerChanged => Kind::Conflict,
            Self::TooManyRounds | Self::TooManyTellings => Kind::TooMany,
            _ => Kind::Refused,
        }
    }

    fn text(&self) -> Text {
        let (zh, en) = match self {
            Self::NoticeChanged => (
                "告知书已更新，请看最新的一份再决定。",
                "The notice has changed; please read the current one before you decide.",
            ),
            Self::NoticePublished => (
                "这一版已经发布，内容不能再改。",
                "This version is published already; it no longer changes.",
            ),
            Self::NoticeOtherKind => (
                "这个代码已用于另一类告知书。",
                "This code already names a notice of another kind.",
            ),
            Self::AnswerChanged => (
                "情况在这次询问之后有了变化，请用新的幂等键再问一次。",
                "Things changed since this was asked; ask again under another key.",
            ),
            Self::SamePerson => (
                "起草人不能自己发布，请由另一人复核。",
                "Whoever drafted it can't publish it; a second person must check it.",
            ),
            Self::NotShown => (
                "请先打开告知书，看过再决定。",
                "Please open the notice first, then decide.",
            ),
            Self::AlreadyGiven => (
                "您已经同意；要改变主意，请在“我的同意”里撤回。",
                "You have agreed already; to change your mind, withdraw it under 'My consents'.",
            ),
            Self::NotGiven => (
                "您没有同意过这一项，无需撤回。",
                "You have not agreed to this, so there is nothing to withdraw.",
            ),
            Self::OnlyTold => (
                "这是一份告知，不需要同意，也无从撤回。",
                "This notice informs; it asks for no consent, so there is none to give or withdraw.",
            ),
            Self::NeedsDecision => (
                "请选择同意或不同意。",
                "Please choose to agree or not to agree.",
            ),
            Self::NotConfirmed => (
                "请用发到您手机的验证码确认。",
                "Please confirm with the code sent to your phone.",
            ),
            Self::Missing => (
                "借款人没有同意这一项。",
                "The borrower has not agreed to this.",
            ),
            Self::Withdrawn => (
                "借款人已撤回同意，相关处理应当停止。",
                "The borrower has withdrawn the consent; what rested on it must stop.",
            ),
            Self::Expired => ("同意已过有效期。", "The consent has expired."),
            Self::TooManyRounds => (
                "这份告知书已多次展示，不能再次打开。您之前的选择不变。",
                "This notice was shown many times and can't be opened again; your earlier choice stands.",
            ),
            Self::TooManyTellings => (
                "这笔借款的报送前告知次数过多。",
                "There were too many tellings about this loan.",
            ),
            Self::NoLoan => (
                "这笔业务没有形成借款，无从报送不良信息。",
                "No loan came of this journey; there is nothing bad to report.",
            ),
            Self::KeyReused => (
                "该 Idempotency-Key 已用于另一份内容。",
                "This Idempotency-Key was used with another body.",
            ),
            Self::TooManyMessages => (
                "三十天内最多两条营销短信。",
                "Two marketing messages within thirty days at the most.",
            ),
            Self::RecipientNotNamed => (
                "借款人同意的告知书没有写明这个接收方。",
                "The notice that the borrower agreed to does not name this recipient.",
            ),
            Self::RecipientNotConnected => (
                "没有配置这个接收方的接口。",
                "No address is configured for this recipient.",
            ),
            Self::ItemNotNamed => (
                "借款人同意的告知书没有写明这项信息。",
                "The notice that the borrower agreed to does not name this item.",
            ),
        };
        Text::new(zh, en)
    }
}

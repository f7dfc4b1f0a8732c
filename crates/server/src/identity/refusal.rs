//! Why identity refuses, and in which words.

use crate::error::{Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    DocumentExpired,
    /// Further ahead than any card is made out for.
    DocumentDate,
    DocumentLongTerm,
    CardMissing,
    SessionFormat,
    /// An authority's session was handed over for another question before.
    SessionUsed,
    RouteUnknown,
    /// The identity is settled; there is nothing left to ask.
    Settled,
    NotWaiting,
    SeenTooLittle,
    /// Somebody who knows said that the account is not the person's.
    CardNotTheirs,
    CardsTooMany,
    /// The person named another card since it was looked at.
    OtherCard,
    /// Somebody else must say yes too.
    OwnAttestation,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::DocumentExpired => "document_expired",
            Self::DocumentDate => "document_date",
            Self::DocumentLongTerm => "document_long_term",
            Self::CardMissing => "bank_card_missing",
            Self::SessionFormat => "session_format",
            Self::SessionUsed => "session_used",
            Self::RouteUnknown => "identity_route",
            Self::Settled => "identity_settled",
            Self::NotWaiting => "identity_not_waiting",
            Self::SeenTooLittle => "identity_seen_too_little",
            Self::CardNotTheirs => "card_not_theirs",
            Self::CardsTooMany => "cards_too_many",
            Self::OtherCard => "card_changed",
            Self::OwnAttestation => "attestation_own",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::DocumentExpired
            | Self::SessionUsed
            | Self::Settled
            | Self::NotWaiting
            | Self::CardNotTheirs
            | Self::CardsTooMany
            | Self::OtherCard
            | Self::OwnAttestation => Kind::Conflict,
            _ => Kind::Invalid,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::DocumentExpired => Text::new(
                "身份证已过有效期。请先到公安机关换领，换好后再来；您填过的内容都在。",
                "The ID document has expired. Please renew it first and come back; nothing of yours is lost.",
            ),
            Self::DocumentDate => Text::new(
                "有效期不对，请照身份证背面填写。",
                "That date can't be right; please copy it from the back of the card.",
            ),
            Self::DocumentLongTerm => Text::new(
                "您这个年龄的身份证一般有到期日，请照身份证背面填写。",
                "At your age a card normally has an end date; please copy it from the back of the card.",
            ),
            Self::CardMissing => Text::new(
                "请填写您本人的银行卡号。",
                "Please give the number of your own bank card.",
            ),
            Self::SessionFormat => Text::new(
                "认证会话编号为 1 至 128 个可见 ASCII 字符。",
                "A session is 1 to 128 visible ASCII characters.",
            ),
            Self::SessionUsed => Text::new(
                "这次官方认证已经用过，请重新认证一次。",
                "This authentication was used before; please go through the authority's page once more.",
            ),
            Self::RouteUnknown => Text::new(
                "请选择视频人工或到柜台办理。",
                "Choose a video call with staff, or the counter.",
            ),
            Self::Settled => Text::new(
                "身份已经核实，不需要再办。",
                "Your identity is confirmed already; nothing more is needed.",
            ),
            Self::NotWaiting => Text::new(
                "这一件不在等待人工核实。",
                "This case is not waiting for a person.",
            ),
            Self::SeenTooLittle => Text::new(
                "须看过证件原件、有效期，并确认是本人，才能通过。",
                "See the original document, its dates and the person before saying yes.",
            ),
            Self::OtherCard => Text::new(
                "借款人已经换了一个账户，请看过新的再确认。",
                "The borrower named another account; look at that one.",
            ),
            Self::OwnAttestation => Text::new(
                "曾有人说这不是本人账户，须由另一位同事再确认。",
                "Somebody said that it is not theirs; a colleague must say yes too.",
            ),
            Self::CardNotTheirs => Text::new(
                "这张卡没有核对为您本人名下。请换一张您自己的卡，或请工作人员为您核对。",
                "This card could not be confirmed as yours. Please give another card of your own, or have a person look.",
            ),
            Self::CardsTooMany => Text::new(
                "已试过多张银行卡。请让工作人员为您核对最近填写的这张。",
                "Several cards were tried. Please have a person look at the latest one.",
            ),
        }
    }
}

//! Why this room says no.

use crate::error::{Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The borrower themselves, or somebody who answers for the loan.
    IsParty,
    /// A friend or colleague can't be the relative who is told.
    NoRelative,
    /// The person, or the borrower, had it removed.
    Barred,
    TooMany,
    TooOften,
    /// The same phone stands for many borrowers: nobody's family.
    OfMany,
    LinkUnknown,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::IsParty => "contact_is_party",
            Self::NoRelative => "contact_no_relative",
            Self::Barred => "contact_refused",
            Self::TooMany => "too_many_contacts",
            Self::TooOften => "contacts_named_too_often",
            Self::OfMany => "contact_of_many",
            Self::LinkUnknown => "contact_link_unknown",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::TooOften => Kind::TooMany,
            Self::LinkUnknown => Kind::NotFound,
            _ => Kind::Conflict,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::IsParty => Text::new(
                "这是借款人、共同借款人或保证人本人的信息，请填写另一位。",
                "This is the borrower, a co-borrower or a guarantor; name somebody else.",
            ),
            Self::NoRelative => Text::new(
                "知情家人应当是亲属。",
                "The relative who is told must be of the family.",
            ),
            Self::Barred => Text::new(
                "这个号码已被移除，不能再次填写。请换一位，或不填。",
                "This number was removed and can't be named again. Name somebody else, or nobody.",
            ),
            Self::TooMany => Text::new(
                "已达可填人数，请先移除一位。",
                "No more can be named; remove somebody first.",
            ),
            Self::TooOften => Text::new(
                "近三十天内填写次数过多，请以后再试。",
                "Too many were named within thirty days; try again later.",
            ),
            Self::OfMany => Text::new(
                "这个号码已被多位借款人填写，不能再作为联系人。",
                "Several borrowers named this number; it can't be a contact any more.",
            ),
            Self::LinkUnknown => Text::new(
                "这个链接不完整或已失效，请致电短信中的客服热线移除。",
                "This link is incomplete or over; call the hotline in the message to be removed.",
            ),
        }
    }
}

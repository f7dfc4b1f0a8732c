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
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::TemplateChanged => "template_changed",
            Self::TemplatePublished => "template_published",
            Self::SamePerson => "four_eyes",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::TemplatePublished => Kind::Conflict,
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
        };
        Text::new(zh, en)
    }
}

//! Why this room refuses.

use crate::error::{Kind, Refuse, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    WordsLength,
    WordsTellNumbers,
    DueDay,
    /// They may not put findings right, or don't work here any more.
    ResponsibleUnfit,
    NotResponsible,
    SameResponsible,
    /// A hold would come too late.
    MoneyMoved,
    /// Of whoever's loan it is nothing shall be told any more.
    Forgotten,
    NotDone,
    OwnWork,
    Changed,
    Accepted,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::WordsLength => "rectification_words_length",
            Self::WordsTellNumbers => "rectification_words_numbers",
            Self::DueDay => "rectification_due_day",
            Self::ResponsibleUnfit => "rectification_responsible_unfit",
            Self::NotResponsible => "rectification_not_responsible",
            Self::SameResponsible => "rectification_same_responsible",
            Self::MoneyMoved => "rectification_money_moved",
            Self::Forgotten => "rectification_forgotten",
            Self::NotDone => "rectification_not_done",
            Self::OwnWork => "rectification_own_work",
            Self::Changed => "rectification_changed",
            Self::Accepted => "rectification_accepted",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::WordsLength | Self::WordsTellNumbers | Self::DueDay | Self::ResponsibleUnfit => {
                Kind::Invalid
            }
            Self::NotResponsible => Kind::Forbidden,
            Self::SameResponsible
            | Self::MoneyMoved
            | Self::Forgotten
            | Self::NotDone
            | Self::OwnWork
            | Self::Changed
            | Self::Accepted => Kind::Conflict,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::WordsLength => {
                Text::new("请用 4 至 500 个字说明。", "Say it in 4 to 500 characters.")
            }
            Self::WordsTellNumbers => Text::new(
                "不要写账号、证件号或手机号。",
                "Leave accounts, ID numbers and phones out.",
            ),
            Self::DueDay => Text::new(
                "期限最早为 30 天前，最晚为一年以内。",
                "The due day is within a year, or at most 30 days back.",
            ),
            Self::ResponsibleUnfit => Text::new(
                "责任人须为在职且有整改权限的同事。",
                "Whoever is responsible works here and may put findings right.",
            ),
            Self::NotResponsible => Text::new(
                "这项整改由另一位同事负责。",
                "Another colleague is responsible for this finding.",
            ),
            Self::SameResponsible => Text::new(
                "这项整改已由这位同事负责。",
                "This colleague is responsible for it already.",
            ),
            Self::MoneyMoved => Text::new(
                "这笔借款已经放款，不能再止付。",
                "The money of this loan was paid out; it can't be stopped any more.",
            ),
            Self::Forgotten => Text::new(
                "这笔业务的个人信息已按规定销毁，不能再记录发现。",
                "The person's data was destroyed after its time; nothing is written about it any more.",
            ),
            Self::NotDone => Text::new(
                "责任人还没有说明整改情况。",
                "The responsible colleague has not said yet what was done.",
            ),
            Self::OwnWork => Text::new("须由另一位同事验收。", "A colleague must accept it."),
            Self::Changed => Text::new(
                "整改说明已更新，请看过最新的再验收。",
                "What was done is told differently now; read it before you agree.",
            ),
            Self::Accepted => Text::new("这项整改已经验收。", "This finding is accepted already."),
        }
    }
}

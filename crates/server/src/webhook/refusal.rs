//! Why this room refuses.

use crate::error::{Kind, Refuse, Text};
use crate::outward::Unfit;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Url,
    TargetForbidden,
    Grace,
    Disabled,
    TooMany,
    NotSettled,
}

impl From<Unfit> for Refused {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Form => Self::Url,
            Unfit::Inside => Self::TargetForbidden,
        }
    }
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Url => "webhook_url",
            Self::TargetForbidden => "webhook_target_forbidden",
            Self::Grace => "webhook_grace",
            Self::Disabled => "webhook_disabled",
            Self::TooMany => "webhook_too_many",
            Self::NotSettled => "webhook_not_settled",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            Self::Url | Self::TargetForbidden | Self::Grace => Kind::Invalid,
            Self::Disabled | Self::TooMany | Self::NotSettled => Kind::Conflict,
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::Url => Text::new(
                "地址应为 https:// 开头、不超过 500 个字符，不含账号和 # 部分。",
                "The address begins with https://, has at most 500 characters and neither account nor fragment.",
            ),
            Self::TargetForbidden => Text::new(
                "这个地址在内部网络，不能作为推送地址。",
                "This address lies in an internal network; events are not sent there.",
            ),
            Self::Grace => Text::new(
                "旧密钥可继续使用 0 至 72 小时。",
                "An older secret counts for 0 to 72 hours more.",
            ),
            Self::Disabled => Text::new(
                "推送地址已停用，请先恢复。",
                "The endpoint is disabled; resume it first.",
            ),
            Self::TooMany => Text::new("推送地址最多 20 个。", "At most 20 endpoints."),
            Self::NotSettled => {
                Text::new("这条推送还在发送中。", "This delivery is still on its way.")
            }
        }
    }
}

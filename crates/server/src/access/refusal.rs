//! Why access says no.

use super::model::{Right, Scope};
use crate::error::{Kind, Refuse, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    SessionMissing,
    SessionExpired,
    SessionReplaced,
    Csrf,
    RightMissing(Right),
    LoginWrong,
    LoginTooMany { retry_after_ms: i64 },
    ApiKeyMissing,
    ApiKeyWrong,
    ApiKeyExpired,
    ApiKeyEnded,
    ScopeMissing(Scope),
    AddressNotAllowed,
    LinkUnknown,
    LinkExpired,
    CodeTooSoon { retry_after_ms: i64 },
    CodeTooMany { retry_after_ms: i64 },
    CodeWrong { tries_left: i64 },
    CodeExhausted,
    CodeExpired,
    TicketUnknown,
    TicketUsed,
    TicketExpired,
    InstitutionExists,
    OperatorOnly,
    SettingsChanged,
    DomainTaken,
    AccountTaken,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::SessionMissing => "session_missing",
            Self::SessionExpired => "session_expired",
            Self::SessionReplaced => "session_replaced",
            Self::Csrf => "csrf",
            Self::RightMissing(_) => "right_missing",
            Self::LoginWrong => "login_wrong",
            Self::LoginTooMany { .. } => "login_too_many",
            Self::ApiKeyMissing => "api_key_missing",
            Self::ApiKeyWrong => "api_key_wrong",
            Self::ApiKeyExpired => "api_key_expired",
            Self::ApiKeyEnded => "api_key_ended",
            Self::ScopeMissing(_) => "scope_missing",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::LinkUnknown => "link_unknown",
            Self::LinkExpired => "link_expired",
            Self::CodeTooSoon { .. } => "code_too_soon",
            Self::CodeTooMany { .. } => "code_too_many",
            Self::CodeWrong { .. } => "code_wrong",
            Self::CodeExhausted => "code_exhausted",
            Self::CodeExpired => "code_expired",
            Self::TicketUnknown => "ticket_unknown",
            Self::TicketUsed => "ticket_used",
            Self::TicketExpired => "ticket_expired",
            Self::InstitutionExists => "institution_exists",
            Self::OperatorOnly => "operator_only",
            Self::SettingsChanged => "settings_changed",
            Self::DomainTaken => "domain_taken",
            Self::AccountTaken => "account_taken",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::SessionMissing | Self::SessionExpired | Self::SessionReplaced => {
                Kind::Unauthenticated
            }
            Self::LoginWrong | Self::ApiKeyMissing | Self::ApiKeyWrong | Self::ApiKeyExpired => {
                Kind::Unauthenticated
            }
            Self::Csrf
            | Self::RightMissing(_)
            | Self::ScopeMissing(_)
            | Self::AddressNotAllowed
            | Self::OperatorOnly => Kind::Forbidden,
            Self::LinkUnknown | Self::TicketUnknown => Kind::NotFound,
            Self::LoginTooMany { .. } | Self::CodeTooSoon { .. } | Self::CodeTooMany { .. } => {
                Kind::TooMany
            }
            Self::LinkExpired
            | Self::TicketUsed
            | Self::TicketExpired
            | Self::CodeWrong { .. }
            | Self::CodeExhausted
            | Self::CodeExpired => Kind::Refused,
            Self::SettingsChanged
            | Self::DomainTaken
            | Self::ApiKeyEnded
            | Self::InstitutionExists
            | Self::AccountTaken => Kind::Conflict,
        }
    }

    fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::LoginTooMany { retry_after_ms }
            | Self::CodeTooSoon { retry_after_ms }
            | Self::CodeTooMany { retry_after_ms } => Some(*retry_after_ms),
            _ => None,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::SessionMissing => Text::new(
                "请先登录或重新打开链接。",
                "Please sign in, or open your link again.",
            ),
            Self::SessionExpired => Text::new(
                "离开时间较长，为保护您的信息已退出，请重新进入。",
                "You were away for a while; to protect your information please enter again.",
            ),
            Self::SessionReplaced => Text::new(
                "链接已在另一处打开或已换成新的，这里已退出。如非您本人操作，请联系客服。",
                "Your link was opened elsewhere or replaced by a new one, so this page has ended. If that was not you, please call us.",
            ),
            Self::Csrf => Text::new(
                "请求来源无法确认，请从页面内操作。",
                "We can't tell where this request comes from; please use our own page.",
            ),
            Self::RightMissing(right) => Text::new(
                format!("您没有此项权限（{}）。", right.as_str()),
                format!("You do not have the right for this ({}).", right.as_str()),
            ),
            Self::LoginWrong => Text::new(
                "机构、账号或密码不对。",
                "Institution, account or password is wrong.",
            ),
            Self::LoginTooMany { .. } => Text::new(
                "尝试次数过多，请稍后再试。",
                "Too many attempts; please try again later.",
            ),
            Self::ApiKeyMissing => Text::new(
                "缺少 Authorization: Bearer xbk_… 请求头。",
                "The header Authorization: Bearer xbk_… is missing.",
            ),
            Self::ApiKeyWrong => {
                Text::new("接口密钥不对或已停用。", "The API key is wrong or revoked.")
            }
            Self::ApiKeyExpired => Text::new(
                "接口密钥已过有效期，请改用新密钥。",
                "The API key has expired; use its successor.",
            ),
            Self::ApiKeyEnded => Text::new(
                "该密钥已停用、过期或已有接替的密钥。",
                "This key was revoked, expired or has a successor already.",
            ),
            Self::ScopeMissing(scope) => Text::new(
                format!("接口密钥没有这项权限：{}。", scope.as_str()),
                format!("The API key lacks this scope: {}.", scope.as_str()),
            ),
            Self::AddressNotAllowed => Text::new(
                "接口密钥不允许从这个地址使用。",
                "The API key may not be used from this address.",
            ),
            Self::LinkUnknown => Text::new(
                "链接不完整或不存在，请从短信中重新打开。",
                "The link is incomplete or unknown; please open it again from the message.",
            ),
            Self::LinkExpired => Text::new(
                "链接已失效，请向您的贷款机构索取新链接。",
                "The link is no longer valid; please ask your lender for a new one.",
            ),
            Self::CodeTooSoon { retry_after_ms } => {
                let seconds = retry_after_ms.max(&0).unsigned_abs().div_ceil(1000);
                Text::new(
                    format!("验证码刚刚发出，请 {seconds} 秒后再试。"),
                    format!("A code was just sent; please try again in {seconds} s."),
                )
            }
            Self::CodeTooMany { .. } => Text::new(
                "今天获取验证码次数过多，请明天再试或致电客服。",
                "Too many codes today; please try tomorrow or call us.",
            ),
            Self::CodeWrong { tries_left } => Text::new(
                format!("验证码不对，还可再试 {tries_left} 次。"),
                format!(
                    "The code is wrong; {tries_left} more {} left.",
                    if *tries_left == 1 { "try" } else { "tries" }
                ),
            ),
            Self::CodeExhausted => Text::new(
                "验证码输错次数过多，请重新获取。",
                "Too many wrong tries; please ask for a new code.",
            ),
            Self::CodeExpired => Text::new(
                "验证码已失效，请重新获取。",
                "The code is no longer valid; please ask for a new one.",
            ),
            Self::TicketUnknown => Text::new(
                "入口不完整或不存在，请回到原来的应用重新进入。",
                "This way in is incomplete or unknown; please go back to the app and enter again.",
            ),
            Self::TicketUsed => Text::new(
                "这个入口已经用过，请回到原来的应用重新进入。",
                "This way in was used already; please go back to the app and enter again.",
            ),
            Self::TicketExpired => Text::new(
                "这个入口已过期，请回到原来的应用重新进入。",
                "This way in has expired; please go back to the app and enter again.",
            ),
            Self::OperatorOnly => Text::new(
                "只有运营机构的员工可以这样做。",
                "Only the operator's staff can do this.",
            ),
            Self::SettingsChanged => Text::new(
                "设置已被他人改动，请刷新后再改；没有任何内容丢失。",
                "Someone changed the settings meanwhile; load them again. Nothing is lost.",
            ),
            Self::DomainTaken => Text::new(
                "这个域名已属于另一家机构。",
                "This domain belongs to another institution already.",
            ),
            Self::InstitutionExists => Text::new(
                "已有此代码的机构。",
                "An institution with this code exists already.",
            ),
            Self::AccountTaken => Text::new("已有此账号。", "This account exists already."),
        }
    }
}

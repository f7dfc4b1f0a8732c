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
    PasskeyUnknown,
    LoginTooMany {
        retry_after_ms: i64,
    },
    ApiKeyMissing,
    ApiKeyWrong,
    ApiKeyExpired,
    ApiKeyEnded,
    ScopeMissing(Scope),
    AddressNotAllowed,
    LinkUnknown,
    LinkExpired,
    /// The session is for what is kept of the person, not for steps.
    RightsOnly,
    CodeTooSoon {
        retry_after_ms: i64,
    },
    CodeTooMany {
        retry_after_ms: i64,
    },
    CodeWrong {
        tries_left: i64,
    },
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
    SessionEnded,
    SecondFactorNeeded,
    SecondFactorMissing,
    SecondFactorWrong,
    SecondFactorExists,
    SecondFactorNone,
    PasskeyNoSite,
    PasskeyNoneHere,
    PasskeyTooLate,
    PasskeysTooMany,
    ProviderNone,
    ProviderUnreachable,
    ProviderRefused,
    ProviderUnknown,
    ProviderTooLate,
    ProofNeeded,
    InvitationUnknown,
    InvitationClosed,
    InvitationWordAwaited,
    InvitationWordWrong {
        tries_left: i64,
    },
    AdministratorsExist,
    AlreadyActive,
    OwnAccount,
    OwnRights,
    SecondPersonNeeded,
    ChangeClosed,
    LastAdministrator,
    RoleHeld,
    RoleWidens,
    RolesTooMany,
    RoleNameTaken,
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
            Self::PasskeyUnknown => "passkey_unknown",
            Self::LoginTooMany { .. } => "login_too_many",
            Self::ApiKeyMissing => "api_key_missing",
            Self::ApiKeyWrong => "api_key_wrong",
            Self::ApiKeyExpired => "api_key_expired",
            Self::ApiKeyEnded => "api_key_ended",
            Self::ScopeMissing(_) => "scope_missing",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::LinkUnknown => "link_unknown",
            Self::LinkExpired => "link_expired",
            Self::RightsOnly => "rights_only",
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
            Self::SessionEnded => "session_ended",
            Self::SecondFactorNeeded => "second_factor_needed",
            Self::SecondFactorMissing => "second_factor_missing",
            Self::SecondFactorWrong => "second_factor_wrong",
            Self::SecondFactorExists => "second_factor_exists",
            Self::SecondFactorNone => "second_factor_none",
            Self::PasskeyNoSite => "passkey_no_site",
            Self::PasskeyNoneHere => "passkey_none_here",
            Self::PasskeyTooLate => "passkey_too_late",
            Self::PasskeysTooMany => "passkeys_too_many",
            Self::ProviderNone => "provider_none",
            Self::ProviderUnreachable => "provider_unreachable",
            Self::ProviderRefused => "provider_refused",
            Self::ProviderUnknown => "provider_unknown",
            Self::ProviderTooLate => "provider_too_late",
            Self::ProofNeeded => "proof_needed",
            Self::InvitationUnknown => "invitation_unknown",
            Self::InvitationClosed => "invitation_closed",
            Self::InvitationWordAwaited => "invitation_word_awaited",
            Self::InvitationWordWrong { .. } => "invitation_word_wrong",
            Self::AdministratorsExist => "administrators_exist",
            Self::AlreadyActive => "already_active",
            Self::OwnAccount => "own_account",
            Self::OwnRights => "own_rights",
            Self::SecondPersonNeeded => "second_person_needed",
            Self::ChangeClosed => "change_closed",
            Self::LastAdministrator => "last_administrator",
            Self::RoleHeld => "role_held",
            Self::RoleWidens => "role_widens",
            Self::RolesTooMany => "roles_too_many",
            Self::RoleNameTaken => "role_name_taken",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::SessionMissing | Self::SessionExpired | Self::SessionReplaced => {
                Kind::Unauthenticated
            }
            Self::LoginWrong
            | Self::PasskeyUnknown
            | Self::ApiKeyMissing
            | Self::ApiKeyWrong
            | Self::ApiKeyExpired => Kind::Unauthenticated,
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
            | Self::RightsOnly
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
            Self::SessionEnded
            | Self::SecondFactorNeeded
            | Self::ProviderRefused
            | Self::ProviderUnknown => Kind::Unauthenticated,
            Self::SecondFactorMissing
            | Self::ProofNeeded
            | Self::OwnRights
            | Self::SecondPersonNeeded => Kind::Forbidden,
            Self::SecondFactorWrong
            | Self::PasskeyNoSite
            | Self::PasskeyNoneHere
            | Self::PasskeyTooLate
            | Self::ProviderNone
            | Self::ProviderUnreachable
            | Self::ProviderTooLate
            | Self::InvitationClosed
            | Self::InvitationWordAwaited
            | Self::InvitationWordWrong { .. } => Kind::Refused,
            Self::SecondFactorExists
            | Self::SecondFactorNone
            | Self::PasskeysTooMany
            | Self::AlreadyActive
            | Self::OwnAccount
            | Self::ChangeClosed
            | Self::AdministratorsExist
            | Self::LastAdministrator
            | Self::RoleHeld
            | Self::RoleWidens
            | Self::RolesTooMany
            | Self::RoleNameTaken => Kind::Conflict,
            Self::InvitationUnknown => Kind::NotFound,
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
            Self::PasskeyUnknown => Text::new(
                "这个通行密钥不能在这家机构登录。请换一个，或用账号和密码登录。",
                "This passkey doesn't sign in at this institution; please use another one, or account and password.",
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
            Self::RightsOnly => Text::new(
                "这笔业务的办理时间已过，现在只能查看您的借款与行使权益。",
                "The time for this application is over; you can see your loans and use your rights.",
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
            Self::SessionEnded => Text::new(
                "这次登录已被结束，请重新登录。",
                "This sign-in was ended; please sign in again.",
            ),
            Self::SecondFactorNeeded => Text::new(
                "还差一步：请完成第二重验证。",
                "One more step: please give your second factor.",
            ),
            Self::SecondFactorMissing => Text::new(
                "本机构要求第二重验证，请先在「我的账号」里设置。",
                "Your institution asks for a second factor; please set one up under My account first.",
            ),
            Self::SecondFactorWrong => Text::new(
                "验证没有通过，请核对后再试。",
                "That is not right; please check and try again.",
            ),
            Self::SecondFactorExists => Text::new(
                "已经设置过验证器，请先移除旧的。",
                "An authenticator is set up already; please remove the old one first.",
            ),
            Self::SecondFactorNone => {
                Text::new("还没有设置第二重验证。", "No second factor is set up.")
            }
            Self::PasskeyNoSite => Text::new(
                "通行密钥只在域名下可用，请用域名打开本页。",
                "Passkeys belong to a host name; please open this page by its name.",
            ),
            Self::PasskeyNoneHere => Text::new(
                "这个网址下没有您的通行密钥。",
                "You have no passkey for this address.",
            ),
            Self::PasskeyTooLate => Text::new(
                "等待时间过长，请重新开始。",
                "That took too long; please begin again.",
            ),
            Self::ProviderNone => Text::new(
                "这家机构没有开通统一身份登录，请用账号和密码。",
                "This institution has no sign-in provider; please use account and password.",
            ),
            Self::ProviderUnreachable => Text::new(
                "暂时连不上机构的统一身份系统，请稍后再试，或用账号和密码。",
                "The institution’s sign-in provider can’t be reached; please try later, or use account and password.",
            ),
            Self::ProviderRefused => Text::new(
                "统一身份系统没有给出所要求的证明，请重新登录。",
                "The sign-in provider did not vouch for you as required; please sign in again.",
            ),
            Self::ProviderUnknown => Text::new(
                "您的账号没有在这里开通，请联系管理员。",
                "Your account is not open here; please ask an administrator.",
            ),
            Self::ProviderTooLate => Text::new(
                "这次登录已过期，或不是从这个浏览器开始的，请重新开始。",
                "This sign-in has expired, or began in another browser; please begin again.",
            ),
            Self::PasskeysTooMany => Text::new(
                "通行密钥太多了，请先移除不用的。",
                "There are too many passkeys; please remove one first.",
            ),
            Self::ProofNeeded => Text::new(
                "为了安全，请再验证一次身份。",
                "For safety, please prove once more who you are.",
            ),
            Self::InvitationUnknown => Text::new(
                "邀请链接不完整或不存在，请向管理员索取新链接。",
                "The invitation is incomplete or unknown; please ask an administrator for a new one.",
            ),
            Self::InvitationClosed => Text::new(
                "邀请链接已用过或已过期，请向管理员索取新链接。",
                "The invitation was used or has expired; please ask an administrator for a new one.",
            ),
            Self::InvitationWordAwaited => Text::new(
                "还没有第二位同事同意，口令尚未给出；同意之后请向那位同事索取口令。",
                "No second colleague has agreed yet, so there is no word; ask whoever agrees for it.",
            ),
            Self::InvitationWordWrong { tries_left } => Text::new(
                format!("口令不对，还可再试 {tries_left} 次。"),
                format!(
                    "The word is wrong; {tries_left} more {} left.",
                    if *tries_left == 1 { "try" } else { "tries" }
                ),
            ),
            Self::AdministratorsExist => Text::new(
                "这家机构已有人设置过密码，请由其管理员邀请，或由运维用 xiaobao staff invite。",
                "Somebody of this institution has set a password already; its administrators invite, or xiaobao staff invite.",
            ),
            Self::AlreadyActive => Text::new(
                "此人已设置密码；重设密码需要两人同意。",
                "This person has a password already; a new one takes two people.",
            ),
            Self::OwnAccount => Text::new(
                "不能对自己的账号这样做。",
                "This can not be done to your own account.",
            ),
            Self::OwnRights => Text::new("不能扩大自己的权限。", "Nobody widens their own rights."),
            Self::SecondPersonNeeded => Text::new(
                "需要另一位同事同意：提出人和本人都不能批准。",
                "Another colleague must agree: neither the proposer nor the person concerned.",
            ),
            Self::ChangeClosed => Text::new(
                "这项变更已处理或已过期。",
                "This change was decided or has expired.",
            ),
            Self::LastAdministrator => Text::new(
                "撤下管理员须留两位，停用须留一位；请先任命另一位，或由运维用 xiaobao staff invite 邀请。",
                "Two administrators stay when one is demoted, one when one is disabled; appoint another first, or invite one by xiaobao staff invite.",
            ),
            Self::RoleHeld => Text::new(
                "还有人担任这个角色，不能删除。",
                "Somebody still has this role.",
            ),
            Self::RoleWidens => Text::new(
                "已有人担任或等待担任这个角色，不能再加入须两人授予的权限；请另建角色。",
                "Somebody has this role or waits for it, so no right that two people give can be added; make another role.",
            ),
            Self::RolesTooMany => Text::new(
                "角色太多了，请先删除不用的。",
                "There are too many roles; please remove some.",
            ),
            Self::RoleNameTaken => {
                Text::new("已有同名角色。", "A role of this name exists already.")
            }
        }
    }
}

//! Nouns of access and their decisions; pure.

use serde::Serialize;

use super::refusal::Refusal;
use crate::clock::DAY_MS;
use crate::error::{Error, Field, Text};
use crate::id::InstitutionId;
use crate::vault::{Private, SubjectId};

crate::id!(
    /// A member of an institution's staff.
    StaffId,
    "stf"
);
crate::id!(
    /// A partner system's key.
    ApiKeyId,
    "key"
);
crate::id!(
    /// A borrower's link to one case.
    LinkId,
    "lnk"
);
crate::id!(
    /// One sent (or to be sent) one-time code.
    CodeId,
    "cod"
);
crate::id!(
    /// One signed-in browser.
    SessionId,
    "ses"
);

/// What kind of lender an institution is; ceilings and rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstitutionKind {
    ConsumerFinance,
    Bank,
    SmallLoan,
}

impl InstitutionKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConsumerFinance => "consumer_finance",
            Self::Bank => "bank",
            Self::SmallLoan => "small_loan",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::ConsumerFinance, Self::Bank, Self::SmallLoan]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A lender (tenant).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    pub id: InstitutionId,
    /// Short and lasting; names the institution in addresses.
    pub code: String,
    pub name: String,
    /// As signed under messages.
    pub short_name: String,
    pub hotline: String,
    pub kind: InstitutionKind,
}

/// An institution to be founded.
#[derive(Clone, Debug)]
pub struct NewInstitution {
    /// 2 to 20 of `a-z 0-9 -`.
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub hotline: String,
    pub kind: InstitutionKind,
}

impl NewInstitution {
    pub fn check(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        if !plain(&self.code, 2, 20, b"-") {
            faults.push(Field::new(
                "code",
                "code_format",
                Text::new(
                    "代码应为 2 至 20 个小写字母、数字或短横线。",
                    "A code is 2 to 20 lower-case letters, digits or hyphens.",
                ),
            ));
        }
        for (path, value, max) in [
            ("name", &self.name, 100),
            ("short_name", &self.short_name, 20),
            ("hotline", &self.hotline, 30),
        ] {
            if !filled(value, max) {
                faults.push(Field::new(
                    path,
                    "text_length",
                    Text::new("必填，且不能过长。", "Required, and not too long."),
                ));
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    ViewJourneys,
    IssueLinks,
    ViewProducts,
    ProposeProducts,
    ApproveProducts,
    ViewOutbox,
    ViewLog,
}

impl Right {
    pub const ALL: [Self; 7] = [
        Self::ViewJourneys,
        Self::IssueLinks,
        Self::ViewProducts,
        Self::ProposeProducts,
        Self::ApproveProducts,
        Self::ViewOutbox,
        Self::ViewLog,
    ];

    /// Stable: stored, sworn to and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewJourneys => "journey.view",
            Self::IssueLinks => "journey.link",
            Self::ViewProducts => "product.view",
            Self::ProposeProducts => "product.propose",
            Self::ApproveProducts => "product.approve",
            Self::ViewOutbox => "outbox.view",
            Self::ViewLog => "log.view",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == text)
    }

    /// Rights as one column. A right this version doesn't know is not granted.
    pub(super) fn parse_list(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
    }

    pub(super) fn list(rights: &[Self]) -> String {
        Self::ALL
            .into_iter()
            .filter(|right| rights.contains(right))
            .map(Self::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// A member of staff to be added.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// 3 to 40 of `a-z 0-9 . _ -`.
    pub account: String,
    pub name: String,
    /// As printed on the badge.
    pub badge: String,
    /// 12 to 128 characters.
    pub password: Private<String>,
    pub rights: Vec<Right>,
}

impl NewStaff {
    pub fn check(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        if !plain(&self.account, 3, 40, b"._-") {
            faults.push(Field::new(
                "account",
                "account_format",
                Text::new(
                    "账号应为 3 至 40 个小写字母、数字或 . _ -。",
                    "An account is 3 to 40 lower-case letters, digits or . _ -.",
                ),
            ));
        }
        for (path, value, max) in [("name", &self.name, 50), ("badge", &self.badge, 30)] {
            if !filled(value, max) {
                faults.push(Field::new(
                    path,
                    "text_length",
                    Text::new("必填，且不能过长。", "Required, and not too long."),
                ));
            }
        }
        if !(12..=128).contains(&self.password.expose().chars().count()) {
            faults.push(Field::new(
                "password",
                "password_length",
                Text::new(
                    "密码应为 12 至 128 个字符。",
                    "A password has 12 to 128 characters.",
                ),
            ));
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

fn plain(text: &str, min: usize, max: usize, also: &[u8]) -> bool {
    (min..=max).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || also.contains(&b))
}

fn filled(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
}

/// A borrower's link, as its maker gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub expires_at_ms: i64,
}

/// A borrower's link with what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    pub id: LinkId,
    pub institution: InstitutionId,
    pub case: String,
    pub subject: SubjectId,
    pub expires_at_ms: i64,
    /// A newer link of the same case took its place.
    pub revoked: bool,
}

/// Whether a link still opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Open,
    Expired,
}

impl LinkRow {
    pub fn state(&self, now_ms: i64) -> LinkState {
        if self.revoked || now_ms >= self.expires_at_ms {
            LinkState::Expired
        } else {
            LinkState::Open
        }
    }

    pub(super) fn must_be_open(&self, now_ms: i64) -> Result<(), Refusal> {
        match self.state(now_ms) {
            LinkState::Open => Ok(()),
            LinkState::Expired => Err(Refusal::LinkExpired),
        }
    }
}

/// What a one-time code is for; a code for one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    OpenLink,
}

impl CodePurpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenLink => "open_link",
        }
    }
}

/// Codes a link may have sent within a day.
pub const CODES_PER_DAY_MAX: i64 = 10;

/// Codes of one link and purpose sent within the last day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentCodes {
    pub count: i64,
    pub first_ms: i64,
    pub last_ms: i64,
}

impl SentCodes {
    /// Milliseconds until another code may be asked for; 0 when now.
    pub fn wait_ms(&self, now_ms: i64, wait_ms: i64) -> i64 {
        if self.count == 0 {
            0
        } else {
            (self.last_ms + wait_ms - now_ms).max(0)
        }
    }

    pub fn may_send(&self, now_ms: i64, wait_ms: i64) -> Result<(), Refusal> {
        if self.count >= CODES_PER_DAY_MAX {
            return Err(Refusal::CodeTooMany {
                retry_after_ms: (self.first_ms + DAY_MS - now_ms).max(1),
            });
        }
        match self.wait_ms(now_ms, wait_ms) {
            0 => Ok(()),
            retry_after_ms => Err(Refusal::CodeTooSoon { retry_after_ms }),
        }
    }
}

/// Sign-in attempts on one account name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    pub failures: i64,
    pub paused_until_ms: i64,
}

impl Attempts {
    /// Counts an attempt as failed before it is checked, so that attempts at once can't slip past the limit.
    pub fn count(self, now_ms: i64, failures_max: i64, pause_ms: i64) -> Result<Self, Refusal> {
        if self.paused_until_ms > now_ms {
            return Err(Refusal::LoginTooMany {
                retry_after_ms: self.paused_until_ms - now_ms,
            });
        }
        let failures = self.failures + 1;
        Ok(if failures >= failures_max {
            Self {
                failures: 0,
                paused_until_ms: now_ms + pause_ms,
            }
        } else {
            Self {
                failures,
                paused_until_ms: 0,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_have_distinct_names_and_unknown_ones_are_not_granted() {
        let all = Right::list(&Right::ALL);
        assert_eq!(Right::parse_list(&all), Right::ALL);
        assert_eq!(
            Right::parse_list("journey.view everything outbox.view"),
            [Right::ViewJourneys, Right::ViewOutbox]
        );
        assert_eq!(Right::parse_list(""), []);
    }

    #[test]
    fn the_fifth_failure_starts_a_pause_and_the_pause_ends() {
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts = attempts.count(1_000, 5, 300_000).expect("counted");
        }
        assert_eq!(
            attempts.count(2_000, 5, 300_000),
            Err(Refusal::LoginTooMany {
                retry_after_ms: 299_000
            })
        );
        assert_eq!(
            attempts.count(301_000, 5, 300_000),
            Ok(Attempts {
                failures: 1,
                paused_until_ms: 0
            })
        );
    }

    #[test]
    fn another_code_waits_a_minute_and_the_eleventh_waits_a_day() {
        let none = SentCodes::default();
        assert_eq!(none.may_send(0, 60_000), Ok(()));
        let one = SentCodes {
            count: 1,
            first_ms: 10_000,
            last_ms: 10_000,
        };
        assert_eq!(
            one.may_send(69_999, 60_000),
            Err(Refusal::CodeTooSoon { retry_after_ms: 1 })
        );
        assert_eq!(one.may_send(70_000, 60_000), Ok(()));
        let ten = SentCodes {
            count: 10,
            first_ms: 10_000,
            last_ms: 10_000,
        };
        assert_eq!(
            ten.may_send(70_000, 60_000),
            Err(Refusal::CodeTooMany {
                retry_after_ms: DAY_MS - 60_000
            })
        );
    }

    #[test]
    fn a_link_opens_until_it_expires_or_is_replaced() {
        let random = crate::random::Random::seeded(1);
        let body = || crate::id::body(0, &random);
        let mut link = LinkRow {
            id: LinkId::stored(format!("lnk_{}", body())),
            institution: InstitutionId::stored(format!("ins_{}", body())),
            case: "jny_x".to_owned(),
            subject: SubjectId::stored(format!("sub_{}", body())),
            expires_at_ms: 100,
            revoked: false,
        };
        assert_eq!(
            (link.state(99), link.state(100)),
            (LinkState::Open, LinkState::Expired)
        );
        link.revoked = true;
        assert_eq!(link.must_be_open(0), Err(Refusal::LinkExpired));
    }

    #[test]
    fn a_short_password_or_a_strange_account_is_refused() {
        let mut new = NewStaff {
            account: "luo.yifan".to_owned(),
            name: "罗一帆".to_owned(),
            badge: "AH-0217".to_owned(),
            password: "demo-password-1".into(),
            rights: vec![],
        };
        assert!(new.check().is_ok());
        new.password = "short".into();
        new.account = "Luo Yifan".to_owned();
        let Err(Error::Invalid(faults)) = new.check() else {
            panic!("two faults")
        };
        assert_eq!(
            faults.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            ["account", "password"]
        );
    }
}

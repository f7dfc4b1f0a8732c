//! One-time codes.

use crate::access::refusal::Refusal;
use crate::clock::DAY_MS;

/// What a one-time code is for; a code for one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    OpenLink,
    /// Confirms a credit authority (征信查询授权书); bound to its notice.
    SignAuthority,
    /// Signs a set of contracts; bound to the set.
    SignContracts,
}

impl CodePurpose {
    const ALL: [Self; 3] = [Self::OpenLink, Self::SignAuthority, Self::SignContracts];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenLink => "open_link",
            Self::SignAuthority => "sign_authority",
            Self::SignContracts => "sign_contracts",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
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

#[cfg(test)]
mod tests {
    use super::*;

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
}

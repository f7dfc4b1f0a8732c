//! Members of staff.

use super::{Right, filled, plain};
use crate::error::{Error, Field, Text};
use crate::vault::Private;

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

#[cfg(test)]
mod tests {
    use super::*;

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

//! Members of staff.

use serde::Serialize;

use super::{Right, filled, plain};
use crate::error::{Error, Field, Text};
use crate::vault::Private;

/// Whether a member of staff may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffState {
    /// Has not set a password yet.
    Invited,
    Active,
    Disabled,
}

impl StaffState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// A state this version doesn't know lets nobody in.
    pub fn parse(text: &str) -> Self {
        [Self::Invited, Self::Active]
            .into_iter()
            .find(|state| state.as_str() == text)
            .unwrap_or(Self::Disabled)
    }
}

/// A member of staff to be invited.
#[derive(Clone, Debug)]
pub struct Invitee {
    /// 3 to 40 of `a-z 0-9 . _ -`.
    pub account: String,
    pub name: String,
    /// As printed on the badge.
    pub badge: String,
    /// Codes of built-in roles, ids of the institution's own.
    pub roles: Vec<String>,
}

impl Invitee {
    pub fn check(&self) -> Result<(), Error> {
        refuse(person_faults(&self.account, &self.name, &self.badge))
    }
}

/// A member of staff to be added by the operator.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// 3 to 40 of `a-z 0-9 . _ -`.
    pub account: String,
    pub name: String,
    /// As printed on the badge.
    pub badge: String,
    /// As [`check_password`] wants it.
    pub password: Private<String>,
    /// Beside those of the roles.
    pub rights: Vec<Right>,
    /// Codes of built-in roles.
    pub roles: Vec<String>,
}

impl NewStaff {
    pub fn check(&self) -> Result<(), Error> {
        let mut faults = person_faults(&self.account, &self.name, &self.badge);
        faults.extend(check_password(&self.account, &self.password));
        if self
            .roles
            .iter()
            .any(|role| super::built_in(role).is_none())
        {
            faults.push(Field::new(
                "roles",
                "role_unknown",
                Text::new("没有这个角色。", "There is no such role."),
            ));
        }
        refuse(faults)
    }
}

fn person_faults(account: &str, name: &str, badge: &str) -> Vec<Field> {
    let mut faults = Vec::new();
    if !plain(account, 3, 40, b"._-") {
        faults.push(Field::new(
            "account",
            "account_format",
            Text::new(
                "账号应为 3 至 40 个小写字母、数字或 . _ -。",
                "An account is 3 to 40 lower-case letters, digits or . _ -.",
            ),
        ));
    }
    for (path, value, max) in [("name", name, 50), ("badge", badge, 30)] {
        if !filled(value, max) {
            faults.push(Field::new(
                path,
                "text_length",
                Text::new("必填，且不能过长。", "Required, and not too long."),
            ));
        }
    }
    faults
}

fn refuse(faults: Vec<Field>) -> Result<(), Error> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// Long passwords that are tried first by whoever guesses; one a line.
const COMMON: &str = include_str!("common_passwords.txt");
/// Fewer different characters than this is a pattern.
const DISTINCT_MIN: usize = 5;

/// What is wrong with a password: 12 to 128 characters, not the account's name, not a common one or a pattern.
pub fn check_password(account: &str, password: &Private<String>) -> Option<Field> {
    let password = password.expose();
    if !(12..=128).contains(&password.chars().count()) {
        return Some(Field::new(
            "password",
            "password_length",
            Text::new(
                "密码应为 12 至 128 个字符。",
                "A password has 12 to 128 characters.",
            ),
        ));
    }
    let lower = password.to_lowercase();
    if lower.contains(account) {
        return Some(Field::new(
            "password",
            "password_account",
            Text::new(
                "密码不能包含账号。",
                "A password does not contain the account.",
            ),
        ));
    }
    let distinct: std::collections::BTreeSet<char> = lower.chars().collect();
    if distinct.len() < DISTINCT_MIN || COMMON.lines().any(|common| common == lower) {
        return Some(Field::new(
            "password",
            "password_common",
            Text::new(
                "这个密码太常见，容易被猜到，请换一个。",
                "This password is common and easily guessed; please choose another.",
            ),
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "a1b2c3d4e5f6g7h8i9j0a1b2c3d4e5f6g7h8i9j0a1b2c3d4e5f6g7h8i9j0a1b2c3d4e5f6g7h8i9j0a1b2c3d4e5f6g7h8i9j0a1b2c3d4e5f6g7h8i9j0a1b2c3d4e5f6g";

    #[test]
    fn a_short_password_or_a_strange_account_is_refused() {
        let mut new = NewStaff {
            account: "luo.yifan".to_owned(),
            name: "罗一帆".to_owned(),
            badge: "AH-0217".to_owned(),
            password: "demo-password-1".into(),
            rights: vec![],
            roles: vec!["administrator".to_owned()],
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

    #[test]
    fn a_password_is_long_uncommon_and_not_the_account() {
        let cases = [
            ("xiaobao-demo-2026", None),
            ("山高水长山高水长天地玄黄", None),
            ("short", Some("password_length")),
            (LONG, Some("password_length")),
            ("my-LuoYiFan-2026", Some("password_account")),
            ("Password1234", Some("password_common")),
            ("aaaaaaaaaaaaaaaa", Some("password_common")),
            ("121212121212", Some("password_common")),
            ("qwertyuiop123", Some("password_common")),
        ];
        for (password, expected) in cases {
            let fault = check_password("luoyifan", &Private::from(password));
            assert_eq!(
                fault.map(|fault| fault.code.to_string()).as_deref(),
                expected
            );
        }
    }
}

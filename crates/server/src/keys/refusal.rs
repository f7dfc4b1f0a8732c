//! Why the key folder refuses to serve; for operators.

use crate::error::{Refuse, Text};

/// A registered key's file is not there.
#[derive(Debug)]
pub struct KeyMissing(String);

/// A key file is not the one this database knows.
#[derive(Debug)]
pub struct KeySwapped(String);

impl KeyMissing {
    pub fn of(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl KeySwapped {
    pub fn of(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl Refuse for KeyMissing {
    fn code(&self) -> &'static str {
        "key_missing"
    }
    fn text(&self) -> Text {
        let name = &self.0;
        Text::new(
            format!("密钥文件 {name}.key 不见了；请从备份恢复，系统不会另造一把。"),
            format!(
                "The key file {name}.key is missing; restore it from the backup, no other is made."
            ),
        )
    }
}

impl Refuse for KeySwapped {
    fn code(&self) -> &'static str {
        "key_swapped"
    }
    fn text(&self) -> Text {
        let name = &self.0;
        Text::new(
            format!("密钥文件 {name}.key 不是这个数据库所用的那一把；请从备份恢复。"),
            format!(
                "The key file {name}.key is not the one this database was used with; restore it from the backup."
            ),
        )
    }
}

//! Why a backup is not taken or not put back.

use std::path::PathBuf;

use crate::error::{Kind, Refuse, Text};

#[derive(Debug)]
pub enum Refused {
    /// There is nothing to take.
    NoHouse,
    /// The two folders lie in each other.
    KeysInside,
    FolderNotEmpty(PathBuf),
    /// No head, or none that this version reads.
    Unreadable(PathBuf),
    /// A file of the list is missing or other than it was.
    Damaged(PathBuf),
    KeysOfAnother,
    /// Where markers of destructions were to be found, no log lies.
    NotBlobs(PathBuf),
    /// The configuration names the other kind of database.
    OtherDatabase,
    DatabaseNotEmpty,
    /// `pg_dump` or `pg_restore` is of another major version than the server, or says none.
    ToolVersion {
        name: &'static str,
        said: String,
        server: u32,
    },
    /// `pg_dump` or `pg_restore` is not there or failed; its own words.
    Tool {
        name: &'static str,
        said: String,
    },
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoHouse => "backup_no_house",
            Self::KeysInside => "backup_keys_inside",
            Self::FolderNotEmpty(_) => "backup_folder_not_empty",
            Self::Unreadable(_) => "backup_unreadable",
            Self::Damaged(_) => "backup_damaged",
            Self::KeysOfAnother => "backup_keys_of_another",
            Self::NotBlobs(_) => "backup_not_blobs",
            Self::OtherDatabase => "backup_other_database",
            Self::DatabaseNotEmpty => "backup_database_not_empty",
            Self::ToolVersion { .. } => "backup_tool_version",
            Self::Tool { .. } => "backup_tool_failed",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }

    fn text(&self) -> Text {
        match self {
            Self::NoHouse => Text::new(
                "数据库还没有任何数据，无可备份。",
                "The database holds nothing yet; there is nothing to back up.",
            ),
            Self::KeysInside => Text::new(
                "密钥须放在数据备份之外的另一个文件夹。",
                "The keys must lie in a folder apart from the data.",
            ),
            Self::FolderNotEmpty(folder) => Text::new(
                format!("文件夹 {} 不是空的。", folder.display()),
                format!("The folder {} is not empty.", folder.display()),
            ),
            Self::Unreadable(folder) => Text::new(
                format!("{} 不是一份完整的备份。", folder.display()),
                format!("{} is not a whole backup.", folder.display()),
            ),
            Self::Damaged(file) => Text::new(
                format!("备份中的 {} 缺失或已被改动。", file.display()),
                format!(
                    "{} is missing from the backup or was changed.",
                    file.display()
                ),
            ),
            Self::KeysOfAnother => Text::new(
                "密钥与数据不属于同一份备份。",
                "The keys belong to another backup than the data.",
            ),
            Self::NotBlobs(folder) => Text::new(
                format!("{} 不是数据目录里的 blobs 文件夹。", folder.display()),
                format!(
                    "{} is not the blobs folder of a data folder.",
                    folder.display()
                ),
            ),
            Self::OtherDatabase => Text::new(
                "备份的数据库类型与 database.url 不同。",
                "The backup is of another kind of database than database.url.",
            ),
            Self::DatabaseNotEmpty => Text::new(
                "目标数据库不是空的。",
                "The database to restore into is not empty.",
            ),
            Self::ToolVersion { name, said, server } => Text::new(
                format!("数据库是 PostgreSQL {server}，{name} 须为同一主版本；现为：{said}"),
                format!(
                    "The server is PostgreSQL {server} and {name} must be of the same major version; it says: {said}"
                ),
            ),
            Self::Tool { name, said } => Text::new(
                format!("{name} 未能完成：{said}"),
                format!("{name} did not succeed: {said}"),
            ),
        }
    }
}

//! Where files lie: a folder of this machine or an SFTP server, with the same five verbs.

mod folder;
mod sftp;

use std::path::Path;

use crate::config::Exchange;
use crate::ctx::Ctx;
use crate::error::{Refuse, Text};

/// Why a place could not be used just now; it is tried again at the next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Folder,
    Unreachable,
    HostKey,
    Denied,
    Silent,
    Failed,
}

impl Trouble {
    const ALL: [Self; 6] = [
        Self::Folder,
        Self::Unreachable,
        Self::HostKey,
        Self::Denied,
        Self::Silent,
        Self::Failed,
    ];

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

impl Refuse for Trouble {
    fn code(&self) -> &'static str {
        match self {
            Self::Folder => "exchange_folder",
            Self::Unreachable => "sftp_unreachable",
            Self::HostKey => "sftp_host_key",
            Self::Denied => "sftp_denied",
            Self::Silent => "sftp_silent",
            Self::Failed => "sftp_failed",
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::Folder => Text::new(
                "交换目录不存在或无权读写。",
                "The exchange folder is missing or may not be read and written.",
            ),
            Self::Unreachable => {
                Text::new("连不上 SFTP 服务器。", "The SFTP server can't be reached.")
            }
            Self::HostKey => Text::new(
                "SFTP 服务器的主机密钥与配置不符，已停止连接。",
                "The SFTP server shows another host key than the configured one; nothing was sent.",
            ),
            Self::Denied => Text::new(
                "SFTP 服务器拒绝了我们的密钥或目录权限。",
                "The SFTP server refuses our key or the folder.",
            ),
            Self::Silent => Text::new(
                "SFTP 服务器长时间没有回应。",
                "The SFTP server did not answer in time.",
            ),
            Self::Failed => Text::new(
                "SFTP 传输失败，稍后会再试。",
                "The SFTP transfer failed; it is tried again.",
            ),
        }
    }
}

pub type Outcome<T> = Result<T, Trouble>;

/// A file in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub name: String,
    pub bytes: u64,
}

/// Names that a lender may choose; nothing else is looked at.
pub fn name_fits(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && !name.starts_with(['.', '-'])
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// The two folders of an exchange, from the lender's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The lender drops files here.
    In,
    /// The lender fetches files from here.
    Out,
}

impl Side {
    fn folder(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// One institution's place.
pub enum Place<'a> {
    Folder(&'a Path),
    Sftp(sftp::Session<'a>),
}

impl<'a> Place<'a> {
    pub fn of(ctx: &'a Ctx, exchange: &'a Exchange) -> Self {
        match &exchange.sftp {
            Some(server) => Self::Sftp(sftp::Session::new(ctx, server)),
            None => Self::Folder(&exchange.folder),
        }
    }

    /// Plain files of a side with fitting names, sorted.
    pub async fn list(&self, side: Side) -> Outcome<Vec<Found>> {
        let mut found = match self {
            Self::Folder(root) => folder::list(&root.join(side.folder())).await?,
            Self::Sftp(session) => session.list(side.folder()).await?,
        };
        found.retain(|file| name_fits(&file.name));
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// A whole file of the side `In`, whose size was looked at before.
    pub async fn get(&self, name: &str, bytes_max: u64) -> Outcome<Vec<u8>> {
        match self {
            Self::Folder(root) => folder::get(&root.join(Side::In.folder()), name, bytes_max).await,
            Self::Sftp(session) => session.get(Side::In.folder(), name, bytes_max).await,
        }
    }

    /// Puts files into the side `Out`, in this order, each whole or not at all, in place of older ones of the name.
    pub async fn put(&self, files: &[(String, Vec<u8>)]) -> Outcome<()> {
        match self {
            Self::Folder(root) => folder::put(&root.join(Side::Out.folder()), files).await,
            Self::Sftp(session) => session.put(Side::Out.folder(), files).await,
        }
    }

    /// Takes a file of the side `Out` away.
    pub async fn remove(&self, name: &str) -> Outcome<()> {
        match self {
            Self::Folder(root) => folder::remove(&root.join(Side::Out.folder()), name).await,
            Self::Sftp(session) => session.remove(Side::Out.folder(), name).await,
        }
    }

    /// Renames a file of the side `In`.
    pub async fn rename(&self, from: &str, to: &str) -> Outcome<()> {
        match self {
            Self::Folder(root) => folder::rename(&root.join(Side::In.folder()), from, to).await,
            Self::Sftp(session) => session.rename(Side::In.folder(), from, to).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["requests-20261122.csv", "a", "A_1.manifest.json"] {
            assert!(name_fits(name), "{name}");
        }
        let long = "x".repeat(101);
        for name in [
            "", ".hidden", "..", "../x", "a/b", "-rf", "a b", "a\nb", "钱.csv", &long,
        ] {
            assert!(!name_fits(name), "{name}");
        }
    }

    #[test]
    fn every_trouble_is_known_again_by_its_code() {
        for trouble in Trouble::ALL {
            assert_eq!(Trouble::parse(trouble.code()), Some(trouble));
        }
        assert_eq!(Trouble::parse("else"), None);
    }
}

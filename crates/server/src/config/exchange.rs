//! Configuration of the exchange floor: where files are exchanged with a lender.

use std::path::PathBuf;

use serde::Deserialize;

use crate::error::{Field, Text};

/// Files in and out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    pub look_seconds: i64,
    pub out_hour: i8,
    /// Rows of one file of the day's money; a day of more has several.
    pub statement_rows_max: i64,
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
}

/// What `xiaobao contract check` tries besides the adapters above.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Where the gateway may send a message of the check.
    pub phone: String,
    #[serde(default)]
    pub webhooks: Vec<Hook>,
    #[serde(default)]
    pub return_urls: Vec<String>,
}

/// A receiver of events and the secret that the console showed for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub url: String,
    pub secret: String,
}

/// Where one institution's files lie: in a folder of this machine, or on its SFTP server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The institution's code.
    pub institution: String,
    #[serde(default)]
    pub folder: PathBuf,
    pub sftp: Option<Sftp>,
}

/// An SFTP server, its pinned key, and the key we come with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sftp {
    pub host: String,
    pub port: u16,
    pub user: String,
    /// The folder there; `in` and `out` lie below it.
    pub folder: String,
    /// Our private key, a file without a passphrase.
    pub key_file: PathBuf,
    /// The server's public key as its `/etc/ssh/ssh_host_…_key.pub` says it: `ssh-ed25519 AAAA…`.
    pub host_key: String,
}

impl Batch {
    pub fn exchange(&self, institution: &str) -> Option<&Exchange> {
        self.exchanges
            .iter()
            .find(|exchange| exchange.institution == institution)
    }

    pub(super) fn faults(&self) -> Vec<Field> {
        let mut faults = Vec::new();
        for exchange in &self.exchanges {
            let mut wrong = |code: &'static str, zh: &'static str, en: &'static str| {
                let path = format!("batch.exchanges.{}", exchange.institution);
                faults.push(Field::new(path, code, Text::new(zh, en)));
            };
            if exchange.folder.as_os_str().is_empty() == exchange.sftp.is_none() {
                wrong(
                    "one_of_two",
                    "请填写 folder 或 sftp 中的一项，不能都填或都不填。",
                    "Name either folder or sftp, not both and not neither.",
                );
            }
            if exchange.sftp.as_ref().is_some_and(|sftp| !sftp.plain()) {
                wrong(
                    "malformed",
                    "SFTP 的主机、用户、目录或主机公钥格式不对。",
                    "The host, user, folder or host key of the SFTP server is malformed.",
                );
            }
        }
        faults
    }
}

impl Sftp {
    /// Nothing in these texts may be taken for an option or end a line of ours.
    fn plain(&self) -> bool {
        let word = |text: &str, more: &str| {
            !text.is_empty()
                && !text.starts_with('-')
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let mut key = self.host_key.split(' ');
        let (kind, body) = (key.next().unwrap_or(""), key.next().unwrap_or(""));
        word(&self.host, ".-:")
            && word(&self.user, "._-")
            && word(&self.folder, "/._-")
            && word(kind, "-@.")
            && word(body, "+/=")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sftp() -> Sftp {
        Sftp {
            host: "files.lender.example".into(),
            port: 22,
            user: "xiaobao".into(),
            folder: "exchange".into(),
            key_file: "/etc/xiaobao/sftp".into(),
            host_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA root@files".into(),
        }
    }

    fn faults(folder: &str, sftp: Option<Sftp>) -> Vec<String> {
        let batch = Batch {
            look_seconds: 60,
            out_hour: 2,
            statement_rows_max: 200_000,
            exchanges: vec![Exchange {
                institution: "anhe".into(),
                folder: folder.into(),
                sftp,
            }],
        };
        batch
            .faults()
            .into_iter()
            .map(|fault| fault.code.to_string())
            .collect()
    }

    #[test]
    fn an_exchange_is_in_one_place_whose_name_is_no_option() {
        assert_eq!(faults("/srv/anhe", None), Vec::<String>::new());
        assert_eq!(faults("", Some(sftp())), Vec::<String>::new());
        assert_eq!(faults("", None), ["one_of_two"]);
        assert_eq!(faults("/srv/anhe", Some(sftp())), ["one_of_two"]);
        type Change = fn(&mut Sftp);
        let changes: [Change; 6] = [
            |sftp| sftp.host = "-oProxyCommand=id".into(),
            |sftp| sftp.host = String::new(),
            |sftp| sftp.user = "a b".into(),
            |sftp| sftp.folder = "a\"b".into(),
            |sftp| sftp.folder = "a\nb".into(),
            |sftp| sftp.host_key = "ssh-ed25519".into(),
        ];
        for change in changes {
            let mut changed = sftp();
            change(&mut changed);
            assert_eq!(
                faults("", Some(changed.clone())),
                ["malformed"],
                "{changed:?}"
            );
        }
    }
}

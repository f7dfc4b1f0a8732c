//! Files of a person, sealed under their own key: when the key is destroyed, so are they.

use zeroize::Zeroizing;

use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::ledger::{Fact, Tx};
use crate::vault::facts::FileOpened;
use crate::vault::keyring;
use crate::vault::model::{Purpose, Refusal, SubjectId};
use crate::vault::seal::{Label, seal, unseal};
use crate::vault::{ItemKind, store};

/// A file is written once.
const FILE_VERSION: i64 = 1;

/// Seals a file of a subject; `name` is what it is opened by again.
pub async fn seal_file(tx: &Tx, subject: &SubjectId, name: &str, plain: &[u8]) -> Result<Vec<u8>> {
    let key = keyring::unlock(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let item = file_label(name);
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: subject.as_str(),
        item: &item,
        version: FILE_VERSION,
    };
    let cipher = tx.ctx().config.vault.cipher;
    seal(cipher, &key, &tx.ctx().random, &label, plain)
}

/// Opens a file that names the person, under a live grant to open the name; the opening is a fact of this transaction.
pub async fn open_file(
    tx: &mut Tx,
    subject: &SubjectId,
    name: &str,
    sealed: &[u8],
    purpose: Purpose,
) -> Result<Zeroizing<Vec<u8>>> {
    let key = keyring::unlock(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let grant = store::live_grant(tx, subject, ItemKind::Name, purpose.as_str(), tx.now_ms())
        .await?
        .ok_or(Refusal::GrantMissing)?;
    let item = file_label(name);
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: subject.as_str(),
        item: &item,
        version: FILE_VERSION,
    };
    let plain = unseal(&key, &label, sealed)?;
    let fact = FileOpened {
        subject: subject.as_str(),
        file: name,
        purpose: purpose.as_str(),
        grant: grant.as_str(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(plain)
}

/// No item is called so.
fn file_label(name: &str) -> String {
    format!("file/{name}")
}

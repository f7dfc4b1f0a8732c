//! Files of a person, sealed under their own key: when the key is destroyed, so are they.

use zeroize::Zeroizing;

use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys::Key;
use crate::ledger::{Fact, Tx};
use crate::vault::facts::FileOpened;
use crate::vault::keyring;
use crate::vault::model::{Purpose, Refusal, SubjectId};
use crate::vault::seal::{Label, seal, unseal};
use crate::vault::{ItemKind, store};

/// A file is written once.
const FILE_VERSION: i64 = 1;

/// Whose files, and the key that they lie under.
struct Drawer {
    institution: InstitutionId,
    subject: SubjectId,
    key: Key,
}

impl Drawer {
    async fn locked(tx: &Tx, subject: &SubjectId) -> Result<Self> {
        let key = keyring::unlock(tx, subject).await?;
        Ok(Self {
            institution: tx.institution()?.clone(),
            subject: subject.clone(),
            key: key.ok_or_else(Error::not_found)?,
        })
    }

    fn seal(&self, ctx: &Ctx, name: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let item = file_label(name);
        seal(
            ctx.config.vault.cipher,
            &self.key,
            &ctx.random,
            &self.label(&item),
            plain,
        )
    }

    fn unseal(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        unseal(&self.key, &self.label(&file_label(name)), sealed)
    }

    fn label<'a>(&'a self, item: &'a str) -> Label<'a> {
        Label {
            institution: self.institution.as_str(),
            subject: self.subject.as_str(),
            item,
            version: FILE_VERSION,
        }
    }
}

/// Seals a file of a subject; `name` is what it is opened by again.
pub async fn seal_file(tx: &Tx, subject: &SubjectId, name: &str, plain: &[u8]) -> Result<Vec<u8>> {
    Drawer::locked(tx, subject)
        .await?
        .seal(tx.ctx(), name, plain)
}

/// Seals a part of a file that grows, without a transaction that records: whoever takes parts swears to them later.
pub async fn seal_part(
    ctx: &Ctx,
    view: &impl Read,
    subject: &SubjectId,
    name: &str,
    plain: &[u8],
) -> Result<Vec<u8>> {
    let institution = view.institution()?.clone();
    let row = store::epochs::wrapped_now(view, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let drawer = Drawer {
        key: keyring::unwrap_for_reader(ctx, &institution, subject, &row).await?,
        institution,
        subject: subject.clone(),
    };
    drawer.seal(ctx, name, plain)
}

/// Opens a file that names the person, under a live grant to open the name; the opening is a fact of this transaction.
pub async fn open_file(
    tx: &mut Tx,
    subject: &SubjectId,
    name: &str,
    sealed: &[u8],
    purpose: Purpose,
) -> Result<Zeroizing<Vec<u8>>> {
    open_parts(tx, subject, name, purpose)
        .await?
        .0
        .unseal(name, sealed)
}

/// A file of many parts, open.
pub struct OpenFile(Drawer);

impl OpenFile {
    /// One part of it, by the name it was sealed under.
    pub fn part(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.0.unseal(name, sealed)
    }
}

/// As [`open_file`], for a file whose parts were sealed one by one; one fact names the whole.
pub async fn open_parts(
    tx: &mut Tx,
    subject: &SubjectId,
    name: &str,
    purpose: Purpose,
) -> Result<OpenFile> {
    let drawer = Drawer::locked(tx, subject).await?;
    let grant = store::live_grant(tx, subject, ItemKind::Name, purpose.as_str(), tx.now_ms())
        .await?
        .ok_or(Refusal::GrantMissing)?;
    let fact = FileOpened {
        subject: subject.as_str(),
        file: name,
        purpose: purpose.as_str(),
        grant: grant.as_str(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(OpenFile(drawer))
}

/// No item is called so.
fn file_label(name: &str) -> String {
    format!("file/{name}")
}

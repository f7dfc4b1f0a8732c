//! Files: write-once objects in a local folder (durable on return) or, later, any object store.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};

use crate::error::{Error, Result};

/// The blob store.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    folder: Arc<Path>,
}

impl Blobs {
    /// A local folder, created when missing; every write is fsynced.
    pub fn local(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            folder: folder.into(),
        })
    }

    /// Writes an object that may never change. Writing the same bytes again is fine; other bytes are an error.
    pub async fn put_once(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        let path = Key::parse(key).map_err(|e| Error::Internal(Box::new(e)))?;
        let options = PutOptions {
            mode: PutMode::Create,
            ..Default::default()
        };
        match self
            .store
            .put_opts(&path, bytes.clone().into(), options)
            .await
        {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => match self.get(key).await? {
                Some(existing) if existing == bytes => Ok(()),
                _ => Err(Error::internal(format!(
                    "write-once object {key} exists with other bytes"
                ))),
            },
            Err(cause) => Err(cause.into()),
        }
    }

    /// Replaces an object in one step. Only for pointers such as the latest checkpoint, and for what is kept for a while and may
    /// be made anew.
    pub async fn put_latest(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        let path = Key::parse(key).map_err(|e| Error::Internal(Box::new(e)))?;
        self.store.put(&path, bytes.into()).await?;
        Ok(())
    }

    /// Removes one object; absent is fine.
    pub async fn remove(&self, key: &str) -> Result<()> {
        let path = Key::parse(key).map_err(|e| Error::Internal(Box::new(e)))?;
        match self.store.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Removes every object below a folder; nothing there is fine.
    pub async fn remove_folder(&self, folder: &str) -> Result<()> {
        let prefix = Key::parse(folder).map_err(|e| Error::Internal(Box::new(e)))?;
        let mut found = self.store.list(Some(&prefix));
        while let Some(object) = found.try_next().await? {
            self.store.delete(&object.location).await?;
        }
        Ok(())
    }

    /// Removes every file of a folder whose name isn't kept, with those that were only half written when a program was
    /// killed; says how many. No such folder is fine.
    pub async fn keep_only(&self, folder: &str, names: HashSet<String>) -> Result<usize> {
        let folder = self.folder.join(folder);
        tokio::task::spawn_blocking(move || -> Result<usize> {
            let entries = match std::fs::read_dir(&folder) {
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(0),
                entries => entries?,
            };
            let mut removed = 0;
            for entry in entries {
                let entry = entry?;
                let kept = entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| names.contains(name));
                if !kept && entry.file_type()?.is_file() {
                    std::fs::remove_file(entry.path())?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
        .await?
    }

    /// Names of the objects in a folder; none when there is no such folder.
    pub async fn names(&self, folder: &str) -> Result<Vec<String>> {
        let prefix = Key::parse(folder).map_err(|e| Error::Internal(Box::new(e)))?;
        let mut found = self.store.list(Some(&prefix));
        let mut names = Vec::new();
        while let Some(object) = found.try_next().await? {
            names.extend(object.location.filename().map(str::to_owned));
        }
        Ok(names)
    }

    /// Reads an object; absent is `None`, every other trouble is an error.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = Key::parse(key).map_err(|e| Error::Internal(Box::new(e)))?;
        match self.store.get(&path).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Reads an object without waiting on the runtime; for code that walks tiles synchronously on a blocking thread.
    pub fn get_blocking(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match std::fs::read(self.folder.join(key)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }
}

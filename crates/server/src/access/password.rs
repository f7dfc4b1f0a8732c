//! Passwords: argon2id with the memory of OWASP's first choice, off the async threads and few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::vault::Private;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Each computation holds the memory above; more at once would let strangers fill the machine.
const AT_ONCE_MAX: usize = 2;

static AT_ONCE: Semaphore = Semaphore::const_new(AT_ONCE_MAX);

/// Hashes a password for keeping.
pub async fn hash(password: &Private<String>, salt: [u8; 16]) -> Result<String> {
    let password = password.clone();
    computed(move || hash_now(&password, &salt)).await
}

/// True when the password belongs to the stored hash. Without one the same work is done and the answer is no.
pub async fn verify(stored: Option<String>, password: &Private<String>) -> Result<bool> {
    let password = password.clone();
    computed(move || match stored {
        Some(stored) => {
            let parsed = PasswordHash::new(&stored)
                .map_err(|_| Error::internal("a stored password hash is damaged"))?;
            Ok(Argon2::default()
                .verify_password(password.expose().as_bytes(), &parsed)
                .is_ok())
        }
        None => hash_now(&password, &[0; 16]).map(|_| false),
    })
    .await
}

async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let permit = AT_ONCE
        .acquire()
        .await
        .map_err(|_| Error::internal("the password gate is closed"))?;
    // The thread runs on when its caller goes away, so the permit goes with the thread.
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await?
}

fn hash_now(password: &Private<String>, salt: &[u8; 16]) -> Result<String> {
    let failed = |_| Error::internal("password hashing failed");
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|_| Error::internal("password hashing parameters"))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2
        .hash_password_with_salt(password.expose().as_bytes(), salt)
        .map_err(failed)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_verifies_and_the_parameters_are_kept_with_the_hash() {
        let stored = hash(&"correct horse battery".into(), [7; 16])
            .await
            .expect("hashes");
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(
            verify(Some(stored.clone()), &"correct horse battery".into())
                .await
                .expect("verifies")
        );
        assert!(
            !verify(Some(stored), &"correct horse batterx".into())
                .await
                .expect("verifies")
        );
        assert!(
            !verify(None, &"correct horse battery".into())
                .await
                .expect("same work")
        );
    }
}

//! Passwords: argon2id with the memory of OWASP's first choice, off the async threads and few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::vault::Private;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// A hash that no password belongs to: whoever has none is compared with it, so that the work is the very same.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
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
    computed(move || {
        let parsed = PasswordHash::new(stored.as_deref().unwrap_or(NOBODY))
            .map_err(|_| Error::internal("a stored password hash is damaged"))?;
        let right = Argon2::default().verify_password(password.expose().as_bytes(), &parsed);
        Ok(right.is_ok() && stored.is_some())
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

    #[tokio::test]
    async fn whoever_has_no_password_costs_what_a_stored_one_costs() {
        let stored = hash(&"correct horse battery".into(), [7; 16])
            .await
            .expect("hashes");
        let shape = |text: &str| {
            let parsed = PasswordHash::new(text).expect("a hash");
            let salt = parsed.salt.expect("a salt").as_ref().len();
            let output = parsed.hash.expect("an output").as_bytes().len();
            (
                parsed.algorithm.to_string(),
                parsed.version,
                parsed.params.to_string(),
                salt,
                output,
            )
        };
        assert_eq!(shape(NOBODY), shape(&stored));
    }
}

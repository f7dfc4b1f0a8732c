//! The makers' PKCS #11 libraries: each is served by one thread of its own, so that one that hangs holds its own seals and
//! nobody else's, and never more than that thread.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use pades::KeyKind;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::clock;
use crate::config::SealModule;

/// Seals that wait for one library at the most.
const WAITING_MAX: usize = 16;

/// Why a module gave no signature; its words may name the token, never the PIN.
#[derive(Debug, thiserror::Error)]
pub enum Unsigned {
    #[error(transparent)]
    Module(#[from] ModuleError),
    #[error("the PIN can't be read")]
    Pin(#[source] std::io::Error),
    #[error("the PIN was refused; it is not tried again until its file changes")]
    PinRefused,
    #[error("not one token of that label")]
    Token,
    #[error("not one private key of that label")]
    Key,
    #[error("a signature of a form that nobody expects")]
    Form,
    #[error("the library is busy or hangs")]
    Busy,
    #[error("no answer in time")]
    Silent,
    #[error("no thread")]
    Thread(#[source] std::io::Error),
}

impl Unsigned {
    /// Whether the library must be opened anew, as after its device went away.
    fn is_lost(&self) -> bool {
        let Self::Module(ModuleError::Pkcs11(code, _)) = self else {
            return false;
        };
        matches!(
            code,
            RvError::CryptokiNotInitialized
                | RvError::DeviceError
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::SlotIdInvalid
                | RvError::SessionHandleInvalid
        )
    }

    fn is_refused_pin(&self) -> bool {
        let Self::Module(ModuleError::Pkcs11(code, _)) = self else {
            return false;
        };
        matches!(
            code,
            RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinExpired
                | RvError::PinLocked
        )
    }
}

/// One seal on its way to a module.
struct Work {
    place: SealModule,
    kind: KeyKind,
    message: Vec<u8>,
    /// Closed once nobody waits any more: then nothing is signed.
    answer: oneshot::Sender<Result<Vec<u8>, Unsigned>>,
}

/// The way to each library's thread.
static THREADS: LazyLock<Mutex<HashMap<PathBuf, SyncSender<Work>>>> = LazyLock::new(Mutex::default);

/// A library and the label of a token in it.
type Token = (PathBuf, String);

/// What a PIN's file held when its token refused it (SHA-256): some more of the same lock the token.
static REFUSED: LazyLock<Mutex<HashMap<Token, [u8; 32]>>> = LazyLock::new(Mutex::default);

/// A panic while it was held leaves a map that is as good as before.
fn held<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Signs with SHA-256 by the key's algorithm, on the library's thread.
pub async fn sign(
    place: &SealModule,
    kind: KeyKind,
    message: &[u8],
    timeout: Duration,
) -> Result<Vec<u8>, Unsigned> {
    let (answer, signed) = oneshot::channel();
    send(Work {
        place: place.clone(),
        kind,
        message: message.to_vec(),
        answer,
    })?;
    match clock::within(timeout, signed).await {
        Some(Ok(signed)) => signed,
        Some(Err(_)) => Err(Unsigned::Busy),
        None => Err(Unsigned::Silent),
    }
}

/// Refuses while the file holds the PIN that the token refused.
pub fn pin_may_fit(place: &SealModule) -> Result<(), Unsigned> {
    pin(place).map(drop)
}

fn send(work: Work) -> Result<(), Unsigned> {
    let mut threads = held(&THREADS);
    let work = match threads.get(&work.place.library) {
        None => work,
        Some(thread) => match thread.try_send(work) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => return Err(Unsigned::Busy),
            // A library that panicked took its thread with it.
            Err(TrySendError::Disconnected(work)) => work,
        },
    };
    let (thread, works) = sync_channel(WAITING_MAX);
    let library = work.place.library.clone();
    let begun = thread::Builder::new().name("pkcs11".to_owned());
    let serving = library.clone();
    begun
        .spawn(move || serve(&serving, &works))
        .map_err(Unsigned::Thread)?;
    let sent = thread.try_send(work).map_err(|_| Unsigned::Busy);
    threads.insert(library, thread);
    sent
}

/// The thread of one library: one seal after the other, as many modules want it anyway.
fn serve(library: &Path, works: &Receiver<Work>) {
    let mut open = None;
    for work in works {
        if work.answer.is_closed() {
            continue;
        }
        let signed = opened(library, &mut open)
            .and_then(|library| with_key(library, &work.place, work.kind, &work.message));
        if signed.as_ref().is_err_and(Unsigned::is_lost)
            && let Some(lost) = open.take()
            // Its own threads must end before its code goes.
            && let Err(cause) = lost.finalize()
        {
            tracing::warn!(library = %library.display(), %cause, "a lost library did not finalize");
        }
        // Whoever asked may have given up meanwhile.
        let _ = work.answer.send(signed);
    }
}

/// A library may be open once in a process; one that lost its state is initialised anew.
fn opened<'a>(path: &Path, open: &'a mut Option<Pkcs11>) -> Result<&'a Pkcs11, Unsigned> {
    let library = match open.take() {
        Some(library) => library,
        None => {
            let library = Pkcs11::new(path)?;
            let how = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
            match library.initialize(how) {
                Ok(()) | Err(ModuleError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
                Err(cause) => return Err(cause.into()),
            }
            library
        }
    };
    Ok(open.insert(library))
}

fn with_key(
    library: &Pkcs11,
    place: &SealModule,
    kind: KeyKind,
    message: &[u8],
) -> Result<Vec<u8>, Unsigned> {
    let session = signed_in(library, place)?;
    let key_type = match kind {
        KeyKind::Rsa => KeyType::RSA,
        KeyKind::P256 | KeyKind::P384 => KeyType::EC,
    };
    let keys = session.find_objects(&[
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(key_type),
        Attribute::Label(place.key.as_bytes().to_vec()),
    ])?;
    let &[key] = keys.as_slice() else {
        return Err(Unsigned::Key);
    };
    match kind {
        KeyKind::Rsa => Ok(session.sign(&Mechanism::Sha256RsaPkcs, key, message)?),
        KeyKind::P256 => {
            let digest = proof::digest::sha256(message);
            let r_and_s = session.sign(&Mechanism::Ecdsa, key, &digest)?;
            pades::ecdsa_der(&r_and_s).ok_or(Unsigned::Form)
        }
        KeyKind::P384 => Err(Unsigned::Form),
    }
}

fn signed_in(library: &Pkcs11, place: &SealModule) -> Result<Session, Unsigned> {
    let mut found = Vec::new();
    for slot in library.get_slots_with_initialized_token()? {
        if library.get_token_info(slot)?.label() == place.token {
            found.push(slot);
        }
    }
    let &[slot] = found.as_slice() else {
        return Err(Unsigned::Token);
    };
    let session = library.open_ro_session(slot)?;
    let (pin, digest) = pin(place)?;
    match session.login(UserType::User, Some(&pin)) {
        Ok(()) | Err(ModuleError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(cause) => {
            let cause = Unsigned::from(cause);
            if cause.is_refused_pin() {
                let token = place.token.as_str();
                tracing::error!(token, %cause, "a token refused its PIN: put the right one into its file");
                held(&REFUSED).insert(whose(place), digest);
            }
            Err(cause)
        }
    }
}

fn whose(place: &SealModule) -> Token {
    (place.library.clone(), place.token.clone())
}

/// The PIN and the digest of its file, unless the token refused exactly this one.
fn pin(place: &SealModule) -> Result<(AuthPin, [u8; 32]), Unsigned> {
    let bytes = Zeroizing::new(std::fs::read(&place.pin_file).map_err(Unsigned::Pin)?);
    let digest = proof::digest::sha256(&bytes);
    if held(&REFUSED).get(&whose(place)) == Some(&digest) {
        return Err(Unsigned::PinRefused);
    }
    let text = std::str::from_utf8(&bytes).map_err(|cause| {
        Unsigned::Pin(std::io::Error::new(std::io::ErrorKind::InvalidData, cause))
    })?;
    Ok((AuthPin::new(text.trim_end().into()), digest))
}

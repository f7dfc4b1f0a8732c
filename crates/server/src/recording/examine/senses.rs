//! The senses of this process: one thread for each folder of models, which loads each model once and serves in turn.
//!
//! A recording never waits for it: what finds no place in the queue is told so and comes again. Looks at what is being
//! recorded just now have a thread beside it, and are left out while nodes wait for their turn.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use perception::NotPerformed;
use perception::faces::Faces;
use perception::media::{Bounds, Part};
use perception::models::Models;
use perception::print::Print;
use perception::speech::Speech;
use perception::thresholds::Thresholds;
use perception::voices::Voices;
use tokio::sync::oneshot;

use super::found::{Check, Examined, Sense};
use super::glance::{Glance, Peek, glance};
use super::{Asked, Enrolled, card, hearing, sight};
use crate::clock::Stopwatch;
use crate::config;
use crate::product::NodeKind;

/// Nodes that wait for their turn at the most.
const WAITING_MAX: usize = 16;
/// What one node may take, and one look into its file.
const NODE_MAX: Duration = Duration::from_secs(60);
const LOOK_MAX: Duration = Duration::from_secs(20);

/// More nodes wait than are examined in time: come again later.
#[derive(Debug, thiserror::Error)]
#[error("the senses are busy")]
pub struct Busy;

/// The way to the senses; cheap to make.
#[derive(Clone, Debug)]
pub struct Senses {
    folder: PathBuf,
    thresholds: Thresholds,
}

/// One node on its way to the thread.
struct Work {
    media: PathBuf,
    asked: Asked,
    thresholds: Thresholds,
    /// Closed once nobody waits any more: then nothing is examined.
    answer: oneshot::Sender<Examined>,
}

/// One look on its way to the thread beside.
struct Look {
    peek: Peek,
    answer: oneshot::Sender<Option<Glance>>,
}

/// Ways to the threads of each folder of models; a process has one folder.
type Ways<W> = LazyLock<Mutex<HashMap<PathBuf, SyncSender<W>>>>;

static THREADS: Ways<Work> = LazyLock::new(Mutex::default);
static BESIDE: Ways<Look> = LazyLock::new(Mutex::default);
/// Nodes that wait for their turn.
static WAITING: AtomicUsize = AtomicUsize::new(0);

impl Senses {
    /// The senses with the configured models; they are loaded when they are first needed.
    pub fn new(config: &config::Recording) -> Self {
        Self {
            folder: config.models_folder(),
            thresholds: config.thresholds.clone(),
        }
    }

    /// The models whose files are not there.
    pub fn missing(&self) -> Vec<&'static str> {
        Models::at(&self.folder).missing()
    }

    pub(super) async fn ask(&self, media: PathBuf, asked: Asked) -> Result<Examined, Busy> {
        let (answer, examined) = oneshot::channel();
        self.send(Work {
            media,
            asked,
            thresholds: self.thresholds.clone(),
            answer,
        })?;
        examined.await.map_err(|_| Busy)
    }

    pub(super) async fn peek(
        &self,
        media: PathBuf,
        enrolled: Option<&Enrolled>,
    ) -> Result<Option<Glance>, Busy> {
        if WAITING.load(Ordering::SeqCst) > 0 {
            return Err(Busy);
        }
        let (answer, found) = oneshot::channel();
        let peek = Peek {
            media,
            known: enrolled.and_then(Enrolled::descriptor),
            thresholds: self.thresholds.clone(),
        };
        self.put(&BESIDE, (1, "glances"), Look { peek, answer }, glances)?;
        found.await.map_err(|_| Busy)
    }

    fn send(&self, work: Work) -> Result<(), Busy> {
        WAITING.fetch_add(1, Ordering::SeqCst);
        let sent = self.put(&THREADS, (WAITING_MAX, "senses"), work, serve);
        if sent.is_err() {
            WAITING.fetch_sub(1, Ordering::SeqCst);
        }
        sent
    }

    /// Puts something into the queue of a thread, which is begun where there is none.
    fn put<W: Send + 'static>(
        &self,
        ways: &Ways<W>,
        (places, name): (usize, &str),
        work: W,
        serve: fn(Loaded, &Receiver<W>),
    ) -> Result<(), Busy> {
        // A panic while it was held leaves a map that is as good as before.
        let mut threads = ways.lock().unwrap_or_else(PoisonError::into_inner);
        let work = match threads.get(&self.folder) {
            None => work,
            Some(thread) => match thread.try_send(work) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_)) => return Err(Busy),
                Err(TrySendError::Disconnected(work)) => work,
            },
        };
        let (thread, works) = sync_channel(places);
        let loaded = Loaded::from(&self.folder);
        let begun = thread::Builder::new().name(name.to_owned());
        if let Err(cause) = begun.spawn(move || serve(loaded, &works)) {
            tracing::error!(%cause, "no thread for the senses");
            return Err(Busy);
        }
        let sent = thread.try_send(work).map_err(|_| Busy);
        threads.insert(self.folder.clone(), thread);
        sent
    }
}

/// Looks once after the other.
fn glances(mut loaded: Loaded, looks: &Receiver<Look>) {
    while let Ok(look) = looks.recv() {
        if look.answer.is_closed() {
            continue;
        }
        let found = catch_unwind(AssertUnwindSafe(|| glance(&mut loaded, &look.peek)));
        let found = found.unwrap_or_else(|_| {
            // What a panic left of the models is not trusted.
            loaded = Loaded::from(loaded.models.folder());
            None
        });
        // Who asked may be gone by now; the next look finds it again.
        let _ = look.answer.send(found);
    }
}

/// Examines one node after the other.
fn serve(mut loaded: Loaded, works: &Receiver<Work>) {
    while let Ok(work) = works.recv() {
        WAITING.fetch_sub(1, Ordering::SeqCst);
        if work.answer.is_closed() {
            continue;
        }
        let found = catch_unwind(AssertUnwindSafe(|| loaded.examine(&work)));
        let examined = found.unwrap_or_else(|_| {
            // What a panic left of the models is not trusted.
            loaded = Loaded::from(loaded.models.folder());
            Examined {
                checks: vec![Check::not_performed(Sense::Media, "not_performed")],
                ..Examined::default()
            }
        });
        // Who asked may be gone by now; what was found is found again when it is asked for.
        let _ = work.answer.send(examined);
    }
}

/// The models that were needed so far.
pub struct Loaded {
    models: Models,
    faces: Option<Faces>,
    voices: Option<Voices>,
    speech: Option<Speech>,
    print: Option<Print>,
}

impl Loaded {
    fn from(folder: &Path) -> Self {
        Self {
            models: Models::at(folder),
            faces: None,
            voices: None,
            speech: None,
            print: None,
        }
    }

    pub fn faces(&mut self) -> Result<&mut Faces, NotPerformed> {
        open(&mut self.faces, &self.models, Faces::open)
    }

    pub fn voices(&mut self) -> Result<&mut Voices, NotPerformed> {
        open(&mut self.voices, &self.models, Voices::open)
    }

    pub fn speech(&mut self) -> Result<&mut Speech, NotPerformed> {
        open(&mut self.speech, &self.models, Speech::open)
    }

    pub fn print(&mut self) -> Result<&mut Print, NotPerformed> {
        open(&mut self.print, &self.models, Print::open)
    }

    fn examine(&mut self, work: &Work) -> Examined {
        let mut examined = Examined::default();
        let Some(part) = work.asked.part() else {
            examined.checks = vec![Check::failed(Sense::Media, "media_broken")];
            return examined;
        };
        let node = Node {
            media: &work.media,
            asked: &work.asked,
            part,
            thresholds: &work.thresholds,
            time: Stopwatch::start(),
        };
        let mut enrolled = work.asked.enrolled.clone().unwrap_or_default();
        if work.asked.kind == NodeKind::Card {
            card::look(self, &node, &mut examined, &mut enrolled);
        } else if sight::look(self, &node, &mut examined, &mut enrolled) {
            hearing::listen(self, &node, &mut examined, &mut enrolled);
        }
        let new = work.asked.enrolled.as_ref() != Some(&enrolled);
        // Nobody is known by a node that went wrong.
        if new && enrolled != Default::default() && !examined.has_failed() {
            examined.enrolled = Some(enrolled);
        }
        examined
    }
}

fn open<'s, S>(
    place: &'s mut Option<S>,
    models: &Models,
    open: impl FnOnce(&Models) -> Result<S, NotPerformed>,
) -> Result<&'s mut S, NotPerformed> {
    match place {
        Some(sense) => Ok(sense),
        None => {
            let sense = open(models).inspect_err(|cause| tracing::warn!(%cause, "no sense"))?;
            Ok(place.insert(sense))
        }
    }
}

/// One node while it is examined.
pub struct Node<'w> {
    pub media: &'w Path,
    pub asked: &'w Asked,
    /// Its stretch of the file.
    pub part: Part,
    pub thresholds: &'w Thresholds,
    time: Stopwatch,
}

impl Node<'_> {
    /// Seconds of it.
    pub fn length_s(&self) -> f32 {
        self.part.until_s - self.part.from_s
    }

    /// Whether its time is over.
    pub fn is_late(&self) -> bool {
        self.time.elapsed() >= NODE_MAX
    }

    /// What one look into the file may take, between two times.
    pub fn bounds(&self, from_s: f32, until_s: f32) -> Bounds {
        let left = NODE_MAX.saturating_sub(self.time.elapsed());
        Bounds {
            time: left.clamp(Duration::from_millis(100), LOOK_MAX),
            part: Part { from_s, until_s },
            ..Bounds::default()
        }
    }
}

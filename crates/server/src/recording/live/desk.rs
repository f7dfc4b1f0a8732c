//! What came last of each recording that goes on, in memory and within bounds.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use zeroize::Zeroizing;

use super::telling::Telling;
use crate::clock::Stopwatch;
use crate::ctx::Ctx;
use crate::id::InstitutionId;
use crate::recording::examine::Enrolled;
use crate::recording::model::RecordingId;

/// Recordings that are looked at by one process; more are recorded as ever, and looked at when their nodes end.
const WATCHED_MAX: usize = 256;
/// Newest chunks of each, and their bytes.
const CHUNKS: usize = 9;
const BYTES_MAX: usize = 1 << 20;
/// Bytes of a segment's head, before its first stretch of film.
const HEAD_MAX: usize = 64 << 10;
/// A recording of which nothing came for so long has left the desk.
const LEFT_AFTER: Duration = Duration::from_secs(60);
/// Newest chunks that are looked at where pictures begin anew often enough; else all.
const NARROW: usize = 4;

/// A recording whose newest seconds wait for a look.
#[derive(Clone, Debug)]
pub struct Due {
    pub institution: InstitutionId,
    pub recording: RecordingId,
    pub case: String,
}

/// What is known of the try that is open.
#[derive(Default)]
pub struct Known {
    /// Node and number of the try.
    pub of: (i64, i64),
    /// The vault was opened for it: once is enough.
    pub opened: bool,
    pub enrolled: Option<Enrolled>,
    pub telling: Telling,
}

/// One recording on the desk.
pub struct Watch {
    due: Due,
    pub segment: i64,
    /// The segment's bytes before its first stretch of film; none where its first chunk went elsewhere.
    pub head: Option<Vec<u8>>,
    chunks: VecDeque<(i64, Zeroizing<Vec<u8>>)>,
    /// Where the newest chunks alone showed nothing, more of them are looked at.
    pub wide: bool,
    pub known: Known,
    last: Stopwatch,
}

impl Watch {
    /// Head and newest chunks, as a file of their own; none where no stretch of film begins in them.
    pub fn film(&self) -> Option<Zeroizing<Vec<u8>>> {
        let head = self.head.as_ref()?;
        let back = if self.wide { CHUNKS } else { NARROW };
        let newest = self.chunks.len().saturating_sub(back);
        let mut rest = Zeroizing::new(Vec::with_capacity(BYTES_MAX));
        for (_, bytes) in self.chunks.iter().skip(newest) {
            rest.extend_from_slice(bytes);
        }
        let from = stretch(&rest)?;
        let mut film = Zeroizing::new(Vec::with_capacity(head.len() + rest.len() - from));
        film.extend_from_slice(head);
        film.extend_from_slice(&rest[from..]);
        Some(film)
    }

    /// Takes the head out of a segment's first bytes.
    pub fn learns(&mut self, first: &[u8]) {
        let head = stretch(first).map_or(first, |from| &first[..from]);
        self.head = (!head.is_empty() && head.len() <= HEAD_MAX).then(|| head.to_vec());
    }

    fn takes(&mut self, no: i64, bytes: &[u8]) {
        // What doesn't follow begins anew: between the two there is a hole.
        if self.chunks.back().is_some_and(|(last, _)| last + 1 != no) {
            self.chunks.clear();
        }
        self.chunks.push_back((no, Zeroizing::new(bytes.to_vec())));
        let size = |chunks: &VecDeque<(i64, Zeroizing<Vec<u8>>)>| {
            chunks.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
        };
        while self.chunks.len() > CHUNKS || size(&self.chunks) > BYTES_MAX {
            self.chunks.pop_front();
        }
        self.last = Stopwatch::start();
    }
}

/// Where the first stretch of film begins: a cluster of WebM, or a fragment of MP4.
fn stretch(bytes: &[u8]) -> Option<usize> {
    const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];
    let at = |mark: &[u8]| bytes.windows(mark.len()).position(|four| four == mark);
    // The box's length stands before its name.
    at(&CLUSTER).or_else(|| at(b"moof")?.checked_sub(4))
}

/// Everything that one house looks at.
#[derive(Default)]
pub struct Desk {
    watched: HashMap<RecordingId, Watch>,
    /// Those with something new, each once.
    queue: VecDeque<RecordingId>,
}

type Place = (Mutex<Desk>, Notify);

/// By data folder: a process has one.
static DESKS: LazyLock<Mutex<HashMap<PathBuf, Arc<Place>>>> = LazyLock::new(Mutex::default);

fn place(ctx: &Ctx) -> Arc<Place> {
    let mut desks = DESKS.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = ctx.config.data.folder.clone();
    Arc::clone(desks.entry(folder).or_default())
}

fn locked(place: &Place) -> MutexGuard<'_, Desk> {
    // A panic while it was held leaves a desk on which at worst a look is missing.
    place.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A chunk came and was acknowledged.
pub fn came(ctx: &Ctx, due: &Due, segment: i64, no: i64, bytes: &[u8]) {
    let place = place(ctx);
    let mut desk = locked(&place);
    let known = desk.watched.get(&due.recording).map(|one| one.segment);
    if known != Some(segment) {
        desk.watched
            .retain(|_, one| one.last.elapsed() < LEFT_AFTER);
        if desk.watched.len() >= WATCHED_MAX && known.is_none() {
            return;
        }
        let new = Watch {
            due: due.clone(),
            segment,
            head: None,
            chunks: VecDeque::new(),
            wide: false,
            known: Known::default(),
            last: Stopwatch::start(),
        };
        desk.watched.insert(due.recording.clone(), new);
    }
    let Some(watch) = desk.watched.get_mut(&due.recording) else {
        return;
    };
    if no == 0 {
        watch.learns(bytes);
    }
    watch.takes(no, bytes);
    if !desk.queue.contains(&due.recording) {
        desk.queue.push_back(due.recording.clone());
    }
    place.1.notify_one();
}

/// The next recording that has something new; none when none has.
pub fn due(ctx: &Ctx) -> Option<Due> {
    let place = place(ctx);
    let mut desk = locked(&place);
    loop {
        let id = desk.queue.pop_front()?;
        if let Some(watch) = desk.watched.get(&id) {
            return Some(watch.due.clone());
        }
    }
}

/// As [`due`], once there is one.
pub async fn next(ctx: &Ctx) -> Due {
    let place = place(ctx);
    loop {
        if let Some(due) = due(ctx) {
            return due;
        }
        place.1.notified().await;
    }
}

/// Something of one recording on the desk; none where it has left it.
pub fn at<T>(ctx: &Ctx, id: &RecordingId, what: impl FnOnce(&mut Watch) -> T) -> Option<T> {
    let place = place(ctx);
    let mut desk = locked(&place);
    desk.watched.get_mut(id).map(what)
}

/// A recording is over.
pub fn leaves(ctx: &Ctx, id: &RecordingId) {
    let place = place(ctx);
    locked(&place).watched.remove(id);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        let due = Due {
            institution: InstitutionId::stored("ins_x".into()),
            recording: RecordingId::stored("rec_x".into()),
            case: "jny_x".into(),
        };
        Watch {
            due,
            segment: 1,
            head: None,
            chunks: VecDeque::new(),
            wide: false,
            known: Known::default(),
            last: Stopwatch::start(),
        }
    }

    const CLUSTER: &[u8] = b"\x1f\x43\xb6\x75film";

    #[test]
    fn the_newest_stretches_stand_behind_the_head() {
        let mut watch = watch();
        let first = [b"head", CLUSTER].concat();
        watch.learns(&first);
        watch.takes(0, &first);
        assert_eq!(watch.film().expect("film").as_slice(), first);
        for no in 1..20 {
            watch.takes(no, &[b"rest", CLUSTER, &[no as u8]].concat());
        }
        let four: Vec<u8> = (16..20)
            .flat_map(|no| [CLUSTER, &[no], b"rest"].concat())
            .collect();
        let wanted = [b"head".as_slice(), &four[..four.len() - 4]].concat();
        assert_eq!(watch.film().expect("film").as_slice(), wanted);
        watch.wide = true;
        let wide = watch.film().expect("film").len();
        assert!(wide > 2 * wanted.len() - 20, "{wide}");
        // A hole: what lies before it is not joined to what lies behind.
        watch.takes(30, b"no stretch begins here");
        assert!(watch.film().is_none());
    }

    #[test]
    fn fragments_are_found_and_bounds_are_kept() {
        let mut watch = watch();
        watch.learns(b"ftypmoov\0\0\0\x10moofrest");
        assert_eq!(watch.head.as_deref(), Some(&b"ftypmoov"[..]));
        watch.learns(&vec![7; HEAD_MAX + 1]);
        assert_eq!(watch.head, None, "no head is so long");
        let large = vec![1; BYTES_MAX - 10];
        watch.takes(0, &large);
        watch.takes(1, &large);
        assert_eq!(watch.chunks.len(), 1);
        assert_eq!(stretch(b"moof"), None);
    }
}

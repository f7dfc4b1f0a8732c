use super::WIDTH;
use crate::ProofError;

/// One hash tile: its level, its index in that level and how many hashes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for leaf hashes; each level above holds the roots of full tiles below.
    pub level: u8,
    /// Index of the tile within the level.
    pub index: u64,
    /// Hashes in the tile, 1 to 256; below 256 the tile is partial.
    pub width: u32,
}

impl TileId {
    /// The tile's path below the log's prefix: `tile/0/x001/234.p/5`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, index_path(self.index, self.width))
    }
}

/// What a path below a log's prefix names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TilePath {
    /// A hash tile.
    Hashes(TileId),
    /// An entry bundle.
    Entries {
        /// Index of the bundle.
        index: u64,
        /// Entries in it, 1 to 256.
        width: u32,
    },
}

/// Reads a path that [`TileId::path`] or [`super::entries_path`] could have written.
///
/// # Errors
/// [`ProofError::TilePath`] for every other text.
pub fn parse_path(path: &str) -> Result<TilePath, ProofError> {
    parse(path).ok_or(ProofError::TilePath)
}

fn parse(path: &str) -> Option<TilePath> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (digits, width) = match rest.split_once(".p/") {
        Some((digits, width)) => (digits, number(width).filter(|w| *w < u64::from(WIDTH))?),
        None => (rest, u64::from(WIDTH)),
    };
    let width = u32::try_from(width).ok().filter(|w| *w > 0)?;
    let mut index: u64 = 0;
    let mut parts = digits.split('/').peekable();
    while let Some(part) = parts.next() {
        let three = match parts.peek() {
            Some(_) => part.strip_prefix('x')?,
            None => part,
        };
        if three.len() != 3 || !three.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(three.parse().ok()?)?;
    }
    let parsed = if kind == "entries" {
        TilePath::Entries { index, width }
    } else {
        let level = u8::try_from(number(kind)?).ok().filter(|l| *l <= 63)?;
        TilePath::Hashes(TileId {
            level,
            index,
            width,
        })
    };
    // Rules out what has a second spelling, such as a leading x000.
    let again = match parsed {
        TilePath::Hashes(id) => id.path(),
        TilePath::Entries { index, width } => super::entries_path(index, width),
    };
    (again == path).then_some(parsed)
}

fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

pub(super) fn index_path(index: u64, width: u32) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH {
        path.push_str(&format!(".p/{width}"));
    }
    path
}

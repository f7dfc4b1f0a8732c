//! What one run of a page's recorder made, and what the server must have of it.

use proof::digest::sha256;
use proof::hex;
use xiaobao::clock::Stopwatch;

/// One run of the page's recorder, with everything it ever recorded.
pub struct Segment {
    pub no: i64,
    pub chunks: Vec<Vec<u8>>,
    /// Head before each chunk, and behind the last.
    heads: Vec<[u8; 32]>,
    /// Every chunk before this one was acknowledged.
    pub acked: usize,
    /// What another tab sent under the number of the last chunk, where nobody heard which of the two was kept.
    pub rival: Option<Vec<u8>>,
    pub begun: Stopwatch,
    /// How much of its film was compared.
    pub looked_at: usize,
}

impl Segment {
    pub fn new(recording: &str, no: i64) -> Self {
        let first = format!("xiaobao/segment/v1{recording}/{no}");
        Self {
            no,
            chunks: Vec::new(),
            heads: vec![sha256(first.as_bytes())],
            acked: 0,
            rival: None,
            begun: Stopwatch::start(),
            looked_at: 0,
        }
    }

    pub fn behind(&self, at: usize, bytes: &[u8]) -> [u8; 32] {
        sha256(&[&b"xiaobao/chunk/v1"[..], &self.heads[at], &sha256(bytes)].concat())
    }

    pub fn keep(&mut self, bytes: Vec<u8>) {
        self.heads.push(self.behind(self.chunks.len(), &bytes));
        self.chunks.push(bytes);
    }

    /// The last chunk is what the other tab recorded.
    fn yields(&mut self) {
        if let Some(other) = self.rival.take() {
            self.chunks.pop();
            self.heads.pop();
            self.keep(other);
        }
    }

    pub fn head(&self, chunks: usize) -> String {
        hex::encode(&self.heads[chunks])
    }

    /// Holds what the server has against what was recorded and acknowledged here.
    pub fn must_fit(&mut self, chunks: usize, head: &str, whose: &str) {
        assert!(
            (self.acked..=self.chunks.len()).contains(&chunks),
            "{whose}, segment {}: the server has {chunks} chunks, {} were acknowledged of {}",
            self.no,
            self.acked,
            self.chunks.len()
        );
        if chunks == self.chunks.len() && self.head(chunks) != head {
            self.yields();
        }
        assert_eq!(
            self.head(chunks),
            head,
            "{whose}, segment {}: the head of {chunks}",
            self.no
        );
        self.rival = None;
        self.acked = chunks;
    }
}

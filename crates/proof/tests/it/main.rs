//! The formats against published vectors, independent crates and themselves.

#![allow(clippy::unwrap_used, reason = "a test that can not go on should panic")]

mod bundle;
mod canonical;
mod facts;
mod flips;
mod forgotten;
mod notes;
mod program;
mod recordings;
mod release_tokens;
mod sample;
mod tiles;
mod tree;
mod vectors;
mod verdicts;
mod witness;

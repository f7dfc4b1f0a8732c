//! Signing and checking against independent files, attacks and oneself.

#![allow(clippy::unwrap_used, reason = "a test that can not go on should panic")]

mod attacks;
mod certificates;
mod flips;
mod house;
mod outside;
mod signing;
mod sm2;
mod timestamps;

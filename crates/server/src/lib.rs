//! Xiaobao 消保: the system a lender runs so that every borrower is protected, and so that it can be proved afterwards.
//!
//! Rooms lie flat; which may know which is written in ARCHITECTURE.md and held by `tests/tidy.rs`.

pub mod access;
pub mod app;
pub mod batch;
pub mod blobs;
pub mod clock;
pub mod config;
pub mod consent;
pub mod contacts;
pub mod counter;
pub mod credit_code;
pub mod ctx;
pub mod custody;
pub mod db;
pub mod disbursement;
pub mod disclosure;
pub mod disk;
pub mod error;
pub mod http;
pub mod id;
pub mod identity;
pub mod inspection;
pub mod jobs;
pub mod journey;
pub mod keys;
pub mod ledger;
pub mod meters;
pub mod notify;
pub mod outward;
pub mod product;
pub mod qr;
pub mod random;
pub mod recording;
pub mod rectification;
pub mod roster;
pub mod servicing;
pub mod signing;
pub mod suitability;
pub mod traces;
pub mod typeset;
pub mod vault;
pub mod webhook;
pub mod workbench;

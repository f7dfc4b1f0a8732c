//! Verbs of the counter.

mod assist;
mod scans;

pub use assist::{Opened, check, current, enter, start};
pub use scans::{
    NewScan, find_scan, forget_files, keep_scan, must_have_opened, open_scan, remove_scan, scans,
    seal_scan, store_scan,
};

//! Progress of long work, where somebody watches.

use std::io::{IsTerminal as _, Write as _};

use crate::error::Result;

const BAR_CHARS: i64 = 30;

/// How far it is, drawn over the same line.
pub fn bar(done: i64, total: i64) -> Result<()> {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let total = total.max(done).max(1);
        let full = usize::try_from(done * BAR_CHARS / total)?;
        let empty = usize::try_from(BAR_CHARS)? - full;
        write!(
            err,
            "\r[{}{}] {done} of {total}",
            "#".repeat(full),
            ".".repeat(empty)
        )?;
        if done == total {
            writeln!(err)?;
        }
    }
    Ok(())
}

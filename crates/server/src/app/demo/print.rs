//! How a newcomer learns of the demo's ways in.

use super::Demo;
use crate::app::commands::Print;
use crate::error::{Error, Result};

/// Prints how to get in.
pub fn print(demo: &Demo, form: Print) -> Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    match form {
        Print::Json => writeln!(out, "{}", serde_json::to_string(demo)?)?,
        Print::Text => {
            writeln!(out, "\nXiaobao 消保 (demo, all people invented)\n")?;
            writeln!(out, "  Console   {}/console/", demo.url)?;
            for account in &demo.accounts {
                writeln!(
                    out,
                    "            {} / {} / {}   {}",
                    account.institution, account.account, account.password, account.name
                )?;
            }
            writeln!(out, "  API       {}/v1/", demo.url)?;
            for key in &demo.api_keys {
                writeln!(out, "            {}  {}", key.institution, key.key)?;
            }
            writeln!(
                out,
                "  Borrowers open their link on a phone; the code is in the console's outbox"
            )?;
            for link in &demo.links {
                let url = if link.url.is_empty() {
                    "expired: delete the data folder for a fresh demo"
                } else {
                    &link.url
                };
                writeln!(out, "            {}  {}", link.name, url)?;
            }
            writeln!(out)?;
        }
    }
    out.flush().map_err(Error::from)
}

//! Whether a place for files can be used both ways.

use super::transport::{Place, Side};
use crate::config::Exchange;
use crate::ctx::Ctx;
use crate::error::Refuse as _;

/// What is laid into `out`, and taken away again.
const NAME: &str = "contract-check.txt";
const TEXT: &str = "xiaobao contract check / 接口合约检查\n";

/// A clause, and the stable name of what was wrong.
pub type Kept = (&'static str, Result<(), &'static str>);

/// Looks into `in`, lays one file into `out` and takes it away, where the lender's side lets us.
pub async fn contract(ctx: &Ctx, exchange: &Exchange) -> Vec<Kept> {
    let place = Place::of(ctx, exchange);
    let looked = place.list(Side::In).await.map(drop);
    let files = [(NAME.to_owned(), TEXT.as_bytes().to_vec())];
    let laid = place.put(&files).await;
    if laid.is_ok()
        && let Err(trouble) = place.remove(NAME).await
    {
        tracing::warn!(why = trouble.code(), "{NAME} stays in the exchange");
    }
    vec![
        ("files_list", looked.map_err(|trouble| trouble.code())),
        ("files_put", laid.map_err(|trouble| trouble.code())),
    ]
}

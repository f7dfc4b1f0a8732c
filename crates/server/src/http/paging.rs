//! Keyset pages: `?after=<cursor>&limit=50`, answered with `rows` and `next`.

use serde::{Deserialize, Serialize};

use crate::db::Page;
use crate::error::{Error, Result};

const LIMIT_DEFAULT: i64 = 50;
const LIMIT_MAX: i64 = 200;

/// Where a page starts and how long it is.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    after: Option<String>,
    limit: Option<i64>,
}

impl Paging {
    /// The longest page behind a cursor.
    pub(super) fn longest(after: Option<String>) -> Self {
        Self {
            after,
            limit: Some(LIMIT_MAX),
        }
    }

    /// The cursor, or nothing for the first page.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref().filter(|after| !after.is_empty())
    }

    /// Rows wanted, between 1 and 200.
    pub fn limit(&self) -> Result<i64> {
        match self.limit {
            None => Ok(LIMIT_DEFAULT),
            Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            Some(_) => Err(Error::field(
                "limit",
                "out_of_range",
                "每页 1 至 200 条。",
                "A page holds 1 to 200 rows.",
            )),
        }
    }
}

/// A page on the wire.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PageView<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
}

impl<T> From<Page<T>> for PageView<T> {
    fn from(page: Page<T>) -> Self {
        Self {
            rows: page.rows,
            next: page.next,
        }
    }
}

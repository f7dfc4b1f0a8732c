//! Lists as files for a spreadsheet: `?format=csv` on a list answers all its rows from `after` on.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::attachment;
use super::paging::{PageView, Paging};
use crate::clock;
use crate::error::Result;

/// Rows of one file at the most; its last line then says where the next file begins.
const ROWS_MAX: usize = 10_000;

/// Spreadsheets take UTF-8 for something else without it.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The form a list is wanted in.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Form {
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ListFormat)]
enum Format {
    #[default]
    Json,
    Csv,
}

/// How a list looks as a file.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The file's name without its end, ASCII.
    pub name: &'static str,
    /// Fields of a row in order, as in JSON; a dot leads into an object (`product.code`).
    /// An instant `…_ms` becomes a column without that end, written as date and time in Asia/Shanghai.
    pub columns: &'static [&'static str],
}

/// Answers a list in the wanted form; `page` fetches one page.
///
/// As JSON it is the page asked for. As CSV it is every row behind the cursor, at most 10,000 of them: when there are
/// more, a last line `next,<cursor>` says where to go on.
pub async fn list<T, F>(
    form: Form,
    paging: Paging,
    table: Table,
    mut page: impl FnMut(Paging) -> F,
) -> Result<Response>
where
    T: Serialize,
    F: Future<Output = Result<PageView<T>>>,
{
    if form.format == Format::Json {
        return Ok(Json(page(paging).await?).into_response());
    }
    let mut file = File::new(table)?;
    let mut next = paging.after().map(str::to_owned);
    let mut rows = 0;
    loop {
        let fetched = page(Paging::longest(next.take())).await?;
        for row in &fetched.rows {
            file.row(&serde_json::to_value(row)?)?;
        }
        rows += fetched.rows.len();
        next = fetched.next;
        if next.is_none() || rows >= ROWS_MAX {
            break;
        }
    }
    if let Some(cursor) = next {
        file.more(&cursor)?;
    }
    let name = format!("{}.csv", table.name);
    attachment(file.bytes()?, "text/csv; charset=utf-8", &name)
}

struct File {
    table: Table,
    writer: csv::Writer<Vec<u8>>,
}

impl File {
    fn new(table: Table) -> Result<Self> {
        let writer = csv::WriterBuilder::new()
            .flexible(true)
            .terminator(csv::Terminator::CRLF)
            .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
        let mut file = Self { table, writer };
        let titles = table.columns.iter();
        file.line(titles.map(|column| column.strip_suffix("_ms").unwrap_or(column)))?;
        Ok(file)
    }

    fn row(&mut self, row: &Value) -> Result<()> {
        let cells: Vec<String> = self.table.columns.iter().map(|c| cell(row, c)).collect();
        self.line(cells)
    }

    fn more(&mut self, cursor: &str) -> Result<()> {
        self.line(["next", cursor])
    }

    fn line(&mut self, cells: impl IntoIterator<Item: AsRef<[u8]>>) -> Result<()> {
        Ok(self
            .writer
            .write_record(cells)
            .map_err(std::io::Error::from)?)
    }

    fn bytes(self) -> Result<Vec<u8>> {
        let written = self.writer.into_inner();
        Ok(written.map_err(csv::IntoInnerError::into_error)?)
    }
}

/// One field of a row as text; a list's words stand behind each other.
fn cell(row: &Value, column: &str) -> String {
    let value = column
        .split('.')
        .try_fold(row, |value, key| value.get(key))
        .unwrap_or(&Value::Null);
    match (value, column.ends_with("_ms")) {
        (Value::Number(at), true) => at
            .as_i64()
            .map(|ms| clock::civil(ms).strftime("%F %T").to_string())
            .unwrap_or_default(),
        _ => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(plain).collect();
            words.join(" ")
        }
        other => other.to_string(),
    }
}

/// A spreadsheet reckons what begins like a formula; an apostrophe before it makes it text.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_text_that_no_spreadsheet_reckons() {
        let row = json!({
            "id": "=HYPERLINK(\"x\")", "name": { "zh": "借,款\"书\"" }, "owed": -5, "none": null,
            "rights": ["a", "+b"], "at_ms": 1_795_226_400_000_i64, "open": true, "wait_ms": null,
        });
        let cells = [
            ("id", "'=HYPERLINK(\"x\")"),
            ("name.zh", "借,款\"书\""),
            ("name.en", ""),
            ("owed", "-5"),
            ("none", ""),
            ("none.deeper", ""),
            ("rights", "a '+b"),
            ("at_ms", "2026-11-21 10:00:00"),
            ("open", "true"),
            ("wait_ms", ""),
        ];
        for (column, expected) in cells {
            assert_eq!(cell(&row, column), expected, "{column}");
        }
        for start in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            assert_eq!(harmless(&format!("{start}1")), format!("'{start}1"));
        }
        assert_eq!(harmless("1-2"), "1-2");
    }

    #[test]
    fn a_file_has_a_mark_titles_quotes_and_says_where_the_next_begins() {
        let table = Table {
            name: "rows",
            columns: &["name", "at_ms"],
        };
        let mut file = File::new(table).expect("a file");
        file.row(&json!({ "name": "a,\"b\"\r\nc", "at_ms": 0 }))
            .expect("a row");
        file.more("row_1").expect("a line");
        let text = String::from_utf8(file.bytes().expect("bytes")).expect("UTF-8");
        assert_eq!(
            text,
            "\u{feff}name,at\r\n\"a,\"\"b\"\"\r\nc\",1970-01-01 08:00:00\r\nnext,row_1\r\n"
        );
    }

    #[derive(Serialize)]
    struct Numbered {
        id: usize,
    }

    async fn numbered(count: usize, after: Option<&str>) -> String {
        let paging = Paging::longest(after.map(str::to_owned));
        let table = Table {
            name: "numbered",
            columns: &["id"],
        };
        let form = Form {
            format: Format::Csv,
        };
        let answer = list(form, paging, table, |paging| async move {
            let from = paging
                .after()
                .map_or(0, |after| after.parse().expect("ours"));
            let most = usize::try_from(paging.limit()?).expect("small");
            let rows: Vec<Numbered> = (from..count).take(most).map(|id| Numbered { id }).collect();
            let end = from + rows.len();
            Ok(PageView {
                rows,
                next: (end < count).then(|| end.to_string()),
            })
        });
        let body = answer.await.expect("a file").into_body();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("bytes");
        String::from_utf8(bytes.to_vec()).expect("UTF-8")
    }

    #[tokio::test]
    async fn a_file_holds_ten_thousand_rows_and_the_next_goes_on_from_there() {
        let whole = numbered(ROWS_MAX, None).await;
        assert_eq!(whole.lines().count(), 1 + ROWS_MAX);
        assert!(whole.ends_with("\r\n9999\r\n"));
        let cut = numbered(ROWS_MAX + 1, None).await;
        assert!(cut.ends_with("\r\n9999\r\nnext,10000\r\n"));
        assert_eq!(
            numbered(ROWS_MAX + 1, Some("10000")).await,
            "\u{feff}id\r\n10000\r\n"
        );
        assert_eq!(numbered(0, None).await, "\u{feff}id\r\n");
    }
}

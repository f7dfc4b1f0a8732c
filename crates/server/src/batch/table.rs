//! Tables as bytes: UTF-8, RFC 4180, a header line first; pure.

use std::collections::BTreeMap;

use super::model::FileKind;
use super::refusal::FileFault;
use crate::error::Result;

/// The largest file that is taken.
pub const BYTES_MAX: u64 = 4_194_304;

/// The most rows that one may have.
pub const ROWS_MAX: usize = 10_000;

/// A table on its way out.
pub struct Out {
    writer: csv::Writer<Vec<u8>>,
    rows: i64,
}

impl Out {
    pub fn new(columns: &[&str]) -> Result<Self> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        writer.write_record(columns)?;
        Ok(Self { writer, rows: 0 })
    }

    pub fn row(&mut self, cells: &[String]) -> Result<()> {
        self.writer.write_record(cells)?;
        self.rows += 1;
        Ok(())
    }

    pub fn end(self) -> Result<(Vec<u8>, i64)> {
        let bytes = self
            .writer
            .into_inner()
            .map_err(|cause| crate::error::Error::Internal(Box::new(cause.into_error())))?;
        Ok((bytes, self.rows))
    }
}

/// Columns a file must have, and those it may have.
fn columns(kind: FileKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        FileKind::Requests => (
            &["key", "reference", "product", "name", "id_number", "phone"],
            &[
                "kind",
                "line",
                "principal",
                "periods",
                "start",
                "first_due",
                "return_url",
                "channel",
                "risk_flag",
                "business_kind",
                "business_name",
                "credit_code",
            ],
        ),
        FileKind::Decisions => (
            &["journey", "ruling", "made"],
            &[
                "limit",
                "valid_until",
                "reason_code",
                "reason_zh",
                "reason_en",
                "reason_2_code",
                "reason_2_zh",
                "reason_2_en",
                "reason_3_code",
                "reason_3_zh",
                "reason_3_en",
            ],
        ),
        FileKind::Supplied => (
            &["journey"],
            &[
                "monthly_income",
                "credit_elsewhere",
                "credit_here",
                "mcc",
                "amount",
            ],
        ),
        FileKind::Payments => (
            &["payment_reference", "amount", "paid_at"],
            &["loan_number"],
        ),
        FileKind::Other => (&[], &[]),
    }
}

/// A dropped table, looked through from end to end.
pub struct Table {
    places: BTreeMap<String, usize>,
    records: Vec<csv::StringRecord>,
}

impl Table {
    pub fn read(kind: FileKind, bytes: &[u8]) -> Result<Self, FileFault> {
        let text = std::str::from_utf8(bytes).map_err(|_| FileFault::Encoding)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.contains('\0') {
            return Err(FileFault::Encoding);
        }
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let header = reader.headers().map_err(|_| FileFault::Form)?.clone();
        let (required, optional) = columns(kind);
        let mut places = BTreeMap::new();
        for (place, column) in header.iter().enumerate() {
            let known = required.contains(&column) || optional.contains(&column);
            if !known || places.insert(column.to_owned(), place).is_some() {
                return Err(FileFault::Header);
            }
        }
        if required.iter().any(|column| !places.contains_key(*column)) {
            return Err(FileFault::Header);
        }
        let mut records = Vec::new();
        for record in reader.records() {
            if records.len() == ROWS_MAX {
                return Err(FileFault::TooManyRows);
            }
            records.push(record.map_err(|_| FileFault::Form)?);
        }
        Ok(Self { places, records })
    }

    pub fn rows(&self) -> usize {
        self.records.len()
    }

    /// A row by its number, from 1.
    pub fn row(&self, no: i64) -> Option<Record<'_>> {
        let at = usize::try_from(no).ok()?.checked_sub(1)?;
        Some(Record {
            places: &self.places,
            cells: self.records.get(at)?,
        })
    }
}

/// One row of a dropped table.
pub struct Record<'a> {
    places: &'a BTreeMap<String, usize>,
    cells: &'a csv::StringRecord,
}

impl<'a> Record<'a> {
    /// A cell without blanks around it; an empty one is none.
    pub fn get(&self, column: &str) -> Option<&'a str> {
        let place = self.places.get(column)?;
        self.cells
            .get(*place)
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<usize, FileFault> {
        Table::read(FileKind::Supplied, text.as_bytes()).map(|table| table.rows())
    }

    #[test]
    fn a_table_is_taken_whole_or_not_at_all() {
        assert_eq!(
            read("journey,monthly_income\r\njny_1,5\r\n\"jny_2\",\r\n"),
            Ok(2)
        );
        assert_eq!(read("\u{feff}monthly_income,journey\n5,jny_1"), Ok(1));
        assert_eq!(read("journey\n"), Ok(0));
        assert_eq!(read("monthly_income\n5\n"), Err(FileFault::Header));
        assert_eq!(read("journey,salary\na,b\n"), Err(FileFault::Header));
        assert_eq!(read("journey,journey\na,b\n"), Err(FileFault::Header));
        assert_eq!(read("journey,mcc\na\n"), Err(FileFault::Form));
        assert_eq!(read(""), Err(FileFault::Header));
        assert_eq!(read("journey\na\0b\n"), Err(FileFault::Encoding));
        let latin = Table::read(FileKind::Supplied, b"journey\n\xb0\n");
        assert_eq!(latin.err(), Some(FileFault::Encoding));
        let many = format!("journey\n{}", "x\n".repeat(ROWS_MAX + 1));
        assert_eq!(read(&many), Err(FileFault::TooManyRows));
    }

    #[test]
    fn cells_are_found_by_their_column() {
        let table = Table::read(FileKind::Supplied, b"mcc,journey\n 5732 ,jny_1\n,jny_2\n")
            .unwrap_or_else(|fault| panic!("{fault:?}"));
        let cells = |no| {
            let row = table.row(no).expect("a row");
            (row.get("mcc"), row.get("journey"), row.get("amount"))
        };
        assert_eq!(cells(1), (Some("5732"), Some("jny_1"), None));
        assert_eq!(cells(2), (None, Some("jny_2"), None));
        assert!(table.row(0).is_none() && table.row(3).is_none());
    }

    #[test]
    fn what_goes_out_is_quoted_where_it_must_be() {
        let mut out = Out::new(&["a", "b"]).expect("a table");
        out.row(&["1,2".into(), "x\"y".into()]).expect("a row");
        let (bytes, rows) = out.end().expect("bytes");
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            "a,b\r\n\"1,2\",\"x\"\"y\"\r\n"
        );
        assert_eq!(rows, 1);
    }
}

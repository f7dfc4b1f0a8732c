//! Days as the lender's books have them, and as we have them.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Tally, Write};
use crate::disbursement::day::{Day, DayId, Line, LineId, StatementLine, Sums};
use crate::error::{Error, Result};
use crate::values;

pub const TABLES: Migration = Migration {
    name: "disbursement_0004_days",
    sql: "
        CREATE TABLE disbursement_lines (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            day TEXT NOT NULL,
            payment_reference TEXT NOT NULL,
            loan_number TEXT,
            amount BIGINT NOT NULL,
            paid_at_ms BIGINT NOT NULL,
            kept_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, day, payment_reference)
        );
        CREATE INDEX disbursement_lines_reference ON disbursement_lines (institution_id, payment_reference);
        CREATE TABLE disbursement_days (
            institution_id TEXT NOT NULL,
            day TEXT NOT NULL,
            id TEXT NOT NULL,
            lines BIGINT NOT NULL,
            lines_amount BIGINT NOT NULL,
            receipts BIGINT NOT NULL,
            receipts_amount BIGINT NOT NULL,
            differences BIGINT NOT NULL,
            compared_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, day)
        );
        CREATE INDEX disbursement_bookings_at ON disbursement_bookings (institution_id, booked_at_ms);
        CREATE INDEX disbursement_tokens_at ON disbursement_tokens (institution_id, issued_at_ms);
        CREATE INDEX disbursement_tokens_over ON disbursement_tokens (institution_id, expires_at_ms);
        CREATE INDEX disbursement_receipts_at ON disbursement_receipts (institution_id, recorded_at_ms);
        CREATE INDEX disbursement_receipts_paid ON disbursement_receipts (institution_id, paid_at_ms);
        CREATE INDEX disbursement_incidents_at ON disbursement_incidents (institution_id, opened_at_ms);
    ",
};

/// Rows that were not taken, and comparisons that are under way.
pub const COMPARISONS: Migration = Migration {
    name: "disbursement_0006_comparisons",
    sql: "
        ALTER TABLE disbursement_days ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
        CREATE INDEX disbursement_lines_number ON disbursement_lines (institution_id, loan_number);
        CREATE TABLE disbursement_comparisons (
            institution_id TEXT NOT NULL,
            day TEXT NOT NULL,
            id TEXT NOT NULL,
            phase TEXT NOT NULL,
            after_id TEXT NOT NULL,
            lines BIGINT NOT NULL,
            lines_amount BIGINT NOT NULL,
            receipts BIGINT NOT NULL,
            receipts_amount BIGINT NOT NULL,
            differences BIGINT NOT NULL,
            refused BIGINT NOT NULL,
            begun_at_ms BIGINT NOT NULL,
            day_version BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, day)
        );
    ",
};

/// Payments that nothing leads to the books from.
pub const FORGOTTEN: Migration = Migration {
    name: "disbursement_0010_forgotten",
    sql: "
        ALTER TABLE disbursement_days ADD COLUMN forgotten BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE disbursement_comparisons ADD COLUMN forgotten BIGINT NOT NULL DEFAULT 0;
    ",
};

pub(super) fn date(text: &str) -> Result<Date> {
    text.parse()
        .map_err(|_| Error::internal("a day in a row is no date"))
}

#[derive(FromQueryResult)]
struct LineRow {
    id: String,
    day: String,
    payment_reference: String,
    loan_number: Option<String>,
    amount: i64,
    paid_at_ms: i64,
    kept_at_ms: i64,
}

impl LineRow {
    fn line(self) -> Result<Line> {
        Ok(Line {
            id: LineId::stored(self.id),
            day: date(&self.day)?,
            payment_reference: self.payment_reference,
            loan_number: self.loan_number,
            amount: self.amount,
            paid_at_ms: self.paid_at_ms,
            kept_at_ms: self.kept_at_ms,
        })
    }
}

const LINE: &str = "id, day, payment_reference, loan_number, amount, paid_at_ms, kept_at_ms";

/// Keeps a line, unless its day has one under its number: then that one.
pub async fn insert_line(tx: &mut impl Write, line: &Line) -> Result<Option<Line>> {
    let institution = tx.institution()?.clone();
    let day = line.day.to_string();
    let inserted = tx
        .exec(
            "INSERT INTO disbursement_lines (institution_id, id, day, payment_reference, loan_number, amount, paid_at_ms, kept_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (institution_id, day, payment_reference) DO NOTHING",
            values![
                &institution,
                &line.id,
                day.as_str(),
                line.payment_reference.as_str(),
                line.loan_number.as_deref(),
                line.amount,
                line.paid_at_ms,
                line.kept_at_ms
            ],
        )
        .await?;
    if inserted == 1 {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {LINE} FROM disbursement_lines WHERE institution_id = $1 AND day = $2 AND payment_reference = $3"
    );
    let values = values![&institution, day, line.payment_reference.as_str()];
    let known: Option<LineRow> = tx.one(&sql, values).await?;
    known.map(LineRow::line).transpose()
}

/// Lines of a day in order, after a cursor.
pub async fn lines(view: &impl Read, day: Date, after: &str, limit: i64) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT {LINE} FROM disbursement_lines
         WHERE institution_id = $1 AND day = $2 AND ($3 = '' OR id > $3) ORDER BY id LIMIT $4"
    );
    let values = values![view.institution()?, day.to_string(), after, limit];
    let rows: Vec<LineRow> = view.all(&sql, values).await?;
    rows.into_iter().map(LineRow::line).collect()
}

/// One line by its id.
pub async fn line(view: &impl Read, id: &str) -> Result<Option<Line>> {
    let sql =
        format!("SELECT {LINE} FROM disbursement_lines WHERE institution_id = $1 AND id = $2");
    let row: Option<LineRow> = view.one(&sql, values![view.institution()?, id]).await?;
    row.map(LineRow::line).transpose()
}

/// A line under the same number that came before, in the books of another day.
pub async fn earlier_line(view: &impl Read, line: &Line) -> Result<Option<Line>> {
    let sql = format!(
        "SELECT {LINE} FROM disbursement_lines
         WHERE institution_id = $1 AND payment_reference = $2 AND day <> $3 AND id < $4 ORDER BY id LIMIT 1"
    );
    let values = values![
        view.institution()?,
        line.payment_reference.as_str(),
        line.day.to_string(),
        &line.id
    ];
    let row: Option<LineRow> = view.one(&sql, values).await?;
    row.map(LineRow::line).transpose()
}

/// Whether the lender's books of any day name a payment.
pub async fn in_books(view: &impl Read, reference: &str) -> Result<bool> {
    let sql = format!(
        "SELECT {LINE} FROM disbursement_lines WHERE institution_id = $1 AND payment_reference = $2 LIMIT 1"
    );
    let row: Option<LineRow> = view
        .one(&sql, values![view.institution()?, reference])
        .await?;
    Ok(row.is_some())
}

#[derive(FromQueryResult)]
struct Touched {
    day: String,
}

/// Days, compared or under comparison, of which a payment under a number is, or whose books name it; some at the most.
pub async fn days_of(view: &impl Read, paid: Date, reference: &str) -> Result<Vec<Date>> {
    let rows: Vec<Touched> = view
        .all(
            "SELECT x.day AS day FROM (
               SELECT CAST($2 AS TEXT) AS day
               UNION SELECT day FROM disbursement_lines WHERE institution_id = $1 AND payment_reference = $3) x
             WHERE EXISTS (SELECT 1 FROM disbursement_days d WHERE d.institution_id = $1 AND d.day = x.day)
               OR EXISTS (SELECT 1 FROM disbursement_comparisons c WHERE c.institution_id = $1 AND c.day = x.day)
             ORDER BY x.day LIMIT 8",
            values![view.institution()?, paid.to_string(), reference],
        )
        .await?;
    rows.iter().map(|row| date(&row.day)).collect()
}

/// Leaves sums and instants of the lines of a case's payments and loan, under the numbers that those have from now on.
pub async fn forget_lines(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE disbursement_lines SET
           payment_reference = COALESCE(
             (SELECT MIN(r.id) FROM disbursement_receipts r WHERE r.institution_id = $1 AND r.case_id = $2
               AND r.payment_reference = disbursement_lines.payment_reference AND r.amount = disbursement_lines.amount),
             (SELECT MIN(r.id) FROM disbursement_receipts r WHERE r.institution_id = $1 AND r.case_id = $2
               AND r.payment_reference = disbursement_lines.payment_reference), id),
           loan_number = CASE WHEN loan_number IS NULL THEN NULL ELSE COALESCE(
             (SELECT MAX(b.id) FROM disbursement_bookings b WHERE b.institution_id = $1 AND b.case_id = $2
               AND b.loan_number = disbursement_lines.loan_number), id) END
         WHERE institution_id = $1
           AND (payment_reference IN (SELECT payment_reference FROM disbursement_receipts WHERE institution_id = $1 AND case_id = $2)
             OR loan_number IN (SELECT loan_number FROM disbursement_bookings WHERE institution_id = $1 AND case_id = $2))",
        values![&institution, case],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct DayRow {
    day: String,
    id: String,
    lines: i64,
    lines_amount: i64,
    receipts: i64,
    receipts_amount: i64,
    differences: i64,
    refused: i64,
    forgotten: i64,
    compared_at_ms: i64,
    version: i64,
}

impl DayRow {
    fn day(self) -> Result<Day> {
        Ok(Day {
            id: DayId::stored(self.id),
            day: date(&self.day)?,
            lines: self.lines,
            lines_amount: self.lines_amount,
            receipts: self.receipts,
            receipts_amount: self.receipts_amount,
            differences: self.differences,
            refused: self.refused,
            forgotten: self.forgotten,
            compared_at_ms: self.compared_at_ms,
            version: self.version,
        })
    }
}

const DAY: &str = "day, id, lines, lines_amount, receipts, receipts_amount, differences, refused, forgotten, compared_at_ms,
    version";

/// A day, once it was compared.
pub async fn day(view: &impl Read, day: Date) -> Result<Option<Day>> {
    let sql = format!("SELECT {DAY} FROM disbursement_days WHERE institution_id = $1 AND day = $2");
    let values = values![view.institution()?, day.to_string()];
    let row: Option<DayRow> = view.one(&sql, values).await?;
    row.map(DayRow::day).transpose()
}

/// Days that were compared, newest first, after a cursor.
pub async fn days(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Day>> {
    let sql = format!(
        "SELECT {DAY} FROM disbursement_days WHERE institution_id = $1 AND ($2 = '' OR day < $2) ORDER BY day DESC LIMIT $3"
    );
    let rows: Vec<DayRow> = view
        .all(&sql, values![view.institution()?, after, limit])
        .await?;
    rows.into_iter().map(DayRow::day).collect()
}

/// Keeps how a day compares; somebody else's comparison in between is a conflict.
pub async fn put_day(tx: &mut impl Write, day: &Day) -> Result<()> {
    let institution = tx.institution()?.clone();
    let put = tx
        .exec(
            "INSERT INTO disbursement_days (institution_id, day, id, lines, lines_amount, receipts, receipts_amount, differences,
                compared_at_ms, version, refused, forgotten)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10 + 1, $11, $12)
             ON CONFLICT (institution_id, day) DO UPDATE SET lines = $4, lines_amount = $5, receipts = $6, receipts_amount = $7,
                differences = $8, compared_at_ms = $9, version = $10 + 1, refused = $11, forgotten = $12
             WHERE disbursement_days.version = $10",
            values![
                &institution,
                day.day.to_string(),
                &day.id,
                day.lines,
                day.lines_amount,
                day.receipts,
                day.receipts_amount,
                day.differences,
                day.compared_at_ms,
                day.version,
                day.refused,
                day.forgotten
            ],
        )
        .await?;
    if put == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// A token whose time is over, with nothing paid.
#[derive(FromQueryResult)]
pub struct Unpaid {
    pub id: String,
    pub case_id: String,
    pub subject_id: String,
}

/// The newest tokens of their loans whose time ended between two instants, unused and unrevoked, with nothing paid since and
/// no line of the lender's books that says otherwise.
pub async fn unpaid_tokens(
    view: &impl Read,
    from_ms: i64,
    to_ms: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<Unpaid>> {
    view.all(
        "SELECT t.id AS id, t.case_id AS case_id, b.subject_id AS subject_id
         FROM disbursement_tokens t JOIN disbursement_bookings b ON b.institution_id = t.institution_id AND b.id = t.booking_id
         WHERE t.institution_id = $1 AND t.expires_at_ms >= $2 AND t.expires_at_ms < $3 AND ($4 = '' OR t.id > $4)
           AND t.used_at_ms IS NULL AND t.revoked_at_ms IS NULL
           AND NOT EXISTS (SELECT 1 FROM disbursement_tokens n
             WHERE n.institution_id = $1 AND n.case_id = t.case_id AND n.no > t.no)
           AND NOT EXISTS (SELECT 1 FROM disbursement_receipts r WHERE r.institution_id = $1 AND r.case_id = t.case_id)
           AND NOT EXISTS (SELECT 1 FROM disbursement_lines l WHERE l.institution_id = $1 AND l.loan_number = b.loan_number)
         ORDER BY t.id LIMIT $5",
        values![view.institution()?, from_ms, to_ms, after, limit],
    )
    .await
}

/// What we have between two instants, counted.
pub async fn sums(view: &impl Read, from_ms: i64, to_ms: i64) -> Result<Sums> {
    let sums: Option<Sums> = view
        .one(
            "SELECT b.n AS booked, b.amount AS booked_amount, t.n AS released, r.n AS paid, r.amount AS paid_amount, i.n AS incidents
             FROM (SELECT COUNT(*) AS n, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount FROM disbursement_bookings
                 WHERE institution_id = $1 AND booked_at_ms >= $2 AND booked_at_ms < $3) b,
               (SELECT COUNT(*) AS n FROM disbursement_tokens
                 WHERE institution_id = $1 AND issued_at_ms >= $2 AND issued_at_ms < $3) t,
               (SELECT COUNT(*) AS n, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount FROM disbursement_receipts
                 WHERE institution_id = $1 AND recorded_at_ms >= $2 AND recorded_at_ms < $3) r,
               (SELECT COUNT(*) AS n FROM disbursement_incidents
                 WHERE institution_id = $1 AND opened_at_ms >= $2 AND opened_at_ms < $3) i",
            values![view.institution()?, from_ms, to_ms],
        )
        .await?;
    sums.ok_or_else(|| Error::internal("sums without a row"))
}

/// What we have between two instants, line by line, after a cursor.
pub async fn statement(
    view: &impl Read,
    from_ms: i64,
    to_ms: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<StatementLine>> {
    view.all(
        "SELECT id, event, at_ms, journey, loan_number, amount, payment_reference, paid_at_ms, token_digest, finding FROM (
           SELECT id, 'booked' AS event, booked_at_ms AS at_ms, case_id AS journey, loan_number, amount,
               CAST(NULL AS TEXT) AS payment_reference, CAST(NULL AS BIGINT) AS paid_at_ms, CAST(NULL AS TEXT) AS token_digest,
               CAST(NULL AS TEXT) AS finding
             FROM disbursement_bookings WHERE institution_id = $1 AND booked_at_ms >= $2 AND booked_at_ms < $3
           UNION ALL
           SELECT t.id, 'released', t.issued_at_ms, t.case_id, b.loan_number, b.amount, NULL, NULL, t.word_digest, NULL
             FROM disbursement_tokens t JOIN disbursement_bookings b ON b.institution_id = t.institution_id AND b.id = t.booking_id
             WHERE t.institution_id = $1 AND t.issued_at_ms >= $2 AND t.issued_at_ms < $3
           UNION ALL
           SELECT r.id, 'paid', r.recorded_at_ms, r.case_id, b.loan_number, r.amount, r.payment_reference, r.paid_at_ms, t.word_digest, NULL
             FROM disbursement_receipts r
             LEFT JOIN disbursement_bookings b ON b.institution_id = $1 AND b.case_id = r.case_id AND b.superseded_at_ms IS NULL
             LEFT JOIN disbursement_tokens t ON t.institution_id = $1 AND t.id = r.token_id
             WHERE r.institution_id = $1 AND r.recorded_at_ms >= $2 AND r.recorded_at_ms < $3
           UNION ALL
           SELECT i.id, 'incident', i.opened_at_ms, CASE WHEN i.subject_id = '' THEN NULL ELSE i.case_id END, NULL, NULL, NULL, NULL,
               NULL, i.finding
             FROM disbursement_incidents i WHERE i.institution_id = $1 AND i.opened_at_ms >= $2 AND i.opened_at_ms < $3
         ) s WHERE ($4 = '' OR id > $4) ORDER BY id LIMIT $5",
        values![view.institution()?, from_ms, to_ms, after, limit],
    )
    .await
}

/// Days from a day on whose two sides differ.
pub async fn differing(view: &impl Read, from: Date) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(compared_at_ms) AS oldest_ms FROM (
               SELECT compared_at_ms FROM disbursement_days
               WHERE institution_id = $1 AND day >= $2 AND differences > 0 ORDER BY day LIMIT $3) x",
            values![view.institution()?, from.to_string(), Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

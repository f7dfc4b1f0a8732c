//! A row of a dropped file becomes the same request that HTTP would carry, and goes the same way.

use std::str::FromStr;

use super::model::{FileKind, Incoming, Row, RowOutcome, day_of};
use super::table::Record;
use crate::ctx::Ctx;
use crate::disbursement::{self, InBooks};
use crate::error::{Error, Result};
use crate::journey::{self, Borrower, BusinessGiven, JourneyId, Kind, OpenRequest, key_fits};
use crate::ledger::{self, Changed, Seat};
use crate::product::{Ask, Channel};
use crate::suitability::{Figures, Given, GivenReason, Made, Ruling, SceneGiven};
use crate::vault::{BusinessKind, Private};

/// Goes through one row. What is wrong with the row is its outcome; what is wrong with us is an error.
pub async fn run(
    ctx: &Ctx,
    seat: &Seat,
    file: &Incoming,
    no: i64,
    row: &Record<'_>,
) -> Result<Row> {
    let ended = match file.kind {
        FileKind::Requests => open(ctx, seat, row).await,
        FileKind::Decisions => decide(ctx, seat, row).await,
        FileKind::Supplied => supply(ctx, seat, row).await,
        FileKind::Payments => payment(ctx, seat, file, row).await,
        FileKind::Other => Err(Error::internal("a file without a kind has no rows")),
    };
    let journey = || row.get("journey").filter(|id| JourneyId::parse(id).is_ok());
    match ended {
        Ok(Ended {
            outcome,
            code,
            case,
        }) => Ok(Row {
            no,
            outcome,
            code: code.map(str::to_owned),
            field: None,
            journey: case,
            message_zh: None,
            message_en: None,
        }),
        Err(cause) => {
            let (code, field, text) = match cause {
                Error::Refused(refusal) if refusal.code != "writes_sealed" => {
                    (refusal.code.to_owned(), None, refusal.text)
                }
                Error::Invalid(fields) => match fields.into_iter().next() {
                    Some(first) => (first.code.into_owned(), Some(first.path), first.message),
                    None => return Err(Error::internal("a refusal without a field")),
                },
                other => return Err(other),
            };
            Ok(Row {
                no,
                outcome: RowOutcome::Refused,
                code: Some(code),
                field,
                journey: journey().map(str::to_owned),
                message_zh: Some(text.zh.into_owned()),
                message_en: Some(text.en.into_owned()),
            })
        }
    }
}

/// What rows about one payment of a day have in common; nothing of a row that names none.
pub fn mark(file: &Incoming, row: &Record<'_>) -> Option<String> {
    let day = day_of(&file.name)?;
    let reference = row.get("payment_reference")?;
    let said = format!("xiaobao/payment-row/v1\n{day}\n{reference}");
    Some(proof::hex::encode(&proof::digest::sha256(said.as_bytes())))
}

/// How a row that was not refused ended.
struct Ended {
    outcome: RowOutcome,
    /// What differs.
    code: Option<&'static str>,
    case: Option<String>,
}

impl Ended {
    fn of(outcome: RowOutcome, id: &JourneyId) -> Self {
        Self {
            outcome,
            code: None,
            case: Some(id.to_string()),
        }
    }
}

fn missing(column: &str) -> Error {
    Error::field(
        column,
        "missing_field",
        "缺少必填字段。",
        "A required field is missing.",
    )
}

fn must<'a>(row: &Record<'a>, column: &str) -> Result<&'a str> {
    row.get(column).ok_or_else(|| missing(column))
}

/// A cell as something else; an empty one is none.
fn read<T: FromStr>(row: &Record<'_>, column: &str) -> Result<Option<T>> {
    let Some(cell) = row.get(column) else {
        return Ok(None);
    };
    let read = cell.parse().map(Some);
    read.map_err(|_| {
        Error::field(
            column,
            "wrong_type",
            "类型或格式不对。",
            "Wrong type or format.",
        )
    })
}

/// A cell that holds one of some words.
fn word<T>(row: &Record<'_>, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    let Some(cell) = row.get(column) else {
        return Ok(None);
    };
    parse(cell).map(Some).ok_or_else(|| {
        Error::field(
            column,
            "unknown_value",
            "不是允许的取值。",
            "Not one of the allowed values.",
        )
    })
}

fn private(row: &Record<'_>, column: &str) -> Result<Private<String>> {
    Ok(Private::new(must(row, column)?.to_owned()))
}

/// The business that borrows, when its kind is named.
fn business(row: &Record<'_>) -> Result<Option<BusinessGiven>> {
    let Some(kind) = word(row, "business_kind", BusinessKind::parse)? else {
        return Ok(None);
    };
    Ok(Some(BusinessGiven {
        kind,
        name: private(row, "business_name")?,
        credit_code: private(row, "credit_code")?,
    }))
}

async fn open(ctx: &Ctx, seat: &Seat, row: &Record<'_>) -> Result<Ended> {
    let key = must(row, "key")?;
    if !key_fits(key) {
        return Err(Error::field(
            "key",
            "malformed",
            "幂等键为 1 至 128 个可见 ASCII 字符。",
            "The key is 1 to 128 visible ASCII characters.",
        ));
    }
    let loan = match (read(row, "principal")?, read(row, "periods")?) {
        (None, None) => None,
        (principal, periods) => Some(Ask {
            principal: principal.ok_or_else(|| missing("principal"))?,
            periods: periods.ok_or_else(|| missing("periods"))?,
            start: read(row, "start")?,
            first_due: read(row, "first_due")?,
        }),
    };
    let request = OpenRequest {
        reference: must(row, "reference")?.to_owned(),
        kind: word(row, "kind", Kind::parse)?.unwrap_or_default(),
        line: row.get("line").map(str::to_owned),
        product: must(row, "product")?.to_owned(),
        borrower: Borrower {
            name: private(row, "name")?,
            id_number: private(row, "id_number")?,
            phone: private(row, "phone")?,
            business: business(row)?,
        },
        loan,
        return_url: row.get("return_url").map(str::to_owned),
        channel: word(row, "channel", Channel::parse)?,
        risk_flag: read(row, "risk_flag")?.unwrap_or_default(),
    };
    let opening = request.opening(ctx, &seat.institution, key)?;
    let opened = ledger::retrying(|| journey::open(ctx, seat, &opening)).await?;
    let outcome = if opened.replayed {
        RowOutcome::Replayed
    } else {
        RowOutcome::Done
    };
    Ok(Ended::of(outcome, &opened.journey.id))
}

fn journey_of(row: &Record<'_>) -> Result<JourneyId> {
    JourneyId::parse(must(row, "journey")?)
}

const REASONS: [[&str; 3]; 3] = [
    ["reason_code", "reason_zh", "reason_en"],
    ["reason_2_code", "reason_2_zh", "reason_2_en"],
    ["reason_3_code", "reason_3_zh", "reason_3_en"],
];

async fn decide(ctx: &Ctx, seat: &Seat, row: &Record<'_>) -> Result<Ended> {
    let id = journey_of(row)?;
    let mut reasons = Vec::new();
    for [code, zh, en] in REASONS {
        if [code, zh, en]
            .iter()
            .all(|column| row.get(column).is_none())
        {
            continue;
        }
        reasons.push(GivenReason {
            code: must(row, code)?.to_owned(),
            text: crate::error::Text::new(must(row, zh)?.to_owned(), must(row, en)?.to_owned()),
        });
    }
    let given = Given {
        ruling: word(row, "ruling", Ruling::parse)?.ok_or_else(|| missing("ruling"))?,
        made: word(row, "made", Made::parse)?.ok_or_else(|| missing("made"))?,
        limit: read(row, "limit")?,
        valid_until: read(row, "valid_until")?,
        reasons,
    };
    ledger::retrying(|| journey::decide(ctx, seat, &id, &given)).await?;
    Ok(Ended::of(RowOutcome::Done, &id))
}

async fn supply(ctx: &Ctx, seat: &Seat, row: &Record<'_>) -> Result<Ended> {
    let id = journey_of(row)?;
    let figures = Figures {
        monthly_income: read(row, "monthly_income")?,
        credit_elsewhere: read(row, "credit_elsewhere")?,
        credit_here: read(row, "credit_here")?,
    };
    let amount = read(row, "amount")?;
    let scene = match read(row, "mcc")? {
        Some(mcc) => Some(SceneGiven { mcc, amount }),
        None if amount.is_some() => return Err(missing("mcc")),
        None => None,
    };
    ledger::retrying(|| journey::supply(ctx, seat, &id, &figures, scene)).await?;
    Ok(Ended::of(RowOutcome::Done, &id))
}

const REFERENCE_CHARS_MAX: usize = 64;

/// A number of the lender's payment or loan, as it may be reported.
fn reference<'a>(row: &Record<'a>, column: &str) -> Result<Option<&'a str>> {
    let Some(cell) = row.get(column) else {
        return Ok(None);
    };
    if cell.chars().count() > REFERENCE_CHARS_MAX || cell.chars().any(char::is_control) {
        return Err(Error::field(
            column,
            "malformed",
            "编号为 1 至 64 个字符。",
            "A number is 1 to 64 characters.",
        ));
    }
    Ok(Some(cell))
}

async fn payment(ctx: &Ctx, seat: &Seat, file: &Incoming, row: &Record<'_>) -> Result<Ended> {
    let day = day_of(&file.name).ok_or_else(|| Error::internal("payments of no day"))?;
    let paid_at: jiff::Timestamp = read(row, "paid_at")?.ok_or_else(|| missing("paid_at"))?;
    let amount: i64 = read(row, "amount")?.ok_or_else(|| missing("amount"))?;
    if amount <= 0 || amount > proof::canonical::MAX_INTEGER {
        return Err(Error::field(
            "amount",
            "amount_range",
            "金额应大于 0。",
            "The amount must be above 0.",
        ));
    }
    let said = InBooks {
        day,
        payment_reference: reference(row, "payment_reference")?
            .ok_or_else(|| missing("payment_reference"))?
            .to_owned(),
        loan_number: reference(row, "loan_number")?.map(str::to_owned),
        amount,
        paid_at_ms: paid_at.as_millisecond(),
    };
    let entered = disbursement::enter(ctx, &seat.institution, &said).await?;
    Ok(Ended {
        outcome: match (entered.finding, entered.changed) {
            (Some(_), _) => RowOutcome::Differs,
            (None, Changed::Yes) => RowOutcome::Done,
            (None, Changed::No) => RowOutcome::Replayed,
        },
        code: entered.finding.map(|finding| finding.as_str()),
        case: entered.case,
    })
}

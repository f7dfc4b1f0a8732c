//! Nouns of a running loan, and a report of money received; pure but for the digest of a request.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use crate::disbursement;
use crate::error::{Error, Field, Result, Text};
use crate::vault::SubjectId;

crate::id!(
    /// A loan that runs, or ran.
    LoanId,
    "lon"
);

crate::id!(
    /// Money that a lender reports as received.
    RepaymentId,
    "rpm"
);

/// Where a loan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LoanState)]
pub enum State {
    Running,
    /// 结清: nothing is owed any more.
    Settled,
    /// 无理由退出: the money was given back within the days of the contract.
    CooledOff,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Settled => "settled",
            Self::CooledOff => "cooled_off",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Settled, Self::CooledOff]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// How a loan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// On the last day of the plan, or after it.
    ByPlan,
    /// Before.
    Early,
}

/// A loan. Its terms are those of the digest, and stand nowhere but in the sheet that was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loan {
    pub id: LoanId,
    /// The journey's id.
    pub case: String,
    pub subject: SubjectId,
    /// The business that borrows, when one does.
    pub business: Option<SubjectId>,
    /// Hex; absent where money moved although nobody had confirmed anything.
    pub terms_digest: Option<String>,
    /// Civil day of the payment in Asia/Shanghai.
    pub paid_on: Date,
    pub state: State,
    pub ended_on: Option<Date>,
    /// The next day on which the borrower may have to be reminded.
    pub remind_on: Option<Date>,
    pub opened_at_ms: i64,
    pub version: i64,
}

/// What money was received for, as the lender calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReceivedKind)]
pub enum Kind {
    Instalment,
    /// 部分提前还款: principal before its day.
    Prepayment,
    /// 结清: with this nothing is owed any more.
    Settlement,
    /// 冲正: an earlier report, or part of it, was not so.
    Reversal,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instalment => "instalment",
            Self::Prepayment => "prepayment",
            Self::Settlement => "settlement",
            Self::Reversal => "reversal",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Instalment,
            Self::Prepayment,
            Self::Settlement,
            Self::Reversal,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

/// What the lender took a payment for, part by part, fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RepaymentParts)]
pub struct Parts {
    pub principal: i64,
    pub interest: i64,
    /// Every item beside the interest: guarantee, insurance, early repayment.
    #[serde(default)]
    pub fees: i64,
    /// Overdue interest.
    #[serde(default)]
    pub penalty: i64,
}

/// Money received, as it is reported.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepaymentRequest {
    /// The lender's own number of it, 1 to 64 visible ASCII characters; reported again with the same content it is the same.
    pub reference: String,
    pub kind: Kind,
    /// Fen, above 0; of a reversal as well.
    pub amount: i64,
    /// Civil day in Asia/Shanghai on which it was received.
    pub day: Date,
    /// What it was taken for, where the lender says so; the parts make the amount.
    #[serde(default)]
    pub parts: Option<Parts>,
    /// Of a reversal: the reference of what was not so.
    #[serde(default)]
    pub reverses: Option<String>,
}

/// As large as a principal may be.
const AMOUNT_MAX: i64 = 1_000_000_000_000;
/// Reports of one loan; a plan has 600 rows at the most.
pub const REPAYMENTS_MAX: usize = 2_000;

impl Parts {
    fn all(self) -> [i64; 4] {
        [self.principal, self.interest, self.fees, self.penalty]
    }
}

impl RepaymentRequest {
    /// Every mistake that shows without the loan.
    pub fn check(&self, today: Date) -> Result<()> {
        let mut faults = Vec::new();
        let mut wrong = |path: &str, code: &'static str, zh: &'static str, en: &'static str| {
            faults.push(Field::new(path, code, Text::new(zh, en)));
        };
        if !disbursement::number_fits(&self.reference) {
            wrong(
                "reference",
                "malformed",
                "编号为 1 至 64 个可见 ASCII 字符。",
                "A number is 1 to 64 visible ASCII characters.",
            );
        }
        if !(1..=AMOUNT_MAX).contains(&self.amount) {
            wrong(
                "amount",
                "amount_range",
                "金额应大于 0。",
                "The amount must be above 0.",
            );
        }
        if self.day > today {
            wrong(
                "day",
                "in_the_future",
                "收款日不能晚于今天。",
                "The day of receipt can't lie ahead.",
            );
        }
        if let Some(parts) = self.parts {
            let within = parts
                .all()
                .iter()
                .all(|part| (0..=AMOUNT_MAX).contains(part));
            if !within || parts.all().iter().sum::<i64>() != self.amount {
                wrong(
                    "parts",
                    "parts_sum",
                    "各部分均不小于 0，合计应等于金额。",
                    "No part is below 0, and together they make the amount.",
                );
            }
        }
        if (self.kind == Kind::Reversal) != self.reverses.is_some() {
            wrong(
                "reverses",
                "reverses_kind",
                "冲正须写明被冲正的编号，其他类型不写。",
                "A reversal names what it reverses, and nothing else does.",
            );
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// What the same report again must match, hex.
    pub fn digest(&self) -> Result<String> {
        let canonical = proof::canonical::to_vec(self)?;
        Ok(proof::hex::encode(&proof::digest::sha256(&canonical)))
    }
}

/// Money received, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repayment {
    pub id: RepaymentId,
    pub case: String,
    pub reference: String,
    pub kind: Kind,
    /// Fen.
    pub amount: i64,
    pub day: Date,
    pub parts: Option<Parts>,
    pub reverses: Option<String>,
    pub request_digest: String,
    pub recorded_at_ms: i64,
}

/// Finds what a reversal takes back, and that so much of it is left.
pub fn reversed<'a>(
    reported: &'a [Repayment],
    reference: &str,
    amount: i64,
) -> Result<&'a Repayment, Refused> {
    let of = reported
        .iter()
        .find(|one| one.reference == reference && one.kind != Kind::Reversal)
        .ok_or(Refused::NothingToReverse)?;
    if of.kind == Kind::Settlement {
        return Err(Refused::SettlementStands);
    }
    if amount > left(reported, of) {
        return Err(Refused::ReversesTooMuch);
    }
    Ok(of)
}

/// What of an instalment counts towards the plan, fen: overdue interest comes on top of it.
pub fn towards_plan(reported: &[Repayment], of: &Repayment) -> i64 {
    let penalty = of.parts.map_or(0, |parts| parts.penalty);
    (left(reported, of) - penalty).max(0)
}

/// What is left of a report after its reversals, fen.
pub fn left(reported: &[Repayment], of: &Repayment) -> i64 {
    let taken_back: i64 = reported
        .iter()
        .filter(|one| one.reverses.as_ref() == Some(&of.reference))
        .map(|one| one.amount)
        .sum();
    of.amount - taken_back
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn request(kind: Kind) -> RepaymentRequest {
        RepaymentRequest {
            reference: "R-1".to_owned(),
            kind,
            amount: 100,
            day: date(2026, 12, 22),
            parts: None,
            reverses: (kind == Kind::Reversal).then(|| "R-0".to_owned()),
        }
    }

    fn parts(principal: i64, interest: i64) -> Option<Parts> {
        Some(Parts {
            principal,
            interest,
            ..Parts::default()
        })
    }

    #[test]
    fn a_report_is_whole_or_says_what_is_wrong_with_it() {
        type Change = fn(&mut RepaymentRequest);
        let cases: [(Change, Option<&str>); 10] = [
            (|_| {}, None),
            (|r| r.parts = parts(90, 10), None),
            (|r| r.parts = parts(90, 11), Some("parts")),
            (|r| r.parts = parts(110, -10), Some("parts")),
            (|r| r.amount = 0, Some("amount")),
            (|r| r.amount = AMOUNT_MAX + 1, Some("amount")),
            (|r| r.day = date(2026, 12, 23), Some("day")),
            (|r| r.reference = "a b".to_owned(), Some("reference")),
            (|r| r.reverses = Some("R-0".to_owned()), Some("reverses")),
            (|r| r.kind = Kind::Reversal, Some("reverses")),
        ];
        for (at, (change, expected)) in cases.into_iter().enumerate() {
            let mut asked = request(Kind::Instalment);
            change(&mut asked);
            let path = match asked.check(date(2026, 12, 22)) {
                Err(Error::Invalid(fields)) => Some(fields[0].path.clone()),
                _ => None,
            };
            assert_eq!(path.as_deref(), expected, "{at}");
        }
        let back = request(Kind::Reversal);
        assert!(back.check(date(2026, 12, 22)).is_ok());
    }

    #[test]
    fn nobody_takes_back_what_was_never_reported_nor_more_of_it() {
        let kept = |reference: &str, kind, amount, reverses: Option<&str>| Repayment {
            id: RepaymentId::stored(format!("rpm_{reference}")),
            case: "jny_1".to_owned(),
            reference: reference.to_owned(),
            kind,
            amount,
            day: date(2026, 12, 22),
            parts: None,
            reverses: reverses.map(str::to_owned),
            request_digest: String::new(),
            recorded_at_ms: 0,
        };
        let reported = [
            kept("A", Kind::Instalment, 100, None),
            kept("B", Kind::Reversal, 30, Some("A")),
            kept("C", Kind::Settlement, 500, None),
        ];
        for (reference, amount, expected) in [
            ("A", 70, Ok("A")),
            ("A", 71, Err(Refused::ReversesTooMuch)),
            ("B", 1, Err(Refused::NothingToReverse)),
            ("C", 1, Err(Refused::SettlementStands)),
            ("D", 1, Err(Refused::NothingToReverse)),
        ] {
            let found = reversed(&reported, reference, amount);
            assert_eq!(found.map(|one| one.reference.as_str()), expected);
        }
    }
}

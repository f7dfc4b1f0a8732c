//! The rules that terms must keep, each with a code and words in both languages.

use crate::calendar::day_number;
use crate::{
    Charge, Contingent, DayCount, Fen, FieldError, Item, LoanTerms, Party, Ppm, Repayment, Role,
    Standard, Text, Unit, money,
};

const PRINCIPAL_MAX: Fen = 1_000_000_000_000;
const PERIODS_MAX: u32 = 600;
const ANNUAL_PPM_MAX: Ppm = 10_000_000;
const PART_PPM_MAX: Ppm = 1_000_000;
const LIST_MAX: usize = 32;
const CODE_MAX: usize = 64;
const NAME_MAX: usize = 120;
const YEARS_MAX: i64 = 60;
const YEAR_RANGE: std::ops::RangeInclusive<i16> = 1990..=2199;

/// Collects broken rules.
struct Faults(Vec<FieldError>);

impl Faults {
    fn add(
        &mut self,
        path: impl Into<String>,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.0.push(FieldError {
            path: path.into(),
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
        });
    }

    /// A number must lie within bounds, both included.
    fn range(&mut self, path: impl FnOnce() -> String, value: i64, low: i64, high: i64) {
        if !(low..=high).contains(&value) {
            self.add(
                path(),
                "out_of_range",
                format!("应在 {low} 至 {high} 之间"),
                format!("must be {low} to {high}"),
            );
        }
    }

    fn code(&mut self, path: impl FnOnce() -> String, code: &str) {
        let fits = !code.is_empty()
            && code.len() <= CODE_MAX
            && code.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-'
            });
        if !fits {
            self.add(
                path(),
                "code_form",
                "应为 1 至 64 个小写字母、数字、_ 或 -",
                "must be 1 to 64 lower-case letters, digits, _ or -",
            );
        }
    }

    fn name(&mut self, path: impl FnOnce() -> String, name: &str) {
        let empty = name.trim().is_empty();
        // Bytes bound characters from above, so most names need no counting.
        let long = name.len() > NAME_MAX && name.chars().count() > NAME_MAX;
        if empty || long || name.chars().any(char::is_control) {
            self.add(
                path(),
                "name_form",
                "应为 1 至 120 个可见字符",
                "must be 1 to 120 visible characters",
            );
        }
    }

    fn text(&mut self, path: impl Fn() -> String, text: &Text) {
        self.name(|| format!("{}.zh", path()), &text.zh);
        self.name(|| format!("{}.en", path()), &text.en);
    }

    fn collector(&mut self, path: impl FnOnce() -> String, id: &str, parties: &[Party]) {
        if !parties.iter().any(|party| party.id == id) {
            self.add(
                path(),
                "party_unknown",
                "收取方不在参与方名单中",
                "is not among the parties",
            );
        }
    }
}

/// Every broken rule of `terms`; empty when all hold.
pub(crate) fn check(terms: &LoanTerms) -> Vec<FieldError> {
    let mut faults = Faults(Vec::new());
    if terms.v != 1 {
        faults.add(
            "v",
            "version_unknown",
            "只支持版本 1",
            "only version 1 is known",
        );
    }
    faults.range(|| "principal".into(), terms.principal, 1, PRINCIPAL_MAX);
    faults.range(
        || "periods".into(),
        i64::from(terms.periods),
        1,
        i64::from(PERIODS_MAX),
    );
    faults.range(
        || "annual_rate_ppm".into(),
        terms.annual_rate_ppm,
        0,
        ANNUAL_PPM_MAX,
    );
    time(terms, &mut faults);
    repayment(terms, &mut faults);
    parties(&terms.parties, &mut faults);
    subsidy(terms, &mut faults);
    items(terms, &mut faults);
    contingent(&terms.contingent, &terms.parties, &mut faults);
    if faults.0.is_empty() {
        net(terms, &mut faults);
    }
    faults.0
}

fn time(terms: &LoanTerms, faults: &mut Faults) {
    let before = faults.0.len();
    let count_max = match terms.interval.unit {
        Unit::Day => 365,
        Unit::Week => 52,
        Unit::Month => 12,
    };
    faults.range(
        || "interval.count".into(),
        i64::from(terms.interval.count),
        1,
        count_max,
    );
    for (path, day) in [("start", terms.start), ("first_due", terms.first_due)] {
        if !YEAR_RANGE.contains(&day.year()) {
            faults.add(
                path,
                "date_out_of_range",
                "年份应在 1990 至 2199 之间",
                "the year must be 1990 to 2199",
            );
        }
    }
    if terms.first_due <= terms.start {
        faults.add(
            "first_due",
            "dates_reversed",
            "首期还款日应晚于放款日",
            "must be later than the start",
        );
    }
    if terms.day_count == DayCount::Thirty360 && terms.interval.unit != Unit::Month {
        faults.add(
            "day_count",
            "day_count_unit",
            "30/360 只用于按月还款",
            "30/360 goes with months only",
        );
    }
    if faults.0.len() > before {
        return;
    }
    let interval_days = i64::from(terms.interval.count)
        * match terms.interval.unit {
            Unit::Day => 1,
            Unit::Week => 7,
            Unit::Month => 31,
        };
    let first_days = day_number(terms.first_due) - day_number(terms.start);
    if first_days > interval_days + 366 {
        faults.add(
            "first_due",
            "first_period_too_long",
            "首期最多比其他各期长一年",
            "the first period may be a year longer than the others",
        );
    }
    if interval_days * i64::from(terms.periods) > YEARS_MAX * 372 {
        faults.add(
            "periods",
            "term_too_long",
            "借款期限最长 60 年",
            "a loan lasts 60 years at most",
        );
    }
    if terms.interest_free_periods > terms.periods {
        faults.add(
            "interest_free_periods",
            "out_of_range",
            "免息期数不能多于总期数",
            "must not exceed the number of periods",
        );
    }
}

fn repayment(terms: &LoanTerms, faults: &mut Faults) {
    match terms.repayment {
        Repayment::Balloon { balloon } => {
            faults.range(
                || "repayment.balloon".into(),
                balloon,
                1,
                (terms.principal - 1).max(1),
            );
        }
        Repayment::InstalmentFee { fee_ppm } => {
            faults.range(|| "repayment.fee_ppm".into(), fee_ppm, 0, PART_PPM_MAX);
            if terms.annual_rate_ppm != 0 {
                faults.add(
                    "annual_rate_ppm",
                    "rate_with_fee",
                    "分期手续费方式下利率应为 0",
                    "must be 0 where an instalment fee takes its place",
                );
            }
        }
        Repayment::LevelPayment
        | Repayment::LevelPrincipal
        | Repayment::InterestFirst
        | Repayment::Bullet => {}
    }
}

fn parties(parties: &[Party], faults: &mut Faults) {
    if parties.len() > LIST_MAX {
        faults.add("parties", "too_many", "最多 32 个", "at most 32");
        return;
    }
    let (mut lenders, mut shares) = (0, 0_i64);
    for (at, party) in parties.iter().enumerate() {
        faults.code(|| format!("parties[{at}].id"), &party.id);
        faults.name(|| format!("parties[{at}].name"), &party.name);
        if parties[..at].iter().any(|other| other.id == party.id) {
            faults.add(
                format!("parties[{at}].id"),
                "duplicate",
                "编号重复",
                "is used twice",
            );
        }
        match (party.role, party.share_ppm) {
            (Role::Lender, Some(share)) => {
                faults.range(
                    || format!("parties[{at}].share_ppm"),
                    share,
                    1,
                    PART_PPM_MAX,
                );
                lenders += 1;
                shares = shares.saturating_add(share);
            }
            (Role::Lender, None) => {
                faults.add(
                    format!("parties[{at}].share_ppm"),
                    "share_missing",
                    "出借方应有份额",
                    "a lender has a share",
                );
            }
            (_, Some(_)) => {
                faults.add(
                    format!("parties[{at}].share_ppm"),
                    "share_not_lender",
                    "只有出借方有份额",
                    "only a lender has a share",
                );
            }
            (_, None) => {}
        }
    }
    if lenders == 0 {
        faults.add(
            "parties",
            "lender_missing",
            "至少要有一个出借方",
            "there must be a lender",
        );
    } else if shares != PART_PPM_MAX {
        faults.add(
            "parties",
            "shares_sum",
            "出借份额之和应为 1000000",
            "the lenders' shares must sum to 1000000",
        );
    }
}

fn subsidy(terms: &LoanTerms, faults: &mut Faults) {
    let Some(subsidy) = &terms.subsidy else {
        return;
    };
    faults.collector(|| "subsidy.payer".into(), &subsidy.payer, &terms.parties);
    faults.range(
        || "subsidy.ppm".into(),
        subsidy.ppm,
        1,
        terms.annual_rate_ppm.max(1),
    );
    faults.range(
        || "subsidy.periods".into(),
        i64::from(subsidy.periods),
        1,
        i64::from(terms.periods.max(1)),
    );
    if terms.annual_rate_ppm == 0 {
        faults.add(
            "subsidy",
            "subsidy_without_rate",
            "没有利率就没有贴息",
            "needs an interest rate to lower",
        );
    }
}

fn items(terms: &LoanTerms, faults: &mut Faults) {
    let items: &[Item] = &terms.items;
    if items.len() > LIST_MAX {
        faults.add("items", "too_many", "最多 32 个", "at most 32");
        return;
    }
    for (at, item) in items.iter().enumerate() {
        faults.code(|| format!("items[{at}].code"), &item.code);
        faults.text(|| format!("items[{at}].name"), &item.name);
        faults.collector(
            || format!("items[{at}].collector"),
            &item.collector,
            &terms.parties,
        );
        if item.code == "interest" || items[..at].iter().any(|other| other.code == item.code) {
            faults.add(
                format!("items[{at}].code"),
                "duplicate",
                "代码重复",
                "is used twice",
            );
        }
        match item.charge {
            Charge::Upfront { amount }
            | Charge::Deducted { amount }
            | Charge::PeriodicFixed { amount } => {
                faults.range(
                    || format!("items[{at}].charge.amount"),
                    amount,
                    0,
                    PRINCIPAL_MAX,
                );
            }
            Charge::UpfrontRate { ppm }
            | Charge::DeductedRate { ppm }
            | Charge::Periodic { ppm, .. } => {
                faults.range(|| format!("items[{at}].charge.ppm"), ppm, 0, PART_PPM_MAX);
            }
        }
    }
}

fn contingent(contingent: &[Contingent], parties: &[Party], faults: &mut Faults) {
    if contingent.len() > LIST_MAX {
        faults.add("contingent", "too_many", "最多 32 个", "at most 32");
        return;
    }
    for (at, charge) in contingent.iter().enumerate() {
        faults.code(|| format!("contingent[{at}].code"), &charge.code);
        faults.text(|| format!("contingent[{at}].name"), &charge.name);
        faults.collector(
            || format!("contingent[{at}].collector"),
            &charge.collector,
            parties,
        );
        if contingent[..at]
            .iter()
            .any(|other| other.code == charge.code)
        {
            faults.add(
                format!("contingent[{at}].code"),
                "duplicate",
                "代码重复",
                "is used twice",
            );
        }
        match charge.standard {
            Standard::Annual { ppm } => faults.range(
                || format!("contingent[{at}].standard.ppm"),
                ppm,
                0,
                ANNUAL_PPM_MAX,
            ),
            Standard::Amount { amount } => faults.range(
                || format!("contingent[{at}].standard.amount"),
                amount,
                0,
                PRINCIPAL_MAX,
            ),
            Standard::Percent { ppm } => faults.range(
                || format!("contingent[{at}].standard.ppm"),
                ppm,
                0,
                PART_PPM_MAX,
            ),
        }
    }
}

/// What is paid or kept at the start must leave something of the loan, or there is no rate.
fn net(terms: &LoanTerms, faults: &mut Faults) {
    let mut at_start = 0_i64;
    for item in &terms.items {
        at_start = at_start.saturating_add(match item.charge {
            Charge::Upfront { amount } | Charge::Deducted { amount } => amount,
            Charge::UpfrontRate { ppm } | Charge::DeductedRate { ppm } => {
                money::part(terms.principal, ppm).unwrap_or(Fen::MAX)
            }
            Charge::Periodic { .. } | Charge::PeriodicFixed { .. } => 0,
        });
    }
    if at_start >= terms.principal {
        faults.add(
            "items",
            "nothing_received",
            "放款时的费用不能达到本金",
            "charges at the start must be less than the principal",
        );
    }
}

//! The sheet's sentences, in both languages.

use crate::policy::Method;
use crate::text::money;
use crate::{
    Basis, Charge, DayCount, Fen, LoanTerms, Ppm, Repayment, Role, Standard, Subsidy, Text, percent,
};

pub(super) fn interest_name() -> Text {
    Text::new("利息", "Interest")
}

/// How interest is charged.
pub(super) fn interest(terms: &LoanTerms) -> Text {
    let way = repayment(terms.repayment);
    let mut text = if let Repayment::InstalmentFee { fee_ppm } = terms.repayment {
        let rate = percent(fee_ppm);
        Text::new(
            format!("每期按原始本金的 {rate} 收取分期手续费（{}）", way.zh),
            format!("{rate} of the original principal each period ({})", way.en),
        )
    } else {
        let (rate, days) = (percent(terms.annual_rate_ppm), day_count(terms.day_count));
        Text::new(
            format!("年利率 {rate}，按剩余本金计息，{}，{}", days.zh, way.zh),
            format!(
                "{rate} a year on the principal still owed, {}, {}",
                days.en, way.en
            ),
        )
    };
    if terms.interest_free_periods > 0 {
        let free = terms.interest_free_periods;
        text.zh.push_str(&format!("，前 {free} 期免息"));
        text.en
            .push_str(&format!("; the first {free} periods are interest-free"));
    }
    if let Some(subsidy) = &terms.subsidy {
        let words = self::subsidy(subsidy);
        text.zh.push_str(&format!(",{}", words.zh));
        text.en.push_str(&format!("; {}", words.en));
    }
    text
}

pub(super) fn repayment(repayment: Repayment) -> Text {
    match repayment {
        Repayment::LevelPayment => Text::new("等额本息", "level payments"),
        Repayment::LevelPrincipal => Text::new("等额本金", "level principal"),
        Repayment::InterestFirst => Text::new("先息后本", "interest first, principal at the end"),
        Repayment::Bullet => Text::new("一次性还本付息", "principal and interest once at the end"),
        Repayment::Balloon { balloon } => {
            let sum = money(balloon);
            Text::new(
                format!("等额本息，末期另还 {}", sum.zh),
                format!("level payments and {} with the last", sum.en),
            )
        }
        Repayment::InstalmentFee { .. } => {
            Text::new("分期等额还本", "equal principal in instalments")
        }
    }
}

fn day_count(day_count: DayCount) -> Text {
    match day_count {
        DayCount::Thirty360 => Text::new(
            "每月按 30 天、全年按 360 天",
            "30-day months and 360-day years",
        ),
        DayCount::Act360 => Text::new("按实际天数、全年按 360 天", "actual days and 360-day years"),
        DayCount::Act365 => Text::new("按实际天数、全年按 365 天", "actual days and 365-day years"),
    }
}

pub(super) fn subsidy(subsidy: &Subsidy) -> Text {
    let (rate, periods) = (percent(subsidy.ppm), subsidy.periods);
    Text::new(
        format!("前 {periods} 期由他方贴息年 {rate}，借款人少付"),
        format!("in the first {periods} periods another party pays {rate} a year of it"),
    )
}

/// How an item is charged.
pub(super) fn charge(charge: Charge) -> Text {
    match charge {
        Charge::Upfront { amount } => {
            let sum = money(amount);
            Text::new(
                format!("放款时一次性另付 {}", sum.zh),
                format!("{} once, paid separately at the start", sum.en),
            )
        }
        Charge::Deducted { amount } => {
            let sum = money(amount);
            Text::new(
                format!("放款时一次性扣除 {}", sum.zh),
                format!("{} once, taken from the sum paid out", sum.en),
            )
        }
        Charge::UpfrontRate { ppm } => {
            let rate = percent(ppm);
            Text::new(
                format!("放款时一次性另付本金的 {rate}"),
                format!("{rate} of the principal once, paid separately at the start"),
            )
        }
        Charge::DeductedRate { ppm } => {
            let rate = percent(ppm);
            Text::new(
                format!("放款时一次性扣除本金的 {rate}"),
                format!("{rate} of the principal once, taken from the sum paid out"),
            )
        }
        Charge::Periodic {
            basis: Basis::Outstanding,
            ppm,
        } => {
            let rate = percent(ppm);
            Text::new(
                format!("每期按剩余本金的 {rate} 收取"),
                format!("{rate} of the principal still owed, each period"),
            )
        }
        Charge::Periodic {
            basis: Basis::Original,
            ppm,
        } => {
            let rate = percent(ppm);
            Text::new(
                format!("每期按原始本金的 {rate} 收取"),
                format!("{rate} of the original principal, each period"),
            )
        }
        Charge::PeriodicFixed { amount } => {
            let sum = money(amount);
            Text::new(
                format!("每期 {}", sum.zh),
                format!("{} each period", sum.en),
            )
        }
    }
}

/// How a contingent charge is reckoned.
pub(super) fn standard(standard: Standard) -> Text {
    match standard {
        Standard::Annual { ppm } => {
            let rate = percent(ppm);
            Text::new(
                format!("按所涉本金年化 {rate}"),
                format!("{rate} a year on the principal concerned"),
            )
        }
        Standard::Amount { amount } => money(amount),
        Standard::Percent { ppm } => {
            let rate = percent(ppm);
            Text::new(
                format!("提前归还本金的 {rate}"),
                format!("{rate} of the principal repaid early"),
            )
        }
    }
}

pub(super) fn method(method: Method) -> Text {
    match method {
        Method::AverageBalance => Text::new(
            "各项费用除以实际占用本金与时间之积后相加",
            "each item over the principal actually owed and its time, then added up",
        ),
        Method::Nominal => Text::new(
            "各项合同年化标准相加",
            "the contract's yearly rates added up",
        ),
        Method::FeeIrr => Text::new(
            "各项费用对本金现金流的内部收益率年化后相加",
            "each item's internal rate against the principal's flows, a year, then added up",
        ),
    }
}

pub(super) fn rounding(residue: Fen) -> Text {
    if residue == 0 {
        return Text::new(
            "各期金额四舍五入到分，没有尾差",
            "amounts are rounded to the fen; nothing is left over",
        );
    }
    let sum = money(residue);
    Text::new(
        format!("各期金额四舍五入到分，尾差 {}计入最后一期", sum.zh),
        format!(
            "amounts are rounded to the fen; {} left over is in the last instalment",
            sum.en
        ),
    )
}

pub(super) fn no_other_charges() -> Text {
    Text::new(
        "除上述明示的费用外，贷款人及其合作机构不向借款人收取其他费用。",
        "Apart from the charges above, neither the lenders nor their partners charge the borrower anything.",
    )
}

/// A comparison with a configured threshold, never a verdict.
pub(super) fn ceiling(measured: Ppm, threshold: Ppm, name: &Text) -> Text {
    let (rate, limit) = (percent(measured), percent(threshold));
    if measured > threshold {
        Text::new(
            format!("{rate} 超过设定阈值 {limit}（{}）", name.zh),
            format!("{rate} exceeds configured threshold {limit} ({})", name.en),
        )
    } else {
        Text::new(
            format!("{rate} 未超过设定阈值 {limit}（{}）", name.zh),
            format!(
                "{rate} is within configured threshold {limit} ({})",
                name.en
            ),
        )
    }
}

pub(super) fn role(role: Role) -> Text {
    match role {
        Role::Lender => Text::new("出借方", "lender"),
        Role::Guarantor => Text::new("担保方", "guarantor"),
        Role::Insurer => Text::new("保险方", "insurer"),
        Role::Platform => Text::new("平台", "platform"),
        Role::Other => Text::new("其他", "other"),
    }
}

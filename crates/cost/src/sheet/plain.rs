//! The sheet as plain text, for terminals and for reading aloud.

use std::fmt::{self, Write};

use super::{CostSheet, words};
use crate::text::money;
use crate::{Fen, Lang, Text, percent, yuan};

/// The marks between words, which differ in width.
struct Marks {
    colon: &'static str,
    comma: &'static str,
    semicolon: &'static str,
    open: &'static str,
    close: &'static str,
}

const fn marks(lang: Lang) -> Marks {
    match lang {
        Lang::Zh => Marks {
            colon: "：",
            comma: "，",
            semicolon: "；",
            open: "（",
            close: "）",
        },
        Lang::En => Marks {
            colon: ": ",
            comma: ", ",
            semicolon: "; ",
            open: " (",
            close: ")",
        },
    }
}

/// The whole sheet as plain text in one language.
#[must_use]
pub fn text(sheet: &CostSheet, lang: Lang) -> String {
    let mut out = String::with_capacity(4096);
    // Writing to a String cannot fail.
    let _ = write(sheet, lang, &mut out);
    out
}

fn write(sheet: &CostSheet, lang: Lang, out: &mut String) -> fmt::Result {
    let say = |zh: &'static str, en: &'static str| match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    let in_words = |text: &Text| text.get(lang).to_owned();
    let sum = |fen: Fen| in_words(&money(fen));
    let terms = &sheet.terms;
    let Marks {
        colon,
        semicolon,
        open,
        close,
        ..
    } = marks(lang);

    writeln!(
        out,
        "{}\n",
        say(
            "综合融资成本明示表",
            "Statement of the total cost of this loan"
        )
    )?;
    writeln!(
        out,
        "{}{colon}{}",
        say("本金", "Principal"),
        sum(sheet.principal)
    )?;
    writeln!(
        out,
        "{}{colon}{}",
        say("实际到账", "Paid out to you"),
        sum(sheet.net_received)
    )?;
    writeln!(
        out,
        "{}{colon}{} {} {}",
        say("借款期限", "Term"),
        terms.start,
        say("至", "to"),
        sheet.plan.last().map_or(terms.first_due, |row| row.due)
    )?;
    writeln!(
        out,
        "{}{colon}{} / {}",
        say("期数与还款方式", "Periods and repayment"),
        terms.periods,
        in_words(&words::repayment(terms.repayment))
    )?;
    writeln!(
        out,
        "{}{colon}{}{open}{}{close}",
        say("综合融资成本（年化）", "Composite annual cost"),
        percent(sheet.composite.annual_ppm),
        in_words(&sheet.composite.label)
    )?;
    writeln!(
        out,
        "{}{colon}{}",
        say("总还款", "Total repaid"),
        sum(sheet.total_repaid)
    )?;
    if sheet.paid_upfront > 0 {
        writeln!(
            out,
            "{}{colon}{}",
            say("放款时另付", "Paid separately at the start"),
            sum(sheet.paid_upfront)
        )?;
    }
    writeln!(
        out,
        "{}{colon}{}",
        say("总成本", "Total cost"),
        sum(sheet.total_cost)
    )?;
    writeln!(
        out,
        "{}{colon}{}",
        say("首期还款", "First instalment"),
        sum(sheet.first_payment)
    )?;
    writeln!(
        out,
        "{}{colon}{}",
        say("末期还款", "Last instalment"),
        sum(sheet.last_payment)
    )?;

    writeln!(
        out,
        "\n{}",
        say("正常履约时的各项成本", "Costs in normal performance")
    )?;
    for item in &sheet.items {
        writeln!(
            out,
            "- {}{colon}{}{semicolon}{} {}{semicolon}{} {}",
            in_words(&item.name),
            in_words(&item.standard),
            say("年化", "a year"),
            percent(item.annual_ppm),
            say("合计", "in all"),
            sum(item.total)
        )?;
        for collector in &item.collectors {
            let role = in_words(&words::role(collector.role));
            writeln!(
                out,
                "  {} {}{open}{role}{close}{colon}{}",
                say("收取方", "collected by"),
                collector.name,
                sum(collector.total)
            )?;
        }
    }
    if let Some(subsidy) = &sheet.subsidy {
        writeln!(
            out,
            "- {}{colon}{}{open}{}{close}",
            say("贴息", "Subsidy"),
            sum(subsidy.total),
            subsidy.payer.name
        )?;
    }

    writeln!(
        out,
        "\n{}",
        say(
            "只在违约、挪用或提前还款时发生的成本",
            "Costs only on default, misuse or early repayment"
        )
    )?;
    if sheet.contingent.is_empty() {
        writeln!(out, "- {}", say("无", "none"))?;
    }
    for charge in &sheet.contingent {
        let (name, standard) = (in_words(&charge.name), in_words(&charge.standard));
        writeln!(
            out,
            "- {name}{colon}{standard}{semicolon}{} {}",
            say("收取方", "collected by"),
            charge.collector.name
        )?;
    }
    writeln!(out, "\n{}", in_words(&sheet.no_other_charges))?;
    rates(sheet, lang, out)?;
    plan(sheet, lang, out)
}

fn rates(sheet: &CostSheet, lang: Lang, out: &mut String) -> fmt::Result {
    let say = |zh: &'static str, en: &'static str| match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    let Marks {
        colon,
        comma,
        semicolon,
        open,
        close,
    } = marks(lang);
    writeln!(out, "\n{}", say("利率核对", "Rates compared"))?;
    let (method, since) = (
        sheet.composite.method_text.get(lang),
        sheet.composite.method_since,
    );
    writeln!(
        out,
        "- {}{colon}{}{open}{method}{semicolon}{} {since}{close}",
        say("综合年化", "composite"),
        percent(sheet.composite.annual_ppm),
        say("自", "since")
    )?;
    let all_in = &sheet.all_in;
    for (name, rate) in [
        (
            say("全部现金流内部收益率，单利", "all-in internal rate, simple"),
            all_in.simple_ppm,
        ),
        (
            say(
                "全部现金流内部收益率，复利",
                "all-in internal rate, compound",
            ),
            all_in.compound_ppm,
        ),
        (say("欧盟 APRC", "EU APRC"), all_in.eu_aprc_ppm),
        (say("美国 Reg Z APR", "US Reg Z APR"), all_in.regz_ppm),
    ] {
        writeln!(out, "- {name}{colon}{}", percent(rate))?;
    }
    let (apart, threshold) = (
        percent(sheet.divergence.ppm),
        percent(sheet.divergence.threshold_ppm),
    );
    let verdict = if sheet.divergence.alert {
        say("超过", "above")
    } else {
        say("未超过", "within")
    };
    writeln!(
        out,
        "- {}{colon}{apart}{comma}{verdict} {threshold}",
        say("两种算法之差", "distance of the two")
    )?;
    for check in &sheet.ceilings {
        writeln!(out, "- {}", check.text.get(lang))?;
    }
    Ok(())
}

fn plan(sheet: &CostSheet, lang: Lang, out: &mut String) -> fmt::Result {
    let heads = match lang {
        Lang::Zh => [
            "还款计划（元）",
            "期",
            "到期日",
            "本金",
            "利息",
            "其他",
            "合计",
            "剩余本金",
        ],
        Lang::En => [
            "Repayment plan (yuan)",
            "no",
            "due",
            "principal",
            "interest",
            "other",
            "total",
            "still owed",
        ],
    };
    writeln!(out, "\n{}", heads[0])?;
    writeln!(out, "{}", heads[1..].join(" | "))?;
    for row in &sheet.plan {
        let other: Fen = row.items.iter().map(|item| item.amount).sum();
        let sums = [row.principal, row.interest, other, row.total, row.balance].map(yuan);
        writeln!(out, "{} | {} | {}", row.no, row.due, sums.join(" | "))?;
    }
    writeln!(out, "{}", sheet.rounding.text.get(lang))
}

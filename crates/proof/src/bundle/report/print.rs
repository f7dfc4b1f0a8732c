use std::fmt::{self, Write as _};

use super::{Report, Verdict};

impl Verdict {
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Proved => ("已证明", "PROVED"),
            Self::Consistent => ("前后一致,但签名者未知", "CONSISTENT, SIGNER UNKNOWN"),
            Self::Failed => ("不成立", "FAILED"),
        }
    }
}

/// Which languages a printed report speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese only.
    Zh,
    /// English only.
    En,
    /// Chinese, then English.
    Both,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::Both))
    }
}

impl Report {
    /// The report for people.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let page = Page(language);
        let mut out = String::new();
        page.line(&mut out, "", self.verdict.texts());
        let head = [
            (("机构", "Institution"), &self.institution),
            (("案件", "Case"), &self.case),
            (("日志", "Log"), &self.origin),
            (("根", "Root"), &self.root),
        ];
        for (label, value) in head {
            if let Some(value) = value {
                page.pair(&mut out, label, &shown(value));
            }
        }
        page.list(
            &mut out,
            ("不成立之处", "What does not hold"),
            &self.failures,
            |out, failure| {
                let _ = writeln!(
                    out,
                    "  ✗ {} [{}]",
                    shown(&failure.part),
                    code_name(failure.code)
                );
                page.line(out, "    ", (&failure.zh, &failure.en));
                if !failure.detail.is_empty() {
                    let _ = writeln!(out, "    {}", shown(&failure.detail));
                }
            },
        );
        page.list(&mut out, ("事实", "Facts"), &self.facts, |out, fact| {
            let when = fact.at_ms.map_or_else(String::new, time);
            let kind = fact.kind.as_deref().unwrap_or("(已删除 forgotten)");
            let _ = writeln!(out, "  {:>4}  {when:<29}  {kind}  #{}", fact.no, fact.index);
        });
        page.list(
            &mut out,
            ("文件", "Documents"),
            &self.documents,
            |out, document| {
                let _ = writeln!(out, "  {}  {} bytes", document.name, document.bytes);
                let _ = writeln!(out, "    SHA-256 {}", document.sha256);
                let _ = writeln!(out, "    SM3     {}", document.sm3);
            },
        );
        page.list(
            &mut out,
            ("录像", "Recordings"),
            &self.segments,
            |out, one| {
                let held = match (one.listed, one.film) {
                    (_, true) => page.label(("录像在包内", "film inside")),
                    (true, false) => page.label(("仅有摘要", "digests only")),
                    (false, false) => page.label(("仅有链头", "head only")),
                };
                let (recording, segment) = (shown(&one.recording), one.segment);
                let (chunks, bytes) = (one.chunks, one.bytes);
                let _ = writeln!(
                    out,
                    "  {recording} {segment}  {chunks} chunks  {bytes} bytes  {held}"
                );
                let _ = writeln!(out, "    {}", one.head);
            },
        );
        page.list(
            &mut out,
            ("见证", "Witnesses"),
            &self.witnesses,
            |out, witness| {
                let at = i64::try_from(witness.timestamp_s).unwrap_or(i64::MAX);
                let when = time(at.saturating_mul(1000));
                let _ = writeln!(out, "  {}  {when}", shown(&witness.name));
            },
        );
        page.list(
            &mut out,
            ("已证明", "Proved"),
            &self.proved,
            |out, statement| {
                page.line(out, "  ✓ ", (&statement.zh, &statement.en));
            },
        );
        page.list(
            &mut out,
            ("未证明", "Not proved"),
            &self.not_proved,
            |out, statement| {
                page.line(out, "  – ", (&statement.zh, &statement.en));
            },
        );
        out
    }
}

struct Page(Language);

impl Page {
    fn line(&self, out: &mut String, indent: &str, (zh, en): (&str, &str)) {
        if self.0 != Language::En {
            let _ = writeln!(out, "{indent}{}", shown(zh));
        }
        if self.0 != Language::Zh {
            let _ = writeln!(out, "{indent}{}", shown(en));
        }
    }

    fn label(&self, (zh, en): (&str, &str)) -> String {
        match self.0 {
            Language::Zh => zh.to_owned(),
            Language::En => en.to_owned(),
            Language::Both => format!("{zh} {en}"),
        }
    }

    fn pair(&self, out: &mut String, label: (&str, &str), value: &str) {
        let _ = writeln!(out, "{}: {value}", self.label(label));
    }

    fn list<T>(
        &self,
        out: &mut String,
        label: (&str, &str),
        items: &[T],
        mut print: impl FnMut(&mut String, &T),
    ) {
        if items.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", self.label(label));
        for item in items {
            print(out, item);
        }
    }
}

fn code_name(code: super::Code) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_else(|| format!("{code:?}"))
}

/// Text from the bundle must not move a terminal's cursor or colours.
fn shown(text: &str) -> String {
    let clean = |character: char| match character {
        character if character.is_control() => '\u{fffd}',
        other => other,
    };
    text.chars().map(clean).collect()
}

/// Beijing time of UTC milliseconds, `2026-11-21 18:05:09.123 +08:00`.
fn time(at_ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let local = at_ms.saturating_add(8 * 3_600_000);
    let (days, rest) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
    let (year, month, day) = civil(days);
    let (seconds, millis) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millis:03} +08:00")
}

/// Gregorian date of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_beijing() {
        assert_eq!(time(0), "1970-01-01 08:00:00.000 +08:00");
        assert_eq!(time(1_582_991_999_999), "2020-02-29 23:59:59.999 +08:00");
        assert_eq!(time(1_795_255_200_123), "2026-11-21 18:00:00.123 +08:00");
    }

    #[test]
    fn control_characters_are_not_printed() {
        assert_eq!(shown("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
    }
}

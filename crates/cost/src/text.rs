//! Words for people, always in both languages, and how money and rates are written.

use serde::{Deserialize, Serialize};

use crate::{Fen, Ppm};

/// One sentence or name in Chinese and in English.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// The words in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// The languages every text exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// Writes fen as yuan with thousands separators: `182903` is `1,829.03`.
#[must_use]
pub fn yuan(fen: Fen) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let (whole, cents) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 4);
    out.push_str(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push('.');
    out.push_str(&format!("{cents:02}"));
    out
}

/// Writes parts per million as a percentage with two to four decimals: `138000` is `13.80%`.
#[must_use]
pub fn percent(ppm: Ppm) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let (whole, rest) = (ppm.unsigned_abs() / 10_000, ppm.unsigned_abs() % 10_000);
    let mut decimals = format!("{rest:04}");
    while decimals.len() > 2 && decimals.ends_with('0') {
        decimals.pop();
    }
    format!("{sign}{whole}.{decimals}%")
}

/// `fen` as money in both languages: `1,829.03 元` and `CNY 1,829.03`.
pub(crate) fn money(fen: Fen) -> Text {
    let amount = yuan(fen);
    Text::new(format!("{amount} 元"), format!("CNY {amount}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_signed() {
        assert_eq!(yuan(0), "0.00");
        assert_eq!(yuan(-3), "-0.03");
        assert_eq!(yuan(99_999), "999.99");
        assert_eq!(yuan(2_151_549), "21,515.49");
        assert_eq!(yuan(100_000_000_000_000), "1,000,000,000,000.00");
    }

    #[test]
    fn percentages_keep_two_to_four_decimals() {
        assert_eq!(percent(138_000), "13.80%");
        assert_eq!(percent(337_570), "33.757%");
        assert_eq!(percent(4_001), "0.4001%");
        assert_eq!(percent(-5_000), "-0.50%");
    }
}

//! What a contract's words may leave open, and how the gaps are filled; pure.

use std::collections::BTreeMap;

use crate::error::Text;

/// One line a placeholder: its name here, and the one that stands in braces in a template.
macro_rules! placeholders {
    ($($(#[$doc:meta])* $name:ident $text:literal),+ $(,)?) => {
        /// A gap in a template, written `{name}`. The list is closed: what is not here can't be promised in a contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Placeholder {
            $($(#[$doc])* $name),+
        }

        impl Placeholder {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }
        }
    };
}

placeholders! {
    /// The person who signs.
    Name "name",
    IdNumber "id_number",
    Phone "phone",
    /// Where the money goes, masked.
    Account "account",
    /// Yuan in figures.
    Principal "principal",
    /// Yuan in words (大写).
    PrincipalWords "principal_words",
    Periods "periods",
    RepaymentMethod "repayment_method",
    AnnualRate "annual_rate",
    /// 年化综合融资成本.
    CompositeRate "composite_rate",
    TotalCost "total_cost",
    TotalRepaid "total_repaid",
    FirstPayment "first_payment",
    /// Day the money is paid out.
    Start "start",
    FirstDue "first_due",
    LastDue "last_due",
    Purpose "purpose",
    /// Everyone who lends, with their shares.
    Lenders "lenders",
    Guarantors "guarantors",
    /// Who collects what.
    Collectors "collectors",
    /// The institution that runs the house.
    Institution "institution",
    Hotline "hotline",
    /// The journey.
    Case "case",
    /// SHA-256 of the terms.
    TermsDigest "terms_digest",
    /// Day on which the document was made.
    MadeOn "made_on",
}

impl Placeholder {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text)
    }
}

/// What stands in each gap.
pub type Values = BTreeMap<Placeholder, Text>;

/// A piece of a template's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Words(&'a str),
    Gap(&'a str),
}

/// Words and gaps in their order; a brace that opens or closes nothing is answered as a gap without a name.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        if at > 0 {
            pieces.push(Piece::Words(&rest[..at]));
        }
        let inside = &rest[at..];
        let closed = inside.strip_prefix('{').and_then(|name| {
            let end = name.find(['{', '}'])?;
            name[end..].starts_with('}').then_some((&name[..end], end))
        });
        match closed {
            Some((name, end)) => {
                pieces.push(Piece::Gap(name));
                rest = &inside[end + 2..];
            }
            None => {
                pieces.push(Piece::Gap(""));
                rest = &inside[1..];
            }
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    pieces
}

/// The first gap that names no placeholder.
pub fn unknown(text: &str) -> Option<&str> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Gap(name) if Placeholder::parse(name).is_none() => Some(name),
        Piece::Gap(_) | Piece::Words(_) => None,
    })
}

/// The text with every gap filled, once: what is filled in is never read for gaps. `None` when a value is missing.
fn fill_one(text: &str, value: impl Fn(Placeholder) -> Option<String>) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Gap(name) => filled.push_str(&value(Placeholder::parse(name)?)?),
        }
    }
    Some(filled)
}

/// Both languages with every gap filled.
pub fn fill(text: &Text, values: &Values) -> Option<Text> {
    let zh = fill_one(&text.zh, |gap| {
        values.get(&gap).map(|text| text.zh.to_string())
    })?;
    let en = fill_one(&text.en, |gap| {
        values.get(&gap).map(|text| text.en.to_string())
    })?;
    Some(Text::new(zh, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_gaps_of_the_list_are_known() {
        for (text, wrong) in [
            ("借款人{name}，身份证号{id_number}。", None),
            ("no gap", None),
            ("{soul}", Some("soul")),
            ("{name", Some("")),
            ("name}", Some("")),
            ("{{name}}", Some("")),
            ("{}", Some("")),
            ("{name} {Name}", Some("Name")),
        ] {
            assert_eq!(unknown(text), wrong, "{text}");
        }
        for one in Placeholder::ALL {
            assert_eq!(Placeholder::parse(one.as_str()), Some(*one));
        }
    }

    #[test]
    fn gaps_are_filled_once_and_none_is_left_open() {
        let mut values = Values::new();
        values.insert(Placeholder::Name, Text::new("张{phone}三", "Zhang"));
        let text = Text::new("甲方{name}", "{name}, {name}");
        let filled = fill(&text, &values).expect("filled");
        assert_eq!(filled, Text::new("甲方张{phone}三", "Zhang, Zhang"));
        assert_eq!(fill(&Text::new("{phone}", ""), &values), None);
        assert_eq!(fill(&Text::new("{name", "x"), &values), None);
    }
}

//! Dates on the wire: exactly `YYYY-MM-DD`, so that one date has one spelling and one digest.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serializer, de};

/// Reads exactly `YYYY-MM-DD`.
pub(crate) fn parse(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    Date::new(
        text[..4].parse().ok()?,
        text[5..7].parse().ok()?,
        text[8..].parse().ok()?,
    )
    .ok()
}

pub(crate) fn serialize<S: Serializer>(date: &Date, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(date)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| de::Error::custom("a date is an existing day written YYYY-MM-DD"))
}

/// The same for a date that may be absent.
pub(crate) mod maybe {
    use super::{Date, Deserialize, Deserializer, Serializer, de, parse};

    pub(crate) fn serialize<S: Serializer>(date: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        match date {
            Some(date) => to.collect_str(date),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| {
            parse(&text)
                .ok_or_else(|| de::Error::custom("a date is an existing day written YYYY-MM-DD"))
        })
        .transpose()
    }
}

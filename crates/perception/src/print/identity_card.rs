//! The fields of a resident identity card, and what is wrong with them.

use super::Line;
use serde::Serialize;

/// A day as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Day {
    /// Year.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

impl Day {
    /// A day that the calendar has, from 1900 on.
    fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        let sound = (1900..2200).contains(&year) && (1..=days).contains(&day);
        sound.then_some(Self { year, month, day })
    }
}

/// What the face and the back of a card say; what was not read is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IdentityCard {
    /// 姓名.
    pub name: Option<String>,
    /// 性别: 男 or 女.
    pub sex: Option<char>,
    /// 民族.
    pub ethnicity: Option<String>,
    /// 出生.
    pub birth: Option<Day>,
    /// 住址.
    pub address: Option<String>,
    /// 公民身份号码.
    pub number: Option<String>,
    /// 签发机关, on the back.
    pub issuer: Option<String>,
    /// First day of 有效期限.
    pub valid_from: Option<Day>,
    /// Last day of 有效期限.
    pub valid_until: Option<Day>,
    /// Whether the card says 长期 instead of a last day.
    pub for_life: bool,
}

/// What doesn't fit together on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// No number was read.
    NumberMissing,
    /// The number is not one that can be.
    Number(NumberFault),
    /// The printed birthday is not the number's.
    BirthDiffers,
    /// The printed sex is not the number's.
    SexDiffers,
}

/// Why a number can't be a resident's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFault {
    /// Not seventeen digits and a digit or X.
    Shape,
    /// No such day of birth.
    Birthday,
    /// The last character does not follow from the others (GB 11643).
    Checksum,
}

/// What a sound number says: the day of birth and the sex.
pub fn check_number(number: &str) -> Result<(Day, char), NumberFault> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const LAST: &[u8; 11] = b"10X98765432";
    let letters = number.as_bytes();
    let digits: Vec<u32> = letters
        .iter()
        .take(17)
        .filter(|letter| letter.is_ascii_digit())
        .map(|letter| u32::from(letter - b'0'))
        .collect();
    if letters.len() != 18 || digits.len() != 17 || digits[0] == 0 {
        return Err(NumberFault::Shape);
    }
    let last = letters[17].to_ascii_uppercase();
    if !last.is_ascii_digit() && last != b'X' {
        return Err(NumberFault::Shape);
    }
    let part = |from: usize, to: usize| {
        digits[from..to]
            .iter()
            .fold(0, |sum, digit| sum * 10 + digit)
    };
    let (year, month, day) = (part(6, 10) as u16, part(10, 12) as u8, part(12, 14) as u8);
    let birth = Day::new(year, month, day).ok_or(NumberFault::Birthday)?;
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    match LAST[(sum % 11) as usize] == last {
        true => Ok((birth, if digits[16] % 2 == 1 { '男' } else { '女' })),
        false => Err(NumberFault::Checksum),
    }
}

impl IdentityCard {
    /// The fields in lines of print, of one side or both.
    pub fn read(lines: &[Line]) -> Self {
        let rows = rows(lines);
        let mut card = Self::default();
        let mut address: Option<String> = None;
        for row in &rows {
            if let Some(number) = number_in(row) {
                card.number = Some(number);
                card.address = card.address.or(address.take());
                continue;
            }
            if let Some(rest) = after(row, &["公民身份", "身份号码", "身份证号"]) {
                card.number = number_in(rest).or(card.number);
                card.address = card.address.or(address.take());
            } else if let Some(rest) = after(row, &["姓名"]) {
                card.name = filled(rest);
            } else if row.contains("性别") || row.contains("民族") {
                card.sex = row.chars().find(|letter| "男女".contains(*letter));
                card.ethnicity = after(row, &["民族"]).and_then(filled);
            } else if let Some(rest) = after(row, &["出生"]) {
                card.birth = days_in(rest).first().copied();
            } else if let Some(rest) = after(row, &["住址"]) {
                address = Some(rest.to_owned());
            } else if let Some(rest) = after(row, &["签发机关"]) {
                card.issuer = filled(rest);
            } else if let Some(rest) = after(row, &["有效期限", "有效期"]) {
                let days = days_in(rest);
                card.valid_from = days.first().copied();
                card.valid_until = days.get(1).copied();
                card.for_life = rest.contains("长期");
            } else if let Some(begun) = &mut address {
                begun.push_str(row);
            }
        }
        card.address = card.address.or(address).filter(|text| !text.is_empty());
        card
    }

    /// What doesn't fit together on the card's face.
    pub fn faults(&self) -> Vec<Fault> {
        let Some(number) = &self.number else {
            return vec![Fault::NumberMissing];
        };
        let (birth, sex) = match check_number(number) {
            Ok(said) => said,
            Err(fault) => return vec![Fault::Number(fault)],
        };
        let mut found = Vec::new();
        if self.birth.is_some_and(|printed| printed != birth) {
            found.push(Fault::BirthDiffers);
        }
        if self.sex.is_some_and(|printed| printed != sex) {
            found.push(Fault::SexDiffers);
        }
        found
    }
}

/// Lines at one height.
struct Row<'a> {
    top: f32,
    low: f32,
    /// Left edges and texts.
    parts: Vec<(f32, &'a str)>,
}

/// Texts of lines at one height, joined from left to right, without spaces.
fn rows(lines: &[Line]) -> Vec<String> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for line in lines {
        let [upper_left, .., lower_left] = line.corners;
        let (top, low) = (upper_left.y, lower_left.y);
        let middle = (top + low) / 2.0;
        let part = (upper_left.x, line.text.as_str());
        let same = rows
            .iter_mut()
            .find(|row| row.top <= middle && middle < row.low);
        match same {
            Some(row) => row.parts.push(part),
            None => rows.push(Row {
                top,
                low,
                parts: vec![part],
            }),
        }
    }
    rows.sort_by(|a, b| a.top.total_cmp(&b.top));
    rows.into_iter()
        .map(|mut row| {
            row.parts.sort_by(|a, b| a.0.total_cmp(&b.0));
            let text = row.parts.into_iter().flat_map(|(_, text)| text.chars());
            text.filter(|letter| !letter.is_whitespace()).collect()
        })
        .collect()
}

/// What follows the first of the labels.
fn after<'a>(row: &'a str, labels: &[&str]) -> Option<&'a str> {
    let rest = labels.iter().find_map(|label| row.split_once(label))?.1;
    Some(rest.trim_start_matches([':', '：', '.', '·']))
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Eighteen characters that look like a number.
fn number_in(row: &str) -> Option<String> {
    let letters: Vec<char> = row.chars().collect();
    letters
        .windows(18)
        .find(|window| {
            let (last, rest) = (window[17], &window[..17]);
            rest.iter().all(char::is_ascii_digit) && (last.is_ascii_digit() || "xX".contains(last))
        })
        .map(|window| window.iter().collect::<String>().to_ascii_uppercase())
}

/// Days such as 1990年1月1日, 1990.01.01 or 1990-01-01.
fn days_in(text: &str) -> Vec<Day> {
    let numbers: Vec<u16> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let mut days = Vec::new();
    let mut rest = &numbers[..];
    while let [year, month, day, ..] = *rest {
        let found = u8::try_from(month).ok().zip(u8::try_from(day).ok());
        match found.and_then(|(month, day)| Day::new(year, month, day)) {
            Some(day) => {
                days.push(day);
                rest = &rest[3..];
            }
            None => rest = &rest[1..],
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Point;

    fn line(text: &str, x: f32, y: f32) -> Line {
        let corner = |x: f32, y: f32| Point { x, y };
        Line {
            text: text.into(),
            certainty: 0.9,
            corners: [
                corner(x, y),
                corner(x + 90.0, y),
                corner(x + 90.0, y + 20.0),
                corner(x, y + 20.0),
            ],
        }
    }

    #[test]
    fn numbers_are_checked_as_the_standard_says() {
        let day = |year, month, day| Day { year, month, day };
        let cases = [
            ("11010519491231002X", Ok((day(1949, 12, 31), '女'))),
            ("11010519491231002x", Ok((day(1949, 12, 31), '女'))),
            ("440524188001010014", Err(NumberFault::Birthday)),
            ("110105194912310021", Err(NumberFault::Checksum)),
            ("11010519490231002X", Err(NumberFault::Birthday)),
            ("1101051949123100", Err(NumberFault::Shape)),
            ("11010519491231002Y", Err(NumberFault::Shape)),
            ("01010519491231002X", Err(NumberFault::Shape)),
            ("一1010519491231002X", Err(NumberFault::Shape)),
            ("", Err(NumberFault::Shape)),
        ];
        for (number, wanted) in cases {
            assert_eq!(check_number(number), wanted, "{number}");
        }
    }

    #[test]
    fn a_card_is_read_row_by_row() {
        let lines = [
            line("姓名", 20.0, 20.0),
            line("李小宝", 120.0, 22.0),
            line("性别女", 20.0, 60.0),
            line("民族汉", 160.0, 61.0),
            line("出生1949年12月31日", 20.0, 100.0),
            line("住址北京市东城区某某", 20.0, 140.0),
            line("胡同1号", 60.0, 170.0),
            line("公民身份号码", 20.0, 220.0),
            line("11010519491231002X", 160.0, 221.0),
        ];
        let card = IdentityCard::read(&lines);
        assert_eq!(card.name.as_deref(), Some("李小宝"));
        assert_eq!(card.sex, Some('女'));
        assert_eq!(card.ethnicity.as_deref(), Some("汉"));
        assert_eq!(card.address.as_deref(), Some("北京市东城区某某胡同1号"));
        assert_eq!(card.number.as_deref(), Some("11010519491231002X"));
        assert_eq!(card.faults(), []);
        let other = IdentityCard {
            sex: Some('男'),
            birth: Day::new(1950, 1, 1),
            ..card
        };
        assert_eq!(other.faults(), [Fault::BirthDiffers, Fault::SexDiffers]);
        assert_eq!(IdentityCard::read(&[]).faults(), [Fault::NumberMissing]);
    }

    #[test]
    fn the_back_says_how_long_it_holds() {
        let lines = [
            line("签发机关 某市公安局东城分局", 20.0, 20.0),
            line("有效期限 2015.03.01-2035.03.01", 20.0, 60.0),
        ];
        let card = IdentityCard::read(&lines);
        assert_eq!(card.issuer.as_deref(), Some("某市公安局东城分局"));
        assert_eq!(card.valid_from, Day::new(2015, 3, 1));
        assert_eq!(card.valid_until, Day::new(2035, 3, 1));
        let life = IdentityCard::read(&[line("有效期限2015.03.01-长期", 0.0, 0.0)]);
        assert!(life.for_life && life.valid_until.is_none());
    }
}

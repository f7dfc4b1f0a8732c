//! A natural person as a lender hands them over, checked without asking anyone.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::Deserialize;

use super::item::ItemKind;
use super::private::Private;
use crate::error::{Field, Text};

/// Name, resident ID number and mobile phone of one person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: Private<String>,
    pub id_number: Private<String>,
    pub phone: Private<String>,
}

const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=50;
const YEAR_MIN: i16 = 1900;
/// GB 11643-1999: weights of the first 17 digits, and the check character of each remainder modulo 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// GB/T 2260: the first two digits name a province. 71 is Taiwan, 81 and 82 are Hong Kong and Macao; 83 begins the
/// numbers of residence permits for people from Taiwan, as 81 and 82 do for those from the two others.
const PROVINCES: [std::ops::RangeInclusive<u8>; 8] = [
    11..=15,
    21..=23,
    31..=37,
    41..=46,
    50..=54,
    61..=65,
    71..=71,
    81..=83,
];

impl Person {
    /// What is wrong, each under `path_prefix.field`; empty when all is well. No value is repeated.
    pub fn check(&self, path_prefix: &str) -> Vec<Field> {
        let path = |name: &str| {
            if path_prefix.is_empty() {
                name.to_owned()
            } else {
                format!("{path_prefix}.{name}")
            }
        };
        let mut faults = Vec::new();
        if !name_well_formed(self.name.expose()) {
            faults.push(Field::new(
                path("name"),
                "name_format",
                Text::new(
                    "姓名应为 2 至 50 个汉字或字母，可含“·”。",
                    "A name is 2 to 50 Chinese characters or letters, and may contain ·.",
                ),
            ));
        }
        if let Err(fault) = read_id_number(self.id_number.expose()) {
            faults.push(Field::new(path("id_number"), fault.code(), fault.text()));
        }
        if !phone_well_formed(self.phone.expose()) {
            faults.push(Field::new(
                path("phone"),
                "phone_format",
                Text::new(
                    "手机号应为 11 位数字，以 1 开头。",
                    "A mobile number has 11 digits and begins with 1.",
                ),
            ));
        }
        faults
    }

    /// The items in the one spelling that is sealed and looked up.
    pub(super) fn items(&self) -> [(ItemKind, Private<String>); 3] {
        [
            (ItemKind::Name, &self.name),
            (ItemKind::IdNumber, &self.id_number),
            (ItemKind::Phone, &self.phone),
        ]
        .map(|(kind, raw)| (kind, Private::new(kind.normal(raw.expose()))))
    }
}

/// The one spelling of a value: no blanks around it, the check character X as a capital.
pub(super) fn normal(value: &str) -> Cow<'_, str> {
    let trimmed = value.trim();
    match trimmed.strip_suffix('x') {
        Some(digits) if digits.len() == 17 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{digits}X").into()
        }
        _ => trimmed.into(),
    }
}

/// The birth date inside a well-formed resident ID number.
pub fn birth_date(id_number: &str) -> Option<Date> {
    read_id_number(id_number).ok()
}

/// What can be wrong with a resident ID number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdNumberFault {
    Format,
    Region,
    Date,
    Checksum,
}

impl IdNumberFault {
    fn code(self) -> &'static str {
        match self {
            Self::Format => "id_number_format",
            Self::Region => "id_number_region",
            Self::Date => "id_number_date",
            Self::Checksum => "id_number_checksum",
        }
    }

    fn text(self) -> Text {
        match self {
            Self::Format => Text::new(
                "身份证号应为 18 位：17 位数字和 1 位校验码。",
                "A resident ID number has 18 characters: 17 digits and a check character.",
            ),
            Self::Region => Text::new(
                "身份证号的前两位不是任何地区的代码，请核对。",
                "The ID number's first two digits are no region's code; please compare.",
            ),
            Self::Date => Text::new(
                "身份证号中的出生日期不存在。",
                "The birth date in the ID number does not exist.",
            ),
            Self::Checksum => Text::new(
                "身份证号校验码不对，请核对。",
                "The ID number's check character is wrong; please compare.",
            ),
        }
    }
}

fn read_id_number(id_number: &str) -> Result<Date, IdNumberFault> {
    let bytes = id_number.as_bytes();
    let (digits, check) = match bytes {
        [digits @ .., check] if digits.len() == 17 => (digits, check.to_ascii_uppercase()),
        _ => return Err(IdNumberFault::Format),
    };
    if !digits.iter().all(u8::is_ascii_digit) || !CHECKS.contains(&check) {
        return Err(IdNumberFault::Format);
    }
    let province = (digits[0] - b'0') * 10 + (digits[1] - b'0');
    if !PROVINCES.iter().any(|known| known.contains(&province)) {
        return Err(IdNumberFault::Region);
    }
    let number = |range: std::ops::Range<usize>| {
        digits[range]
            .iter()
            .fold(0_i16, |n, d| n * 10 + i16::from(d - b'0'))
    };
    let (year, month, day) = (number(6..10), number(10..12), number(12..14));
    let date = Date::new(year, month as i8, day as i8).map_err(|_| IdNumberFault::Date)?;
    if year < YEAR_MIN {
        return Err(IdNumberFault::Date);
    }
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(d, weight)| u32::from(d - b'0') * weight)
        .sum();
    if CHECKS[(sum % 11) as usize] == check {
        Ok(date)
    } else {
        Err(IdNumberFault::Checksum)
    }
}

pub(super) fn name_well_formed(name: &str) -> bool {
    let dot = |c: char| matches!(c, '·' | '•');
    NAME_CHARS.contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphabetic() || dot(c))
        && !name.starts_with(dot)
        && !name.ends_with(dot)
}

pub(super) fn phone_well_formed(phone: &str) -> bool {
    phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|b| b.is_ascii_digit())
}

/// A mobile number in its one spelling, with or without the country's code before it.
pub fn mobile(text: &str) -> Option<Private<String>> {
    let text = text.trim();
    let digits = text
        .strip_prefix("+86")
        .or_else(|| text.strip_prefix("86"))
        .unwrap_or(text);
    phone_well_formed(digits).then(|| Private::from(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An invented number: region and serial as given, with its right check character.
    fn numbered(first17: &str) -> String {
        let sum: u32 = first17
            .bytes()
            .zip(WEIGHTS)
            .map(|(d, weight)| u32::from(d - b'0') * weight)
            .sum();
        format!("{first17}{}", CHECKS[(sum % 11) as usize] as char)
    }

    fn fault(id_number: &str) -> Option<IdNumberFault> {
        read_id_number(id_number).err()
    }

    #[test]
    fn the_standards_own_example_passes_and_any_changed_digit_fails() {
        // GB 11643-1999, annex: 11010519491231002X.
        let example = "11010519491231002X";
        assert_eq!(birth_date(example), Some(jiff::civil::date(1949, 12, 31)));
        assert_eq!(fault("11010519491231002x"), None);
        for at in (0..6).chain(14..17) {
            let mut changed = example.as_bytes().to_vec();
            changed[at] = if changed[at] == b'9' {
                b'0'
            } else {
                changed[at] + 1
            };
            assert_eq!(
                fault(std::str::from_utf8(&changed).expect("digits")),
                Some(IdNumberFault::Checksum),
                "digit {at}"
            );
        }
    }

    #[test]
    fn a_number_begins_with_a_province_that_there_is() {
        let known = [
            11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50,
            51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
        ];
        for province in 0..100 {
            let number = numbered(&format!("{province:02}010119640316002"));
            let expected = (!known.contains(&province)).then_some(IdNumberFault::Region);
            assert_eq!(fault(&number), expected, "{province:02}");
        }
    }

    #[test]
    fn a_right_checksum_does_not_save_an_impossible_date() {
        for first17 in [
            "11010120230230001",
            "11010119000229001",
            "11010119641301001",
            "11010119640001001",
            "11010100000101001",
            "11010118991231001",
        ] {
            assert_eq!(
                fault(&numbered(first17)),
                Some(IdNumberFault::Date),
                "{first17}"
            );
        }
        assert_eq!(fault(&numbered("11010120000229001")), None);
    }

    #[test]
    fn other_shapes_are_refused_without_a_panic() {
        for text in [
            "",
            "1",
            "11010519491231002",
            "11010519491231002XX",
            "1101051949123100２X",
            "11010519491231002Y",
            "身份证号码十八位",
            "A1010519491231002X",
        ] {
            assert_eq!(fault(text), Some(IdNumberFault::Format), "{text}");
        }
    }

    #[test]
    fn each_field_is_named_under_its_prefix_and_no_value_is_repeated() {
        let person = Person {
            name: "张".into(),
            id_number: numbered("11010120230230001").as_str().into(),
            phone: "23800000000".into(),
        };
        let faults = person.check("borrower");
        let named: Vec<_> = faults
            .iter()
            .map(|f| (f.path.as_str(), f.code.as_ref()))
            .collect();
        assert_eq!(
            named,
            [
                ("borrower.name", "name_format"),
                ("borrower.id_number", "id_number_date"),
                ("borrower.phone", "phone_format")
            ]
        );
        assert!(!format!("{faults:?}").contains("23800000000"));
    }

    #[test]
    fn names_of_many_kinds_pass() {
        for (name, good) in [
            ("周桂兰", true),
            ("阿卜杜拉·买买提", true),
            ("Anna", true),
            ("𠮷田", true),
            ("周", false),
            ("·周兰", false),
            ("周1兰", false),
            ("周 兰", false),
            ("周<b>", false),
        ] {
            assert_eq!(name_well_formed(name), good, "{name}");
        }
        assert!(!name_well_formed(&"周".repeat(51)));
    }

    #[test]
    fn a_country_s_code_makes_no_other_number() {
        for (text, number) in [
            ("13800000000", Some("13800000000")),
            (" +8613800000000 ", Some("13800000000")),
            ("8613800000000", Some("13800000000")),
            ("+86 13800000000", None),
            ("8613800000", None),
            ("10690000000000", None),
            ("", None),
        ] {
            let found = mobile(text);
            let found = found.as_ref().map(|found| found.expose().as_str());
            assert_eq!(found, number, "{text}");
        }
    }

    #[test]
    fn two_spellings_are_one_value() {
        assert_eq!(normal(" 11010519491231002x "), "11010519491231002X");
        assert_eq!(normal("Max"), "Max");
    }
}

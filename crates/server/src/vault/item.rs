//! What is kept about a subject: each kind's class, its rules, its one spelling and its mask.

use jiff::civil::Date;

use super::model::{mask_id_number, mask_middle, mask_name, mask_phone};
use super::person::{name_well_formed, normal, phone_well_formed};
use super::retention::Rule;
use crate::clock;
use crate::credit_code;
use crate::error::{Field, Text};

/// One kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    Name,
    IdNumber,
    Phone,
    /// Until when the identity document is valid: an ISO date, or `long_term`.
    IdDocumentUntil,
    /// Number of the person's own bank card.
    BankCard,
    /// Income of a month, fen.
    MonthlyIncome,
    /// Debt payments of a month, fen.
    MonthlyDebts,
    Occupation,
    /// What the lender knows of income and credit, as canonical text.
    SuppliedFigures,
    Address,
    /// Name of a third person.
    RelativeName,
    /// Phone of a third person.
    RelativePhone,
    /// Registered name of a business.
    BusinessName,
    /// 统一社会信用代码.
    CreditCode,
}

/// How an identity document without an end is written.
const LONG_TERM: &str = "long_term";
/// A thousand million yuan a month, in fen: more is a slip of the finger.
const FEN_MAX: u64 = 100_000_000_000;
/// ISO/IEC 7812: an account number has 12 to 19 digits on a card that a Chinese bank issues.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
const OCCUPATION_CHARS: std::ops::RangeInclusive<usize> = 1..=50;
const FIGURES_CHARS: std::ops::RangeInclusive<usize> = 2..=200;
const BUSINESS_NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=100;
const ADDRESS_CHARS: std::ops::RangeInclusive<usize> = 5..=200;
/// A city's name ends within these characters of an address.
const CITY_CHARS: usize = 24;

impl ItemKind {
    pub const ALL: [Self; 14] = [
        Self::Name,
        Self::IdNumber,
        Self::Phone,
        Self::IdDocumentUntil,
        Self::BankCard,
        Self::MonthlyIncome,
        Self::MonthlyDebts,
        Self::Occupation,
        Self::SuppliedFigures,
        Self::Address,
        Self::RelativeName,
        Self::RelativePhone,
        Self::BusinessName,
        Self::CreditCode,
    ];

    /// What makes a person or a business known; `vault::enrol` and its like keep these, `vault::keep` the others.
    pub(super) const IDENTIFYING: [Self; 7] = [
        Self::Name,
        Self::IdNumber,
        Self::Phone,
        Self::BusinessName,
        Self::CreditCode,
        Self::RelativeName,
        Self::RelativePhone,
    ];

    /// Data of somebody who has no dealings with the institution.
    pub(super) fn of_third_person(self) -> bool {
        matches!(self, Self::RelativeName | Self::RelativePhone)
    }

    /// Stable: stored, sworn to and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::IdNumber => "id_number",
            Self::Phone => "phone",
            Self::IdDocumentUntil => "id_document_until",
            Self::BankCard => "bank_card",
            Self::MonthlyIncome => "monthly_income",
            Self::MonthlyDebts => "monthly_debts",
            Self::Occupation => "occupation",
            Self::SuppliedFigures => "supplied_figures",
            Self::Address => "address",
            Self::RelativeName => "relative_name",
            Self::RelativePhone => "relative_phone",
            Self::BusinessName => "business_name",
            Self::CreditCode => "credit_code",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Class by JR/T 0171-2020. C3 (what authenticates: passwords, codes, faces, voices) is nothing this vault keeps.
    pub fn class(self) -> Class {
        match self {
            Self::Name
            | Self::IdNumber
            | Self::Phone
            | Self::IdDocumentUntil
            | Self::BankCard
            | Self::MonthlyIncome
            | Self::MonthlyDebts
            | Self::Occupation
            | Self::SuppliedFigures
            | Self::Address
            | Self::RelativeName
            | Self::RelativePhone
            | Self::BusinessName
            | Self::CreditCode => Class::C2,
        }
    }

    /// Why it is kept at all.
    pub(super) fn kept_for(self) -> &'static str {
        match self {
            Self::Name
            | Self::IdNumber
            | Self::Phone
            | Self::Address
            | Self::BusinessName
            | Self::CreditCode => "loan",
            Self::IdDocumentUntil | Self::BankCard => "verify_identity",
            Self::MonthlyIncome | Self::MonthlyDebts | Self::Occupation | Self::SuppliedFigures => {
                "assess_affordability"
            }
            Self::RelativeName | Self::RelativePhone => "reach_borrower",
        }
    }

    /// Which retention rule it is stored with: the longest that applies to its kind.
    pub(super) fn retention(self) -> &'static Rule {
        Rule::longest(self)
    }

    /// The one spelling of a value that is sealed.
    pub(super) fn normal(self, value: &str) -> String {
        match self {
            Self::BankCard => value.chars().filter(|c| !matches!(c, ' ' | '-')).collect(),
            Self::CreditCode => value.trim().to_ascii_uppercase(),
            _ => normal(value).into_owned(),
        }
    }

    /// What is wrong with a value in its normal spelling. The value is not repeated.
    pub(super) fn check(self, value: &str) -> Option<Field> {
        let (good, code, text) = match self {
            Self::Name | Self::RelativeName => (
                name_well_formed(value),
                "name_format",
                Text::new(
                    "姓名应为 2 至 50 个汉字或字母，可含“·”。",
                    "A name is 2 to 50 Chinese characters or letters, and may contain ·.",
                ),
            ),
            Self::IdNumber => (
                super::person::birth_date(value).is_some(),
                "id_number_format",
                Text::new("身份证号不对。", "The ID number is wrong."),
            ),
            Self::Phone | Self::RelativePhone => (
                phone_well_formed(value),
                "phone_format",
                Text::new(
                    "手机号应为 11 位数字，以 1 开头。",
                    "A mobile number has 11 digits and begins with 1.",
                ),
            ),
            Self::IdDocumentUntil => (
                value == LONG_TERM || iso_date(value),
                "date_format",
                Text::new(
                    "日期应形如 2031-05-01；长期有效写 long_term。",
                    "A date looks like 2031-05-01; a document without end is long_term.",
                ),
            ),
            Self::BankCard => (
                CARD_DIGITS.contains(&value.len()) && luhn(value),
                "bank_card_format",
                Text::new(
                    "银行卡号不对，请核对。",
                    "The card number is wrong; please compare.",
                ),
            ),
            Self::MonthlyIncome | Self::MonthlyDebts => (
                fen(value),
                "amount_format",
                Text::new(
                    "金额应为以分计的整数，不能为负或过大。",
                    "An amount is a whole number of fen, neither negative nor too large.",
                ),
            ),
            Self::Occupation => (
                printable(value, &OCCUPATION_CHARS),
                "text_length",
                Text::new(
                    "职业应为 1 至 50 个字。",
                    "An occupation has 1 to 50 characters.",
                ),
            ),
            Self::SuppliedFigures => (
                printable(value, &FIGURES_CHARS),
                "text_length",
                Text::new("数据过长。", "The figures are too long."),
            ),
            Self::BusinessName => (
                printable(value, &BUSINESS_NAME_CHARS),
                "text_length",
                Text::new(
                    "名称应为 2 至 100 个字。",
                    "A business's name has 2 to 100 characters.",
                ),
            ),
            Self::CreditCode => (
                credit_code::holds(value),
                "credit_code_wrong",
                Text::new(
                    "统一社会信用代码不对，请核对。",
                    "The unified social credit code is wrong; please compare.",
                ),
            ),
            Self::Address => (
                printable(value, &ADDRESS_CHARS),
                "text_length",
                Text::new(
                    "地址应为 5 至 200 个字。",
                    "An address has 5 to 200 characters.",
                ),
            ),
        };
        (!good).then(|| Field::new(self.as_str(), code, text))
    }

    /// What lists and pages may show of a value without opening it.
    pub fn mask(self, value: &str) -> String {
        match self {
            Self::Name | Self::RelativeName => mask_name(value),
            Self::IdNumber => mask_id_number(value),
            Self::Phone | Self::RelativePhone => mask_phone(value),
            Self::IdDocumentUntil if value == LONG_TERM => value.to_owned(),
            // The year tells whether to ask for a new document.
            Self::IdDocumentUntil => mask_middle(value, 4, 0),
            Self::BankCard => mask_middle(value, 0, 4),
            Self::BusinessName => mask_middle(value, 2, 2),
            Self::CreditCode => mask_middle(value, 4, 4),
            Self::MonthlyIncome | Self::MonthlyDebts | Self::Occupation | Self::SuppliedFigures => {
                "***".to_owned()
            }
            Self::Address => mask_address(value),
        }
    }
}

/// Sensitivity of personal financial information (JR/T 0171-2020): C3 authenticates, C2 identifies, C1 is internal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    C1,
    C2,
    C3,
}

impl Class {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
        }
    }
}

fn iso_date(text: &str) -> bool {
    text.len() == 10
        && text
            .parse::<Date>()
            .is_ok_and(|date| date.to_string() == text)
}

fn fen(text: &str) -> bool {
    let plain =
        text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    plain && text.parse::<u64>().is_ok_and(|fen| fen <= FEN_MAX)
}

fn printable(text: &str, chars: &std::ops::RangeInclusive<usize>) -> bool {
    chars.contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn luhn(digits: &str) -> bool {
    let mut sum = 0;
    for (place, byte) in digits.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let digit = u32::from(byte - b'0');
        sum += match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        };
    }
    !digits.is_empty() && sum % 10 == 0
}

/// `浙江省杭州市西湖区文三路` → `浙江省杭州市***`; an address without a city is hidden whole.
fn mask_address(address: &str) -> String {
    let head: Vec<char> = address.chars().take(CITY_CHARS).collect();
    let ends = ["市", "自治州", "地区", "盟"].map(|end| end.chars().collect::<Vec<_>>());
    let city = (1..=head.len()).find(|at| ends.iter().any(|end| head[..*at].ends_with(end)));
    let shown: String = head[..city.unwrap_or(0)].iter().collect();
    format!("{shown}***")
}

/// The last valid day of an identity document, from the item's value; none for a document without end.
pub fn document_until(value: &str) -> Option<Date> {
    value.parse().ok()
}

/// Whether an identity document is still valid on the day of an instant (UTC ms).
pub fn document_valid(value: &str, now_ms: i64) -> bool {
    value == LONG_TERM
        || document_until(value).is_some_and(|until| until >= clock::civil_date(now_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An invented card number with its right check digit.
    const CARD: &str = "6222020000000123455";

    #[test]
    fn each_kind_takes_what_it_should_and_no_more() {
        use ItemKind::*;
        let long = "x".repeat(201);
        let cases: [(ItemKind, &str, bool); 27] = [
            (IdDocumentUntil, "2031-05-01", true),
            (IdDocumentUntil, "long_term", true),
            (IdDocumentUntil, "2031-02-29", false),
            (IdDocumentUntil, "2031-5-1", false),
            (IdDocumentUntil, "", false),
            (BankCard, CARD, true),
            (BankCard, "6222020000000123456", false),
            (BankCard, "62220200000", false),
            (BankCard, "00000000000000000000", false),
            (BankCard, "622202000000012345８", false),
            (MonthlyIncome, "800000", true),
            (MonthlyIncome, "0", true),
            (MonthlyIncome, "-1", false),
            (MonthlyIncome, "+1", false),
            (MonthlyIncome, "0800", false),
            (MonthlyIncome, "8000.00", false),
            (MonthlyDebts, "100000000001", false),
            (MonthlyDebts, "99999999999999999999", false),
            (Occupation, "教师", true),
            (Occupation, "", false),
            (Occupation, "教\n师", false),
            (Address, "北京市海淀区", true),
            (Address, "北京", false),
            (Address, &long, false),
            (RelativeName, "周建军", true),
            (RelativePhone, "10000000063", true),
            (RelativePhone, "1000000006", false),
        ];
        for (kind, value, good) in cases {
            let fault = kind.check(value);
            assert_eq!(fault.is_none(), good, "{kind:?} {value}");
            assert!(fault.is_none_or(|fault| fault.path == kind.as_str()));
        }
    }

    #[test]
    fn masks_keep_a_tail_a_year_or_a_city() {
        use ItemKind::*;
        for (kind, value, masked) in [
            (BankCard, CARD, "***************3455"),
            (IdDocumentUntil, "2031-05-01", "2031******"),
            (IdDocumentUntil, "long_term", "long_term"),
            (MonthlyIncome, "800000", "***"),
            (Occupation, "教师", "***"),
            (Address, "浙江省杭州市西湖区文三路 1 号", "浙江省杭州市***"),
            (Address, "北京市海淀区中关村", "北京市***"),
            (
                Address,
                "云南省大理白族自治州大理市",
                "云南省大理白族自治州***",
            ),
            (Address, "某处一条没有名字的小路", "***"),
            (RelativeName, "周建军", "周**"),
            (RelativePhone, "10000000063", "100****0063"),
            (BusinessName, "杭州桂兰便利店", "杭州***利店"),
            (CreditCode, "91350100M000100Y43", "9135**********0Y43"),
        ] {
            assert_eq!(kind.mask(value), masked, "{kind:?}");
        }
    }

    #[test]
    fn a_card_number_may_be_written_in_groups() {
        assert_eq!(ItemKind::BankCard.normal(" 6222-0200 0000 0123 455"), CARD);
        assert_eq!(ItemKind::parse("bank_card"), Some(ItemKind::BankCard));
        assert_eq!(ItemKind::parse("face"), None);
    }

    #[test]
    fn a_document_is_valid_through_its_last_day_in_shanghai() {
        let last_minute = clock::start_of(jiff::civil::date(2031, 5, 2)) - 1;
        assert!(document_valid("2031-05-01", last_minute));
        assert!(!document_valid("2031-05-01", last_minute + 1));
        assert!(document_valid("long_term", last_minute + 1));
        assert!(!document_valid("someday", 0));
    }
}

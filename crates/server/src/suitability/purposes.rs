//! 消费用途: what a loan may be for, and what a merchant's category says about it. Data, with one decision.

use crate::access::InstitutionKind;
use crate::error::Text;

/// Who may lend for a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Every lender.
    Consumption,
    /// Not a consumer-finance company: it lends neither for housing nor for cars (消费金融公司管理办法).
    Vehicle,
    /// Not a consumer-finance company: it lends for consumption only.
    Business,
    /// No lender of consumer credit.
    Forbidden,
}

/// One purpose.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// Stable: stored, sworn to and sent.
    pub code: &'static str,
    zh: &'static str,
    en: &'static str,
    used: Use,
}

impl Purpose {
    pub fn text(&self) -> Text {
        Text::new(self.zh, self.en)
    }

    /// Whether this kind of lender may lend for it.
    pub fn allowed(&self, lender: InstitutionKind) -> bool {
        match self.used {
            Use::Consumption => true,
            Use::Vehicle | Use::Business => lender != InstitutionKind::ConsumerFinance,
            Use::Forbidden => false,
        }
    }
}

const fn purpose(code: &'static str, zh: &'static str, en: &'static str, used: Use) -> Purpose {
    Purpose { code, zh, en, used }
}

/// Every purpose a person may name, the forbidden ones too: who needs the money for them should hear why not.
pub const PURPOSES: [Purpose; 17] = [
    purpose(
        "electronics",
        "家电数码",
        "Appliances and electronics",
        Use::Consumption,
    ),
    purpose(
        "home",
        "装修家居",
        "Furnishing and repairs at home",
        Use::Consumption,
    ),
    purpose(
        "education",
        "教育培训",
        "Education and training",
        Use::Consumption,
    ),
    purpose("medical", "看病就医", "Medical care", Use::Consumption),
    purpose("travel", "旅游出行", "Travel", Use::Consumption),
    purpose("wedding", "婚庆", "A wedding", Use::Consumption),
    purpose("daily", "日常消费", "Everyday spending", Use::Consumption),
    purpose("vehicle", "买车", "A car", Use::Vehicle),
    purpose("business", "经营周转", "Running a business", Use::Business),
    purpose("house", "购房", "Buying a home", Use::Forbidden),
    purpose("down_payment", "付首付", "A down payment", Use::Forbidden),
    purpose("stocks", "炒股、期货", "Stocks or futures", Use::Forbidden),
    purpose("investment", "理财、投资", "Investments", Use::Forbidden),
    purpose(
        "relend",
        "转借给别人",
        "Lending it to someone else",
        Use::Forbidden,
    ),
    purpose(
        "other_loans",
        "还其他贷款",
        "Repaying other loans",
        Use::Forbidden,
    ),
    purpose("gambling", "博彩", "Gambling", Use::Forbidden),
    purpose(
        "guarantee_for_other",
        "替别人借",
        "Borrowing for someone else",
        Use::Forbidden,
    ),
];

/// The purpose with a code.
pub fn purpose_of(code: &str) -> Option<Purpose> {
    PURPOSES.into_iter().find(|one| one.code == code)
}

/// What a merchant category code (ISO 18245) says a purchase is for: first and last code, purpose.
const SCENES: [(u16, u16, &str); 24] = [
    (1520, 1520, "home"),
    (1711, 1799, "home"),
    (4411, 4411, "travel"),
    (4511, 4511, "travel"),
    (4722, 4722, "travel"),
    (5045, 5045, "electronics"),
    (5211, 5251, "home"),
    (5311, 5311, "daily"),
    (5411, 5411, "daily"),
    (5511, 5521, "vehicle"),
    (5712, 5719, "home"),
    (5722, 5722, "electronics"),
    (5732, 5734, "electronics"),
    (5811, 5814, "daily"),
    (6051, 6051, "investment"),
    (6211, 6211, "stocks"),
    (6513, 6513, "house"),
    (7011, 7012, "travel"),
    (7995, 7995, "gambling"),
    (8011, 8099, "medical"),
    (8211, 8299, "education"),
    (7273, 7273, "wedding"),
    (7296, 7296, "wedding"),
    (7221, 7221, "wedding"),
];

/// Where the money is spent, as the lender knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Merchant category code, ISO 18245.
    pub mcc: u16,
    /// Price of the purchase, fen.
    pub amount: Option<i64>,
}

/// How a scene fits the purpose a person named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    Fits,
    /// The merchant sells something else.
    OtherPurpose,
    /// The loan is far larger than the purchase.
    TooLarge,
}

/// A loan may exceed its purchase by a fifth: prices change between basket and till.
const ROOM_PPM: i64 = 200_000;

impl Scene {
    /// The purpose a scene speaks for, where its category is known.
    pub fn purpose(self) -> Option<Purpose> {
        SCENES
            .into_iter()
            .find(|(first, last, _)| (*first..=*last).contains(&self.mcc))
            .and_then(|(_, _, code)| purpose_of(code))
    }

    /// A category nobody knows says nothing against the person.
    pub fn fit(self, named: &str, principal: i64) -> Fit {
        if self.purpose().is_some_and(|purpose| purpose.code != named) {
            return Fit::OtherPurpose;
        }
        let room = |amount: i64| i128::from(amount) * i128::from(1_000_000 + ROOM_PPM) / 1_000_000;
        match self.amount {
            Some(amount) if i128::from(principal) > room(amount) => Fit::TooLarge,
            _ => Fit::Fits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_scene_names_a_purpose() {
        for (i, one) in PURPOSES.iter().enumerate() {
            assert!(PURPOSES[..i].iter().all(|other| other.code != one.code));
        }
        for (first, last, code) in SCENES {
            assert!(first <= last && purpose_of(code).is_some(), "{code}");
        }
    }

    #[test]
    fn lenders_lend_for_what_their_kind_may() {
        use InstitutionKind::{Bank, ConsumerFinance, SmallLoan};
        for (code, bank, consumer_finance, small_loan) in [
            ("electronics", true, true, true),
            ("vehicle", true, false, true),
            ("business", true, false, true),
            ("house", false, false, false),
            ("other_loans", false, false, false),
        ] {
            let purpose = purpose_of(code).expect("a purpose");
            let allowed = [Bank, ConsumerFinance, SmallLoan].map(|kind| purpose.allowed(kind));
            assert_eq!(allowed, [bank, consumer_finance, small_loan], "{code}");
        }
        assert!(purpose_of("anything").is_none());
    }

    #[test]
    fn a_scene_is_recognised_by_merchant_and_amount() {
        let scene = |mcc, amount| Scene { mcc, amount };
        for (scene, named, principal, fit) in [
            (
                scene(5732, Some(599_900)),
                "electronics",
                600_000,
                Fit::Fits,
            ),
            (
                scene(5732, Some(500_000)),
                "electronics",
                600_000,
                Fit::Fits,
            ),
            (
                scene(5732, Some(499_999)),
                "electronics",
                600_000,
                Fit::TooLarge,
            ),
            (scene(5732, None), "electronics", 20_000_000, Fit::Fits),
            (scene(5732, None), "travel", 600_000, Fit::OtherPurpose),
            (scene(6513, None), "home", 600_000, Fit::OtherPurpose),
            (scene(9999, None), "travel", 600_000, Fit::Fits),
            (
                scene(5732, Some(i64::MAX)),
                "electronics",
                i64::MAX,
                Fit::Fits,
            ),
        ] {
            assert_eq!(scene.fit(named, principal), fit, "{scene:?} {named}");
        }
    }
}

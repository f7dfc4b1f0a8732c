//! A registered business as a lender hands it over, checked without asking anyone. Who acts for it is a person of
//! their own: the trader, or the firm's legal representative.

use serde::{Deserialize, Serialize};

use super::item::ItemKind;
use super::model::SubjectKind;
use super::private::Private;
use crate::error::{Field, Text};

/// Kinds of registered businesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BusinessKind {
    /// 个体工商户.
    SoleTrader,
    /// A company or another organisation with a legal representative.
    Firm,
}

impl BusinessKind {
    pub fn as_str(self) -> &'static str {
        SubjectKind::from(self).as_str()
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::SoleTrader, Self::Firm]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl From<BusinessKind> for SubjectKind {
    fn from(kind: BusinessKind) -> Self {
        match kind {
            BusinessKind::SoleTrader => Self::SoleTrader,
            BusinessKind::Firm => Self::Firm,
        }
    }
}

/// GB 32100: codes of sole traders begin with 92, those of nobody else do.
const SOLE_TRADER: &str = "92";

/// Registered name and unified social credit code of one business.
#[derive(Clone, Debug)]
pub struct Business {
    pub kind: BusinessKind,
    pub name: Private<String>,
    pub credit_code: Private<String>,
}

impl Business {
    /// What is wrong, each under `path_prefix.field`; empty when all is well. No value is repeated.
    pub fn check(&self, path_prefix: &str) -> Vec<Field> {
        let [(_, name), (_, code)] = self.items();
        let mut faults = Vec::new();
        let mut fault = |field: &str, found: Option<Field>| {
            faults.extend(found.map(|fault| Field {
                path: format!("{path_prefix}.{field}"),
                ..fault
            }));
        };
        fault("name", ItemKind::BusinessName.check(name.expose()));
        let wrong_code = ItemKind::CreditCode.check(code.expose());
        let of_trader = code.expose().starts_with(SOLE_TRADER);
        let other_kind = of_trader != (self.kind == BusinessKind::SoleTrader);
        fault(
            "credit_code",
            wrong_code.or_else(|| {
                other_kind.then(|| {
                    Field::new(
                        "credit_code",
                        "credit_code_kind",
                        Text::new(
                            "统一社会信用代码与主体类型不一致：个体工商户的代码以 92 开头。",
                            "The credit code is of another kind of business: those of sole traders begin with 92.",
                        ),
                    )
                })
            }),
        );
        faults
    }

    /// The items in the one spelling that is sealed and looked up.
    pub(super) fn items(&self) -> [(ItemKind, Private<String>); 2] {
        [
            (ItemKind::BusinessName, &self.name),
            (ItemKind::CreditCode, &self.credit_code),
        ]
        .map(|(kind, raw)| (kind, Private::new(kind.normal(raw.expose()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_must_hold_and_be_of_the_kind_that_is_named() {
        use BusinessKind::{Firm, SoleTrader};
        let shop = "杭州桂兰便利店";
        for (kind, name, code, faults) in [
            (Firm, shop, "91350100M000100Y43", &[][..]),
            (Firm, shop, " 91350100m000100y43 ", &[]),
            (SoleTrader, shop, "92330106MA2DEM0015", &[]),
            (
                SoleTrader,
                shop,
                "91350100M000100Y43",
                &["borrower.business.credit_code"],
            ),
            (
                Firm,
                shop,
                "92330106MA2DEM0015",
                &["borrower.business.credit_code"],
            ),
            (
                Firm,
                "店",
                "91350100M000100Y44",
                &["borrower.business.name", "borrower.business.credit_code"],
            ),
        ] {
            let business = Business {
                kind,
                name: name.into(),
                credit_code: code.into(),
            };
            let found = business.check("borrower.business");
            let paths: Vec<&str> = found.iter().map(|fault| fault.path.as_str()).collect();
            assert_eq!(paths, faults, "{kind:?} {code}");
            assert!(!format!("{found:?}").contains("350100"), "{found:?}");
            assert_eq!(BusinessKind::parse(kind.as_str()), Some(kind));
        }
    }
}

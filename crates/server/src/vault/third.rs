//! A third person as a borrower names them: somebody who has no dealings with the institution.

use super::item::ItemKind;
use super::private::Private;
use crate::error::Field;

/// Name and mobile phone of one third person.
#[derive(Clone, Debug)]
pub struct ThirdPerson {
    pub name: Private<String>,
    pub phone: Private<String>,
}

/// What became of the data of a third person who was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    Gone,
    /// A legal hold keeps it; it goes when the last one is lifted.
    Held,
}

impl ThirdPerson {
    /// What is wrong, each under `name` or `phone`; empty when all is well. No value is repeated.
    pub fn check(&self) -> Vec<Field> {
        let fault = |(kind, value): &(ItemKind, Private<String>)| kind.check(value.expose());
        let paths = ["name", "phone"];
        let found = self.items().iter().map(fault).collect::<Vec<_>>();
        found
            .into_iter()
            .zip(paths)
            .filter_map(|(fault, path)| {
                fault.map(|fault| Field {
                    path: path.to_owned(),
                    ..fault
                })
            })
            .collect()
    }

    /// The items in the one spelling that is sealed and looked up.
    pub(super) fn items(&self) -> [(ItemKind, Private<String>); 2] {
        [
            (ItemKind::RelativeName, &self.name),
            (ItemKind::RelativePhone, &self.phone),
        ]
        .map(|(kind, raw)| (kind, Private::new(kind.normal(raw.expose()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_and_not_repeated() {
        for (name, phone, faults) in [
            ("周建军", "10000000063", &[][..]),
            (" 周建军 ", " 10000000063 ", &[]),
            ("周", "10000000063", &["name"]),
            ("周建军", "+8613800000000", &["phone"]),
            ("", "0", &["name", "phone"]),
        ] {
            let third = ThirdPerson {
                name: name.into(),
                phone: phone.into(),
            };
            let found = third.check();
            let paths: Vec<&str> = found.iter().map(|fault| fault.path.as_str()).collect();
            assert_eq!(paths, faults, "{name} {phone}");
            assert!(!format!("{found:?}").contains("138"), "{found:?}");
        }
    }
}

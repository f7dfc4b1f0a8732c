//! Roles: named bundles of rights.

use super::{Right, RoleId, filled};
use crate::error::{Error, Field, Text};

/// A role every institution has. Its rights grow with the program and are no institution's to change.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Lasting; stored with each member of staff.
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub rights: &'static [Right],
}

/// The built-in roles, each with the least it needs. Whoever proposes does not approve; whoever manages staff sees no
/// borrower; a person who does two jobs has two roles.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        code: "administrator",
        zh: "管理员",
        en: "Administrator",
        rights: &[
            Right::ViewStaff,
            Right::ManageStaff,
            Right::ManageRoles,
            Right::ViewSettings,
            Right::ManageSettings,
            Right::ViewLog,
        ],
    },
    BuiltIn {
        code: "integrator",
        zh: "系统对接",
        en: "Systems engineer",
        rights: &[
            Right::ViewSettings,
            Right::ViewKeys,
            Right::ManageKeys,
            Right::ViewWebhooks,
            Right::ManageWebhooks,
            Right::ViewBatches,
            Right::SendBatches,
            Right::ViewLog,
        ],
    },
    BuiltIn {
        code: "service",
        zh: "客户服务",
        en: "Customer service",
        rights: &[
            Right::ViewJourneys,
            Right::HoldJourneys,
            Right::ViewIncidents,
            Right::HandleIncidents,
            Right::ViewRectifications,
            Right::HandleRectifications,
            Right::IssueLinks,
            Right::ViewIdentity,
            Right::ViewConsents,
            Right::ViewProducts,
            Right::ViewRoster,
            Right::ViewSubjects,
            Right::OpenItems,
            Right::ViewLog,
        ],
    },
    BuiltIn {
        code: "counter",
        zh: "柜面人员",
        en: "Counter staff",
        rights: &[
            Right::ViewJourneys,
            Right::IssueLinks,
            Right::AssistBorrowers,
            Right::ViewIdentity,
            Right::AttestIdentity,
            Right::LeadRecordings,
        ],
    },
    BuiltIn {
        code: "officer",
        zh: "消保专员",
        en: "Consumer protection officer",
        rights: &[
            Right::ViewJourneys,
            Right::HoldJourneys,
            Right::ViewIncidents,
            Right::HandleIncidents,
            Right::BreakGlass,
            Right::ViewInspections,
            Right::DrawInspections,
            Right::ExportInspections,
            Right::ViewRectifications,
            Right::OpenRectifications,
            Right::HandleRectifications,
            Right::ViewIdentity,
            Right::ReviewSuitability,
            Right::ReviewRecordings,
            Right::LeadRecordings,
            Right::ViewConsents,
            Right::ViewContracts,
            Right::ViewProducts,
            Right::ViewRoster,
            Right::ViewSubjects,
            Right::ViewOpenings,
            Right::ViewLog,
        ],
    },
    BuiltIn {
        code: "emergency",
        zh: "应急放款",
        en: "Emergency releases",
        rights: &[Right::BreakGlass],
    },
    BuiltIn {
        code: "privacy",
        zh: "个人信息保护专员",
        en: "Personal information officer",
        rights: &[
            Right::ViewConsents,
            Right::ViewSubjects,
            Right::DestroySubjects,
            Right::ViewLog,
        ],
    },
    BuiltIn {
        code: "product_manager",
        zh: "产品经理",
        en: "Product manager",
        rights: &[
            Right::ViewJourneys,
            Right::ViewRectifications,
            Right::HandleRectifications,
            Right::ViewProducts,
            Right::ProposeProducts,
            Right::ViewRoster,
            Right::ProposeRoster,
            Right::ViewConsents,
            Right::ProposeNotices,
            Right::ViewContracts,
            Right::ProposeContracts,
            Right::ViewLog,
        ],
    },
    BuiltIn {
        code: "reviewer",
        zh: "审查员",
        en: "Reviewer",
        rights: &[
            Right::ViewJourneys,
            Right::ViewIncidents,
            Right::CloseIncidents,
            Right::BreakGlass,
            Right::ViewInspections,
            Right::ViewRectifications,
            Right::AcceptRectifications,
            Right::ViewProducts,
            Right::ApproveProducts,
            Right::ViewRoster,
            Right::ApproveRoster,
            Right::ViewConsents,
            Right::PublishNotices,
            Right::ViewContracts,
            Right::PublishContracts,
            Right::ViewLog,
        ],
    },
    BuiltIn {
        code: "auditor",
        zh: "审计",
        en: "Auditor",
        rights: &[
            Right::ViewStaff,
            Right::ViewSettings,
            Right::ViewKeys,
            Right::ViewWebhooks,
            Right::ViewJourneys,
            Right::ViewIncidents,
            Right::ViewInspections,
            Right::DrawInspections,
            Right::ViewRectifications,
            Right::OpenRectifications,
            Right::ViewIdentity,
            Right::ViewConsents,
            Right::ViewContracts,
            Right::ViewProducts,
            Right::ViewRoster,
            Right::ViewSubjects,
            Right::ViewOpenings,
            Right::ViewLog,
        ],
    },
];

/// A built-in role by its code.
pub fn built_in(code: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|role| role.code == code)
}

/// Whether a built-in role gives a right; the operator gives the rest, to single people.
pub fn is_in_a_role(right: Right) -> bool {
    BUILT_IN.iter().any(|role| role.rights.contains(&right))
}

/// Roles one institution makes for itself, at most.
pub const ROLES_MAX: i64 = 50;

/// A role of an institution's own making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    pub rights: Vec<Right>,
    pub version: i64,
    pub updated_at_ms: i64,
}

/// A role to be made, or what an existing one becomes.
#[derive(Clone, Debug)]
pub struct NewRole {
    pub name: String,
    pub rights: Vec<Right>,
}

impl NewRole {
    pub fn check(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        if !filled(&self.name, 50) {
            faults.push(Field::new(
                "name",
                "text_length",
                Text::new("必填，且不能过长。", "Required, and not too long."),
            ));
        }
        if self.rights.is_empty() {
            faults.push(Field::new(
                "rights",
                "rights_missing",
                Text::new("至少选一项权限。", "Choose at least one right."),
            ));
        }
        if self.rights.iter().any(|right| right.is_guarded()) {
            faults.push(Field::new(
                "rights",
                "right_guarded",
                Text::new(
                    "管理人员和角色的权限只能通过内置的管理员角色授予，并需两人同意。",
                    "Rights over staff and roles come only with the built-in administrator role, by two people.",
                ),
            ));
        }
        if !self.rights.iter().copied().all(is_in_a_role) {
            faults.push(Field::new(
                "rights",
                "right_of_operator",
                Text::new(
                    "这项权限只由运营方授予。",
                    "This right is given by the operator only.",
                ),
            ));
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn built_in_roles_have_distinct_codes_and_only_the_administrator_holds_guarded_rights() {
        let codes: BTreeSet<&str> = BUILT_IN.iter().map(|role| role.code).collect();
        assert_eq!(codes.len(), BUILT_IN.len());
        for role in BUILT_IN {
            let guarded = role.rights.iter().any(|right| right.is_guarded());
            assert_eq!(guarded, role.code == "administrator", "{}", role.code);
        }
    }

    #[test]
    fn a_role_that_decides_or_could_do_harm_takes_two_people() {
        let taking: Vec<&str> = BUILT_IN
            .iter()
            .filter(|role| role.rights.iter().any(|right| right.takes_two()))
            .map(|role| role.code)
            .collect();
        let expected = [
            "administrator",
            "integrator",
            "service",
            "counter",
            "officer",
            "emergency",
            "privacy",
            "reviewer",
        ];
        assert_eq!(taking, expected);
    }

    #[test]
    fn every_right_is_given_by_a_role_or_by_the_operator_and_no_role_does_both_halves() {
        let operators = [
            Right::FoundInstitutions,
            Right::ViewInstitutions,
            // Messages stand there only in the demo.
            Right::ViewOutbox,
        ];
        for right in Right::ALL {
            let given = BUILT_IN.iter().any(|role| role.rights.contains(right));
            assert_ne!(given, operators.contains(right), "{}", right.as_str());
        }
        let halves = [
            (Right::ProposeProducts, Right::ApproveProducts),
            (Right::ProposeRoster, Right::ApproveRoster),
            (Right::ProposeNotices, Right::PublishNotices),
            (Right::ProposeContracts, Right::PublishContracts),
            (Right::ManageStaff, Right::ViewSubjects),
            (Right::OpenItems, Right::ViewOpenings),
            (Right::HandleIncidents, Right::CloseIncidents),
            (Right::HandleRectifications, Right::AcceptRectifications),
        ];
        for role in BUILT_IN {
            for (one, other) in &halves {
                let both = role.rights.contains(one) && role.rights.contains(other);
                assert!(
                    !both,
                    "{} has {} and {}",
                    role.code,
                    one.as_str(),
                    other.as_str()
                );
            }
        }
    }

    #[test]
    fn a_role_needs_a_name_and_rights_and_takes_no_guarded_ones() {
        let role = |name: &str, rights: &[Right]| NewRole {
            name: name.to_owned(),
            rights: rights.to_vec(),
        };
        let codes = |role: NewRole| match role.check() {
            Ok(()) => vec![],
            Err(Error::Invalid(fields)) => fields.into_iter().map(|f| f.code.to_string()).collect(),
            Err(other) => panic!("{other:?}"),
        };
        let none: Vec<String> = vec![];
        assert_eq!(codes(role("查看", &[Right::ViewJourneys])), none);
        assert_eq!(codes(role(" ", &[])), ["text_length", "rights_missing"]);
        assert_eq!(
            codes(role("管人", &[Right::ManageStaff])),
            ["right_guarded"]
        );
        assert_eq!(
            codes(role("看消息", &[Right::ViewOutbox])),
            ["right_of_operator"]
        );
    }
}

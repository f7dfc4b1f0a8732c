//! What staff may do.

/// One line a right: its name here, and the one that is stored, sworn to and sent, which never changes.
macro_rules! rights {
    ($($right:ident $text:literal),+ $(,)?) => {
        /// What a member of staff may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Right {
            $($right),+
        }

        impl Right {
            pub const ALL: &'static [Self] = &[$(Self::$right),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$right => $text),+
                }
            }
        }
    };
}

rights! {
    ViewConsents "consent.view",
    ProposeNotices "consent.propose",
    PublishNotices "consent.publish",
    ViewContracts "contract.view",
    ProposeContracts "contract.propose",
    PublishContracts "contract.publish",
    ViewStaff "staff.view",
    ManageStaff "staff.manage",
    ManageRoles "staff.roles",
    ViewJourneys "journey.view",
    IssueLinks "journey.link",
    AssistBorrowers "journey.assist",
    HoldJourneys "journey.hold",
    ViewIncidents "incident.view",
    HandleIncidents "incident.handle",
    CloseIncidents "incident.close",
    BreakGlass "release.break_glass",
    ViewInspections "inspection.view",
    DrawInspections "inspection.draw",
    ExportInspections "inspection.export",
    ViewRectifications "rectification.view",
    OpenRectifications "rectification.open",
    HandleRectifications "rectification.handle",
    AcceptRectifications "rectification.accept",
    ViewIdentity "identity.view",
    AttestIdentity "identity.attest",
    ReviewSuitability "suitability.review",
    ReviewRecordings "recording.review",
    LeadRecordings "recording.lead",
    ViewProducts "product.view",
    ProposeProducts "product.propose",
    ApproveProducts "product.approve",
    ViewRoster "roster.view",
    ProposeRoster "roster.propose",
    ApproveRoster "roster.approve",
    FoundInstitutions "institution.found",
    ViewInstitutions "institution.view",
    ManageSettings "settings.manage",
    ViewSettings "settings.view",
    ViewKeys "key.view",
    ManageKeys "key.manage",
    ViewSubjects "subject.view",
    OpenItems "subject.open",
    DestroySubjects "subject.destroy",
    ViewOpenings "opening.view",
    ViewWebhooks "webhook.view",
    ManageWebhooks "webhook.manage",
    ViewBatches "batch.view",
    SendBatches "batch.send",
    ViewOutbox "outbox.view",
    ViewLog "log.view",
}

impl Right {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|right| right.as_str() == text)
    }

    /// Rights over people's access itself: given by two people only, and only through a built-in role.
    pub fn is_guarded(self) -> bool {
        matches!(self, Self::ManageStaff | Self::ManageRoles)
    }

    /// Rights whose misuse could do great harm: a second factor may be asked of whoever has one.
    pub fn is_privileged(self) -> bool {
        self.is_guarded()
            || matches!(
                self,
                Self::FoundInstitutions
                    | Self::ManageSettings
                    | Self::ManageKeys
                    | Self::ManageWebhooks
                    | Self::OpenItems
                    | Self::DestroySubjects
                    | Self::BreakGlass
                    | Self::ExportInspections
            )
    }

    /// Rights that two people give: whose misuse could do great harm, and those that decide on what others proposed or on a
    /// borrower. Whoever could give them alone would be both of any two people.
    pub fn takes_two(self) -> bool {
        self.is_privileged()
            || matches!(
                self,
                Self::ApproveProducts
                    | Self::ApproveRoster
                    | Self::PublishNotices
                    | Self::PublishContracts
                    | Self::AttestIdentity
                    | Self::ReviewSuitability
                    | Self::ReviewRecordings
                    | Self::HoldJourneys
                    | Self::CloseIncidents
                    | Self::AcceptRectifications
                    | Self::BreakGlass
            )
    }

    /// Rights as one column. A right this version doesn't know is not granted.
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
    }

    pub fn list(rights: &[Self]) -> String {
        Self::ALL
            .iter()
            .copied()
            .filter(|right| rights.contains(right))
            .map(Self::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_have_distinct_names_and_unknown_ones_are_not_granted() {
        let all = Right::list(Right::ALL);
        assert_eq!(Right::parse_list(&all), Right::ALL);
        assert_eq!(
            Right::parse_list("journey.view everything outbox.view"),
            [Right::ViewJourneys, Right::ViewOutbox]
        );
        assert_eq!(Right::parse_list(""), []);
    }
}

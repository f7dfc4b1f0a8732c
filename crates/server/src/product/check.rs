//! What is wrong with a definition, field by field; pure.

use super::identity::IdentityMethod;
use super::model::{Definition, fields_of};
use super::recording::{Node, Recording};
use super::steps::{Protection, mistakes};
use crate::error::{Field, Text};

const READING_SECONDS_MAX: i64 = 600;
const NOTICES_MAX: usize = 16;
/// More is never needed to reach somebody (个人信息保护法 art. 6).
const CONTACTS_MAX: i64 = 2;
const DOCUMENTS_MAX: usize = 16;

impl Definition {
    /// Every mistake of a definition, by field.
    pub fn check(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut wrong = |path: &str, zh: &'static str, en: &'static str| {
            fields.push(Field::new(path, "out_of_range", Text::new(zh, en)));
        };
        if self.v != 1 {
            wrong("v", "版本号应为 1。", "The version is 1.");
        }
        if self.principal_min < 1 || self.principal_max < self.principal_min {
            wrong(
                "principal_max",
                "金额范围不成立。",
                "The range of principal does not hold.",
            );
        }
        if self.periods_allowed.is_empty() || self.periods_allowed.len() > 64 {
            wrong(
                "periods_allowed",
                "应列出 1 至 64 种期数。",
                "List 1 to 64 numbers of periods.",
            );
        }
        let reading = [self.reading_seconds.standard, self.reading_seconds.elder];
        if reading
            .iter()
            .any(|s| !(1..=READING_SECONDS_MAX).contains(s))
        {
            wrong(
                "reading_seconds",
                "阅读时间为 1 至 600 秒。",
                "Reading time is 1 to 600 seconds.",
            );
        }
        if self.reading_seconds.elder < self.reading_seconds.standard {
            wrong(
                "reading_seconds.elder",
                "长者的阅读时间不能更短。",
                "Elders get no less reading time.",
            );
        }
        let twice = |(i, method)| self.identity[..i].contains(method);
        if self.identity.iter().enumerate().any(twice) {
            wrong(
                "identity",
                "每种核验方式只能出现一次。",
                "Each method comes once.",
            );
        }
        if !IdentityMethod::any_ties(self.identity_methods()) {
            wrong(
                "identity",
                "只查户籍登记不能确认是本人，请再选一种核验方式。",
                "A register alone doesn't show who applies; add another method.",
            );
        }
        let twice = |(i, kind)| self.borrowers[..i].contains(kind);
        if self.borrowers.iter().enumerate().any(twice) {
            wrong(
                "borrowers",
                "每类借款人只能出现一次。",
                "Each kind of borrower comes once.",
            );
        }
        if !(0..=CONTACTS_MAX).contains(&self.contacts) {
            wrong(
                "contacts",
                "紧急联系人最多 2 位。",
                "2 emergency contacts at the most.",
            );
        }
        if self.cooling_off.is_some_and(|one| !one.fits()) {
            wrong(
                "cooling_off.days",
                "无理由退出期为 1 至 30 天。",
                "A cooling-off period is 1 to 30 days.",
            );
        }
        if self.key_terms.len() > 32 {
            wrong("key_terms", "最多 32 条。", "32 at the most.");
        }
        let twice = |(i, code)| self.notices[..i].contains(code);
        if self.notices.len() > NOTICES_MAX || self.notices.iter().enumerate().any(twice) {
            wrong(
                "notices",
                "最多 16 份告知书，且不重复。",
                "16 notices at the most, each once.",
            );
        }
        for (path, documents) in [
            ("documents", &self.documents),
            ("change_documents", &self.change_documents),
        ] {
            let twice = |(i, code)| documents[..i].contains(code);
            if documents.len() > DOCUMENTS_MAX || documents.iter().enumerate().any(twice) {
                wrong(
                    path,
                    "最多 16 份签署文件，且不重复。",
                    "16 documents at the most, each once.",
                );
            }
        }
        if !self.change_documents.is_empty() && !self.required.contains(&Protection::Signing) {
            wrong(
                "change_documents",
                "有签署步骤的产品才能列出变更文件。",
                "Only a product whose contracts are signed lists documents for a change.",
            );
        }
        if self.documents.is_empty() == self.required.contains(&Protection::Signing) {
            wrong(
                "documents",
                "有签署步骤就要列出签署文件，反之亦然。",
                "Documents and the step that signs them come together.",
            );
        }
        if self.recording.is_some() != self.required.contains(&Protection::Recording) {
            wrong(
                "recording",
                "有双录步骤就要写明话术，反之亦然。",
                "A script and the step that records it come together.",
            );
        }
        fields.extend(self.recording.iter().flat_map(Recording::check));
        fields.extend(self.nobody_named());
        fields.extend(
            mistakes(&self.required)
                .into_iter()
                .map(|mistake| Field::new("required", mistake.code(), mistake.text())),
        );
        if let Err(cause) = self.example.validate() {
            fields.extend(fields_of(&cause, "example."));
        }
        fields
    }

    /// Words that name a guarantor where the product has none would leave a gap.
    fn nobody_named(&self) -> Vec<Field> {
        let mut parties = self.example.parties.iter();
        if parties.any(|party| party.role == cost::Role::Guarantor) {
            return Vec::new();
        }
        let names = |node: &Node| {
            let spoken = [&node.spoken.zh, &node.spoken.en];
            spoken.into_iter().any(|text| text.contains("{guarantors}"))
        };
        let script = self.recording.iter().flat_map(|one| &one.script);
        let gaps = script.enumerate().filter(|(_, node)| names(node));
        gaps.map(|(i, _)| {
            Field::new(
                format!("recording.script.{i}.spoken"),
                "nobody_named",
                Text::new(
                    "本产品没有担保机构，不能用 {guarantors}。",
                    "The product has no guarantor: {guarantors} would be a gap.",
                ),
            )
        })
        .collect()
    }
}

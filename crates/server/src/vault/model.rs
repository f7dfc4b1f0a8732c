//! Nouns of the vault, and how they look when masked.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{self, Error, Kind, Refuse, Text};

crate::id!(
    /// A person whose data an institution keeps.
    SubjectId,
    "sub"
);

crate::id!(
    /// A reason to open items of one subject.
    GrantId,
    "grt"
);

crate::id!(
    /// One opening of an item.
    OpeningId,
    "opn"
);

crate::id!(
    /// A legal hold.
    HoldId,
    "hld"
);

crate::id!(
    /// A destruction, proposed or carried out.
    DestructionId,
    "dst"
);

/// Why data is kept whatever the retention rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    Complaint,
    Litigation,
    Authority,
}

impl HoldReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Litigation => "litigation",
            Self::Authority => "authority",
        }
    }
}

/// Why data is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DestroyReason {
    /// Every retention rule has run out.
    RetentionOver,
    /// The person asked for it, and no rule asks for keeping.
    PersonAsked,
}

impl DestroyReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetentionOver => "retention_over",
            Self::PersonAsked => "person_asked",
        }
    }
}

/// What an item is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Sending a one-time code to the person's own phone.
    SendCode,
    /// Naming the person on their own documents.
    IssueDocument,
    /// Reminding the person of a journey of theirs that is not finished.
    RemindUnfinished,
    /// Telling the phone that was the person's until now that another one is.
    TellChange,
    /// Calling the person back at their request.
    CallBack,
    /// Asking those who know whether the person is who they say.
    VerifyIdentity,
    /// Having an authority compare the person's face with the one it keeps, under a consent of its own (PIPL 29).
    CompareFace,
    /// Comparing the loan with income and debts.
    AssessAffordability,
    /// Asking a credit bureau under the person's authority.
    CreditQuery,
    /// Reporting to a credit bureau.
    ReportCredit,
    /// Handing items to a named partner under a separate consent.
    ProvideToPartner,
    /// Reminding the borrower of an instalment.
    RemindDue,
    /// Messages that advertise.
    Marketing,
    /// Reaching the borrower through somebody else.
    ReachBorrower,
    /// Telling a third person that somebody named them.
    TellContact,
    /// Telling a relative what the borrower wants them to know.
    InformRelative,
    /// A person's look at an automated refusal.
    ReviewRefusal,
    /// Showing the person their own data.
    ShowToSelf,
    /// Making the contracts that the person signs, and the certificate they sign with.
    SignContract,
    /// Keeping what was signed readable for its parties.
    KeepContract,
    /// Checking what a recording of the person shows and says, by machine or by a colleague.
    CheckRecording,
    /// Handing over a recording of the person as evidence of what was agreed.
    KeepRecording,
}

impl Purpose {
    pub const ALL: [Self; 22] = [
        Self::SendCode,
        Self::IssueDocument,
        Self::RemindUnfinished,
        Self::TellChange,
        Self::CallBack,
        Self::VerifyIdentity,
        Self::CompareFace,
        Self::AssessAffordability,
        Self::CreditQuery,
        Self::ReportCredit,
        Self::ProvideToPartner,
        Self::RemindDue,
        Self::Marketing,
        Self::ReachBorrower,
        Self::TellContact,
        Self::InformRelative,
        Self::ReviewRefusal,
        Self::ShowToSelf,
        Self::SignContract,
        Self::KeepContract,
        Self::CheckRecording,
        Self::KeepRecording,
    ];

    /// Stable: stored, sworn to and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendCode => "send_code",
            Self::IssueDocument => "issue_document",
            Self::RemindUnfinished => "remind_unfinished",
            Self::TellChange => "tell_change",
            Self::CallBack => "call_back",
            Self::VerifyIdentity => "verify_identity",
            Self::CompareFace => "compare_face",
            Self::AssessAffordability => "assess_affordability",
            Self::CreditQuery => "credit_query",
            Self::ReportCredit => "report_credit",
            Self::ProvideToPartner => "provide_to_partner",
            Self::RemindDue => "remind_due",
            Self::Marketing => "marketing",
            Self::ReachBorrower => "reach_borrower",
            Self::TellContact => "tell_contact",
            Self::InformRelative => "inform_relative",
            Self::ReviewRefusal => "review_refusal",
            Self::ShowToSelf => "show_to_self",
            Self::SignContract => "sign_contract",
            Self::KeepContract => "keep_contract",
            Self::CheckRecording => "check_recording",
            Self::KeepRecording => "keep_recording",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// Lawful bases of PIPL art. 13 that this house uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    Consent,
    /// Making or performing a contract the person is party to.
    Contract,
    LegalDuty,
}

impl Basis {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalDuty => "legal_duty",
        }
    }
}

/// Why a grant ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The person took the consent back.
    Withdrawn,
    /// Another grant stands in its place.
    Replaced,
    /// What it was for is done.
    Finished,
    /// A third person objected.
    Objected,
    /// The subject's data was destroyed.
    Destroyed,
}

impl EndReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
            Self::Finished => "finished",
            Self::Objected => "objected",
            Self::Destroyed => "destroyed",
        }
    }
}

/// Whose data a subject holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A natural person.
    #[default]
    Person,
    /// 个体工商户.
    SoleTrader,
    Firm,
    /// Somebody whom a person of this institution named: kept for that person, and no longer.
    ThirdPerson,
}

impl SubjectKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::SoleTrader => "sole_trader",
            Self::Firm => "firm",
            Self::ThirdPerson => "third_person",
        }
    }
}

/// A person or business as lists and pages may show them without opening anything.
///
/// Of a business, `id_number_masked` is its credit code and `phone_masked` is empty; of a third person, `id_number_masked` is empty. `birth_date` and `id_number_masked` together narrow the ID number down to a few: never send both to one reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub id: SubjectId,
    pub kind: SubjectKind,
    pub name_masked: String,
    pub phone_masked: String,
    pub id_number_masked: String,
    /// None of a business or a third person.
    pub birth_date: Option<Date>,
}

impl Subject {
    /// Whole years between a person's birth and a day; only of whom the birth date is known.
    pub fn age_on(&self, day: Date) -> error::Result<i64> {
        let birth = self
            .birth_date
            .ok_or_else(|| Error::internal("an age that nobody knows was asked"))?;
        let before_birthday = (day.month(), day.day()) < (birth.month(), birth.day());
        Ok(i64::from(day.year()) - i64::from(birth.year()) - i64::from(before_birthday))
    }
}

/// `周桂兰` → `周**`: the first character stays.
pub fn mask_name(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .into_iter()
        .chain(characters.map(|_| '*'))
        .collect()
}

/// `13800000000` → `138****0000`.
pub fn mask_phone(phone: &str) -> String {
    mask_middle(phone, 3, 4)
}

/// `110101196401010000` → `1101**********0000`.
pub fn mask_id_number(id_number: &str) -> String {
    mask_middle(id_number, 4, 4)
}

/// Keeps `head` and `tail` characters; text too short to hide anything is hidden whole.
pub(super) fn mask_middle(text: &str, head: usize, tail: usize) -> String {
    let count = text.chars().count();
    let hide_all = count <= head + tail;
    text.chars()
        .enumerate()
        .map(|(i, c)| {
            if !hide_all && (i < head || i >= count - tail) {
                c
            } else {
                '*'
            }
        })
        .collect()
}

/// Why the vault says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    GrantMissing,
    /// What was sealed is not what lies there.
    EnvelopeDamaged,
    ReasonMissing,
    ReasonTellsNumbers,
    RelationLasts,
    MustBeKept,
    Held,
    AlreadyProposed,
    AlreadyDestroyed,
    SamePerson,
    /// A third person's data is opened for nothing else.
    OnlyToReach,
    ReachedTooOften,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::GrantMissing => "grant_missing",
            Self::EnvelopeDamaged => "envelope_damaged",
            Self::ReasonMissing => "reason_missing",
            Self::ReasonTellsNumbers => "reason_tells_numbers",
            Self::RelationLasts => "relation_lasts",
            Self::MustBeKept => "must_be_kept",
            Self::Held => "legal_hold",
            Self::AlreadyProposed => "destruction_proposed",
            Self::AlreadyDestroyed => "destruction_done",
            Self::SamePerson => "destruction_own",
            Self::OnlyToReach => "contact_purpose",
            Self::ReachedTooOften => "contact_opened_too_often",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::GrantMissing | Self::OnlyToReach => Kind::Forbidden,
            Self::ReachedTooOften => Kind::TooMany,
            Self::ReasonMissing | Self::ReasonTellsNumbers => Kind::Invalid,
            _ => Kind::Conflict,
        }
    }

    fn text(&self) -> Text {
        let (zh, en) = match self {
            Self::GrantMissing => (
                "没有有效的授权或法定依据，不能查看这项个人信息。",
                "There is no valid grant or legal basis for opening this personal information.",
            ),
            Self::EnvelopeDamaged => (
                "这项个人信息的密封数据已损坏，打不开；请从备份恢复。",
                "The sealed data of this personal information is damaged and doesn't open; restore it from the backup.",
            ),
            Self::ReasonMissing => (
                "请用 2 至 200 个字说明查看的原因。",
                "Say in 2 to 200 characters why it is opened.",
            ),
            Self::ReasonTellsNumbers => (
                "原因里请不要写证件号、手机号等号码。",
                "Leave ID, phone and other numbers out of the reason.",
            ),
            Self::RelationLasts => (
                "业务关系尚未结束，个人信息须继续保存。",
                "The relation has not ended; the data must be kept.",
            ),
            Self::MustBeKept => (
                "法定保存期限尚未届满，不能销毁。",
                "A retention rule has not run out yet; the data can't be destroyed.",
            ),
            Self::Held => (
                "因投诉、诉讼或监管要求须保全，不能销毁。",
                "A legal hold stands; the data can't be destroyed.",
            ),
            Self::AlreadyProposed => (
                "已有销毁申请，正等第二人复核。",
                "A destruction is proposed already and waits for a second person.",
            ),
            Self::AlreadyDestroyed => ("已经销毁。", "It is destroyed already."),
            Self::SamePerson => (
                "须由申请人以外的另一人复核。",
                "A second person must agree, not the one who proposed.",
            ),
            Self::OnlyToReach => (
                "第三人的信息只能用于联系不上借款人时请其转告，不能用于其他目的。",
                "A third person's data is opened only to reach the borrower, for nothing else.",
            ),
            Self::ReachedTooOften => (
                "这位联系人的信息近三十天内查看次数已达上限，请改用其他方式联系借款人。",
                "This contact's data was opened as often as it may be in thirty days; reach the borrower in another way.",
            ),
        };
        Text::new(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn age_changes_on_the_birthday() {
        for (birth, day, age) in [
            (date(2008, 11, 22), date(2026, 11, 21), 17),
            (date(2008, 11, 21), date(2026, 11, 21), 18),
            (date(1964, 2, 29), date(2026, 2, 28), 61),
        ] {
            let subject = Subject {
                id: SubjectId::stored("sub_x".into()),
                kind: SubjectKind::Person,
                name_masked: String::new(),
                phone_masked: String::new(),
                id_number_masked: String::new(),
                birth_date: Some(birth),
            };
            assert_eq!(subject.age_on(day).expect("an age"), age);
        }
    }

    #[test]
    fn masks_keep_only_what_a_person_needs_to_recognise_themselves() {
        assert_eq!(mask_name("周桂兰"), "周**");
        assert_eq!(mask_name("林晓"), "林*");
        assert_eq!(mask_name(""), "");
        assert_eq!(mask_phone("13800000000"), "138****0000");
        assert_eq!(mask_id_number("110101196401010000"), "1101**********0000");
        assert_eq!(mask_phone("1380000"), "*******");
    }
}

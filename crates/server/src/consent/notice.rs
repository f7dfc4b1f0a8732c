//! What a notice says, and what it must say; pure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::model::{ConsentKind, NoticeId};
use crate::error::{Field, Text};
use crate::vault::ItemKind;

const LINE_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 4_000;
const RECIPIENTS_MAX: usize = 16;
const ITEMS_MAX: usize = 32;
/// Five years: a consent for longer would be one for ever.
const VALID_DAYS_MAX: i64 = 1_827;
const CODE_CHARS_MAX: usize = 40;

/// Whether the service works without it (PIPL 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Necessity {
    /// The loan can't be made without it.
    Necessary,
    /// Declining costs nothing.
    Optional,
}

/// What the credit bureau may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BureauPurpose {
    /// 贷款审批.
    LoanReview,
    /// 贷后管理.
    PostLoan,
    /// 担保资格审查.
    GuaranteeReview,
}

impl BureauPurpose {
    pub const ALL: [Self; 3] = [Self::LoanReview, Self::PostLoan, Self::GuaranteeReview];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoanReview => "loan_review",
            Self::PostLoan => "post_loan",
            Self::GuaranteeReview => "guarantee_review",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }

    /// As messages say it.
    pub fn zh(self) -> &'static str {
        match self {
            Self::LoanReview => "贷款审批",
            Self::PostLoan => "贷后管理",
            Self::GuaranteeReview => "担保资格审查",
        }
    }
}

/// Who gets personal information, named so that the person can reach them (PIPL 23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NoticeRecipient)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Short and lasting; names the recipient in the API.
    pub code: String,
    pub name: Text,
    pub contact: Text,
    pub purpose: Text,
    pub method: Text,
}

/// What a notice says. Words and integers only, so that it has one canonical digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NoticeContent)]
#[serde(deny_unknown_fields)]
pub struct Content {
    pub v: u32,
    pub kind: ConsentKind,
    pub title: Text,
    /// The matter in one or two spoken sentences.
    pub summary: Text,
    pub body: Text,
    pub purpose: Text,
    pub method: Text,
    /// Which personal information, in words.
    pub scope: Text,
    /// Items of the vault that the consent lets be opened.
    #[serde(default)]
    pub items: Vec<String>,
    #[serde(default)]
    pub recipients: Vec<Recipient>,
    pub retention: Text,
    /// How the person uses their rights, withdrawal among them.
    pub rights: Text,
    /// What happens without it, and after a withdrawal.
    pub consequence: Text,
    /// Why sensitive information is needed and what it may do to the person (PIPL 30).
    pub sensitive: Option<Text>,
    pub necessity: Necessity,
    /// How long a consent lasts, in days; absent for what is only told.
    pub valid_days: Option<i64>,
    #[serde(default)]
    pub bureau_purposes: Vec<BureauPurpose>,
    /// Day from which the version counts; the day of its publication when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Date>,
}

/// Exactly what a person is shown; its canonical bytes are digested and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NoticeDocument)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub v: u32,
    pub institution: String,
    /// The handler's name and contact (PIPL 17).
    pub handler_name: String,
    pub handler_contact: String,
    pub code: String,
    pub version: i64,
    pub content: Content,
}

/// Where a version of a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    Draft,
    Published,
}

impl NoticeState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Published]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// One version of a notice.
#[derive(Clone, Debug)]
pub struct Notice {
    pub id: NoticeId,
    pub state: NoticeState,
    pub document: Document,
    /// SHA-256 of the canonical document, hex.
    pub digest: String,
    /// Seat id of the drafter.
    pub proposed_by: String,
    pub published_by: Option<String>,
    pub created_at_ms: i64,
    pub valid_from_ms: Option<i64>,
    pub published_at_ms: Option<i64>,
}

impl Notice {
    pub fn kind(&self) -> ConsentKind {
        self.document.content.kind
    }

    pub fn code(&self) -> &str {
        &self.document.code
    }

    /// What a credit authority is for, and which version it is, as its message says them.
    pub fn authority_words(&self) -> Vec<(&'static str, String)> {
        let purposes = self.document.content.bureau_purposes.iter();
        let purposes: Vec<&str> = purposes.map(|purpose| purpose.zh()).collect();
        vec![
            ("purpose", purposes.join("、")),
            ("version", self.document.version.to_string()),
        ]
    }
}

/// A code is 2 to 40 of `a-z 0-9 _ -`.
pub fn code_well_formed(code: &str) -> bool {
    (2..=CODE_CHARS_MAX).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// Collects what is wrong, by field.
struct Faults(Vec<Field>);

impl Faults {
    fn add(&mut self, path: &str, code: &'static str, zh: &'static str, en: &'static str) {
        self.0.push(Field::new(path, code, Text::new(zh, en)));
    }

    /// Both languages say something, and not too much.
    fn text(&mut self, path: &str, text: &Text, chars_max: usize) {
        let filled = |part: &str| {
            !part.trim().is_empty()
                && part.chars().count() <= chars_max
                && !part.chars().any(|c| c.is_control() && c != '\n')
        };
        if !filled(&text.zh) || !filled(&text.en) {
            self.add(
                path,
                "text_length",
                "中英文都要写明，且不能过长。",
                "Say it in both languages, and not too long.",
            );
        }
    }
}

impl Content {
    /// Everything that is missing or contradicts itself, by field; the points are those of PIPL 17, 23, 29 and 30.
    pub fn check(&self) -> Vec<Field> {
        let mut faults = Faults(Vec::new());
        if self.v != 1 {
            faults.add("v", "out_of_range", "版本号应为 1。", "The version is 1.");
        }
        for (path, text, chars_max) in [
            ("title", &self.title, LINE_CHARS_MAX),
            ("summary", &self.summary, TEXT_CHARS_MAX),
            ("body", &self.body, TEXT_CHARS_MAX),
            ("purpose", &self.purpose, TEXT_CHARS_MAX),
            ("method", &self.method, TEXT_CHARS_MAX),
            ("scope", &self.scope, TEXT_CHARS_MAX),
            ("retention", &self.retention, TEXT_CHARS_MAX),
            ("rights", &self.rights, TEXT_CHARS_MAX),
            ("consequence", &self.consequence, TEXT_CHARS_MAX),
        ] {
            faults.text(path, text, chars_max);
        }
        if let Some(text) = &self.sensitive {
            faults.text("sensitive", text, TEXT_CHARS_MAX);
        }
        self.check_lists(&mut faults);
        self.check_kind(&mut faults);
        faults.0
    }

    fn check_lists(&self, faults: &mut Faults) {
        let known = |item: &String| ItemKind::parse(item).is_some();
        if self.items.len() > ITEMS_MAX || !self.items.iter().all(known) {
            faults.add(
                "items",
                "unknown_value",
                "只能列出保险库里有的信息项。",
                "List only items that the vault knows.",
            );
        }
        if self.recipients.len() > RECIPIENTS_MAX {
            faults.add(
                "recipients",
                "out_of_range",
                "最多 16 个接收方。",
                "16 recipients at the most.",
            );
        }
        for (place, recipient) in self.recipients.iter().enumerate() {
            let path = |field: &str| format!("recipients.{place}.{field}");
            if !code_well_formed(&recipient.code)
                || self.recipients[..place]
                    .iter()
                    .any(|other| other.code == recipient.code)
            {
                faults.add(
                    &path("code"),
                    "code_format",
                    "代码为 2 至 40 个小写字母、数字、_ 或 -，且不重复。",
                    "A code is 2 to 40 lower-case letters, digits, _ or -, and comes once.",
                );
            }
            for (field, text) in [
                ("name", &recipient.name),
                ("contact", &recipient.contact),
                ("purpose", &recipient.purpose),
                ("method", &recipient.method),
            ] {
                faults.text(&path(field), text, LINE_CHARS_MAX);
            }
        }
    }

    fn check_kind(&self, faults: &mut Faults) {
        let kind = self.kind;
        let told = kind == ConsentKind::PersonalInformation;
        match self.valid_days {
            None if told => {}
            Some(days) if !told && (1..=VALID_DAYS_MAX).contains(&days) => {}
            _ => faults.add(
                "valid_days",
                "out_of_range",
                "同意须写明 1 至 1827 天的有效期；仅告知的不写。",
                "A consent lasts 1 to 1,827 days; what is only told has no term.",
            ),
        }
        let named = matches!(
            kind,
            ConsentKind::ProvideToPartner | ConsentKind::CreditBureau
        );
        if named && self.recipients.is_empty() {
            faults.add(
                "recipients",
                "required",
                "必须写明接收方的名称和联系方式。",
                "Name the recipients and how to reach them.",
            );
        }
        if kind == ConsentKind::FaceVoice && self.sensitive.is_none() {
            faults.add(
                "sensitive",
                "required",
                "人脸和声纹是敏感个人信息，须说明必要性和对个人的影响。",
                "Faces and voices are sensitive: say why they are needed and what they may do to the person.",
            );
        }
        let refusable = matches!(
            kind,
            ConsentKind::FaceVoice | ConsentKind::Marketing | ConsentKind::InformedRelative
        );
        if refusable && self.necessity == Necessity::Necessary {
            faults.add(
                "necessity",
                "never_necessary",
                "这一类不是办理贷款所必需，必须可以不同意。",
                "A loan does not need this; declining it must be possible.",
            );
        }
        if (kind == ConsentKind::CreditBureau) == self.bureau_purposes.is_empty() {
            faults.add(
                "bureau_purposes",
                "required",
                "征信查询授权须写明查询目的，其他告知书不写。",
                "A credit authority names its purposes; no other notice does.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(kind: ConsentKind) -> Content {
        let text = || Text::new("说明", "words");
        let told = kind == ConsentKind::PersonalInformation;
        let bureau = kind == ConsentKind::CreditBureau;
        Content {
            v: 1,
            kind,
            title: text(),
            summary: text(),
            body: text(),
            purpose: text(),
            method: text(),
            scope: text(),
            items: vec!["phone".into()],
            recipients: vec![Recipient {
                code: "hexin".into(),
                name: text(),
                contact: text(),
                purpose: text(),
                method: text(),
            }],
            retention: text(),
            rights: text(),
            consequence: text(),
            sensitive: Some(text()),
            necessity: if bureau {
                Necessity::Necessary
            } else {
                Necessity::Optional
            },
            valid_days: (!told).then_some(365),
            bureau_purposes: if bureau {
                vec![BureauPurpose::LoanReview]
            } else {
                Vec::new()
            },
            valid_from: None,
        }
    }

    #[test]
    fn a_notice_says_all_that_the_law_wants_or_names_what_is_missing() {
        use ConsentKind::{
            CreditBureau, FaceVoice, Marketing, PersonalInformation, ProvideToPartner,
        };
        for kind in ConsentKind::ALL {
            assert_eq!(content(kind).check(), vec![], "{kind:?}");
        }
        type Spoil = fn(&mut Content);
        let cases: [(ConsentKind, Spoil, &str); 14] = [
            (PersonalInformation, |c| c.purpose.zh = "".into(), "purpose"),
            (PersonalInformation, |c| c.method.en = " ".into(), "method"),
            (
                PersonalInformation,
                |c| c.retention.zh = "".into(),
                "retention",
            ),
            (PersonalInformation, |c| c.rights.zh = "".into(), "rights"),
            (
                PersonalInformation,
                |c| c.valid_days = Some(9),
                "valid_days",
            ),
            (Marketing, |c| c.valid_days = None, "valid_days"),
            (Marketing, |c| c.valid_days = Some(9_999), "valid_days"),
            (
                Marketing,
                |c| c.necessity = Necessity::Necessary,
                "necessity",
            ),
            (
                FaceVoice,
                |c| c.necessity = Necessity::Necessary,
                "necessity",
            ),
            (FaceVoice, |c| c.sensitive = None, "sensitive"),
            (ProvideToPartner, |c| c.recipients.clear(), "recipients"),
            (
                ProvideToPartner,
                |c| c.recipients[0].contact.zh = "".into(),
                "recipients.0.contact",
            ),
            (
                CreditBureau,
                |c| c.bureau_purposes.clear(),
                "bureau_purposes",
            ),
            (Marketing, |c| c.items = vec!["soul".into()], "items"),
        ];
        for (kind, spoil, path) in cases {
            let mut spoilt = content(kind);
            spoil(&mut spoilt);
            let paths: Vec<String> = spoilt.check().into_iter().map(|f| f.path).collect();
            assert_eq!(paths, [path], "{kind:?}");
        }
    }
}

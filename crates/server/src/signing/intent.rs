//! 签署意愿: what one person is about to sign, fixed before they see it; pure.

use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use super::template::{Signer, TemplateId};
use crate::clock;
use crate::error::Text;
use crate::ledger::Changed;
use crate::vault::SubjectId;

crate::id!(
    /// One set of documents for one person, one loan and one version of its terms.
    IntentId,
    "int"
);
/// Where a set stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SigningState)]
pub enum State {
    /// The documents are being set.
    Preparing,
    /// Every document exists and may be read.
    Ready,
    /// The person has said yes; the signatures are being made.
    Authorised,
    Signed,
    /// Other terms, or time, took its place.
    Superseded,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Authorised => "authorised",
            Self::Signed => "signed",
            Self::Superseded => "superseded",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Preparing,
            Self::Ready,
            Self::Authorised,
            Self::Signed,
            Self::Superseded,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// How long after a set's own time a yes to it may still be acted on, when services outside don't answer.
const YES_MS: i64 = clock::DAY_MS;

/// Each drawing is kept.
pub const DRAWINGS_MAX: i64 = 10;

/// Why a set is no longer the one to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    TermsChanged,
    Expired,
    /// The loan was called off.
    Cancelled,
    /// After the yes, an earlier step no longer stood.
    StepReopened,
    /// After the yes, it could not be signed within the tries.
    NotSigned,
}

/// One document of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub place: i64,
    pub template: TemplateId,
    pub code: String,
    pub title: Text,
    /// SHA-256 of the filled paper and of the PDF set from it, hex; once it is set.
    pub paper_digest: Option<String>,
    pub pdf_digest: Option<String>,
    pub pdf_bytes: i64,
    pub opened_at_ms: Option<i64>,
    /// SHA-256 of the PDF with both signatures, hex.
    pub signed_digest: Option<String>,
    pub signed_bytes: i64,
}

/// What a set was filled from beside the sheet and the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    pub purpose: Option<Text>,
    pub account_masked: Option<String>,
}

/// A set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: IntentId,
    pub case: String,
    pub subject: SubjectId,
    /// From 1; the newest of a case is the one in force.
    pub number: i64,
    pub state: State,
    pub signer: Signer,
    pub terms_digest: String,
    /// SHA-256 over the digests of everything to be signed, hex; once every document is set.
    pub set_digest: Option<String>,
    pub particulars: Particulars,
    pub documents: Vec<Document>,
    pub prepared_at_ms: i64,
    /// Until when it may be authorised.
    pub expires_at_ms: i64,
    pub signed_at_ms: Option<i64>,
    /// The newest attempt failed at a service outside, and another follows.
    pub delayed_at_ms: Option<i64>,
    /// SHA-256 of what the person drew, a PNG, hex.
    pub handwriting: Option<String>,
    /// How often they drew.
    pub drawings: i64,
    pub version: i64,
}

/// What a set digest is over; canonical JSON.
#[derive(Serialize)]
pub struct SetDigested<'a> {
    pub v: u32,
    pub intent: &'a str,
    pub case: &'a str,
    pub terms_digest: &'a str,
    pub documents: Vec<DocumentDigested<'a>>,
}

#[derive(Serialize)]
pub struct DocumentDigested<'a> {
    pub code: &'a str,
    /// Of the filled paper that the page shows.
    pub paper_sha256: &'a str,
    pub pdf_sha256: &'a str,
}

impl Intent {
    /// What the set digest is over; `None` while a document is missing.
    pub fn digested(&self) -> Option<SetDigested<'_>> {
        let documents = self
            .documents
            .iter()
            .map(|document| {
                Some(DocumentDigested {
                    code: &document.code,
                    paper_sha256: document.paper_digest.as_deref()?,
                    pdf_sha256: document.pdf_digest.as_deref()?,
                })
            })
            .collect::<Option<_>>()?;
        Some(SetDigested {
            v: 2,
            intent: self.id.as_str(),
            case: &self.case,
            terms_digest: &self.terms_digest,
            documents,
        })
    }

    /// Time is up before the person said yes.
    pub fn expired(&self, now_ms: i64) -> bool {
        matches!(self.state, State::Preparing | State::Ready) && now_ms >= self.expires_at_ms
    }

    /// Nobody can sign it any more as it lies there: it is made anew.
    pub fn over(&self, now_ms: i64) -> bool {
        self.state == State::Superseded || self.expired(now_ms)
    }

    /// The person said yes so long ago that the program no longer acts on it.
    pub fn yes_over(&self, now_ms: i64) -> bool {
        self.state == State::Authorised && now_ms >= self.expires_at_ms + YES_MS
    }

    /// The document with this PDF stood open before the person.
    pub fn open(mut self, digest: &str, now_ms: i64) -> Result<(Self, Changed), Refused> {
        self.may_be_read()?;
        let document = self
            .documents
            .iter_mut()
            .find(|document| document.pdf_digest.as_deref() == Some(digest))
            .ok_or(Refused::OtherSet)?;
        if document.opened_at_ms.is_some() {
            return Ok((self, Changed::No));
        }
        document.opened_at_ms = Some(now_ms);
        Ok((self, Changed::Yes))
    }

    fn may_be_read(&self) -> Result<(), Refused> {
        match self.state {
            State::Preparing => Err(Refused::NotReady),
            State::Superseded => Err(Refused::OtherSet),
            State::Ready | State::Authorised | State::Signed => Ok(()),
        }
    }

    /// The person drew their name for this set, or drew it anew.
    pub fn draw(mut self, digest: &str) -> Result<(Self, Changed), Refused> {
        if self.handwriting.as_deref() == Some(digest) {
            return Ok((self, Changed::No));
        }
        if self.drawings >= DRAWINGS_MAX {
            return Err(Refused::HandwritingTooOften);
        }
        self.handwriting = Some(digest.to_owned());
        self.drawings += 1;
        Ok((self, Changed::Yes))
    }

    /// Whether exactly this set may be authorised now, as far as the documents go.
    pub fn may_authorise(&self, set_digest: &str, now_ms: i64) -> Result<(), Refused> {
        match self.state {
            State::Preparing => return Err(Refused::NotReady),
            State::Authorised | State::Signed => return Err(Refused::SignedAlready),
            State::Superseded => return Err(Refused::OtherSet),
            State::Ready => {}
        }
        if self.expired(now_ms) {
            return Err(Refused::Expired);
        }
        if self.set_digest.as_deref() != Some(set_digest) {
            return Err(Refused::OtherSet);
        }
        if self.documents.iter().any(|one| one.opened_at_ms.is_none()) {
            return Err(Refused::NotOpened);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(state: State, opened: &[bool]) -> Intent {
        Intent {
            id: IntentId::stored("int_x".into()),
            case: "jny_x".into(),
            subject: SubjectId::stored("sub_x".into()),
            number: 1,
            state,
            signer: Signer::Borrower,
            terms_digest: "t".into(),
            set_digest: Some("s".into()),
            particulars: Particulars {
                purpose: None,
                account_masked: None,
            },
            documents: opened
                .iter()
                .enumerate()
                .map(|(place, opened)| Document {
                    place: place as i64,
                    template: TemplateId::stored("ctp_x".into()),
                    code: format!("d{place}"),
                    title: Text::new("合同", "Contract"),
                    paper_digest: Some(format!("p{place}")),
                    pdf_digest: Some(format!("f{place}")),
                    pdf_bytes: 1,
                    opened_at_ms: opened.then_some(1),
                    signed_digest: None,
                    signed_bytes: 0,
                })
                .collect(),
            prepared_at_ms: 0,
            expires_at_ms: 100,
            signed_at_ms: None,
            delayed_at_ms: None,
            handwriting: None,
            drawings: 0,
            version: 1,
        }
    }

    #[test]
    fn exactly_the_set_that_was_read_is_authorised_in_time_and_once() {
        type Row<'a> = (State, &'a [bool], &'a str, i64, Option<Refused>);
        let cases: [Row<'_>; 8] = [
            (State::Ready, &[true, true], "s", 99, None),
            (
                State::Ready,
                &[true, true],
                "s",
                100,
                Some(Refused::Expired),
            ),
            (State::Ready, &[true, true], "o", 0, Some(Refused::OtherSet)),
            (
                State::Ready,
                &[true, false],
                "s",
                0,
                Some(Refused::NotOpened),
            ),
            (State::Preparing, &[true], "s", 0, Some(Refused::NotReady)),
            (
                State::Authorised,
                &[true],
                "s",
                0,
                Some(Refused::SignedAlready),
            ),
            (State::Signed, &[true], "s", 0, Some(Refused::SignedAlready)),
            (State::Superseded, &[true], "s", 0, Some(Refused::OtherSet)),
        ];
        for (state, opened, digest, now_ms, refused) in cases {
            let outcome = intent(state, opened).may_authorise(digest, now_ms);
            assert_eq!(
                outcome.err(),
                refused,
                "{state:?} {opened:?} {digest} {now_ms}"
            );
        }
    }

    #[test]
    fn a_name_is_drawn_anew_ten_times_at_the_most() {
        let mut set = intent(State::Ready, &[true]);
        for number in 1..=DRAWINGS_MAX {
            let digest = format!("h{number}");
            let (drawn, changed) = set.draw(&digest).expect("drawn");
            assert_eq!((changed, drawn.drawings), (Changed::Yes, number));
            set = drawn;
        }
        let (same, changed) = set.clone().draw("h10").expect("the same again");
        assert_eq!((same.drawings, changed), (DRAWINGS_MAX, Changed::No));
        assert_eq!(set.draw("h11").err(), Some(Refused::HandwritingTooOften));
    }

    #[test]
    fn a_document_is_opened_once_and_only_while_its_set_counts() {
        let ready = intent(State::Ready, &[false, false]);
        let (after, changed) = ready.clone().open("f1", 7).expect("opened");
        assert_eq!(
            (changed, after.documents[1].opened_at_ms),
            (Changed::Yes, Some(7))
        );
        assert_eq!(after.open("f1", 8).expect("again").1, Changed::No);
        assert_eq!(ready.open("elsewhere", 7).err(), Some(Refused::OtherSet));
        for (state, refused) in [
            (State::Preparing, Some(Refused::NotReady)),
            (State::Superseded, Some(Refused::OtherSet)),
            (State::Signed, None),
        ] {
            let outcome = intent(state, &[false]).open("f0", 1);
            assert_eq!(outcome.err(), refused, "{state:?}");
        }
    }

    #[test]
    fn a_set_s_digest_needs_every_document_and_changes_with_each() {
        let digest = |intent: &Intent| {
            let digested = intent.digested()?;
            Some(proof::canonical::to_vec(&digested).expect("canonical"))
        };
        let whole = intent(State::Ready, &[true, true]);
        let first = digest(&whole).expect("whole");
        let mut other = whole.clone();
        other.documents[0].pdf_digest = Some("another".into());
        assert_ne!(digest(&other).expect("whole"), first);
        let mut shown = whole.clone();
        shown.documents[0].paper_digest = Some("another".into());
        assert_ne!(digest(&shown).expect("whole"), first);
        other.documents[0].pdf_digest = None;
        assert_eq!(digest(&other), None);
    }

    #[test]
    fn a_yes_is_acted_on_for_a_day_beyond_the_set_s_time_and_no_other_set_is() {
        for (state, now_ms, over, yes_over) in [
            (State::Ready, 99, false, false),
            (State::Ready, 100, true, false),
            (State::Authorised, 100 + YES_MS - 1, false, false),
            (State::Authorised, 100 + YES_MS, false, true),
            (State::Signed, 100 + YES_MS, false, false),
            (State::Superseded, 0, true, false),
        ] {
            let set = intent(state, &[true]);
            assert_eq!(
                (set.over(now_ms), set.yes_over(now_ms)),
                (over, yes_over),
                "{state:?} {now_ms}"
            );
        }
    }
}

//! 放款前费用告知书: the last word before the money moves. What arrives, where, what goes back, who takes what; shown, read
//! and confirmed on the phone, or handed over on paper and scanned back. Pure.

pub mod actions;
pub mod print;
pub mod view;

use cost::Collector;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::model::{Audience, ShownSheet};
use super::refusal::Refused;
use crate::error::Text;
use crate::ledger::Changed;

/// Least time before the eyes, by the server's clock: a page of a dozen figures.
const READING_MS: i64 = 5_000;
const READING_MS_ELDER: i64 = 10_000;
/// How often the figures or the account of one case may change.
pub const NOTICES_MAX: i64 = 16;

/// Exactly what a person is told; its canonical bytes are digested, kept and put into the bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TotalCostTold)]
pub struct Told {
    pub v: u32,
    pub case: String,
    pub institution_name: String,
    pub hotline: String,
    pub product_name: Text,
    /// SHA-256 of the canonical `LoanTerms` and of the sheet that was confirmed, hex.
    pub terms_digest: String,
    pub sheet_digest: String,
    /// Fen, like every amount here.
    pub principal: i64,
    /// What must arrive.
    pub net_received: i64,
    /// Mask of the account it must arrive in; absent where the lender names it.
    pub payee: Option<String>,
    pub periods: u32,
    pub first_due: Date,
    pub last_due: Date,
    pub first_payment: i64,
    pub total_repaid: i64,
    /// Interest and every fee.
    pub total_cost: i64,
    pub composite_ppm: i64,
    /// Interest first, then each fee.
    pub charges: Vec<Charge>,
    pub no_other_charges: Text,
    /// What the contract promises of giving the money back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cooling_off: Option<Text>,
}

/// What is charged, in sum, and who takes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TotalCostCharge)]
pub struct Charge {
    pub name: Text,
    pub total: i64,
    pub collectors: Vec<Collector>,
}

impl Told {
    /// The figures of a confirmed sheet, and where the money goes. None for a sheet without a plan.
    pub fn of(shown: ShownSheet, sheet_digest: &str, payee: Option<String>) -> Option<Self> {
        let sheet = shown.sheet;
        let (first, last) = (sheet.plan.first()?, sheet.plan.last()?);
        Some(Self {
            v: 1,
            case: shown.case,
            institution_name: shown.institution_name,
            hotline: shown.hotline,
            product_name: shown.product_name,
            terms_digest: shown.terms_digest,
            sheet_digest: sheet_digest.to_owned(),
            principal: sheet.principal,
            net_received: sheet.net_received,
            payee,
            periods: u32::try_from(sheet.plan.len()).ok()?,
            first_due: first.due,
            last_due: last.due,
            first_payment: sheet.first_payment,
            total_repaid: sheet.total_repaid,
            total_cost: sheet.total_cost,
            composite_ppm: sheet.composite.annual_ppm,
            charges: sheet
                .items
                .into_iter()
                .map(|item| Charge {
                    name: item.name.into(),
                    total: item.total,
                    collectors: item.collectors,
                })
                .collect(),
            no_other_charges: shown.no_other_charges,
            cooling_off: shown.cooling_off_text,
        })
    }
}

/// How the person said that they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TotalCostBy)]
pub enum By {
    Phone,
    /// Signed by hand and scanned back.
    Paper,
}

impl By {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Paper => "paper",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Phone, Self::Paper]
            .into_iter()
            .find(|by| by.as_str() == text)
    }
}

/// The scan of a printed notice that came back, until another colleague than the one who scanned it looked at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameBack {
    pub scan: String,
    /// Who scanned it.
    pub staff: String,
    pub at_ms: i64,
}

/// What a colleague saw on such a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TotalCostScanSeen)]
pub enum Seen {
    /// This notice, signed by hand by its person; everything else takes another scan.
    Signed,
    NotSigned,
    /// Another signature than the person's.
    SignedByAnother,
    Illegible,
    OtherDocument,
    /// The terms, the account or the loan have gone on since.
    Outdated,
}

/// A notice of one case and how far the person has come with it.
#[derive(Clone, Debug)]
pub struct Notice {
    pub case: String,
    pub subject: String,
    /// From 1; the newest is in force.
    pub no: i64,
    pub digest: String,
    /// The canonical bytes of [`Told`].
    pub document: Vec<u8>,
    pub reading_ms: i64,
    pub shown_at_ms: Option<i64>,
    pub read_at_ms: Option<i64>,
    pub confirmed: Option<(i64, By)>,
    /// The paper that waits for a colleague's eyes.
    pub came_back: Option<CameBack>,
    /// SHA-256 of the printed notice once it is made, hex.
    pub pdf_digest: Option<String>,
    pub pdf_bytes: i64,
    pub prepared_at_ms: i64,
    pub version: i64,
}

/// The least reading time of an audience.
pub fn reading_ms(audience: Audience) -> i64 {
    match audience {
        Audience::Standard => READING_MS,
        Audience::Elder => READING_MS_ELDER,
    }
}

impl Notice {
    pub fn told(&self) -> serde_json::Result<Told> {
        serde_json::from_slice(&self.document)
    }

    /// Milliseconds of reading still due.
    pub fn remaining_ms(&self, now_ms: i64) -> i64 {
        match (self.read_at_ms, self.shown_at_ms) {
            (Some(_), _) => 0,
            (None, None) => self.reading_ms,
            (None, Some(shown)) => (shown + self.reading_ms - now_ms).clamp(0, self.reading_ms),
        }
    }

    /// The notice appeared on the screen; the clock starts once.
    pub fn show(mut self, now_ms: i64) -> (Self, Changed) {
        if self.shown_at_ms.is_some() {
            return (self, Changed::No);
        }
        self.shown_at_ms = Some(now_ms);
        (self, Changed::Yes)
    }

    /// The person reached the end and says that they know exactly this; refused before the reading time is over.
    pub fn confirm(mut self, digest: &str, now_ms: i64) -> Result<(Self, Changed), Refused> {
        if digest != self.digest {
            return Err(Refused::NoticeChanged);
        }
        if self.confirmed.is_some() {
            return Ok((self, Changed::No));
        }
        if self.shown_at_ms.is_none() {
            return Err(Refused::NoticeNotShown);
        }
        let remaining_ms = self.remaining_ms(now_ms);
        if remaining_ms > 0 {
            return Err(Refused::NoticeReadingTime { remaining_ms });
        }
        self.read_at_ms = Some(now_ms);
        self.confirmed = Some((now_ms, By::Phone));
        self.came_back = None;
        Ok((self, Changed::Yes))
    }

    /// A scan of the printed notice came back: it waits, in the place of an earlier one.
    pub fn came_back(mut self, pdf_digest: &str, paper: CameBack) -> (Self, Changed) {
        if self.confirmed.is_some() || self.pdf_digest.as_deref() != Some(pdf_digest) {
            return (self, Changed::No);
        }
        self.came_back = Some(paper);
        (self, Changed::Yes)
    }

    /// A colleague looked at the scan that waits, and says what it shows; answers who had scanned it.
    pub fn looked_at(
        mut self,
        scan: &str,
        staff: &str,
        seen: Seen,
        now_ms: i64,
    ) -> Result<(Self, String), Refused> {
        let Some(paper) = self.came_back.take().filter(|paper| paper.scan == scan) else {
            return Err(Refused::ScanNotWaiting);
        };
        if paper.staff == staff {
            return Err(Refused::ScanOwn);
        }
        if seen == Seen::Signed {
            self.confirmed = Some((now_ms, By::Paper));
        }
        Ok((self, paper.staff))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Notice {
        Notice {
            case: "jny_x".into(),
            subject: "sub_x".into(),
            no: 1,
            digest: "n".into(),
            document: vec![],
            reading_ms: 5_000,
            shown_at_ms: None,
            read_at_ms: None,
            confirmed: None,
            came_back: None,
            pdf_digest: Some("p".into()),
            pdf_bytes: 1,
            prepared_at_ms: 0,
            version: 1,
        }
    }

    #[test]
    fn nobody_confirms_what_they_did_not_have_before_them_long_enough() {
        let refused = |notice: Notice, digest: &str, now_ms| {
            notice.confirm(digest, now_ms).expect_err("refused")
        };
        assert_eq!(refused(notice(), "n", 9_000), Refused::NoticeNotShown);
        let (notice, _) = notice().show(1_000);
        let (notice, again) = notice.show(4_000);
        assert_eq!((again, notice.remaining_ms(4_000)), (Changed::No, 2_000));
        let early = Refused::NoticeReadingTime { remaining_ms: 1 };
        assert_eq!(refused(notice.clone(), "n", 5_999), early);
        assert_eq!(refused(notice.clone(), "o", 9_000), Refused::NoticeChanged);
        let (notice, _) = notice.confirm("n", 6_000).expect("confirmed");
        assert_eq!(notice.confirmed, Some((6_000, By::Phone)));
        assert_eq!(notice.confirm("n", 7_000).expect("again").1, Changed::No);
    }

    fn paper(scan: &str) -> CameBack {
        CameBack {
            scan: scan.into(),
            staff: "one".into(),
            at_ms: 1,
        }
    }

    #[test]
    fn only_this_very_paper_waits_and_only_until_the_notice_is_confirmed() {
        assert_eq!(notice().came_back("other", paper("a")).1, Changed::No);
        let (waits, changed) = notice().came_back("p", paper("a"));
        assert_eq!((changed, waits.confirmed), (Changed::Yes, None));
        let (waits, _) = waits.came_back("p", paper("b"));
        assert_eq!(waits.came_back, Some(paper("b")), "the newest in its place");
        let (shown, _) = waits.show(1_000);
        let (known, _) = shown.confirm("n", 6_000).expect("confirmed");
        assert_eq!(known.came_back, None);
        assert_eq!(known.came_back("p", paper("c")).1, Changed::No);
    }

    #[test]
    fn a_paper_counts_once_another_colleague_saw_the_signature() {
        let waits = || notice().came_back("p", paper("a")).0;
        for (scan, staff, refused) in [
            ("b", "two", Refused::ScanNotWaiting),
            ("a", "one", Refused::ScanOwn),
        ] {
            let looked = waits().looked_at(scan, staff, Seen::Signed, 2);
            assert_eq!(looked.expect_err("refused"), refused);
        }
        for (seen, confirmed) in [
            (Seen::Signed, Some((2, By::Paper))),
            (Seen::NotSigned, None),
            (Seen::Outdated, None),
        ] {
            let (notice, by) = waits().looked_at("a", "two", seen, 2).expect("looked at");
            assert_eq!((notice.confirmed, by.as_str()), (confirmed, "one"));
            assert_eq!(notice.came_back, None);
        }
    }
}

//! 出具: what the institution alone seals and hands to the person, as the proof that nothing is owed any more.

use pades::{Appearance, Certification, Lettering};

use super::authority::{self, Authority};
use super::facts;
use super::files;
use super::refusal::Refused;
use super::signatures::{INSTITUTION, field, unsound};
use super::store::issued as store;
use crate::access;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Result, Text};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Print, Seat, Sworn as _};
use crate::vault::SubjectId;

/// Which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuedKind {
    /// 结清证明.
    SettlementProof,
    /// 退出证明: the money was given back within the days of the contract.
    CoolingOffProof,
}

impl IssuedKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SettlementProof => "settlement_proof",
            Self::CoolingOffProof => "cooling_off_proof",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::SettlementProof, Self::CoolingOffProof]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    pub fn title(self) -> Text {
        match self {
            Self::SettlementProof => Text::new("贷款结清证明", "Proof of settlement"),
            Self::CoolingOffProof => Text::new("无理由退出证明", "Proof of withdrawal"),
        }
    }

    /// Its name in the evidence and where it is downloaded.
    pub fn file(self) -> &'static str {
        match self {
            Self::SettlementProof => "settlement-proof.pdf",
            Self::CoolingOffProof => "cooling-off-proof.pdf",
        }
    }
}

/// A document that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub subject: SubjectId,
    pub kind: IssuedKind,
    /// SHA-256, hex.
    pub digest: String,
    pub bytes: i64,
}

/// The name under which the code of a case's document goes. It answers once the document is issued.
pub fn issued_name(case: &str, kind: IssuedKind) -> String {
    format!("{case}-{}", kind.as_str())
}

/// What a case was handed.
pub async fn issued(view: &impl Read, case: &str) -> Result<Vec<Issued>> {
    store::list(view, case).await
}

/// Seals a document, keeps it and swears to it; one of its kind that the case has already stays the only one. Never inside a
/// transaction. The last page leaves the place of the institution's seal free.
pub async fn issue(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    subject: &SubjectId,
    kind: IssuedKind,
    pdf: &[u8],
) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let house = access::institution(&view, institution).await?;
    drop(view);
    let sealed = match authority::origin(ctx, &house.code) {
        Some(_) => {
            let authority = Authority::open(ctx, &house).await?;
            Some(seal(ctx, &authority, &house.name, pdf).await?)
        }
        // Its digest is a fact all the same.
        None => None,
    };
    let file = sealed.as_deref().unwrap_or(pdf);
    let kept = files::keep(ctx, institution, case, subject, file).await?;
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "signing")).await?;
    let issued = Issued {
        subject: subject.clone(),
        kind,
        digest: kept.sha256.clone(),
        bytes: kept.bytes,
    };
    let now_ms = tx.now_ms();
    if !store::insert(&mut tx, case, &issued, now_ms).await? {
        return Ok(());
    }
    let print = Print {
        document: &issued_name(case, kind),
        case,
        kind: facts::Issued::KIND,
        digest: &kept.sha256,
        subject: Some(subject.as_str()),
    };
    ledger::hand_out(&mut tx, print).await?;
    let fact = facts::Issued {
        document: kind,
        pdf_sha256: &kept.sha256,
        pdf_sm3: &kept.sm3,
        bytes: kept.bytes,
        sealed: sealed.is_some(),
    };
    ledger::commit(tx, Fact::of(case, &fact)?.about(subject)).await
}

/// The institution's one signature, stamped and checked; nothing may be changed after it.
async fn seal(ctx: &Ctx, authority: &Authority, name: &str, pdf: &[u8]) -> Result<Vec<u8>> {
    let now_ms = ctx.clock.now_ms();
    let at = clock::civil(now_ms)
        .strftime("%Y-%m-%d %H:%M:%S UTC+8")
        .to_string();
    let place = [field("Institution", "贷款机构", INSTITUTION)];
    let pdf = pades::reserve(pdf, &place).map_err(unsound)?;
    let prepared = {
        let house = ctx.typesetter.printable(name);
        let lines = [house.as_str(), at.as_str()];
        let request = pades::Request {
            field: &place[0],
            name,
            reason: "机构签章",
            at_s: now_ms / 1_000,
            appearance: Some(Appearance {
                handwriting: None,
                lettering: Some(Lettering {
                    font: ctx.typesetter.font(),
                    lines: &lines,
                }),
            }),
            certification: Certification::Final,
            token_bytes: pades::TOKEN_BYTES,
        };
        pades::prepare(&pdf, &request, authority.seal_chain()).map_err(unsound)?
    };
    let signature = authority.seal(prepared.to_be_signed()).await?;
    let token = authority.stamp(ctx, &signature).await?;
    let sealed = prepared.finish(&signature, Some(&token)).map_err(unsound)?;
    let report = pades::verify(&sealed, authority.trust(), now_ms / 1_000).map_err(unsound)?;
    if report.holds() && report.signatures.len() == 1 {
        Ok(sealed)
    } else {
        Err(Refused::NotVerified.into())
    }
}

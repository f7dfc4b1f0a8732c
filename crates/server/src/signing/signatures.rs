//! The two signatures of each document: made, drawn, stamped, and checked before they count.

use pades::{
    Appearance, Certificate, Certification, Field, Lettering, PageAt, Place, PrivateKey, Rect,
};

use super::authority::Authority;
use super::refusal::Refused;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};

/// The two boxes at the foot of the last page (`contract.typ`), in points.
const BORROWER: Rect = Rect {
    left: 62,
    bottom: 97,
    width: 198,
    height: 84,
};
pub(super) const INSTITUTION: Rect = Rect {
    left: 335,
    ..BORROWER
};

/// Who signs, and with what.
pub struct Signing<'a> {
    pub ctx: &'a Ctx,
    pub authority: &'a Authority,
    /// The person's name in full.
    pub name: &'a str,
    /// What the person drew, a PNG.
    pub handwriting: Option<&'a [u8]>,
    pub key: &'a PrivateKey,
    /// The certificate of the key first.
    pub chain: &'a [Certificate],
    pub institution_name: &'a str,
}

/// A certificate, signature or document that can't be put together.
pub fn unsound(cause: impl std::error::Error) -> Error {
    tracing::error!(%cause, "a set could not be signed");
    Refused::NotVerified.into()
}

impl Signing<'_> {
    /// One document with both signatures, the person's and then the institution's, each stamped and checked.
    pub async fn both(&self, pdf: &[u8]) -> Result<Vec<u8>> {
        let ctx = self.ctx;
        let now_ms = ctx.clock.now_ms();
        let at = clock::civil(now_ms)
            .strftime("%Y-%m-%d %H:%M:%S UTC+8")
            .to_string();
        let fields = [
            field("Borrower", "签署人", BORROWER),
            field("Institution", "贷款机构", INSTITUTION),
        ];
        // Both places are there before the first signature, so that the second changes nothing that was signed.
        let pdf = pades::reserve(pdf, &fields).map_err(unsound)?;
        let [by_borrower, by_institution] = &fields;
        let name = ctx.typesetter.printable(self.name);
        let number = format!("证书 {}", &proof::hex::encode(self.chain[0].serial())[..16]);
        let prepared = {
            let lines = [name.as_str(), at.as_str(), number.as_str()];
            let mut request = self.request(by_borrower, self.name, "本人签署", now_ms, &lines);
            request.certification = Certification::FillAndSign;
            if let Some(drawn) = &mut request.appearance {
                drawn.handwriting = self.handwriting;
            }
            pades::prepare(&pdf, &request, self.chain).map_err(unsound)?
        };
        let signature = self.key.sign(prepared.to_be_signed()).map_err(unsound)?;
        let token = self.authority.stamp(ctx, &signature).await?;
        let by_person = prepared.finish(&signature, Some(&token)).map_err(unsound)?;
        let prepared = {
            let house = ctx.typesetter.printable(self.institution_name);
            let lines = [house.as_str(), at.as_str()];
            let name = self.institution_name;
            let request = self.request(by_institution, name, "机构签章", now_ms, &lines);
            pades::prepare(&by_person, &request, self.authority.seal_chain()).map_err(unsound)?
        };
        let signature = self.authority.seal(prepared.to_be_signed()).await?;
        let token = self.authority.stamp(ctx, &signature).await?;
        let signed = prepared.finish(&signature, Some(&token)).map_err(unsound)?;
        self.check(&signed)?;
        Ok(signed)
    }

    fn request<'a>(
        &'a self,
        field: &'a Field,
        name: &'a str,
        reason: &'a str,
        now_ms: i64,
        lines: &'a [&'a str],
    ) -> pades::Request<'a> {
        pades::Request {
            field,
            name,
            reason,
            at_s: now_ms / 1_000,
            appearance: Some(Appearance {
                handwriting: None,
                lettering: Some(Lettering {
                    font: self.ctx.typesetter.font(),
                    lines,
                }),
            }),
            certification: Certification::Approval,
            token_bytes: pades::TOKEN_BYTES,
        }
    }

    /// What we hand out must hold before our own eyes first, by exactly the certificates that it was made with.
    fn check(&self, pdf: &[u8]) -> Result<()> {
        let now_s = self.ctx.clock.now_ms() / 1_000;
        let report = pades::verify(pdf, self.authority.trust(), now_s).map_err(unsound)?;
        let by = |field: &str, chain: &[Certificate]| {
            let signer = report.field(field).and_then(|one| one.signer.as_ref());
            signer.map(Certificate::fingerprint) == chain.first().map(Certificate::fingerprint)
        };
        let person = report.field("Borrower");
        let both = report.signatures.len() == 2
            && by("Borrower", self.chain)
            && person.is_some_and(|one| self.authority.certified(&one.path))
            && by("Institution", self.authority.seal_chain());
        if report.holds() && both {
            return Ok(());
        }
        for one in &report.signatures {
            tracing::error!(field = one.field, findings = ?one.findings, "a signature of our own does not hold");
        }
        Err(Refused::NotVerified.into())
    }
}

pub(super) fn field(name: &str, label: &str, rect: Rect) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        place: Place::On {
            page: PageAt::Last,
            rect,
        },
    }
}

//! What a lender sends to open a journey, whichever way it comes: over HTTP or as a row of a file.

use serde::Deserialize;

use super::JourneyId;
use super::actions::Opening;
use super::kind::Kind;
use super::model::Came;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::keys;
use crate::product::{Ask, Channel};
use crate::vault::{Business, BusinessKind, Person, Private};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Borrower {
    pub name: Private<String>,
    pub id_number: Private<String>,
    pub phone: Private<String>,
    /// The sole trader's or firm's registration, when that is who borrows; the person is then the trader or the legal
    /// representative, who acts for it.
    pub business: Option<BusinessGiven>,
}

/// A registered business.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessGiven {
    pub kind: BusinessKind,
    /// 2 to 100 characters, as registered.
    pub name: Private<String>,
    /// 统一社会信用代码.
    pub credit_code: Private<String>,
}

impl From<BusinessGiven> for Business {
    fn from(given: BusinessGiven) -> Self {
        Self {
            kind: given.kind,
            name: given.name,
            credit_code: given.credit_code,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    pub reference: String,
    /// `loan` when absent.
    #[serde(default)]
    pub kind: Kind,
    /// The credit line that a drawdown belongs to.
    pub line: Option<String>,
    pub product: String,
    pub borrower: Borrower,
    pub loan: Option<Ask>,
    /// Where the borrower goes back to, at one of the institution's return origins.
    pub return_url: Option<String>,
    /// How the borrower came to the lender.
    pub channel: Option<Channel>,
    /// The lender's own risk rules mark this loan.
    #[serde(default)]
    pub risk_flag: bool,
}

impl OpenRequest {
    /// The same request under the same key is the same journey, whichever way it came.
    pub fn opening(self, ctx: &Ctx, institution: &InstitutionId, key: &str) -> Result<Opening> {
        let loan = serde_json::to_vec(&self.loan)?;
        let mac = |parts: &[&[u8]]| mac(ctx, institution, parts);
        let mut content: Vec<&[u8]> = vec![
            b"request",
            self.reference.as_bytes(),
            self.product.as_bytes(),
            self.borrower.name.expose().as_bytes(),
            self.borrower.id_number.expose().as_bytes(),
            self.borrower.phone.expose().as_bytes(),
            &loan,
            self.kind.as_str().as_bytes(),
            self.line.as_deref().unwrap_or_default().as_bytes(),
        ];
        content.extend(self.return_url.as_deref().map(str::as_bytes));
        if let Some(business) = &self.borrower.business {
            content.extend([
                b"business".as_slice(),
                business.kind.as_str().as_bytes(),
                business.name.expose().as_bytes(),
                business.credit_code.expose().as_bytes(),
            ]);
        }
        if let Some(channel) = self.channel {
            content.extend([b"channel".as_slice(), channel.as_str().as_bytes()]);
        }
        if self.risk_flag {
            content.push(b"risk_flag");
        }
        let request_digest = mac(&content)?;
        Ok(Opening {
            reference: self.reference,
            kind: self.kind,
            line: self.line.as_deref().map(JourneyId::parse).transpose()?,
            product: self.product,
            borrower: Person {
                name: self.borrower.name,
                id_number: self.borrower.id_number,
                phone: self.borrower.phone,
            },
            business: self.borrower.business.map(Business::from),
            loan: self.loan,
            return_url: self.return_url,
            came: Came {
                channel: self.channel,
                risk_flagged: self.risk_flag,
            },
            idempotency_key: mac(&[b"key", key.as_bytes()])?,
            request_digest,
        })
    }
}

/// A keyed digest: what is stored must not let anyone guess an ID number by trying, whatever a lender puts into its key.
pub fn mac(ctx: &Ctx, institution: &InstitutionId, parts: &[&[u8]]) -> Result<String> {
    let secret = ctx.keys.get_or_create("idempotency", &ctx.random)?;
    let owned = [institution.as_str().as_bytes()];
    let digest = keys::mac(&secret, &[&owned, parts].concat());
    Ok(proof::hex::encode(&digest))
}

/// A key as lenders may choose it: 1 to 128 visible ASCII characters.
pub fn key_fits(key: &str) -> bool {
    !key.is_empty() && key.len() <= 128 && key.bytes().all(|b| b.is_ascii_graphic())
}

//! A payment as the lender reports it, and everything that is wrong with it; pure but for the digests of a request.

use serde::Deserialize;

use super::incident::Finding;
use super::model::{Booking, Token, telling};
use super::payee::{self, Payee};
use crate::ctx::Ctx;
use crate::error::{Error, Field, Result, Text};
use crate::id::InstitutionId;
use crate::vault::{Private, SubjectId};

use super::model::PayeeGiven;

crate::id!(
    /// A payment that a lender made.
    ReceiptId,
    "rcp"
);

/// A payment as it is reported.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRequest {
    /// The token that was paid on; absent when there was none.
    pub token: Option<Private<String>>,
    /// Fen that reached the payee.
    pub net_amount: i64,
    pub payee: PayeeGiven,
    /// UTC ms by the payment system's clock.
    pub paid_at_ms: i64,
    /// The lender's own number of the payment, 1 to 64 characters; reported again with the same content it is the same payment.
    pub payment_reference: String,
    /// The channel's number, where it gave one.
    pub channel_reference: Option<String>,
}

/// A payment with nothing left of the account but what is compared.
#[derive(Clone, Debug)]
pub struct Paid {
    /// SHA-256 of the token's word, hex.
    pub word_digest: Option<String>,
    /// Fen.
    pub amount: i64,
    pub payee: Payee,
    pub paid_at_ms: i64,
    pub payment_reference: String,
    pub channel_reference: Option<String>,
    /// What the same report again must match.
    pub request_digest: String,
}

const REFERENCE_CHARS_MAX: usize = 64;

/// Any words will do as a number: the money has moved, whatever the payment system calls it.
fn reference_fits(reference: &str) -> bool {
    let chars = reference.chars().count();
    (1..=REFERENCE_CHARS_MAX).contains(&chars)
        && !reference.trim().is_empty()
        && !reference.chars().any(char::is_control)
}

fn reference_fault(path: &str) -> Field {
    Field::new(
        path,
        "malformed",
        Text::new(
            "支付编号为 1 至 64 个字符。",
            "A number of a payment is 1 to 64 characters.",
        ),
    )
}

impl ReceiptRequest {
    pub fn paid(self, ctx: &Ctx, institution: &InstitutionId) -> Result<Paid> {
        let mut faults = Vec::new();
        let payee = Payee::reported(ctx, institution, self.payee.account.expose())?;
        let references = [
            ("payment_reference", Some(&self.payment_reference)),
            ("channel_reference", self.channel_reference.as_ref()),
        ];
        for (path, reference) in references {
            let Some(reference) = reference else { continue };
            if !reference_fits(reference) {
                faults.push(reference_fault(path));
            } else if payee::tells(reference, payee.account.expose()) {
                faults.push(telling(path));
            }
        }
        if self.net_amount <= 0 || self.net_amount > proof::canonical::MAX_INTEGER {
            faults.push(Field::new(
                "net_amount",
                "amount_range",
                Text::new("金额应大于 0。", "The amount must be above 0."),
            ));
        }
        if !(0..=proof::canonical::MAX_INTEGER).contains(&self.paid_at_ms) {
            faults.push(Field::new(
                "paid_at_ms",
                "malformed",
                Text::new("时刻应为 UTC 毫秒。", "An instant is UTC milliseconds."),
            ));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let sha256 = |bytes: &[u8]| proof::hex::encode(&proof::digest::sha256(bytes));
        let word_digest = self
            .token
            .map(|word| sha256(word.expose().trim().as_bytes()));
        let content = proof::canonical::to_vec(&(
            &word_digest,
            self.net_amount,
            &payee.mark,
            self.paid_at_ms,
            &self.channel_reference,
        ))?;
        Ok(Paid {
            word_digest,
            amount: self.net_amount,
            payee,
            paid_at_ms: self.paid_at_ms,
            payment_reference: self.payment_reference,
            channel_reference: self.channel_reference,
            request_digest: sha256(&content),
        })
    }
}

/// A payment as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: ReceiptId,
    pub case: String,
    pub subject: SubjectId,
    pub token: Option<String>,
    pub payment_reference: String,
    pub channel_reference: Option<String>,
    /// Fen.
    pub amount: i64,
    pub account_mark: String,
    pub payee_masked: String,
    pub paid_at_ms: i64,
    pub request_digest: String,
    pub recorded_at_ms: i64,
}

/// What a payment is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    pub case: &'a str,
    /// Principal that the borrower confirmed, fen; none while no price was final.
    pub principal: Option<i64>,
    /// The booking in force.
    pub booking: Option<&'a Booking>,
    /// The token of the reported word, when it is one of ours.
    pub token: Option<&'a Token>,
    /// The first payment of the loan, when this one is another.
    pub earlier: Option<&'a Receipt>,
    /// Another payment that bears the same number.
    pub namesake: Option<&'a Receipt>,
    pub hold: Hold,
    pub protections: Protections,
    pub now_ms: i64,
}

/// Whether every protection that the money rests on stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protections {
    Stand,
    Missing,
}

/// Whether somebody had stopped the money when it was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    None,
    Stands,
}

/// Two clocks may differ by so much before anybody is asked.
pub const SKEW_MS: i64 = 60_000;

impl Receipt {
    /// Whether the person's data was destroyed, and the lender's numbers with it.
    pub fn is_forgotten(&self) -> bool {
        self.request_digest.is_empty()
    }
}

impl Paid {
    /// Everything that is wrong with the payment.
    pub fn findings(&self, by: &Measure<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        if by
            .principal
            .is_some_and(|principal| principal != self.amount)
        {
            found.push(Finding::NetDiffers);
        }
        match by.booking {
            // Nothing is left to compare with of a case whose person's data was destroyed.
            Some(booking) if booking.account_mark.is_empty() => {}
            Some(booking) if !payee::same(&booking.account_mark, &self.payee.mark) => {
                found.push(Finding::OtherPayee);
            }
            Some(_) => {}
            None => found.push(Finding::NotBooked),
        }
        match (&self.word_digest, by.token) {
            (None, _) => found.push(Finding::NoToken),
            (Some(_), None) => found.push(Finding::TokenInvalid),
            (Some(_), Some(token)) => found.extend(self.token_findings(token, by)),
        }
        if by.earlier.is_some() {
            found.push(Finding::PaidTwice);
        }
        if by.namesake.is_some() {
            found.push(Finding::ReferenceReused);
        }
        if self.paid_at_ms > by.now_ms + SKEW_MS {
            found.push(Finding::PaidAhead);
        }
        if by.hold == Hold::Stands {
            found.push(Finding::WhileHeld);
        }
        // What two people may set aside in an emergency is none of these.
        if by.protections == Protections::Missing {
            found.push(Finding::ProtectionMissing);
        }
        found
    }

    fn token_findings(&self, token: &Token, by: &Measure<'_>) -> Vec<Finding> {
        let in_time = (token.issued_at_ms - SKEW_MS..token.expires_at_ms + SKEW_MS)
            .contains(&self.paid_at_ms);
        let outdated = by
            .booking
            .is_some_and(|booking| booking.id != token.booking);
        let findings = [
            (token.case != by.case, Finding::TokenForeign),
            (token.case == by.case && outdated, Finding::TokenOutdated),
            (token.used_at_ms.is_some(), Finding::TokenReused),
            (token.revoked_at_ms.is_some(), Finding::TokenRevoked),
            (!in_time, Finding::TokenExpired),
        ];
        findings
            .into_iter()
            .filter_map(|(so, finding)| so.then_some(finding))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Booking, BookingId, TokenId};
    use super::*;

    const ISSUED_MS: i64 = 1_000_000_000;
    const EXPIRES_MS: i64 = ISSUED_MS + 600_000;

    fn token() -> Token {
        Token {
            id: TokenId::stored("rtk_1".to_owned()),
            case: "jny_1".to_owned(),
            booking: BookingId::stored("bkg_1".to_owned()),
            no: 1,
            word_digest: "aa".to_owned(),
            issued_at_ms: ISSUED_MS,
            expires_at_ms: EXPIRES_MS,
            used_at_ms: None,
            revoked_at_ms: None,
            break_glass: None,
        }
    }

    fn booking() -> Booking {
        Booking {
            id: BookingId::stored("bkg_1".to_owned()),
            case: "jny_1".to_owned(),
            subject: SubjectId::stored("sub_1".to_owned()),
            loan_number: "L".to_owned(),
            terms_digest: String::new(),
            amount: 100,
            payee_digest: String::new(),
            account_mark: "m".to_owned(),
            payee_masked: "*".to_owned(),
            booked_at_ms: 0,
        }
    }

    fn paid() -> Paid {
        Paid {
            word_digest: Some("aa".to_owned()),
            amount: 100,
            payee: Payee {
                account: Private::from("1"),
                mark: "m".to_owned(),
                masked: "*".to_owned(),
            },
            paid_at_ms: ISSUED_MS + 1,
            payment_reference: "P".to_owned(),
            channel_reference: None,
            request_digest: String::new(),
        }
    }

    #[test]
    fn every_fault_of_a_payment_is_found() {
        use Finding::*;
        type Change = fn(&mut Paid, &mut Option<Token>, &mut Measure<'_>);
        let booking = booking();
        let cases: [(&str, Change, &[Finding]); 19] = [
            ("as it should be", |_, _, _| {}, &[]),
            ("less", |p, _, _| p.amount = 95, &[NetDiffers]),
            ("more", |p, _, _| p.amount = 101, &[NetDiffers]),
            (
                "other account",
                |p, _, _| p.payee.mark = "n".into(),
                &[OtherPayee],
            ),
            ("no booking", |_, _, m| m.booking = None, &[NotBooked]),
            ("no token", |p, _, _| p.word_digest = None, &[NoToken]),
            ("made up", |_, t, _| *t = None, &[TokenInvalid]),
            (
                "a minute early",
                |p, _, _| p.paid_at_ms = ISSUED_MS - 60_000,
                &[],
            ),
            (
                "too early",
                |p, _, _| p.paid_at_ms = ISSUED_MS - 60_001,
                &[TokenExpired],
            ),
            (
                "a minute late",
                |p, _, _| p.paid_at_ms = EXPIRES_MS + 59_999,
                &[],
            ),
            (
                "too late",
                |p, _, _| p.paid_at_ms = EXPIRES_MS + 60_000,
                &[TokenExpired],
            ),
            (
                "used",
                |_, t, _| t.as_mut().expect("a token").used_at_ms = Some(1),
                &[TokenReused],
            ),
            (
                "revoked",
                |_, t, _| t.as_mut().expect("a token").revoked_at_ms = Some(1),
                &[TokenRevoked],
            ),
            (
                "another's, and used",
                |_, t, _| {
                    let token = t.as_mut().expect("a token");
                    token.case = "jny_2".into();
                    token.used_at_ms = Some(1);
                },
                &[TokenForeign, TokenReused],
            ),
            (
                "of an older booking",
                |_, t, _| {
                    let token = t.as_mut().expect("a token");
                    token.booking = BookingId::stored("bkg_0".to_owned());
                },
                &[TokenOutdated],
            ),
            ("held", |_, _, m| m.hold = Hold::Stands, &[WhileHeld]),
            (
                "a step taken back",
                |_, _, m| m.protections = Protections::Missing,
                &[ProtectionMissing],
            ),
            (
                "ahead",
                |_, _, m| m.now_ms = ISSUED_MS - 60_000,
                &[PaidAhead],
            ),
            (
                "everything",
                |p, t, m| {
                    (p.amount, *t) = (1, None);
                    (m.booking, m.hold) = (None, Hold::Stands);
                },
                &[NetDiffers, NotBooked, TokenInvalid, WhileHeld],
            ),
        ];
        for (name, change, expected) in cases {
            let (mut paid, mut token) = (paid(), Some(token()));
            let mut measure = Measure {
                case: "jny_1",
                principal: Some(100),
                booking: Some(&booking),
                token: None,
                earlier: None,
                namesake: None,
                hold: Hold::None,
                protections: Protections::Stand,
                now_ms: EXPIRES_MS + 120_000,
            };
            change(&mut paid, &mut token, &mut measure);
            let measure = Measure {
                token: token.as_ref(),
                ..measure
            };
            assert_eq!(paid.findings(&measure), expected, "{name}");
        }
    }
}

//! Nouns and decisions of disbursement; pure but for the digests of a request.

use cost::LoanTerms;
use serde::Deserialize;

use super::difference::differences;
use super::payee::{self, Chosen};
use super::refusal::Refused;
use crate::ctx::Ctx;
use crate::error::{Error, Field, Result, Text};
use crate::id::InstitutionId;
use crate::keys;
use crate::vault::{Private, SubjectId};

crate::id!(
    /// What a lender booked of one loan.
    BookingId,
    "bkg"
);

crate::id!(
    /// Leave to pay one loan once.
    TokenId,
    "rtk"
);

/// What the journey hands over of its loan.
#[derive(Clone, Debug)]
pub struct Loan {
    /// The journey's id.
    pub case: String,
    pub subject: SubjectId,
    /// As the borrower confirmed them.
    pub terms: LoanTerms,
    /// SHA-256 of the canonical terms, hex.
    pub terms_digest: String,
    pub chosen: Chosen,
}

/// What the lender booked, as it comes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingRequest {
    /// The terms in the lender's books; `terms.json` of the evidence bundle has their form.
    pub terms: LoanTerms,
    /// Fen that will reach the borrower: the whole principal.
    pub net_amount: i64,
    pub payee: PayeeGiven,
    /// The lender's number of the loan, 1 to 64 visible ASCII characters.
    pub loan_number: String,
}

/// The account that will be paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayeeGiven {
    /// 6 to 32 digits; spaces and hyphens are passed over.
    pub account: Private<String>,
}

const LOAN_NUMBER_CHARS_MAX: usize = 64;

/// A booking asked for, with nothing left of the account but what is compared.
#[derive(Clone, Debug)]
pub struct Book {
    pub terms: LoanTerms,
    /// Fen.
    pub net_amount: i64,
    pub account: Private<String>,
    pub account_mark: String,
    pub payee_masked: String,
    pub loan_number: String,
    /// Keyed digests: the lender's own key may hold anything.
    pub idempotency_key: String,
    pub request_digest: String,
}

/// A lender's own number as it may be: visible ASCII, bounded.
pub fn number_fits(number: &str) -> bool {
    (1..=LOAN_NUMBER_CHARS_MAX).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_graphic())
}

/// How a number that does not fit is answered.
pub fn number_fault(path: &str) -> Field {
    Field::new(
        path,
        "malformed",
        Text::new(
            "编号为 1 至 64 个可见 ASCII 字符。",
            "A number is 1 to 64 visible ASCII characters.",
        ),
    )
}

/// How a number is answered that repeats the account beside it: numbers are shown in clear.
pub fn telling(path: &str) -> Field {
    Field::new(
        path,
        "number_tells_account",
        Text::new(
            "编号里不要带账号，请用贵方自己的编号。",
            "The number repeats the account; use one of your own.",
        ),
    )
}

/// How an account that can't be one is answered.
pub fn account_fault(path: &str) -> Field {
    Field::new(
        path,
        "account_format",
        Text::new(
            "账号应为 6 至 32 位数字。",
            "An account has 6 to 32 digits.",
        ),
    )
}

impl BookingRequest {
    pub fn book(self, ctx: &Ctx, institution: &InstitutionId, key: &str) -> Result<Book> {
        let mut faults = Vec::new();
        if !number_fits(&self.loan_number) {
            faults.push(number_fault("loan_number"));
        }
        let digits = payee::digits(self.payee.account.expose());
        let Some(digits) = digits.filter(|_| faults.is_empty()) else {
            if faults.is_empty() {
                faults.push(account_fault("payee.account"));
            }
            return Err(Error::Invalid(faults));
        };
        if payee::tells(&self.loan_number, &digits) {
            return Err(Error::Invalid(vec![telling("loan_number")]));
        }
        let account_mark = payee::mark(ctx, institution, &digits)?;
        let secret = ctx.keys.get_or_create("idempotency", &ctx.random)?;
        let mac = |parts: &[&[u8]]| {
            let whose: [&[u8]; 2] = [b"booking", institution.as_str().as_bytes()];
            proof::hex::encode(&keys::mac(&secret, &[&whose, parts].concat()))
        };
        let terms = proof::canonical::to_vec(&self.terms)?;
        let content: [&[u8]; 4] = [
            &terms,
            &self.net_amount.to_be_bytes(),
            account_mark.as_bytes(),
            self.loan_number.as_bytes(),
        ];
        Ok(Book {
            idempotency_key: mac(&[b"key", key.as_bytes()]),
            request_digest: mac(&content),
            terms: self.terms,
            net_amount: self.net_amount,
            payee_masked: payee::mask(&digits),
            account: Private::new(digits),
            account_mark,
            loan_number: self.loan_number,
        })
    }
}

/// What a lender booked, equal to what was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    pub id: BookingId,
    pub case: String,
    pub subject: SubjectId,
    pub loan_number: String,
    pub terms_digest: String,
    /// Fen.
    pub amount: i64,
    /// What stands for the account in a token, hex.
    pub payee_digest: String,
    pub account_mark: String,
    pub payee_masked: String,
    pub booked_at_ms: i64,
}

/// A token as it is kept; its word left with the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub case: String,
    pub booking: BookingId,
    /// From 1 in its case.
    pub no: i64,
    /// SHA-256 of the word, hex.
    pub word_digest: String,
    pub issued_at_ms: i64,
    pub expires_at_ms: i64,
    pub used_at_ms: Option<i64>,
    pub revoked_at_ms: Option<i64>,
    /// The two people's decision that it rests on instead of a protection.
    pub break_glass: Option<String>,
}

impl Token {
    /// Whether nobody had revoked it by then.
    pub fn counted_at(&self, at_ms: i64) -> bool {
        self.revoked_at_ms.is_none_or(|revoked| revoked > at_ms)
    }

    /// Something is left to revoke.
    pub fn lives(&self, now_ms: i64) -> bool {
        self.used_at_ms.is_none() && self.revoked_at_ms.is_none() && now_ms < self.expires_at_ms
    }

    /// Refuses while its word verifies: payers check it offline, and nothing that is noted here reaches them.
    pub fn must_be_over(&self, now_ms: i64) -> Result<(), Refused> {
        if now_ms < self.expires_at_ms {
            return Err(Refused::TokenLive(self.expires_at_ms - now_ms));
        }
        Ok(())
    }
}

impl Loan {
    /// Every field of a booking that is not what was confirmed.
    pub fn against(&self, asked: &Book) -> Result<Vec<Field>> {
        let confirmed = serde_json::to_value(&self.terms)?;
        let booked = serde_json::to_value(&asked.terms)?;
        let mut found = differences("terms", &confirmed, &booked);
        if asked.net_amount != self.terms.principal {
            found.push(Field::new(
                "net_amount",
                "net_differs",
                Text::new(
                    "实付金额须等于合同本金，不得预先扣除利息或费用（砍头息）。",
                    "The net amount is the whole principal; nothing is deducted beforehand.",
                ),
            ));
        }
        let own = match &self.chosen {
            Chosen::ByBorrower(mark) => payee::same(mark, &asked.account_mark),
            Chosen::ByLender => true,
        };
        if !own {
            found.push(Field::new(
                "payee.account",
                "payee_differs",
                Text::new(
                    "收款账户不是借款人本人选定的账户。",
                    "Not the account that the borrower chose.",
                ),
            ));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_time_ends_a_token_for_those_who_check_it_offline() {
        let token = |used, revoked| Token {
            id: TokenId::stored("rtk_1".to_owned()),
            case: "jny_1".to_owned(),
            booking: BookingId::stored("bkg_1".to_owned()),
            no: 1,
            word_digest: String::new(),
            issued_at_ms: 1_000,
            expires_at_ms: 2_000,
            used_at_ms: used,
            revoked_at_ms: revoked,
            break_glass: None,
        };
        for (used, revoked, now_ms, left) in [
            (None, None, 1_999, Some(1)),
            (None, None, 2_000, None),
            (Some(1_500), None, 1_600, Some(400)),
            (None, Some(1_500), 1_600, Some(400)),
        ] {
            let lives = used.or(revoked).is_none() && now_ms < 2_000;
            assert_eq!(token(used, revoked).lives(now_ms), lives);
            let outcome = token(used, revoked).must_be_over(now_ms);
            let expected = left.map_or(Ok(()), |left| Err(Refused::TokenLive(left)));
            assert_eq!(outcome, expected, "{used:?} {revoked:?} {now_ms}");
        }
    }

    #[test]
    fn a_loan_number_is_plain_and_bounded() {
        for (number, fits) in [
            ("LN-2026-0001", true),
            ("", false),
            ("a b", false),
            ("张", false),
        ] {
            assert_eq!(number_fits(number), fits, "{number}");
        }
        assert!(number_fits(&"a".repeat(64)) && !number_fits(&"a".repeat(65)));
    }
}

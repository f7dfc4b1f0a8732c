//! Who is paid: accounts as marks, digests and masks.

use subtle::ConstantTimeEq as _;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::keys;
use crate::vault::{ItemKind, Private};

/// Makes marks of accounts and salts of digests.
pub const KEY: &str = "payee";

/// Digits of a bank account; those of firms are longer than a card's.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=32;

/// Which account the borrower wants the money on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// The borrower chose one; its mark.
    ByBorrower(String),
    /// The product asks the borrower for none: the lender names it, and the fact says so.
    ByLender,
}

/// The one spelling of an account number; none for what can't be one.
pub fn digits(account: &str) -> Option<String> {
    let digits: String = account
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .collect();
    let fits = DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(digits)
}

/// What lists and pages may show of an account.
pub fn mask(digits: &str) -> String {
    ItemKind::BankCard.mask(digits)
}

/// Who was paid, as it was reported.
#[derive(Clone, Debug)]
pub struct Payee {
    /// The account's one spelling, or whatever else stood there.
    pub account: Private<String>,
    pub mark: String,
    pub masked: String,
}

impl Payee {
    /// What is no account, as a wallet's name, is a payee all the same; its mark equals none that can be booked.
    pub fn reported(ctx: &Ctx, institution: &InstitutionId, account: &str) -> Result<Self> {
        let (text, domain, masked) = match digits(account) {
            Some(digits) => {
                let masked = mask(&digits);
                (digits, ACCOUNT, masked)
            }
            None => (account.trim().to_owned(), OTHER, "***".to_owned()),
        };
        Ok(Self {
            mark: marked(ctx, institution, domain, &text)?,
            account: Private::new(text),
            masked,
        })
    }
}

const ACCOUNT: &[u8] = b"xiaobao/account/v1";
const OTHER: &[u8] = b"xiaobao/no-account/v1";

/// Equal for equal accounts of one institution, meaningless without the key.
pub fn account_mark(
    ctx: &Ctx,
    institution: &InstitutionId,
    account: &Private<String>,
) -> Result<String> {
    // What is no account has a mark of its own that nothing equals.
    let digits = digits(account.expose()).unwrap_or_default();
    mark(ctx, institution, &digits)
}

pub fn mark(ctx: &Ctx, institution: &InstitutionId, digits: &str) -> Result<String> {
    marked(ctx, institution, ACCOUNT, digits)
}

fn marked(ctx: &Ctx, institution: &InstitutionId, domain: &[u8], text: &str) -> Result<String> {
    let key = ctx.keys.get_or_create(KEY, &ctx.random)?;
    let parts: [&[u8]; 3] = [domain, institution.as_str().as_bytes(), text.as_bytes()];
    Ok(proof::hex::encode(&keys::mac(&key, &parts)))
}

/// The salt of a booking's payee digest; derived, so that the database holds nothing an account could be guessed with.
pub fn salt(ctx: &Ctx, institution: &InstitutionId, booking: &str) -> Result<proof::Hash> {
    let key = ctx.keys.get_or_create(KEY, &ctx.random)?;
    let parts: [&[u8]; 3] = [
        b"xiaobao/payee-salt/v1",
        institution.as_str().as_bytes(),
        booking.as_bytes(),
    ];
    Ok(keys::mac(&key, &parts))
}

/// Whether a number of the lender's repeats an account: equals it, or holds all of a long one.
pub fn tells(number: &str, account: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits == account || (account.len() >= LONG && digits.contains(account))
}

/// Digits of an account that no number holds by chance.
const LONG: usize = 12;

/// Compares two marks without telling by time how much was right.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_spelling() {
        for (given, read) in [
            ("6222 0202-0011 2233446", Some("6222020200112233446")),
            ("622202", Some("622202")),
            ("62220", None),
            ("６２２２０２０２", None),
            ("6222020200112233446a", None),
            ("", None),
            ("111111111111111111111111111111111", None),
        ] {
            assert_eq!(digits(given).as_deref(), read, "{given}");
        }
        for (number, account, told) in [
            ("6222-0202-0011-2233-446", "6222020200112233446", true),
            ("PAY6222020200112233446-1", "6222020200112233446", true),
            ("PAY-2026112200012345", "6222020200112233446", false),
            ("622202", "622202", true),
            ("PAY-1622202", "622202", false),
        ] {
            assert_eq!(tells(number, account), told, "{number}");
        }
        assert!(same("ab", "ab") && !same("ab", "abc") && !same("ab", "ac"));
    }
}

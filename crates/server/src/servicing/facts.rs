//! What this room swears to. The case is the journey.

use serde::Serialize;

use super::model::{How, Kind};
use super::plan::Moment;
use crate::ledger::Sworn;

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    Opened => "servicing.opened.v1",
    Repaid => "servicing.repaid.v1",
    Settled => "servicing.settled.v1",
    CoolingOffAsked => "servicing.cooling_off_asked.v1",
    CooledOff => "servicing.cooled_off.v1",
    SettlementAsked => "servicing.settlement_asked.v1",
    Reminded => "servicing.reminded.v1",
    Forgotten => "servicing.forgotten.v1",
}

/// The money moved: the loan runs.
#[derive(Serialize)]
pub struct Opened<'a> {
    pub loan: &'a str,
    /// Of what the borrower confirmed; absent where they had confirmed nothing.
    pub terms_digest: Option<&'a str>,
    /// Civil, in Asia/Shanghai.
    pub paid_on: &'a str,
}

/// The lender reported money received.
#[derive(Serialize)]
pub struct Repaid<'a> {
    pub repayment: &'a str,
    pub kind: Kind,
    /// Fen.
    pub amount: i64,
    /// Civil, in Asia/Shanghai.
    pub day: &'a str,
    /// Its parts, where the lender names them, fen.
    pub principal: Option<i64>,
    pub interest: Option<i64>,
    pub fees: Option<i64>,
    pub penalty: Option<i64>,
    /// What a reversal takes back.
    pub reverses: Option<&'a str>,
    pub findings: &'a [&'a str],
}

/// Nothing is owed any more.
#[derive(Serialize)]
pub struct Settled<'a> {
    pub loan: &'a str,
    pub how: How,
    /// Civil, in Asia/Shanghai.
    pub on: &'a str,
    /// Everything that was received, fen.
    pub repaid: i64,
}

/// The borrower withdraws within the days of the contract, for exactly these sums.
#[derive(Serialize)]
pub struct CoolingOffAsked<'a> {
    pub loan: &'a str,
    /// What arrived, fen like every sum here.
    pub principal: i64,
    /// Of the days used.
    pub interest: i64,
    /// What had been received already.
    pub received: i64,
    /// What is to be given back.
    pub total: i64,
    /// What the lender returns of charges paid up front.
    pub refund: i64,
    /// Civil, in Asia/Shanghai.
    pub pay_by: &'a str,
}

/// The money was given back in time: the loan is over.
#[derive(Serialize)]
pub struct CooledOff<'a> {
    pub loan: &'a str,
    /// Civil, in Asia/Shanghai.
    pub on: &'a str,
    /// Everything that was received, fen.
    pub repaid: i64,
}

/// The borrower wants to settle on a day.
#[derive(Serialize)]
pub struct SettlementAsked<'a> {
    pub loan: &'a str,
    /// Civil, in Asia/Shanghai.
    pub on: &'a str,
    /// What they saw, fen.
    pub total: i64,
    pub saved: i64,
}

/// An instalment is due, and a message that says so was handed over.
#[derive(Serialize)]
pub struct Reminded<'a> {
    pub loan: &'a str,
    /// Of the instalment, from 1.
    pub no: u32,
    /// Civil, in Asia/Shanghai.
    pub due_date: &'a str,
    /// What was missing of it, fen.
    pub amount: i64,
    pub moment: Moment,
}

/// A person's data was destroyed: their loans and what was received for them are gone.
#[derive(Serialize)]
pub struct Forgotten<'a> {
    pub subject: &'a str,
    pub loans: i64,
}

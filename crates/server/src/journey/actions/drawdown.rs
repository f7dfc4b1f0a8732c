//! The step `drawdown`: the person chooses amount, periods, purpose and their own account, which fixes the price.

use super::at_step;
use super::price::fix_price;
use super::signing::prepare;
use super::suitability::weigh;
use crate::access::{self, Customer};
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::disbursement;
use crate::error::{Error, Result};
use crate::identity::{self, Account};
use crate::journey::facts;
use crate::journey::line::{self, Unborne};
use crate::journey::model::{Journey, Refused, State};
use crate::journey::store::{self, Chosen};
use crate::ledger::{Changed, Fact, Tx};
use crate::product::{self, Ask, Progress, Protection};
use crate::signing::{self, Ended};
use crate::suitability::{self, Outcome};
use crate::vault::{self, ItemKind, Private};

/// What the person chose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Fen.
    pub principal: i64,
    pub periods: u32,
    /// Code of a purpose.
    pub purpose: String,
    /// Their own bank card; the one chosen before stays when absent.
    pub account: Option<Private<String>>,
}

/// Chooses, or chooses anew until the loan is agreed; another amount or number of periods is another price, and contracts
/// that name another purpose or account are made anew.
pub async fn choose(ctx: &Ctx, customer: &Customer, choice: &Choice) -> Result<()> {
    let mut at = at_step(ctx, customer, Protection::Drawdown).await?;
    if at.journey.state == State::Completed {
        return Err(Refused::PriceFixed.into());
    }
    let now_ms = at.tx.now_ms();
    if let Some(line) = &at.journey.line {
        // Two drawdowns at once must not share what is left of the line.
        store::lock(&at.tx, line).await?;
    }
    let lender = access::institution(&at.tx, at.tx.institution()?)
        .await?
        .kind;
    let purpose = suitability::purpose_of(&choice.purpose)
        .filter(|purpose| purpose.allowed(lender))
        .ok_or(Refused::PurposeNotAllowed)?;
    let journey = at.journey.clone();
    let version = product::version(&at.tx, &journey.product, journey.product_version).await?;
    for why in line::unborne(&at.tx, &journey, now_ms).await? {
        match why {
            // What was chosen under an earlier limit is chosen anew here.
            Unborne::OverLimit => {}
            Unborne::LineNotInForce => return Err(Refused::LineNotInForce.into()),
            Unborne::ApprovalExpired => return Err(Refused::ApprovalExpired.into()),
        }
    }
    if let Some(lost) = line::lacking(&at.tx, &journey, now_ms).await?.first() {
        return Err(Refused::LineLacks(lost.protection).into());
    }
    let room = line::room(&at.tx, &journey, &version.definition, now_ms).await?;
    if choice.principal > room.principal_max {
        return Err(Refused::OverLimit.into());
    }
    let before = store::chosen(&at.tx, &journey.id).await?;
    let whose = (&journey.subject, journey.id.as_str());
    let kept = vault::kept(&at.tx, whose, ItemKind::BankCard).await?;
    let (account_version, account_masked, account_mark) = match (&choice.account, &before) {
        (Some(card), _) => {
            let version = vault::keep(&mut at.tx, whose, ItemKind::BankCard, card).await?;
            let mark = disbursement::account_mark(ctx, at.tx.institution()?, card)?;
            (version, ItemKind::BankCard.mask(card.expose()), Some(mark))
        }
        // Another journey may have put another card in its place.
        (None, Some(before)) if kept == Some(before.account_version) => (
            before.account_version,
            before.account_masked.clone(),
            before.account_mark.clone(),
        ),
        (None, _) => {
            return Err(Error::field(
                "account",
                "missing_field",
                "请填写您本人的银行卡号。",
                "Give the number of your own bank card.",
            ));
        }
    };
    let account = Account {
        case: journey.id.as_str(),
        subject: &journey.subject,
        card_version: account_version,
        masked: &account_masked,
    };
    identity::ask_card(&mut at.tx, account).await?;
    let same_price = journey.principal == Some(choice.principal)
        && journey.periods == Some(i64::from(choice.periods));
    if !same_price {
        let ask = Ask {
            principal: choice.principal,
            periods: choice.periods,
            start: None,
            first_due: None,
        };
        let (priced, fact) = fix_price(&mut at.tx, journey.clone(), &version, &ask).await?;
        at.tx.record(fact);
        at.journey = priced;
        // Nothing is kept of a choice that doesn't fit: a smaller one, or one over more periods, still may.
        if let Some(Outcome::Held | Outcome::Refused) = weigh(&mut at.tx, &at.journey).await? {
            return Err(Refused::NotAffordable.into());
        }
    }
    let chosen = Chosen {
        purpose: purpose.code.to_owned(),
        account_masked,
        account_mark,
        account_version,
    };
    if same_price && before.as_ref() == Some(&chosen) {
        return at.end(Changed::No).await;
    }
    let named = before.filter(|_| same_price);
    let rewritten = match named {
        Some(before) if !before.reads_as(&chosen) => unsigned(&mut at.tx, &journey).await?,
        _ => Changed::No,
    };
    store::put_chosen(&mut at.tx, &journey.id, &chosen, now_ms).await?;
    if rewritten == Changed::Yes {
        prepare(&mut at.tx, &journey, &version).await?;
    }
    let fact = facts::DrawdownChosen {
        principal: choice.principal,
        periods: i64::from(choice.periods),
        purpose: purpose.code,
        account_version,
        line: journey.line.as_ref().map(|line| line.as_str()),
    };
    at.tx
        .record(Fact::of(&journey.id, &fact)?.about(&journey.subject));
    at.end(Changed::Yes).await
}

/// Sets contracts aside that name what was chosen before; refused once the person said yes to them.
async fn unsigned(tx: &mut Tx, journey: &Journey) -> Result<Changed> {
    let case = journey.id.as_str();
    let progress = signing::progress(tx, case, journey.terms_digest.as_deref()).await?;
    if matches!(progress, Progress::Waiting | Progress::Done) {
        return Err(Refused::PriceFixed.into());
    }
    signing::supersede(tx, case, Ended::TermsChanged).await
}

/// The person would have a member of staff look at the account.
pub async fn ask_person(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut at = at_step(ctx, customer, Protection::Drawdown).await?;
    let case = at.journey.id.as_str();
    let changed = identity::ask_card_person(&mut at.tx, case).await?;
    at.end(changed).await
}

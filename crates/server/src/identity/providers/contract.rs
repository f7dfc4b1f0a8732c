//! Whether a provider keeps its contract, tried with questions about an invented person.

use super::http::{Unheard, hear};
use super::{Question, Reply};
use crate::config::IdentityProvider;
use crate::ctx::Ctx;
use crate::identity::model::{CheckId, Reason};
use crate::product::IdentityMethod;
use crate::vault::Private;

/// A clause, and the stable name of what was wrong.
pub type Kept = (&'static str, Result<(), &'static str>);

/// 周桂兰 of the demo; no register knows her.
const NAME: &str = "周桂兰";
const ID_NUMBER: &str = "110101196403160020";
const PHONE: &str = "10000000062";
const BANK_CARD: &str = "6222020000000000006";
const SESSION: &str = "contract-check";

fn question(check: &CheckId, method: IdentityMethod, tries: i64) -> Question {
    let bank = method == IdentityMethod::BankCard;
    Question {
        check: check.clone(),
        method,
        name: Private::from(NAME),
        id_number: Private::from(ID_NUMBER),
        phone: method.needs_phone().then(|| Private::from(PHONE)),
        bank_card: bank.then(|| Private::from(BANK_CARD)),
        session: method.needs_session().then(|| SESSION.to_owned()),
        bound_to: None,
        tries,
    }
}

/// Tries every clause of docs/adapters.md with one provider.
pub async fn contract(ctx: &Ctx, provider: &IdentityProvider) -> Vec<Kept> {
    let Some(method) = IdentityMethod::parse(&provider.method) else {
        return vec![("identity_answers", Err("method_unknown"))];
    };
    let seconds = ctx.config.identity.timeout_seconds;
    let ask = async |provider: &IdentityProvider, check: &CheckId, tries: i64| {
        hear(ctx, provider, seconds, &question(check, method, tries)).await
    };
    let fresh = || CheckId::fresh(ctx.clock.now_ms(), &ctx.random);
    let check = fresh();
    let first = ask(provider, &check, 1).await;
    let mut kept = vec![("identity_answers", answered(first))];
    if first.is_ok() {
        let again = ask(provider, &check, 2).await;
        let same = if again == first {
            Ok(())
        } else {
            Err("answer_changed")
        };
        kept.push(("identity_repeats", same));
    }
    let mut stranger = provider.clone();
    stranger.token.push('x');
    kept.push((
        "identity_token",
        turned_away(ask(&stranger, &fresh(), 1).await),
    ));
    if !provider.secret.is_empty() {
        let mut forger = provider.clone();
        forger.secret.push('x');
        let outcome = turned_away(ask(&forger, &fresh(), 1).await);
        kept.push(("identity_signature", outcome));
    }
    kept
}

fn answered(heard: Result<Reply, Unheard>) -> Result<(), &'static str> {
    match heard {
        Ok(Reply::Said(_, Some(Reason::Rejected))) => Err("question_rejected"),
        Ok(_) => Ok(()),
        Err(why) => Err(why.code()),
    }
}

/// Whoever may not ask is refused; an answer, even one that we can't read, shows that the question was looked at.
fn turned_away(heard: Result<Reply, Unheard>) -> Result<(), &'static str> {
    match heard {
        Ok(Reply::Said(_, Some(Reason::Rejected))) => Ok(()),
        Err(Unheard::Silent) => Err("no_answer"),
        Err(Unheard::Status(_)) => Err("answer_status"),
        _ => Err("stranger_answered"),
    }
}

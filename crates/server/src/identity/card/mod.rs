//! 银行卡四要素 for the account a loan is paid into: is it the person's own. What decides is pure.

pub mod actions;
pub mod http;
pub mod job;

use super::model::{Answer, CheckId, Origin, Phase, Reason, Verdict};
use super::refusal::Refused;
use crate::ledger::Changed;
use crate::vault::{GrantId, SubjectId};

/// Each one is a question that somebody is paid to answer, and an answer about an account.
const CARDS_MAX: i64 = 5;

/// The newest account of one case, and what was found out about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The same for every try.
    pub id: CheckId,
    pub case: String,
    pub subject: SubjectId,
    /// Version of the vault's item.
    pub card_version: i64,
    pub account_masked: String,
    pub phase: Phase,
    pub answer: Option<Answer>,
    pub reason: Option<Reason>,
    pub provider: Option<String>,
    pub origin: Option<Origin>,
    pub tries: i64,
    pub grant: Option<GrantId>,
    /// Which card of this case it is, from 1.
    pub round: i64,
    pub asked_at_ms: i64,
    pub settled_at_ms: Option<i64>,
    pub version: i64,
}

/// What is to be done about an account that the person names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// It was asked about already; the answer stands or is on its way.
    Nothing,
    /// It is this case's card of that number.
    Round(i64),
}

/// Whether a card is asked about, after what is known of the case.
pub fn ask(known: Option<&Card>, card_version: i64) -> Result<Ask, Refused> {
    match known {
        Some(card) if card.card_version == card_version => match card.phase {
            Phase::Refused => Err(Refused::CardNotTheirs),
            Phase::Checking | Phase::NeedsPerson | Phase::Verified => Ok(Ask::Nothing),
        },
        Some(card) if card.round >= CARDS_MAX => Err(Refused::CardsTooMany),
        Some(card) => Ok(Ask::Round(card.round + 1)),
        None => Ok(Ask::Round(1)),
    }
}

impl Card {
    /// An answer came, or none could be had. Whoever already went to a person stays there.
    pub fn heard(mut self, answer: Answer, reason: Option<Reason>, now_ms: i64) -> Self {
        self.answer = Some(answer);
        self.reason = reason;
        if self.phase == Phase::Checking {
            self.phase = Phase::of(&[Some(answer)]);
            self.settled_at_ms = (self.phase != Phase::NeedsPerson).then_some(now_ms);
        }
        self
    }

    /// The person would have somebody look at the card instead.
    pub fn ask_person(mut self) -> Result<(Self, Changed), Refused> {
        match self.phase {
            Phase::Verified => Err(Refused::Settled),
            Phase::NeedsPerson => Ok((self, Changed::No)),
            Phase::Checking | Phase::Refused => {
                self.phase = Phase::NeedsPerson;
                self.settled_at_ms = None;
                Ok((self, Changed::Yes))
            }
        }
    }

    /// A member of staff looked at the card or at the bank's paper about the account.
    pub fn attest(mut self, verdict: Verdict, now_ms: i64) -> Result<Self, Refused> {
        if self.phase != Phase::NeedsPerson {
            return Err(Refused::NotWaiting);
        }
        self.phase = match verdict {
            Verdict::Yes => Phase::Verified,
            Verdict::No => Phase::Refused,
        };
        self.settled_at_ms = Some(now_ms);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(phase: Phase, round: i64) -> Card {
        Card {
            id: CheckId::stored("chk_x".into()),
            case: "jny_x".into(),
            subject: SubjectId::stored("sub_x".into()),
            card_version: 7,
            account_masked: "**** 1234".into(),
            phase,
            answer: None,
            reason: None,
            provider: None,
            origin: None,
            tries: 0,
            grant: None,
            round,
            asked_at_ms: 0,
            settled_at_ms: None,
            version: 1,
        }
    }

    #[test]
    fn a_card_is_asked_about_once_and_only_so_many_of_them() {
        for (known, card_version, expected) in [
            (None, 1, Ok(Ask::Round(1))),
            (Some(card(Phase::Checking, 1)), 7, Ok(Ask::Nothing)),
            (Some(card(Phase::Verified, 1)), 7, Ok(Ask::Nothing)),
            (Some(card(Phase::NeedsPerson, 1)), 7, Ok(Ask::Nothing)),
            (
                Some(card(Phase::Refused, 1)),
                7,
                Err(Refused::CardNotTheirs),
            ),
            (Some(card(Phase::Refused, 1)), 8, Ok(Ask::Round(2))),
            (Some(card(Phase::Verified, 4)), 8, Ok(Ask::Round(5))),
            (Some(card(Phase::Refused, 5)), 8, Err(Refused::CardsTooMany)),
        ] {
            assert_eq!(ask(known.as_ref(), card_version), expected, "{known:?}");
        }
    }

    #[test]
    fn only_a_clear_answer_settles_and_a_person_may_look_until_it_is_a_yes() {
        for (answer, phase) in [
            (Answer::Yes, Phase::Verified),
            (Answer::No, Phase::Refused),
            (Answer::Unknown, Phase::NeedsPerson),
        ] {
            let heard = card(Phase::Checking, 1).heard(answer, None, 9);
            assert_eq!(heard.phase, phase);
            assert_eq!(heard.settled_at_ms.is_some(), phase != Phase::NeedsPerson);
            // An answer that comes late doesn't take the card away from the person.
            let late = card(Phase::NeedsPerson, 1).heard(answer, None, 9);
            assert_eq!(late.phase, Phase::NeedsPerson);
            let asked = heard.ask_person().map(|(card, _)| card.phase);
            match phase {
                Phase::Verified => assert_eq!(asked, Err(Refused::Settled)),
                _ => assert_eq!(asked, Ok(Phase::NeedsPerson)),
            }
        }
        for (verdict, phase) in [
            (Verdict::Yes, Phase::Verified),
            (Verdict::No, Phase::Refused),
        ] {
            let seen = card(Phase::NeedsPerson, 1).attest(verdict, 9);
            assert_eq!(seen.map(|card| card.phase), Ok(phase));
            let early = card(Phase::Checking, 1).attest(verdict, 9);
            assert_eq!(early, Err(Refused::NotWaiting));
        }
    }
}

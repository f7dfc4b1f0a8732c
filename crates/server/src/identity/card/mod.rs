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
    /// The bank, or a member of staff, said that it is not theirs; from then on a yes takes two people.
    pub denied_at_ms: Option<i64>,
    /// Who of the two said yes.
    pub seen_by: Option<String>,
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
            Phase::Refused | Phase::Ended => Err(Refused::CardNotTheirs),
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
        if answer == Answer::No {
            self.denied_at_ms = Some(now_ms);
        }
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
            Phase::Checking | Phase::Refused | Phase::Ended => {
                self.phase = Phase::NeedsPerson;
                self.settled_at_ms = None;
                Ok((self, Changed::Yes))
            }
        }
    }

    /// A member of staff looked at the card or at the bank's paper about the account.
    pub fn attest(mut self, by: &str, verdict: Verdict, now_ms: i64) -> Result<Self, Refused> {
        if self.phase != Phase::NeedsPerson {
            return Err(Refused::NotWaiting);
        }
        match (verdict, &self.seen_by) {
            (Verdict::Yes, None) if self.denied_at_ms.is_some() => {
                self.seen_by = Some(by.to_owned());
                return Ok(self);
            }
            (Verdict::Yes, Some(first)) if first == by => return Err(Refused::OwnAttestation),
            (Verdict::Yes, _) => self.phase = Phase::Verified,
            (Verdict::No, _) => {
                self.phase = Phase::Refused;
                self.denied_at_ms = Some(now_ms);
                self.seen_by = None;
            }
        }
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
            denied_at_ms: None,
            seen_by: None,
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
            let seen = card(Phase::NeedsPerson, 1).attest("a", verdict, 9);
            assert_eq!(seen.map(|card| card.phase), Ok(phase));
            let early = card(Phase::Checking, 1).attest("a", verdict, 9);
            assert_eq!(early, Err(Refused::NotWaiting));
        }
    }

    #[test]
    fn after_a_no_a_yes_takes_two_people() {
        let by_bank = card(Phase::Checking, 1).heard(Answer::No, None, 1);
        let by_staff = card(Phase::NeedsPerson, 1).attest("c", Verdict::No, 1);
        for denied in [by_bank, by_staff.expect("seen")] {
            let (asked, _) = denied.ask_person().expect("asked");
            let one = asked.attest("a", Verdict::Yes, 2).expect("seen");
            assert_eq!((one.phase, one.settled_at_ms), (Phase::NeedsPerson, None));
            let alone = one.clone().attest("a", Verdict::Yes, 3);
            assert_eq!(alone, Err(Refused::OwnAttestation));
            let no = one.clone().attest("b", Verdict::No, 3).expect("seen");
            assert_eq!((no.phase, no.seen_by), (Phase::Refused, None));
            let both = one.attest("b", Verdict::Yes, 3).expect("seen");
            assert_eq!(both.phase, Phase::Verified);
        }
    }
}

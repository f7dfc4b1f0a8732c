//! Third persons of a case and what becomes of them; pure.

use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use crate::ledger::Changed;
use crate::vault::{Purpose, SubjectId};

crate::id!(
    /// A third person as one case knows them.
    ContactId,
    "cnt"
);

/// What a third person is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactRole)]
pub enum Role {
    /// 紧急联系人: asked to pass a message on when the borrower can't be reached.
    EmergencyContact,
    /// 知情家人: told once that an elder is taking a loan.
    InformedRelative,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmergencyContact => "emergency_contact",
            Self::InformedRelative => "informed_relative",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::EmergencyContact, Self::InformedRelative]
            .into_iter()
            .find(|role| role.as_str() == text)
    }

    /// What their data is kept for.
    pub fn kept_for(self) -> Purpose {
        match self {
            Self::EmergencyContact => Purpose::ReachBorrower,
            Self::InformedRelative => Purpose::InformRelative,
        }
    }

    /// What their phone is opened for when they are told.
    pub fn told_for(self) -> Purpose {
        match self {
            Self::EmergencyContact => Purpose::TellContact,
            Self::InformedRelative => Purpose::InformRelative,
        }
    }

    pub fn fits(self, relation: Relation) -> Result<(), Refused> {
        let family = !matches!(
            relation,
            Relation::Friend | Relation::Colleague | Relation::Other
        );
        if self == Self::EmergencyContact || family {
            Ok(())
        } else {
            Err(Refused::NoRelative)
        }
    }
}

/// What a third person is to the borrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactRelation)]
pub enum Relation {
    Parent,
    Spouse,
    Child,
    Sibling,
    /// Another relative.
    Relative,
    Friend,
    Colleague,
    Other,
}

impl Relation {
    const ALL: [Self; 8] = [
        Self::Parent,
        Self::Spouse,
        Self::Child,
        Self::Sibling,
        Self::Relative,
        Self::Friend,
        Self::Colleague,
        Self::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::Spouse => "spouse",
            Self::Child => "child",
            Self::Sibling => "sibling",
            Self::Relative => "relative",
            Self::Friend => "friend",
            Self::Colleague => "colleague",
            Self::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// How far a third person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactState)]
pub enum State {
    /// Named; their message has not left yet.
    Named,
    /// Their message left.
    Told,
    /// Their phone has it, as the gateway says.
    Delivered,
    /// Their phone will not have it.
    Undelivered,
    /// Their data is gone.
    Removed,
}

/// Who had a third person removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactRemovedBy)]
pub enum RemovedBy {
    /// They themselves, by the link of their message.
    Contact,
    Borrower,
    /// Staff, because somebody asked.
    Staff,
    /// The consent that the naming rested on ended.
    ConsentEnded,
    /// What they were named for is over.
    CaseOver,
    /// They could not be told: others named them meanwhile, and their phone had messages enough.
    NotTold,
}

impl RemovedBy {
    const ALL: [Self; 6] = [
        Self::Contact,
        Self::Borrower,
        Self::Staff,
        Self::ConsentEnded,
        Self::CaseOver,
        Self::NotTold,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Borrower => "borrower",
            Self::Staff => "staff",
            Self::ConsentEnded => "consent_ended",
            Self::CaseOver => "case_over",
            Self::NotTold => "not_told",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Who may name the same phone again; the later one bars more.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactBar)]
pub enum Bar {
    /// Everybody but this borrower.
    ThisBorrower,
    /// Nobody at this institution.
    Anybody,
}

impl Bar {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ThisBorrower => "this_borrower",
            Self::Anybody => "anybody",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::ThisBorrower, Self::Anybody]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// A third person as one case knows them.
#[derive(Clone, Debug)]
pub struct Contact {
    pub id: ContactId,
    pub case: String,
    /// Who named them.
    pub borrower: SubjectId,
    /// The third person's own subject; gone once they are removed.
    pub person: SubjectId,
    pub role: Role,
    pub relation: Relation,
    /// The consent that the naming rests on, for an informed relative.
    pub consent: Option<String>,
    /// Equal for equal phones; kept after the removal, so that nobody is named against their will.
    pub phone_index: Vec<u8>,
    pub named_at_ms: i64,
    pub told_at_ms: Option<i64>,
    /// The gateway's word.
    pub delivered: Option<State>,
    pub delivered_at_ms: Option<i64>,
    pub removed_at_ms: Option<i64>,
    pub removed_by: Option<RemovedBy>,
    pub bar: Option<Bar>,
    pub version: i64,
}

impl Contact {
    pub fn state(&self) -> State {
        match (self.removed_at_ms, self.delivered, self.told_at_ms) {
            (Some(_), ..) => State::Removed,
            (_, Some(word), _) => word,
            (.., Some(_)) => State::Told,
            _ => State::Named,
        }
    }

    /// What the grants and the jobs of this third person rest on.
    pub fn rests_on(&self) -> &str {
        self.consent.as_deref().unwrap_or(self.id.as_str())
    }

    /// Takes a third person out; doing so again changes nothing, but whoever bars more than before is heard later too.
    pub fn remove(mut self, by: RemovedBy, bar: Option<Bar>, now_ms: i64) -> (Self, Changed) {
        if self.removed_at_ms.is_some() && bar <= self.bar {
            return (self, Changed::No);
        }
        self.removed_at_ms.get_or_insert(now_ms);
        self.removed_by.get_or_insert(by);
        self.bar = self.bar.max(bar);
        (self, Changed::Yes)
    }

    /// The gateway's word about their message; a delivery after all replaces a failure.
    pub fn note_delivery(mut self, word: State, at_ms: i64) -> Option<Self> {
        let news = match (self.delivered, word) {
            (None, State::Delivered | State::Undelivered)
            | (Some(State::Undelivered), State::Delivered) => word,
            _ => return None,
        };
        self.delivered = Some(news);
        self.delivered_at_ms = Some(at_ms);
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn contact() -> Contact {
        let random = Random::seeded(1);
        Contact {
            id: ContactId::fresh(1, &random),
            case: "jny_x".into(),
            borrower: SubjectId::fresh(1, &random),
            person: SubjectId::fresh(1, &random),
            role: Role::EmergencyContact,
            relation: Relation::Child,
            consent: None,
            phone_index: vec![1],
            named_at_ms: 1,
            told_at_ms: None,
            delivered: None,
            delivered_at_ms: None,
            removed_at_ms: None,
            removed_by: None,
            bar: None,
            version: 1,
        }
    }

    #[test]
    fn a_friend_may_pass_a_message_on_but_is_no_relative() {
        for relation in Relation::ALL {
            assert_eq!(Relation::parse(relation.as_str()), Some(relation));
            assert_eq!(Role::EmergencyContact.fits(relation), Ok(()));
            let told = Role::InformedRelative.fits(relation);
            let stranger = matches!(
                relation,
                Relation::Friend | Relation::Colleague | Relation::Other
            );
            assert_eq!(told.is_err(), stranger, "{relation:?}");
        }
    }

    #[test]
    fn the_gateway_s_word_only_gets_better() {
        use State::{Delivered, Told, Undelivered};
        for (words, state, at_ms) in [
            (&[Undelivered, Delivered][..], Delivered, Some(6)),
            (&[Delivered, Undelivered], Delivered, Some(5)),
            (&[Undelivered, Undelivered], Undelivered, Some(5)),
            (&[Told], Told, None),
        ] {
            let mut now = contact();
            now.told_at_ms = Some(2);
            for (word, at_ms) in words.iter().zip(5..) {
                now = now.clone().note_delivery(*word, at_ms).unwrap_or(now);
            }
            assert_eq!((now.state(), now.delivered_at_ms), (state, at_ms));
        }
    }

    #[test]
    fn who_is_removed_stays_so_and_may_still_bar_more() {
        let (gone, changed) = contact().remove(RemovedBy::Borrower, Some(Bar::ThisBorrower), 7);
        assert_eq!((changed, gone.state()), (Changed::Yes, State::Removed));
        let (gone, changed) = gone.remove(RemovedBy::Contact, Some(Bar::ThisBorrower), 8);
        assert_eq!((changed, gone.removed_at_ms), (Changed::No, Some(7)));
        let (gone, changed) = gone.remove(RemovedBy::Contact, Some(Bar::Anybody), 9);
        assert_eq!((changed, gone.bar), (Changed::Yes, Some(Bar::Anybody)));
        assert_eq!(gone.removed_at_ms, Some(7));
        assert_eq!(gone.removed_by, Some(RemovedBy::Borrower));
        let (gone, changed) = gone.remove(RemovedBy::Staff, Some(Bar::ThisBorrower), 9);
        assert_eq!((changed, gone.bar), (Changed::No, Some(Bar::Anybody)));
        // Gone for a reason that bars nobody, and then their own no.
        let (gone, _) = contact().remove(RemovedBy::ConsentEnded, None, 7);
        let (gone, changed) = gone.remove(RemovedBy::Contact, Some(Bar::ThisBorrower), 8);
        assert_eq!((changed, gone.bar), (Changed::Yes, Some(Bar::ThisBorrower)));
    }
}

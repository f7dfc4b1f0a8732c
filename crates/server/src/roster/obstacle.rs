//! What stands against a price: who collects, who vouches, and what is sold beside the loan; pure.

use cost::{LoanTerms, Role};

use super::membership::is_membership;
use super::model::{Entry, Kind};
use crate::error::{self, Refuse, Text};

/// The list as it counts on one day, and the names of the institution itself.
#[derive(Clone, Debug, Default)]
pub struct Live {
    pub entries: Vec<Entry>,
    pub own: Vec<String>,
}

/// One thing that no price may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Somebody collects, lends, vouches or brings parties together without being on the list for it.
    CollectorUnlisted,
    /// More than one guarantor.
    SecondGuarantor,
    /// A membership is sold with the loan.
    MembershipFee,
}

impl Live {
    /// Everything that stands against these terms, each once.
    pub fn obstacles(&self, terms: &LoanTerms) -> Vec<Obstacle> {
        let collects = |id: &str| {
            let items = terms.items.iter().map(|item| &item.collector);
            let contingent = terms.contingent.iter().map(|charge| &charge.collector);
            items.chain(contingent).any(|collector| collector == id)
        };
        let unlisted = terms.parties.iter().any(|party| {
            let matters = party.role != Role::Other || collects(&party.id);
            matters && !self.lists(&party.name, party.role)
        });
        let guarantors = terms
            .parties
            .iter()
            .filter(|party| party.role == Role::Guarantor)
            .count();
        let items = terms.items.iter().map(|i| (&i.code, &i.name));
        let contingent = terms.contingent.iter().map(|c| (&c.code, &c.name));
        let membership = items
            .chain(contingent)
            .any(|(code, name)| is_membership(code, &name.zh, &name.en));
        [
            (unlisted, Obstacle::CollectorUnlisted),
            (guarantors > 1, Obstacle::SecondGuarantor),
            (membership, Obstacle::MembershipFee),
        ]
        .into_iter()
        .filter_map(|(stands, obstacle)| stands.then_some(obstacle))
        .collect()
    }

    /// The institution itself counts as listed; anyone else by name, for what they do here.
    fn lists(&self, name: &str, role: Role) -> bool {
        let name = plain(name);
        self.own.iter().any(|own| plain(own) == name)
            || self
                .entries
                .iter()
                .any(|entry| plain(&entry.content.name) == name && does(entry.content.kind, role))
    }
}

/// Whether an entry of a kind may have a part in a loan.
fn does(kind: Kind, role: Role) -> bool {
    match role {
        Role::Lender => kind == Kind::Lender,
        Role::Guarantor => kind == Kind::Guarantor,
        Role::Insurer => kind == Kind::Insurer,
        Role::Platform => kind == Kind::Platform,
        Role::Other => true,
    }
}

/// A name without gaps, with brackets of one width.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            other => other,
        })
        .collect()
}

impl Refuse for Obstacle {
    fn code(&self) -> &'static str {
        match self {
            Self::CollectorUnlisted => "collector_unlisted",
            Self::SecondGuarantor => "second_guarantor",
            Self::MembershipFee => "membership_fee",
        }
    }

    fn kind(&self) -> error::Kind {
        error::Kind::Conflict
    }

    fn text(&self) -> Text {
        match self {
            Self::CollectorUnlisted => Text::new(
                "有收取方或合作方不在已公布的合作机构名单内。",
                "A collector or partner is not on the published list of cooperating institutions.",
            ),
            Self::SecondGuarantor => Text::new(
                "同一笔借款不能有第二家担保机构。",
                "A loan can't have a second guarantor.",
            ),
            Self::MembershipFee => Text::new(
                "价格里含有会员费或权益费，不得与借款捆绑。",
                "The price holds a membership fee, which may not be tied to a loan.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use cost::{Charge, Item, Party};
    use jiff::civil::date;

    use super::*;
    use crate::roster::{Draft, EntryId, State};

    fn terms() -> LoanTerms {
        let json: serde_json::Value =
            serde_json::from_str(include_str!("../../demo/hexiang.json")).expect("JSON");
        serde_json::from_value(json["example"].clone()).expect("terms")
    }

    fn listed(name: &str, kind: Kind) -> Entry {
        Entry {
            id: EntryId::stored("ros_x".into()),
            content: Draft {
                name: name.into(),
                kind,
                credit_code: String::new(),
                role: Text::new("", ""),
                from: date(2026, 1, 1),
                until: None,
            },
            digest: String::new(),
            state: State::Published,
            proposed_by: String::new(),
            approved_by: None,
            created_at_ms: 0,
            published_at_ms: None,
            withdrawn_at_ms: None,
        }
    }

    fn live() -> Live {
        Live {
            entries: vec![
                listed("江岚银行(演示)", Kind::Lender),
                listed("禾信融资担保", Kind::Guarantor),
            ],
            own: vec!["安禾消费金融股份有限公司（演示）".into()],
        }
    }

    fn party(name: &str, role: Role) -> Party {
        Party {
            id: "another".into(),
            name: name.into(),
            role,
            share_ppm: None,
        }
    }

    #[test]
    fn a_price_of_listed_parties_meets_nothing() {
        assert_eq!(live().obstacles(&terms()), vec![]);
    }

    #[test]
    fn whoever_is_not_listed_for_their_part_stops_a_price() {
        let mut without = live();
        without.entries.pop();
        let unlisted = vec![Obstacle::CollectorUnlisted];
        assert_eq!(without.obstacles(&terms()), unlisted);
        without.entries.push(listed("禾信融资担保", Kind::Platform));
        assert_eq!(
            without.obstacles(&terms()),
            unlisted,
            "listed as something else"
        );
        let mut own = live();
        own.own.clear();
        assert_eq!(own.obstacles(&terms()), unlisted);
    }

    #[test]
    fn someone_else_matters_only_when_they_collect() {
        let mut terms = terms();
        terms.parties.push(party("某商城", Role::Other));
        assert_eq!(live().obstacles(&terms), vec![]);
        terms.contingent[0].collector = "another".into();
        assert_eq!(live().obstacles(&terms), vec![Obstacle::CollectorUnlisted]);
    }

    #[test]
    fn a_second_guarantor_and_a_membership_stop_a_price() {
        let mut terms = terms();
        let mut live = live();
        live.entries.push(listed("另一担保", Kind::Guarantor));
        terms.parties.push(party("另一担保", Role::Guarantor));
        assert_eq!(live.obstacles(&terms), vec![Obstacle::SecondGuarantor]);
        terms.items.push(Item {
            code: "pack".into(),
            name: cost::Text {
                zh: "权益包".into(),
                en: "Pack".into(),
            },
            collector: "anhe".into(),
            charge: Charge::Upfront { amount: 100 },
        });
        assert_eq!(
            live.obstacles(&terms),
            vec![Obstacle::SecondGuarantor, Obstacle::MembershipFee]
        );
    }
}

//! What must hold after every step, read from the evidence itself.

use serde_json::Value;
use xiaobao::db::Read as _;
use xiaobao::values;

use super::world::Case;
use crate::actors::{ANHE, Partner, institution_id};
use crate::app::TestApp;

#[derive(sea_orm::FromQueryResult)]
struct Row {
    kind: String,
    at_ms: i64,
    body: Vec<u8>,
    log_index: Option<i64>,
}

/// A fact as sworn.
pub struct Fact {
    pub kind: String,
    pub at_ms: i64,
    pub data: Value,
    index: Option<i64>,
}

/// Every fact of a case in order, and how many entries of its log are published.
pub async fn facts(app: &TestApp, case: &str) -> (Vec<Fact>, i64) {
    let anhe = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&anhe).await.expect("a view");
    let sql = "SELECT kind, at_ms, body, log_index FROM ledger_facts
               WHERE institution_id = $1 AND case_id = $2 ORDER BY case_no";
    let rows: Vec<Row> = view.all(sql, values![&anhe, case]).await.expect("facts");
    drop(view);
    let facts = rows.into_iter().map(|row| Fact {
        data: proof::fact::Fact::parse(&row.body).expect("a fact").data,
        kind: row.kind,
        at_ms: row.at_ms,
        index: row.log_index,
    });
    let published = xiaobao::ledger::log_state(&app.ctx, &anhe)
        .await
        .expect("a log")
        .published_size;
    (facts.collect(), published)
}

/// At most once in a case.
const ONCE: [&str; 4] = [
    "journey.opened.v1",
    "journey.expired.v1",
    "journey.person_asked.v1",
    "access.institution_founded.v1",
];

/// At most once while the same terms are in force.
const ONCE_A_SHEET: [&str; 6] = [
    "journey.priced.v1",
    "journey.completed.v1",
    "disclosure.prepared.v1",
    "disclosure.printed.v1",
    "disclosure.read.v1",
    "disclosure.confirmed.v1",
];

/// Facts while the same terms were in force: from one sheet's making to the next one's.
struct Era<'a>(&'a [Fact]);

impl<'a> Era<'a> {
    fn of(&self, kind: &str) -> Vec<&'a Fact> {
        self.0.iter().filter(|fact| fact.kind == kind).collect()
    }

    fn at(&self, kind: &str) -> Option<usize> {
        self.0.iter().position(|fact| fact.kind == kind)
    }
}

/// Every promise about one journey.
pub async fn check(app: &TestApp, lender: &Partner, case: &Case) {
    let id = case.id.as_str();
    // The answer first: what it rests on can only grow until the facts are read.
    let release = lender.release(app, id).await;
    let (facts, published) = facts(app, id).await;
    let whole = Era(&facts);
    for kind in ONCE {
        assert!(whole.of(kind).len() <= 1, "{id}: {kind} twice");
    }
    let opened = whole.of("journey.opened.v1");
    assert_eq!(opened.len(), 1, "{id}");
    let expires = opened[0].data["expires_at_ms"].as_i64().expect("a time");
    assert!(
        facts.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms),
        "{id}: time runs forward"
    );
    let starts: Vec<usize> = (0..facts.len())
        .filter(|at| facts[*at].kind == "disclosure.prepared.v1")
        .collect();
    let ends = starts.iter().skip(1).copied().chain([facts.len()]);
    let eras: Vec<Era<'_>> = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Era(&facts[*start..end]))
        .collect();
    for era in &eras {
        check_era(id, era, expires);
    }
    check_changes(id, &whole, &eras);

    let missing: Vec<&str> = release["missing"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(release["decision"] == "allowed", missing.is_empty(), "{id}");
    let open = |code: &str| missing.contains(&code);
    let Some(newest) = eras.last() else {
        assert!(open("price_not_final"), "{id}: {missing:?}");
        return;
    };
    let confirmed = newest.at("disclosure.confirmed.v1");
    if confirmed.is_some() {
        let expired = whole.at("journey.expired.v1");
        assert_eq!(expired, None, "{id}: both expired and confirmed");
    }
    if missing.is_empty() {
        let last = facts
            .iter()
            .rposition(|fact| fact.kind == "journey.completed.v1");
        let last = last.unwrap_or_else(|| panic!("{id}: released uncompleted"));
        let proved = facts[..=last]
            .iter()
            .all(|fact| fact.index.is_some_and(|index| index < published));
        assert!(proved, "{id}: released unproved");
    }
    let read = newest.at("disclosure.read.v1");
    assert_eq!(open("sheet_not_confirmed"), confirmed.is_none(), "{id}");
    assert_eq!(open("sheet_not_read"), read.is_none(), "{id}");
    assert!(!open("price_not_final"), "{id}");
}

/// What a person did with one sheet; `expires` is the end of the journey's time.
fn check_era(id: &str, era: &Era<'_>, expires: i64) {
    let facts = era.0;
    for kind in ONCE_A_SHEET {
        assert!(era.of(kind).len() <= 1, "{id}: {kind} twice");
    }
    let prepared = &facts[0].data;
    for fact in facts {
        let of = &fact.data["sheet_digest"];
        let foreign = fact.kind.starts_with("disclosure.") && *of != prepared["sheet_digest"];
        assert!(!foreign, "{id}: {} of another sheet", fact.kind);
    }
    let read = era.at("disclosure.read.v1");
    if let Some(read) = read {
        let reading_ms = prepared["reading_ms"].as_i64().expect("a time");
        let before = |kind: &str| facts[..read].iter().rfind(|fact| fact.kind == kind);
        let shown = before("disclosure.shown.v1").expect("shown before");
        let reopened = before("disclosure.reopened.v1");
        assert!(
            facts[read].at_ms - shown.at_ms >= reading_ms,
            "{id}: read too fast"
        );
        assert!(
            reopened.is_none_or(|fact| fact.at_ms <= shown.at_ms),
            "{id}: read over a new opening"
        );
    }
    let completed = era.at("journey.completed.v1");
    let confirmed = era.at("disclosure.confirmed.v1");
    assert_eq!(
        confirmed.is_some(),
        completed.is_some(),
        "{id}: confirmed and not completed, or completed and not confirmed"
    );
    if let Some(confirmed) = confirmed {
        let understood = facts[..confirmed]
            .iter()
            .any(|fact| fact.kind == "disclosure.answered.v1" && fact.data["outcome"] == "right");
        assert!(
            understood && read.is_some_and(|read| read < confirmed),
            "{id}: confirmed unread"
        );
        assert_eq!(
            facts[confirmed].data["terms_digest"], prepared["terms_digest"],
            "{id}: other terms"
        );
        assert!(facts[confirmed].at_ms < expires, "{id}: confirmed too late");
    }
    let tries: Vec<i64> = era
        .of("disclosure.answered.v1")
        .iter()
        .map(|fact| fact.data["tries"].as_i64().expect("a number"))
        .collect();
    assert_eq!(
        tries,
        (1..=tries.len() as i64).collect::<Vec<_>>(),
        "{id}: every try is sworn to, in order"
    );
}

/// A sheet takes the place of another only for other terms, and the older one is sworn to have ended.
fn check_changes(id: &str, whole: &Era<'_>, eras: &[Era<'_>]) {
    let superseded = whole.of("disclosure.superseded.v1");
    assert_eq!(superseded.len(), eras.len().saturating_sub(1), "{id}");
    for (pair, end) in eras.windows(2).zip(superseded) {
        let (older, newer) = (&pair[0].0[0].data, &pair[1].0[0].data);
        assert_ne!(older["terms_digest"], newer["terms_digest"], "{id}");
        assert_eq!(end.data["sheet_digest"], older["sheet_digest"], "{id}");
        assert_eq!(end.data["by_terms_digest"], newer["terms_digest"], "{id}");
    }
}

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
struct Fact {
    kind: String,
    at_ms: i64,
    data: Value,
    index: Option<i64>,
}

async fn facts(app: &TestApp, case: &str) -> (Vec<Fact>, i64) {
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

const ONCE: [&str; 10] = [
    "journey.opened.v1",
    "journey.priced.v1",
    "journey.completed.v1",
    "journey.expired.v1",
    "journey.person_asked.v1",
    "disclosure.prepared.v1",
    "disclosure.printed.v1",
    "disclosure.read.v1",
    "disclosure.confirmed.v1",
    "access.institution_founded.v1",
];

/// Every promise about one journey.
pub async fn check(app: &TestApp, lender: &Partner, case: &Case) {
    let id = case.id.as_str();
    // The answer first: what it rests on can only grow until the facts are read.
    let release = lender.release(app, id).await;
    let (facts, published) = facts(app, id).await;
    let of = |kind: &str| {
        facts
            .iter()
            .filter(|fact| fact.kind == kind)
            .collect::<Vec<_>>()
    };
    for kind in ONCE {
        assert!(of(kind).len() <= 1, "{id}: {kind} twice");
    }
    assert_eq!(of("journey.opened.v1").len(), 1, "{id}");
    assert!(
        facts.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms),
        "{id}: time runs forward"
    );
    let at = |kind: &str| facts.iter().position(|fact| fact.kind == kind);
    if let Some(read) = at("disclosure.read.v1") {
        let reading_ms = of("disclosure.prepared.v1")[0].data["reading_ms"]
            .as_i64()
            .expect("a time");
        let shown = facts[..read]
            .iter()
            .rfind(|fact| fact.kind == "disclosure.shown.v1")
            .expect("shown before");
        let reopened = facts[..read]
            .iter()
            .rfind(|fact| fact.kind == "disclosure.reopened.v1");
        assert!(
            facts[read].at_ms - shown.at_ms >= reading_ms,
            "{id}: read too fast"
        );
        assert!(
            reopened.is_none_or(|fact| fact.at_ms <= shown.at_ms),
            "{id}: read over a new opening"
        );
    }
    if let Some(confirmed) = at("disclosure.confirmed.v1") {
        let before = &facts[..confirmed];
        let understood = before
            .iter()
            .any(|fact| fact.kind == "disclosure.answered.v1" && fact.data["outcome"] == "right");
        assert!(
            understood && at("disclosure.read.v1") < Some(confirmed),
            "{id}: confirmed unread"
        );
        assert_eq!(
            at("journey.expired.v1"),
            None,
            "{id}: both expired and confirmed"
        );
        assert!(
            at("journey.completed.v1").is_some(),
            "{id}: confirmed and not completed"
        );
        let prepared = of("disclosure.prepared.v1")[0];
        for digest in ["sheet_digest", "terms_digest"] {
            assert_eq!(
                facts[confirmed].data[digest], prepared.data[digest],
                "{id}: another sheet"
            );
        }
        let expires = of("journey.opened.v1")[0].data["expires_at_ms"]
            .as_i64()
            .expect("a time");
        assert!(facts[confirmed].at_ms < expires, "{id}: confirmed too late");
    }
    let missing: Vec<&str> = release["missing"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(release["decision"] == "allowed", missing.is_empty(), "{id}");
    if missing.is_empty() {
        let last =
            at("journey.completed.v1").unwrap_or_else(|| panic!("{id}: released uncompleted"));
        let proved = facts[..=last]
            .iter()
            .all(|fact| fact.index.is_some_and(|index| index < published));
        assert!(proved, "{id}: released unproved");
    }
    if at("disclosure.prepared.v1").is_some() {
        let open = |code: &str| missing.contains(&code);
        assert_eq!(
            open("sheet_not_confirmed"),
            at("disclosure.confirmed.v1").is_none(),
            "{id}"
        );
        assert_eq!(
            open("sheet_not_read"),
            at("disclosure.read.v1").is_none(),
            "{id}"
        );
        assert!(!open("price_not_final"), "{id}");
    } else {
        assert!(missing.contains(&"price_not_final"), "{id}: {missing:?}");
    }
    let answered = of("disclosure.answered.v1");
    let tries: Vec<i64> = answered
        .iter()
        .map(|fact| fact.data["tries"].as_i64().expect("a number"))
        .collect();
    assert_eq!(
        tries,
        (1..=tries.len() as i64).collect::<Vec<_>>(),
        "{id}: every try is sworn to, in order"
    );
}

//! Personal data and secrets stay where they belong: not in a log line, a fact, an error, or a column in clear.

use std::io::Write;
use std::sync::{Arc, Mutex};

use sea_orm::{FromQueryResult, QueryResult};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use xiaobao::db::{Read as _, Scope, View};
use xiaobao::values;

use crate::actors::{
    ANHE, Borrower, Partner, Someone, Staff, codes, institution_id, journey_of, loan, wrong,
};
use crate::app::TestApp;
use crate::template::on_sqlite;

/// Everything that was ever logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What must not be found, each under a name that may be printed.
pub struct Secrets(pub Vec<(&'static str, String)>);

impl Secrets {
    pub fn must_not_be_in(&self, bytes: &[u8], place: &str) {
        let text = String::from_utf8_lossy(bytes);
        for (what, secret) in &self.0 {
            assert!(!secret.is_empty(), "{what}");
            assert!(!text.contains(secret.as_str()), "{what} stands in {place}");
        }
    }
}

/// Any row as text: one string of all its values.
pub struct Row(pub Vec<u8>);

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, sea_orm::DbErr> {
        let mut all = Vec::new();
        for column in row.column_names() {
            let name = column.as_str();
            if let Ok(text) = row.try_get::<Option<String>>("", name) {
                all.extend(text.unwrap_or_default().into_bytes());
            } else if let Ok(bytes) = row.try_get::<Option<Vec<u8>>>("", name) {
                all.extend(bytes.unwrap_or_default());
            } else {
                let number: Option<i64> = row.try_get("", name)?;
                all.extend(number.unwrap_or_default().to_string().into_bytes());
            }
            all.push(b'\n');
        }
        Ok(Self(all))
    }
}

#[derive(FromQueryResult)]
struct Table {
    name: String,
}

pub async fn tables(app: &TestApp, view: &View) -> Vec<String> {
    let sql = if on_sqlite(&app.ctx) {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'"
    };
    let rows: Vec<Table> = view.all(sql, values![]).await.expect("tables");
    rows.into_iter().map(|row| row.name).collect()
}

/// Nobody else in the house has such a number, fen a month.
const INCOME: i64 = 98_765_431;

/// Nobody else in the house is called so, or has that number.
const CONTACT: (&str, &str) = ("欧阳晓梅", "10000000971");

/// A journey with every kind of trouble on the way; answers what must not be found afterwards.
async fn eventful_journey(app: &TestApp) -> (String, Secrets) {
    let lender = Partner::of(app, ANHE);
    let someone = Someone::adult(77);
    let opened = lender.opens(app, &someone, "hexiang", loan()).await;
    let mut spoilt = journey_of(&someone, "hexiang", loan());
    spoilt["borrower"]["phone"] = json!(format!("{}0", someone.phone));
    lender
        .asks(app, "spoilt", &spoilt)
        .await
        .refused(422, "invalid_request");
    let other = journey_of(&someone, "hemiao", loan());
    lender
        .asks(app, &Partner::key_of(&someone, "hexiang"), &other)
        .await
        .refused(409, "idempotency_key_reused");
    let contact =
        json!({ "name": CONTACT.0, "phone": CONTACT.1, "relation": "child", "agreed": true });
    let path = format!("/v1/journeys/{}/contacts", opened.id);
    lender.post(app, &path, &contact).await.ok();
    let mut borrower = Borrower::with(&opened.url);
    borrower.asks_code(app).await.ok();
    app.run_jobs().await;
    let code = borrower.reads_code(app, &opened.id).await;
    let mistyped = format!(
        "{:06}",
        (code.parse::<u32>().expect("digits") + 1) % 1_000_000
    );
    borrower
        .tries_code(app, &mistyped)
        .await
        .refused(409, "code_wrong");
    let answer = borrower.tries_code(app, &code).await.ok();
    let first_session = answer.cookie(xiaobao::access::CUSTOMER_COOKIE);
    app.advance_ms(60_000);
    borrower.enters(app, &opened.id).await;
    let journey = borrower.reads(app).await;
    let digest = borrower.digest(app).await;
    borrower.answers(app, &digest, &wrong(&journey)).await.ok();
    borrower.post(app, "/api/h5/person", &json!({})).await.ok();
    borrower.understands(app).await;
    borrower.confirms(app).await;
    crate::identity::checked(app, &someone, &opened.id).await;
    crate::suitability::declared(app, &someone, &opened.id, INCOME).await;
    app.settle().await;
    Staff::tries(app, ANHE, "luoyifan", "a mistyped password")
        .await
        .refused(401, "login_wrong");
    let staff = Staff::signs_in(app, "luoyifan").await;
    for q in [&someone.phone, &someone.id_number] {
        assert_eq!(staff.finds(app, q).await.len(), 1);
    }
    lender.bundle(app, &opened.id).await;
    let mut secrets = vec![
        ("the name", someone.name.clone()),
        ("the ID number", someone.id_number.clone()),
        ("the phone", someone.phone.clone()),
        ("the contact's name", CONTACT.0.to_owned()),
        ("the contact's phone", CONTACT.1.to_owned()),
        ("the income", INCOME.to_string()),
        ("the link's token", borrower.token.clone()),
        ("an ended session", first_session),
        ("a session", borrower.cookie.clone().expect("a session")),
        ("a staff session", staff.cookie.clone()),
        ("a password", app.demo.accounts[0].password.clone()),
        ("a mistyped password", "a mistyped password".to_owned()),
        ("the API key", lender.key.clone()),
    ];
    for sent in codes(app, ANHE, &opened.id).await {
        secrets.push(("a code", sent));
    }
    (opened.id, Secrets(secrets))
}

#[test]
fn nothing_secret_reaches_a_log_line_even_at_trace() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::level_filters::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber)
        .expect("the only subscriber of this process");
    TestApp::run(async |app| {
        let (id, mut secrets) = eventful_journey(app).await;
        app.restart().await;
        app.settle().await;
        let text = log.0.lock().expect("the log").clone();
        let words = String::from_utf8_lossy(&text).into_owned();
        assert!(
            words.contains("served") && words.contains(&id),
            "the log does tell what happened"
        );
        // Six digits alone turn up by chance in ids and digests; a code would stand by itself.
        secrets.0.retain(|(what, _)| *what != "a code");
        secrets.must_not_be_in(&text, "the log");
        for code in codes(app, ANHE, &id).await {
            let alone = words.match_indices(&code).any(|(at, _)| {
                let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
                !letter(words[..at].chars().next_back()) && !letter(words[at + 6..].chars().next())
            });
            assert!(!alone, "a code stands in the log");
        }
    });
}

#[test]
fn no_column_holds_personal_data_or_a_secret_in_clear() {
    TestApp::run(async |app| {
        let (id, mut secrets) = eventful_journey(app).await;
        let code_list = codes(app, ANHE, &id).await;
        secrets.0.retain(|(what, _)| *what != "a code");
        let view = app.whole().read(Scope::Unscoped).await.expect("a view");
        let tables = tables(app, &view).await;
        assert!(tables.len() > 15, "{tables:?}");
        for table in &tables {
            let sql = format!("SELECT * FROM {table}");
            let rows: Vec<Row> = view.all(&sql, values![]).await.expect("rows");
            for Row(row) in &rows {
                if table == "notify_outbox" {
                    // The demo's outbox shows what a gateway would get: text and code, but not the number.
                    Secrets(
                        secrets
                            .0
                            .iter()
                            .filter(|(what, _)| *what != "the name")
                            .cloned()
                            .collect(),
                    )
                    .must_not_be_in(row, table);
                    continue;
                }
                secrets.must_not_be_in(row, table);
                for line in String::from_utf8_lossy(row).lines() {
                    assert!(
                        !code_list.iter().any(|code| line == code),
                        "a code stands in {table}"
                    );
                }
            }
        }
    });
}

#[test]
fn facts_and_bundles_hold_no_personal_data() {
    TestApp::run(async |app| {
        let (id, secrets) = eventful_journey(app).await;
        let anhe = institution_id(app, ANHE).await;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let page = staff
            .get(
                app,
                &format!("/api/console/journeys/{id}/timeline?limit=200"),
            )
            .await
            .ok();
        let mut kinds: Vec<String> = page.json()["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["kind"].as_str().expect("a kind").to_owned())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert!(kinds.len() >= 12, "{kinds:?}");
        let named = Secrets(
            secrets
                .0
                .into_iter()
                .filter(|(what, _)| *what != "a code")
                .collect(),
        );
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let bodies: Vec<Row> = view
            .all("SELECT body FROM ledger_facts", values![])
            .await
            .expect("facts");
        assert!(bodies.len() > 40);
        for Row(body) in &bodies {
            named.must_not_be_in(body, "a fact");
        }
        named.must_not_be_in(&Partner::of(app, ANHE).bundle(app, &id).await, "a bundle");
        named.must_not_be_in(&page.bytes, "the timeline");
    });
}

//! SQL stands in stores, on its own room's tables, and names its institution; writes end in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, sources};
use super::{none, without_tests};

/// Rooms of the ground floor that speak SQL without a store of their own kind.
const SPEAK_SQL: [&str; 3] = ["db", "jobs", "notify"];

/// Asked before the institution is known: addresses, cookies, keys, links, and the one poller of all jobs.
const UNSCOPED: [&str; 7] = [
    "access_api_keys",
    "access_domains",
    "access_links",
    "access_sessions",
    "jobs_jobs",
    "ledger_logs",
    "ledger_prints",
];

/// Every write that leaves no fact, and why.
const UNRECORDED: &[(&str, &str)] = &[
    (
        "src/access/actions/factors.rs",
        "an authenticator that was not tried yet",
    ),
    (
        "src/access/actions/passkeys.rs",
        "a browser was asked and did nothing yet",
    ),
    (
        "src/access/actions/passkeys.rs",
        "a passkey's name is for its owner alone",
    ),
    ("src/access/actions/refusals.rs", "attempts are a counter"),
    (
        "src/access/actions/phones.rs",
        "that nobody was told is no evidence",
    ),
    (
        "src/access/actions/refusals.rs",
        "a job swears to refused sign-ins",
    ),
    ("src/access/actions/sign_in.rs", "attempts are a counter"),
    (
        "src/access/actions/sign_in.rs",
        "half a sign-in opens nothing, and a sealed log takes nothing",
    ),
    (
        "src/access/actor.rs",
        "when a key was last used is no evidence",
    ),
    (
        "src/access/actions/sign_in.rs",
        "sign-in while the log is sealed",
    ),
    (
        "src/access/actions/retention.rs",
        "what is swept is no evidence",
    ),
    (
        "src/access/actions/retention.rs",
        "when to sweep is no evidence",
    ),
    (
        "src/access/session.rs",
        "leaving changes nothing but the session",
    ),
    (
        "src/access/session.rs",
        "when a browser was last seen is no evidence",
    ),
    (
        "src/journey/actions/unfinished.rs",
        "when to look again is no evidence",
    ),
    ("src/journey/jobs.rs", "when to sign again is no evidence"),
    (
        "src/custody/jobs.rs",
        "when to print a certificate is no evidence",
    ),
    ("src/http/visits.rs", "visits are a counter"),
    (
        "src/disbursement/actions/books.rs",
        "a line of the lender's is no evidence; its comparison is",
    ),
    (
        "src/disbursement/actions/reconcile.rs",
        "a comparison under way is no evidence; its end is",
    ),
    (
        "src/ledger/follow.rs",
        "how far the log was read is no evidence",
    ),
    ("src/servicing/proof.rs", "the proof itself is the evidence"),
    ("src/servicing/remind.rs", "when to look is no evidence"),
    (
        "src/servicing/remind.rs",
        "when to look next is no evidence",
    ),
    (
        "src/servicing/forget.rs",
        "its destruction is a fact already",
    ),
    (
        "src/recording/intake.rs",
        "chunks are sworn to by their chain",
    ),
    (
        "src/journey/actions/correction.rs",
        "when to look again is no evidence",
    ),
    (
        "src/recording/actions/correct.rs",
        "when to look again is no evidence",
    ),
    (
        "src/recording/live/look.rs",
        "what is told while recording is no evidence",
    ),
    ("src/recording/jobs.rs", "when to look again is no evidence"),
    (
        "src/recording/retention.rs",
        "when to look again is no evidence",
    ),
    (
        "src/recording/remote/jobs.rs",
        "when to look at a lead again is no evidence",
    ),
    (
        "src/recording/remote/call.rs",
        "when a page was last seen is no evidence",
    ),
    (
        "src/recording/remote/call.rs",
        "how two pages find each other is no evidence",
    ),
    (
        "src/recording/remote/desk.rs",
        "who sits at the desk is no evidence",
    ),
    ("src/journey/forget.rs", "its destruction is a fact already"),
    ("src/jobs/mod.rs", "job rows are bookkeeping"),
    ("src/jobs/run.rs", "job rows are bookkeeping"),
    (
        "src/keys/registry.rs",
        "what recognises a key is no evidence",
    ),
    (
        "src/ledger/publish.rs",
        "a checkpoint is evidence by its signature",
    ),
    (
        "src/ledger/cosign.rs",
        "what a witness answered is its own to prove",
    ),
    ("src/ledger/publish.rs", "who publishes is no evidence"),
    (
        "src/ledger/sequence.rs",
        "the sequencer orders facts, it adds none",
    ),
    (
        "src/ledger/witness.rs",
        "a witness's memory is proved by its signatures",
    ),
    (
        "src/notify/delivery.rs",
        "how far a message has come is bookkeeping",
    ),
    ("src/batch/taking.rs", "how far a file is is no evidence"),
    ("src/batch/upload.rs", "how far a file is is no evidence"),
    ("src/batch/jobs.rs", "when to look is no evidence"),
    ("src/batch/jobs.rs", "how an exchange does is no evidence"),
    (
        "src/inspection/actions.rs",
        "when to look again is no evidence",
    ),
    (
        "src/inspection/actions.rs",
        "how far a draw is is no evidence",
    ),
    (
        "src/inspection/bundles/forget.rs",
        "its destruction is a fact already",
    ),
    (
        "src/rectification/forget.rs",
        "its destruction is a fact already",
    ),
    (
        "src/inspection/bundles/jobs.rs",
        "how far bundles are is no evidence",
    ),
    ("src/inspection/jobs.rs", "how far a draw is is no evidence"),
    (
        "src/inspection/jobs.rs",
        "what a look at facts found is no evidence",
    ),
    (
        "src/product/jobs.rs",
        "what no version names was never in use",
    ),
    (
        "src/product/voices.rs",
        "a voice is sworn to by the version that names it",
    ),
    ("src/webhook/deliver.rs", "attempts are bookkeeping"),
    ("src/webhook/follow.rs", "deliveries are bookkeeping"),
    ("src/notify/outbox.rs", "the demo outbox is no evidence"),
    (
        "src/vault/actions/destroy.rs",
        "its destruction is a fact already",
    ),
    (
        "src/vault/epochs.rs",
        "the first epoch has nothing to swear to",
    ),
    (
        "src/vault/epochs.rs",
        "an epoch's end is the fact, not its beginning",
    ),
    (
        "src/vault/epochs.rs",
        "a key wrapped anew opens the same data",
    ),
    (
        "src/vault/epochs.rs",
        "each log has the fact of an epoch's end",
    ),
    (
        "src/vault/epochs.rs",
        "when to replace an epoch is no evidence",
    ),
];

fn is_sql(text: &str) -> bool {
    let text = text.trim_start();
    let begins = [
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE ",
        "ALTER TABLE ",
        "WITH ",
    ];
    begins.iter().any(|begin| text.starts_with(begin))
        || text.contains(" SELECT ")
        || text.contains(" FROM ")
}

/// Words behind keywords that name a table.
fn tables_named(sql: &str) -> BTreeSet<String> {
    let words: Vec<&str> = sql
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| !w.is_empty())
        .collect();
    let named = words
        .windows(2)
        .filter(|pair| ["FROM", "INTO", "UPDATE", "JOIN", "TABLE"].contains(&pair[0]));
    named
        .map(|pair| pair[1].to_owned())
        .filter(|name| name.contains('_') && *name == name.to_lowercase())
        .collect()
}

/// Each table of the migrations with the room that makes it and whether it has an institution.
fn tables(all: &[Source]) -> BTreeMap<String, (String, bool)> {
    let mut found = BTreeMap::new();
    for source in all {
        for sql in &source.strings {
            for part in sql.split("CREATE TABLE ").skip(1) {
                let part = part.strip_prefix("IF NOT EXISTS ").unwrap_or(part);
                let name: String = part
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let body = part.split(';').next().unwrap_or_default();
                let room = source.room().unwrap_or_default().to_owned();
                found.insert(name, (room, body.contains("institution_id ")));
            }
        }
    }
    assert!(found.len() > 12, "{found:?}");
    found
}

/// What stands in the rooms' lists of look-up tables.
fn look_ups(all: &[Source]) -> BTreeSet<String> {
    let lists = all
        .iter()
        .filter_map(|source| source.text.split_once("LOOK_UPS: &[&str] = &["));
    let words = lists.flat_map(|(_, rest)| rest.split(']').next().unwrap_or_default().split('"'));
    words
        .filter(|word| word.contains('_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn row_security_leaves_open_what_is_asked_before_the_institution_is_known() {
    let all = sources("src");
    let unscoped: BTreeSet<String> = UNSCOPED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(look_ups(&all), unscoped);
    let tables = tables(&all);
    let scoped = |name: &&str| tables.get(*name).is_some_and(|(_, scoped)| *scoped);
    assert!(UNSCOPED.iter().all(scoped), "they name an institution");
}

#[test]
fn sql_stands_only_in_stores() {
    let mut offences = Vec::new();
    for source in sources("src") {
        if source.is_store() || source.room().is_some_and(|room| SPEAK_SQL.contains(&room)) {
            continue;
        }
        let sql = source
            .strings
            .iter()
            .filter(|text| is_sql(text) && !tables_named(text).is_empty());
        offences.extend(sql.map(|text| format!("{}: {text}", source.path)));
    }
    none(offences);
}

#[test]
fn a_table_bears_its_room_s_name_and_only_its_room_touches_it() {
    let all = sources("src");
    let tables = tables(&all);
    let mut offences = Vec::new();
    for (table, (room, _)) in &tables {
        if !table.starts_with(&format!("{room}_")) {
            offences.push(format!("{table} belongs to {room}"));
        }
    }
    for source in &all {
        for table in source
            .strings
            .iter()
            .filter(|text| is_sql(text))
            .flat_map(|text| tables_named(text))
        {
            if let Some((room, _)) = tables.get(&table)
                && source.room() != Some(room)
            {
                offences.push(format!("{}: {table} belongs to {room}", source.path));
            }
        }
    }
    none(offences);
}

#[test]
fn every_statement_on_a_scoped_table_names_the_institution() {
    let all = sources("src");
    let tables = tables(&all);
    let scoped = |name: &String| {
        tables.get(name).is_some_and(|(_, scoped)| *scoped) && !UNSCOPED.contains(&name.as_str())
    };
    assert!(
        UNSCOPED.iter().all(|name| tables.contains_key(*name)),
        "the list of exceptions is true"
    );
    let mut offences = Vec::new();
    let mut seen = 0;
    for source in all
        .iter()
        .filter(|source| source.is_store() || source.room() == Some("notify"))
    {
        for sql in source.strings.iter().filter(|text| is_sql(text)) {
            let named = tables_named(sql);
            // A statement put together from pieces names its table elsewhere: it counts as scoped too.
            let touches = named.iter().any(scoped)
                || named.is_empty()
                || named.iter().any(|n| !tables.contains_key(n));
            let schema =
                sql.contains("CREATE TABLE") || sql.trim_start().starts_with("ALTER TABLE");
            let without = named
                .iter()
                .all(|name| tables.contains_key(name) && !scoped(name))
                && !named.is_empty();
            if schema || without || !touches {
                continue;
            }
            seen += 1;
            if !sql.contains("institution_id") {
                offences.push(format!("{}: {sql}", source.path));
            }
        }
    }
    assert!(seen > 25, "{seen} statements were looked at");
    none(offences);
}

#[test]
fn only_bookkeeping_goes_without_a_fact() {
    let mut found = BTreeSet::new();
    for source in sources("src") {
        if source.room() == Some("db") {
            continue;
        }
        let code = without_tests(&source);
        let calls = code.matches("begin_unrecorded(").count();
        let reasons: BTreeSet<(String, String)> = UNRECORDED
            .iter()
            .filter(|(file, why)| {
                *file == source.path && source.strings.iter().any(|text| text == why)
            })
            .map(|(file, why)| ((*file).to_owned(), (*why).to_owned()))
            .collect();
        let said: usize = reasons
            .iter()
            .map(|(_, why)| source.strings.iter().filter(|text| *text == why).count())
            .sum();
        assert_eq!(
            said, calls,
            "{}: a write without a fact that is not listed",
            source.path
        );
        found.extend(reasons);
    }
    let listed: BTreeSet<(String, String)> = UNRECORDED
        .iter()
        .map(|(file, why)| ((*file).to_owned(), (*why).to_owned()))
        .collect();
    assert_eq!(found, listed);
}

#[test]
fn nothing_but_the_ledger_and_bookkeeping_ends_a_write() {
    let mut offences = Vec::new();
    for source in sources("src") {
        let bookkeeps = UNRECORDED.iter().any(|(file, _)| *file == source.path);
        let room = source.room().unwrap_or_default();
        if !bookkeeps
            && !["db", "ledger"].contains(&room)
            && without_tests(&source).contains(".commit()")
        {
            offences.push(format!("{} ends a write by itself", source.path));
        }
    }
    none(offences);
}

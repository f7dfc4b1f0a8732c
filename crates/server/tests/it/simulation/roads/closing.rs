//! What must hold once everything has come to its end, read from the evidence itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use proof::bundle::{Trust, Verdict};
use proof::tile::{decode_entries, entries_path};
use proof::tree::{TileMap, consistency_path, leaf_hash, tiles_needed, verify_consistency};
use serde_json::Value;
use xiaobao::clock;
use xiaobao::db::{Read as _, Scope};

use super::lender::{Fault, Loan};
use super::town::Town;
use crate::actors::{ANHE, Staff};
use crate::app::{Count, START_MS};
use crate::batch::looks;
use crate::ledger::{checkpoint, log_key, root, tile};
use crate::reconciliation::{HEADER, line};
use crate::simulation::invariants::{Fact, facts};

/// What one day's comparison must find, by case.
type Differences = BTreeMap<Date, Vec<(String, &'static str)>>;

/// The lender's books of every day come in, and the house finds what was put in, and nothing else.
pub async fn reconciles(town: &mut Town) {
    let first = clock::civil_date(START_MS);
    let last = clock::civil_date(town.app.ctx.clock.now_ms());
    let mut books: BTreeMap<Date, Vec<String>> = BTreeMap::new();
    let mut expected = Differences::new();
    let mut found: Vec<(String, String)> = Vec::new();
    for (case, loan) in &town.lender.loans {
        for paid in &loan.payments {
            let day = clock::civil_date(paid.at_ms);
            let amount = match loan.fault {
                Fault::NotInBooks => continue,
                Fault::OtherSum => paid.amount - 100,
                _ => paid.amount,
            };
            let at = Value::from(paid.at_ms);
            let text = line(&paid.reference, case, amount, &at);
            books.entry(day).or_default().push(text);
        }
        for (day, finding) in by_the_day(loan) {
            expected
                .entry(day)
                .or_default()
                .push((case.clone(), finding));
        }
        found.extend(at_once(loan).map(|finding| (case.clone(), finding.to_owned())));
    }
    // The last day is over.
    town.app.advance_ms(86_400_000);
    let staff = Staff::signs_in(&town.app, "luoyifan").await;
    let mut day = first;
    while day <= last {
        let mut lines = vec![HEADER.to_owned()];
        lines.extend(books.remove(&day).unwrap_or_default());
        let text = format!("{}\n", lines.join("\n"));
        let name = format!("payments-{}.csv", day.strftime("%Y%m%d"));
        town.exchange.drops(&name, &text);
        looks(&town.app).await;
        let path = format!("/api/console/reconciliations/{day}");
        let compared = staff.get(&town.app, &path).await.ok().json()["compared"].clone();
        let wanted = expected.remove(&day).unwrap_or_default();
        let outcome = if wanted.is_empty() {
            "clean"
        } else {
            "differs"
        };
        assert_eq!(
            (&compared["outcome"], &compared["differences"]),
            (&Value::from(outcome), &Value::from(wanted.len())),
            "{day}: {wanted:?}, {compared}"
        );
        found.extend(wanted.into_iter().map(|(case, one)| (case, one.to_owned())));
        day = day.tomorrow().expect("another day");
    }
    assert!(
        books.is_empty() && expected.is_empty(),
        "a day beyond the days"
    );
    town.tally.injected += found.len();
    let mut opened = Vec::new();
    for case in town.lender.loans.keys() {
        let (facts, _) = facts(&town.app, case).await;
        let incidents = of(&facts, "disbursement.incident_opened.v1");
        let finding = |fact: &Fact| fact.data["finding"].as_str().expect("a finding").to_owned();
        opened.extend(incidents.map(|fact| (case.clone(), finding(fact))));
    }
    found.sort();
    opened.sort();
    assert_eq!(opened, found, "exactly what was put in is found");
}

/// What the comparison of a day finds in a loan.
fn by_the_day(loan: &Loan) -> Vec<(Date, &'static str)> {
    let finding = match loan.fault {
        Fault::Unreported => "unreported",
        Fault::NotInBooks => "not_in_books",
        Fault::OtherSum => "sum_differs",
        _ => {
            let unused = loan.unused_until_ms();
            return unused
                .map(|at_ms| (clock::civil_date(at_ms), "token_unpaid"))
                .into_iter()
                .collect();
        }
    };
    let days = loan.payments.iter();
    days.map(|paid| (clock::civil_date(paid.at_ms), finding))
        .collect()
}

/// What is found as soon as payments are reported.
fn at_once(loan: &Loan) -> impl Iterator<Item = &'static str> {
    let found: &[&str] = match (loan.fault, &loan.payments[..]) {
        (Fault::Short, [_]) => &["net_differs"],
        (Fault::Twice, [_, second]) if second.is_late() => {
            &["token_reused", "token_expired", "paid_twice"]
        }
        (Fault::Twice, [_, _]) => &["token_reused", "paid_twice"],
        _ => &[],
    };
    found.iter().copied()
}

fn of<'a>(facts: &'a [Fact], kind: &'static str) -> impl Iterator<Item = &'a Fact> {
    facts.iter().filter(move |fact| fact.kind == kind)
}

/// Every promise about every road, and about the log that they left.
pub async fn holds(town: &mut Town) {
    for road in &town.roads {
        let phone = road.phone.as_ref().expect("everybody came");
        let case = phone.case.as_str();
        let loan = &town.lender.loans[case];
        let (facts, _) = facts(&town.app, case).await;
        let once = |kind| assert!(of(&facts, kind).count() <= 1, "{case}: {kind} twice");
        once("journey.opened.v1");
        once("journey.completed.v1");
        once("disclosure.confirmed.v1");
        once("disclosure.total_cost_confirmed.v1");
        once("disbursement.booked.v1");
        signed_once(case, &facts);
        released_once(case, &facts);
        let path = format!("/v1/journeys/{case}");
        let journey = town.lender.partner.get(&town.app, &path).await.ok().json();
        let reported = of(&facts, "disbursement.paid.v1").count();
        let state = journey["state"].as_str().expect("a state");
        match state {
            "disbursed" => {
                assert_eq!(reported, loan.payments.len(), "{case}");
                assert!(town.lender.inbox.knows("loan.disbursed", case), "{case}");
                town.tally.paid += 1;
            }
            "completed" => {
                // Nobody hurries for whoever left behind their last act: the storm may be over before the lender came to them.
                let waits = road.patience == 0
                    || matches!(loan.fault, Fault::Unreported | Fault::NeverPaid);
                assert!(waits, "{case} is left: {:?}", loan.fault);
            }
            "expired" => {
                let refused = of(&facts, "suitability.decided.v1").any(|fact| {
                    let ruling = fact.data["ruling"].as_str();
                    ruling.is_some_and(|ruling| ruling.starts_with("refused"))
                });
                town.tally.refused += usize::from(refused);
                town.tally.expired += usize::from(!refused);
                assert!(loan.payments.is_empty(), "{case}");
            }
            "cancelled" => assert!(loan.payments.is_empty(), "{case}"),
            other => panic!("{case} is left in state {other}"),
        }
        town.tally.signed += of(&facts, "signing.signed.v1").count();
        if ["disbursed", "completed"].contains(&state) {
            let mut trust = Trust::none();
            trust.add(log_key(&town.app, ANHE).await);
            let bundle = town.lender.partner.bundle(&town.app, case).await;
            let report = proof::bundle::verify(&bundle, &trust);
            assert_eq!(report.failures, vec![], "{case}");
            assert_eq!(report.verdict, Verdict::Proved, "{case}");
        }
    }
    let (events, messages) = town.lender.inbox.counts();
    town.tally.repeated += messages - events;
    log_verifies(town).await;
    every_job_is_done(town).await;
}

/// Of all tries to sign a set one counts, and every other was abandoned with its certificate.
fn signed_once(case: &str, facts: &[Fact]) {
    let attempts = |kind| -> Vec<String> {
        let attempt = |fact: &Fact| fact.data["attempt"].as_str().expect("a try").to_owned();
        of(facts, kind).map(attempt).collect()
    };
    let signed = attempts("signing.signed.v1");
    assert!(signed.len() <= 1, "{case}: signed twice");
    let begun: BTreeSet<String> = attempts("signing.started.v1").into_iter().collect();
    let abandoned: BTreeSet<String> = attempts("signing.abandoned.v1").into_iter().collect();
    for one in &begun {
        let counts = signed.contains(one);
        assert_ne!(counts, abandoned.contains(one), "{case}: {one}");
    }
    assert!(signed.iter().all(|one| begun.contains(one)), "{case}");
}

/// One token lives at a time, and of the payments on one the second is found.
fn released_once(case: &str, facts: &[Fact]) {
    let mut until = i64::MIN;
    for fact in of(facts, "disbursement.token_issued.v1") {
        assert!(fact.at_ms >= until, "{case}: two tokens live at once");
        until = fact.data["expires_at_ms"].as_i64().expect("a time");
    }
    let mut used = BTreeSet::new();
    for fact in of(facts, "disbursement.paid.v1") {
        let token = fact.data["token"].as_str().expect("a token");
        let found = fact.data["findings"].to_string();
        assert_eq!(
            !used.insert(token),
            found.contains("token_reused"),
            "{case}"
        );
    }
}

/// The published checkpoint is the root of the entries that anyone may fetch, and extends every one that was seen.
async fn log_verifies(town: &Town) {
    let site = &*town.app;
    let last = checkpoint(site, ANHE).await;
    let (size, wide) = (last.size, u64::from(proof::tile::WIDTH));
    let mut leaves = Vec::new();
    for index in 0..size.div_ceil(wide) {
        let count = wide.min(size - index * wide);
        let path = entries_path(index, u32::try_from(count).expect("a width"));
        let bytes = site.get(&format!("/log/{ANHE}/{path}")).await.ok().bytes;
        let entries = decode_entries(&bytes).expect("entries");
        leaves.extend(entries.iter().map(|entry| leaf_hash(entry)));
    }
    assert_eq!(last.root, root(&leaves), "the log is its entries");
    let mut older = town.seen.clone();
    older.dedup();
    for seen in older.iter().filter(|seen| seen.size < size) {
        let needed = tiles_needed(|reader| consistency_path(seen.size, size, reader));
        let mut tiles = TileMap::default();
        for id in needed.expect("sizes in order") {
            tiles.0.insert(id, tile(site, ANHE, id).await);
        }
        let path = consistency_path(seen.size, size, &tiles).expect("a path");
        verify_consistency(seen.size, &seen.root, size, &last.root, &path).expect("it extends");
    }
}

/// Nothing is left but what waits for its day by design.
async fn every_job_is_done(town: &Town) {
    let view = town.app.whole().read(Scope::Unscoped).await;
    let sql = "SELECT COUNT(*) AS n FROM jobs_jobs
               WHERE state = 'dead' OR kind NOT IN ('journey.expire', 'access.sweep')";
    let left: Option<Count> = view
        .expect("a view")
        .one(sql, vec![])
        .await
        .expect("a query");
    assert_eq!(
        left.map(|left| left.n),
        Some(0),
        "every job was done in the end"
    );
}

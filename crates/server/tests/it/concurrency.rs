//! Fifty at once: what is done once is one fact, whoever else asks at the same moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, journey_of, loan, right};
use crate::app::{Answer, Site, TestApp};

const AT_ONCE: usize = 50;

/// Runs the same thing fifty times at once; answers how often each status and code came back.
async fn at_once<F>(
    app: &TestApp,
    act: impl Fn(Site) -> F,
) -> (BTreeMap<String, usize>, Vec<Answer>)
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        tasks.spawn(act((**app).clone()));
    }
    let (mut counts, mut answers) = (BTreeMap::new(), Vec::new());
    while let Some(answer) = tasks.join_next().await {
        let answer = answer.expect("no task panics");
        let outcome = match answer.status.as_u16() {
            good @ 200..=299 => good.to_string(),
            bad => format!("{bad} {}", answer.code()),
        };
        *counts.entry(outcome).or_default() += 1;
        answers.push(answer);
    }
    (counts, answers)
}

fn counted(outcomes: &[(&str, usize)]) -> BTreeMap<String, usize> {
    outcomes
        .iter()
        .map(|(outcome, count)| ((*outcome).to_owned(), *count))
        .collect()
}

async fn opened(app: &TestApp, number: u32, loan: Value) -> (Opened, Borrower) {
    let opened = Partner::of(app, ANHE)
        .opens(app, &Someone::adult(number), "hexiang", loan)
        .await;
    let borrower = Borrower::with(&opened.url);
    (opened, borrower)
}

#[test]
fn one_key_is_one_journey() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let body = journey_of(&Someone::adult(1), "hexiang", loan());
        let (counts, answers) = at_once(app, |site| {
            let (lender, body) = (lender.clone(), body.clone());
            async move { lender.asks(&site, "same", &body).await }
        })
        .await;
        assert_eq!(counts, counted(&[("200", AT_ONCE - 1), ("201", 1)]));
        let ids: BTreeSet<String> = answers.iter().map(|a| Opened::of(a.json()).id).collect();
        let id = ids.first().expect("an id");
        assert_eq!(ids.len(), 1);
        assert_eq!(app.facts(id, "journey.opened.v1").await, 1);
        assert_eq!(
            app.facts("", "vault.enrolled.v1").await,
            1 + app.subjects(),
            "the demo's subjects and this one"
        );
    });
}

#[test]
fn one_person_with_many_journeys_is_kept_once() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let numbers = std::sync::atomic::AtomicU32::new(0);
        let (counts, _) = at_once(app, |site| {
            let number = numbers.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let (lender, body) = (
                lender.clone(),
                journey_of(&Someone::adult(1), "hexiang", Value::Null),
            );
            async move { lender.asks(&site, &format!("key-{number}"), &body).await }
        })
        .await;
        assert_eq!(counts, counted(&[("201", AT_ONCE)]));
        assert_eq!(
            app.facts("", "vault.enrolled.v1").await,
            1 + app.subjects(),
            "the demo's subjects and this one"
        );
    });
}

#[test]
fn one_price_is_fixed() {
    TestApp::run(async |app| {
        let (opened, _) = opened(app, 1, Value::Null).await;
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}/loan", opened.id);
        let (counts, _) = at_once(app, |site| {
            let (lender, path) = (lender.clone(), path.clone());
            async move { lender.post(&site, &path, &loan()).await }
        })
        .await;
        assert_eq!(
            counts,
            counted(&[("200", 1), ("409 price_already_final", AT_ONCE - 1)])
        );
        assert_eq!(app.facts(&opened.id, "journey.priced.v1").await, 1);
        assert_eq!(app.facts(&opened.id, "disclosure.prepared.v1").await, 1);
    });
}

#[test]
fn one_entry_per_code() {
    TestApp::run(async |app| {
        let (opened, borrower) = opened(app, 1, loan()).await;
        borrower.asks_code(app).await.ok();
        app.run_jobs().await;
        let code = borrower.reads_code(app, &opened.id).await;
        let (counts, answers) = at_once(app, |site| {
            let (borrower, code) = (borrower.clone(), code.clone());
            async move { borrower.tries_code(&site, &code).await }
        })
        .await;
        assert_eq!(
            counts,
            counted(&[("200", 1), ("409 code_expired", AT_ONCE - 1)])
        );
        assert_eq!(app.facts(&opened.id, "access.link_opened.v1").await, 1);
        let winner = answers
            .iter()
            .find(|answer| answer.status.is_success())
            .expect("a winner");
        let cookie = Some(winner.cookie(xiaobao::access::CUSTOMER_COOKIE));
        Borrower { cookie, ..borrower }.journey(app).await;
    });
}

#[test]
fn wrong_codes_at_once_are_five_tries() {
    TestApp::run(async |app| {
        let (opened, borrower) = opened(app, 1, loan()).await;
        borrower.asks_code(app).await.ok();
        app.run_jobs().await;
        let code: u32 = borrower
            .reads_code(app, &opened.id)
            .await
            .parse()
            .expect("digits");
        let wrong = format!("{:06}", (code + 1) % 1_000_000);
        let (counts, _) = at_once(app, |site| {
            let (borrower, wrong) = (borrower.clone(), wrong.clone());
            async move { borrower.tries_code(&site, &wrong).await }
        })
        .await;
        assert_eq!(
            counts,
            counted(&[("409 code_exhausted", AT_ONCE - 4), ("409 code_wrong", 4)])
        );
        assert_eq!(app.facts(&opened.id, "access.code_refused.v1").await, 5);
    });
}

#[test]
fn one_code_a_minute() {
    TestApp::run(async |app| {
        let (opened, borrower) = opened(app, 1, loan()).await;
        let body = json!({ "token": borrower.token });
        let (counts, _) = at_once(app, |site| {
            let body = body.clone();
            async move { site.post("/api/h5/link/code", &body).await }
        })
        .await;
        assert_eq!(
            counts,
            counted(&[("200", 1), ("429 code_too_soon", AT_ONCE - 1)])
        );
        app.run_jobs().await;
        assert_eq!(app.facts(&opened.id, "access.code_sent.v1").await, 1);
    });
}

#[test]
fn each_step_with_the_sheet_is_taken_once() {
    TestApp::run(async |app| {
        let (opened, mut borrower) = opened(app, 1, loan()).await;
        let journey = borrower.enters(app, &opened.id).await;
        let digest = borrower.digest(app).await;
        let answers = right(&journey);
        for (step, kind) in [
            ("shown", "disclosure.shown.v1"),
            ("read", "disclosure.read.v1"),
            ("answers", "disclosure.answered.v1"),
            ("confirm", "disclosure.confirmed.v1"),
        ] {
            let (counts, _) = at_once(app, |site| {
                let (borrower, digest, answers) =
                    (borrower.clone(), digest.clone(), answers.clone());
                async move {
                    match step {
                        "answers" => borrower.answers(&site, &digest, &answers).await,
                        step => borrower.steps(&site, step, &digest).await,
                    }
                }
            })
            .await;
            assert_eq!(counts, counted(&[("200", AT_ONCE)]), "{step}");
            assert_eq!(app.facts(&opened.id, kind).await, 1, "{step}");
            app.advance_ms(15_000);
        }
        assert_eq!(app.facts(&opened.id, "journey.completed.v1").await, 1);
        let (counts, _) = at_once(app, |site| {
            let borrower = borrower.clone();
            async move { borrower.post(&site, "/api/h5/person", &json!({})).await }
        })
        .await;
        assert_eq!(counts, counted(&[("200", AT_ONCE)]));
        assert_eq!(app.facts(&opened.id, "journey.person_asked.v1").await, 1);
    });
}

#[test]
fn one_release_of_a_product() {
    TestApp::run(async |app| {
        let reviewer = Staff::signs_in(app, "heyun").await;
        let draft = reviewer.product(app, "jiyong").await;
        let id = draft["id"].as_str().expect("an id");
        let path = format!("/api/console/products/{id}/versions/1/approve");
        let (counts, _) = at_once(app, |site| {
            let (reviewer, path) = (reviewer.clone(), path.clone());
            async move { reviewer.post(&site, &path).await }
        })
        .await;
        assert_eq!(
            counts,
            counted(&[("200", 1), ("409 product_already_released", AT_ONCE - 1)])
        );
        assert_eq!(app.facts(id, "product.released.v1").await, 1);
    });
}

#[test]
fn the_last_new_link_is_the_only_one_that_opens() {
    TestApp::run(async |app| {
        let (opened, _) = opened(app, 1, loan()).await;
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}/link", opened.id);
        let (counts, answers) = at_once(app, |site| {
            let (lender, path) = (lender.clone(), path.clone());
            async move { lender.post(&site, &path, &json!({})).await }
        })
        .await;
        assert_eq!(counts, counted(&[("200", AT_ONCE)]));
        let mut open = 0;
        for answer in answers {
            let url = answer.json()["url"].as_str().expect("a link").to_owned();
            let seen = Borrower::with(&url).link(app).await.ok().json();
            open += usize::from(seen["state"] == "open");
        }
        assert_eq!(open, 1);
        assert_eq!(
            Borrower::with(&opened.url).link(app).await.ok().json()["state"],
            "expired"
        );
    });
}

#[test]
fn guesses_at_a_password_at_once_are_five_tries() {
    TestApp::run(async |app| {
        let (counts, _) = at_once(app, |site| async move {
            Staff::tries(&site, ANHE, "luoyifan", "a wrong password").await
        })
        .await;
        assert_eq!(
            counts,
            counted(&[("401 login_wrong", 5), ("429 login_too_many", AT_ONCE - 5)])
        );
        let right = app.demo.accounts[0].password.clone();
        Staff::tries(app, ANHE, "luoyifan", &right)
            .await
            .refused(429, "login_too_many");
    });
}

#[test]
fn jobs_that_several_workers_see_are_done_once() {
    TestApp::run(async |app| {
        let mut borrowers = Vec::new();
        for number in 1..=5 {
            borrowers.push(opened(app, number, loan()).await);
        }
        for (_, borrower) in &borrowers {
            borrower.asks_code(app).await.ok();
        }
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let site = (**app).clone();
            workers.spawn(async move { site.run_jobs().await });
        }
        while let Some(done) = workers.join_next().await {
            done.expect("no worker panics");
        }
        for (opened, _) in &borrowers {
            assert_eq!(app.facts(&opened.id, "disclosure.printed.v1").await, 1);
            assert_eq!(app.facts(&opened.id, "access.code_sent.v1").await, 1);
        }
        let staff = Staff::signs_in(app, "luoyifan").await;
        let page = staff
            .get(app, "/api/console/outbox?limit=200")
            .await
            .ok()
            .json();
        assert_eq!(
            page["rows"].as_array().map(Vec::len),
            Some(5),
            "one message each"
        );
    });
}

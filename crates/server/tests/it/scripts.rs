//! A script edited in the console: shown with its figures before anything is kept, proposed as the next version, and
//! released by a second person who sees what changed.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Partner, Someone, Staff};
use crate::app::{Answer, TestApp};
use crate::steps::offers_with;

/// An editor of one product's script.
struct Editor {
    staff: Staff,
    product: String,
}

impl Editor {
    async fn of(app: &TestApp, account: &str, code: &str) -> Self {
        let staff = Staff::signs_in(app, account).await;
        let product = staff.product(app, code).await["id"].clone();
        Self {
            product: product.as_str().expect("an id").to_owned(),
            staff,
        }
    }

    async fn gets(&self, app: &TestApp, part: &str) -> Answer {
        let path = format!("/api/console/products/{}{part}", self.product);
        self.staff.get(app, &path).await
    }

    async fn posts(&self, app: &TestApp, part: &str, body: &Value) -> Answer {
        let path = format!("/api/console/products/{}{part}", self.product);
        self.staff.send(app, Method::POST, &path, Some(body)).await
    }

    async fn newest(&self, app: &TestApp) -> Value {
        self.gets(app, "/recording").await.ok().json()
    }

    async fn previews(&self, app: &TestApp, draft: &Value) -> Value {
        self.posts(app, "/recording/preview", draft)
            .await
            .ok()
            .json()
    }

    async fn proposes(&self, app: &TestApp, base: i64, draft: &Value) -> Answer {
        let body = json!({ "base": base, "recording": draft });
        self.posts(app, "/recording", &body).await
    }
}

fn paths(preview: &Value) -> Vec<String> {
    let mistakes = preview["mistakes"].as_array().expect("mistakes");
    let path = |one: &Value| one["path"].as_str().expect("a path").to_owned();
    mistakes.iter().map(path).collect()
}

#[test]
fn a_draft_is_shown_with_the_examples_figures_and_every_mistake_at_its_field() {
    TestApp::run(async |app| {
        let editor = Editor::of(app, "shenqiao", "yinling").await;
        let newest = editor.newest(app).await;
        assert_eq!(newest["version"], 1);
        let mut draft = newest["recording"].clone();
        let shown = editor.previews(app, &draft).await;
        assert_eq!(shown["mistakes"], json!([]));
        let words = shown["nodes"].to_string();
        assert!(
            words.contains("本金8,000元") && words.contains("7.80%"),
            "{words}"
        );
        assert!(!words.contains("{total}"), "{words}");

        draft["script"][1]["code"] = json!("Own will");
        draft["script"][2]["spoken"]["zh"] = json!("由{guarantors}担保，共{price}元");
        draft["script"][3]["expects"] = json!([]);
        draft["when"] = json!({ "always": false, "elders": false });
        let shown = editor.previews(app, &draft).await;
        let mut found = paths(&shown);
        found.sort();
        assert_eq!(
            found,
            [
                "recording.script.1.code",
                "recording.script.2.spoken",
                "recording.script.2.spoken",
                "recording.script.3.expects",
                "recording.when",
            ]
        );
        // Nothing that is looked at is kept.
        assert_eq!(editor.newest(app).await, newest);
        draft["script"][0]["kind"] = json!("sung");
        let unknown = editor.posts(app, "/recording/preview", &draft).await;
        unknown.refused(422, "invalid_request");
    });
}

#[test]
fn a_script_is_proposed_by_one_person_and_released_by_another_who_sees_what_changed() {
    TestApp::run(async |app| {
        let editor = Editor::of(app, "shenqiao", "yinling").await;
        let reviewer = Editor::of(app, "heyun", "yinling").await;
        let before = editor.newest(app).await["recording"].clone();
        let same = editor.proposes(app, 1, &before).await;
        same.refused(409, "product_unchanged");
        let mut draft = before.clone();
        let nodes = draft["script"].as_array_mut().expect("nodes");
        nodes[1]["answer_seconds"] = json!(12);
        nodes.remove(5);
        let mut wrong = draft.clone();
        wrong["reviewed_percent"]["elder"] = json!(101);
        let refused = editor.proposes(app, 1, &wrong).await;
        refused.refused(422, "invalid_request");
        let no_right = reviewer.proposes(app, 1, &draft).await;
        no_right.refused(403, "right_missing");

        let proposed = editor.proposes(app, 1, &draft).await;
        assert_eq!(proposed.expect(StatusCode::CREATED).json()["version"], 2);
        let meanwhile = editor.proposes(app, 1, &before).await;
        meanwhile.refused(409, "product_moved_on");
        let own = editor.posts(app, "/versions/2/approve", &json!({})).await;
        own.refused(403, "right_missing");

        let told = reviewer.gets(app, "/versions/2/changes").await.ok().json();
        assert_eq!((&told["against"], &told["parts"]), (&json!(1), &json!([])));
        let changed: Vec<&Value> = told["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .filter(|one| one["what"] != "same")
            .collect();
        assert_eq!(
            changed,
            [
                &json!({ "what": "changed", "old": 1, "new": 1 }),
                &json!({ "what": "removed", "old": 5, "new": null }),
            ]
        );
        assert_eq!((&told["old"], &told["new"]), (&before, &draft));
        reviewer
            .staff
            .post(
                app,
                &format!(
                    "/api/console/products/{}/versions/2/approve",
                    reviewer.product
                ),
            )
            .await
            .ok();
        assert_eq!(app.facts(&editor.product, "product.proposed.v1").await, 2);
        assert_eq!(app.facts(&editor.product, "product.released.v1").await, 2);
    });
}

#[test]
fn a_product_that_tells_nothing_first_can_t_be_given_a_recording() {
    TestApp::run(async |app| {
        let editor = Editor::of(app, "shenqiao", "hemiao").await;
        let other = Editor::of(app, "shenqiao", "yinling").await;
        let draft = other.newest(app).await["recording"].clone();
        let newest = editor.newest(app).await;
        assert_eq!(newest["recording"], Value::Null);
        let shown = editor.previews(app, &draft).await;
        assert_eq!(shown["mistakes"][0]["code"], "notice_missing");
        let base = newest["version"].as_i64().expect("a version");
        let refused = editor.proposes(app, base, &draft).await;
        refused.refused(422, "invalid_request");
    });
}

#[test]
fn another_institutions_products_are_not_found() {
    TestApp::run(async |app| {
        let ours = Editor::of(app, "shenqiao", "yinling").await;
        let draft = ours.newest(app).await["recording"].clone();
        let theirs = Editor {
            staff: Staff::signs_in(app, "fangyuan").await,
            product: ours.product.clone(),
        };
        theirs
            .gets(app, "/recording")
            .await
            .refused(404, "not_found");
        theirs
            .gets(app, "/versions/1/changes")
            .await
            .refused(404, "not_found");
        let previewed = theirs.posts(app, "/recording/preview", &draft).await;
        previewed.refused(404, "not_found");
        theirs
            .proposes(app, 1, &draft)
            .await
            .refused(404, "not_found");
        ours.gets(app, "/versions/9/changes")
            .await
            .refused(404, "not_found");
    });
}

#[test]
fn face_and_voice_are_asked_for_only_of_who_is_recorded() {
    TestApp::run(async |app| {
        // 禾享贷 records from 25,000 yuan on.
        let parts = json!({
            "required": ["personal_information_notice", "separate_consents", "cost_disclosure", "recording"],
            "notices": ["pi_notice", "face_voice"],
        });
        offers_with(&app.ctx, parts).await.expect("released");
        let lender = Partner::of(app, ANHE);
        for (number, principal, asked) in [
            (1, Some(2_499_900), false),
            (2, Some(2_500_000), true),
            (3, None, false),
        ] {
            let price = principal.map(|principal| json!({ "principal": principal, "periods": 12 }));
            let opened = lender
                .opens(app, &Someone::adult(number), "hexiang", json!(price))
                .await;
            let mut borrower = Borrower::with(&opened.url);
            borrower.enters(app, &opened.id).await;
            let notices = borrower.get(app, "/api/h5/notices").await.ok().text();
            assert_eq!(notices.contains("face_voice"), asked, "{principal:?}");
            // Until the amount is known nobody is told that they will not be recorded.
            let steps = borrower.journey(app).await["steps"].to_string();
            let recorded = asked || principal.is_none();
            assert_eq!(
                steps.contains("recording"),
                recorded,
                "{principal:?}: {steps}"
            );
        }
    });
}

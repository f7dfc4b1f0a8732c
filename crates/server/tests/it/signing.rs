//! Contract templates: two people, a closed list of gaps, one layout for all.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::actors::{ANHE, JIANGLAN, Staff};
use crate::app::TestApp;
use crate::living::of_all_trades;

const TEMPLATES: &str = "/api/console/contract-templates";

#[test]
fn a_template_comes_into_force_by_two_people_and_only_as_it_was_checked() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let reviewer = Staff::signs_in(app, "heyun").await;
        let list = manager.get(app, TEMPLATES).await.ok().json();
        let rows = list["rows"].as_array().expect("rows");
        let codes: Vec<&str> = rows.iter().filter_map(|row| row["code"].as_str()).collect();
        for code in ["loan_contract", "guarantee_contract", "debit_authority"] {
            assert!(codes.contains(&code), "{codes:?}");
        }
        let old = rows.iter().find(|row| row["code"] == "loan_contract");
        let old = old.expect("a contract")["id"].as_str().expect("an id");
        let old = manager.get(app, &format!("{TEMPLATES}/{old}")).await;
        let old = old.ok().json();
        let mut draft = json!({ "code": "loan_contract", "content": old["document"]["content"] });
        draft["content"]["title"]["zh"] = json!("个人消费借款合同（新版）");
        let drafted = manager
            .send(app, Method::POST, TEMPLATES, Some(&draft))
            .await
            .expect(StatusCode::CREATED)
            .json();
        assert_eq!(
            (&drafted["version"], &drafted["state"]),
            (&json!(2), &json!("draft"))
        );
        let path = format!(
            "{TEMPLATES}/{}/publish",
            drafted["id"].as_str().expect("an id")
        );
        let digest = json!({ "digest": drafted["digest"] });
        let itself = manager.send(app, Method::POST, &path, Some(&digest)).await;
        itself.refused(403, "right_missing");
        let other = json!({ "digest": old["digest"] });
        let other = reviewer.send(app, Method::POST, &path, Some(&other)).await;
        other.refused(409, "template_changed");
        let published = reviewer.send(app, Method::POST, &path, Some(&digest)).await;
        assert_eq!(published.ok().json()["state"], "published");
        let twice = reviewer.send(app, Method::POST, &path, Some(&digest)).await;
        twice.refused(409, "template_published");
        let id = drafted["id"].as_str().expect("an id");
        assert_eq!(app.facts(id, "signing.template_proposed.v1").await, 1);
        let fact = app.fact(id, "signing.template_published.v1").await;
        assert_eq!(fact["digest"], drafted["digest"]);
        assert_ne!(fact["proposer"], fact["publisher"]);
        let alone = of_all_trades(app, ANHE).await;
        let mine = alone
            .send(app, Method::POST, TEMPLATES, Some(&draft))
            .await
            .json();
        let path = format!(
            "{TEMPLATES}/{}/publish",
            mine["id"].as_str().expect("an id")
        );
        let digest = json!({ "digest": mine["digest"] });
        let own = alone.send(app, Method::POST, &path, Some(&digest)).await;
        own.refused(409, "four_eyes");
    });
}

#[test]
fn a_gap_that_nothing_fills_is_named_by_its_place() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let template = |paragraph: &str| {
            json!({ "code": "odd", "content": {
                "v": 1,
                "title": { "zh": "合同", "en": "Contract" },
                "summary": { "zh": "说明", "en": "In short" },
                "counterparty": "lenders",
                "signers": ["borrower"],
                "clauses": [{
                    "heading": { "zh": "一", "en": "One" },
                    "paragraphs": [{ "zh": paragraph, "en": "words" }],
                }],
                "valid_from": null,
            }})
        };
        for (paragraph, code) in [
            ("借款人{soul}", "unknown_placeholder"),
            ("借款人{name", "unknown_placeholder"),
            ("", "text_length"),
        ] {
            let draft = template(paragraph);
            let answer = manager
                .send(app, Method::POST, TEMPLATES, Some(&draft))
                .await;
            let error = answer.expect(StatusCode::UNPROCESSABLE_ENTITY).json();
            let field = &error["error"]["fields"][0];
            assert_eq!(
                (&field["path"], &field["code"]),
                (&json!("clauses.0.paragraphs.0"), &json!(code)),
                "{paragraph}"
            );
        }
        let draft = template("借款人{name}");
        let stranger = Staff::signs_in(app, "luoyifan").await;
        let answer = stranger
            .send(app, Method::POST, TEMPLATES, Some(&draft))
            .await;
        answer.refused(403, "right_missing");
        let mut odd = draft.clone();
        odd["code"] = json!("Odd Code");
        let answer = manager.send(app, Method::POST, TEMPLATES, Some(&odd)).await;
        answer.refused(422, "invalid_request");
    });
}

#[test]
fn a_sample_is_a_whole_document_of_an_invented_person() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let list = manager.get(app, TEMPLATES).await.ok().json();
        for row in list["rows"].as_array().expect("rows") {
            let id = row["id"].as_str().expect("an id");
            let path = format!("{TEMPLATES}/{id}/sample?product=hexiang");
            let pdf = manager.get(app, &path).await.ok();
            assert_eq!(pdf.headers["content-type"], "application/pdf");
            assert!(pdf.bytes.starts_with(b"%PDF-"), "{}", row["code"]);
            let path = format!("{TEMPLATES}/{id}/sample?product=nowhere");
            manager
                .get(app, &path)
                .await
                .refused(422, "invalid_request");
        }
        let id = list["rows"][0]["id"].as_str().expect("an id");
        let stranger = of_all_trades(app, JIANGLAN).await;
        let path = format!("{TEMPLATES}/{id}/sample?product=puhui");
        stranger.get(app, &path).await.refused(404, "not_found");
    });
}

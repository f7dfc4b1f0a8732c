//! The description of the API holds: it names who may call, and the house answers so.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;

use crate::app::TestApp;

/// Method, path with its variables filled, and the operation.
fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let filled = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part });
            let filled = filled.collect::<Vec<_>>().join("/");
            let method = method.to_uppercase().parse().expect("a method");
            all.push((method, filled, operation.clone()));
        }
    }
    all
}

#[test]
fn whoever_must_be_known_is_asked_for_and_nobody_else() {
    TestApp::run(async |app| {
        let document = app.get("/openapi.json").await.ok().json();
        assert_eq!(document, xiaobao::app::openapi().expect("a description"));
        let all = operations(&document);
        assert!(all.len() > 35, "{}", all.len());
        for (method, path, operation) in all {
            let kinds = operation["security"].as_array().cloned();
            let known = kinds.is_some_and(|kinds| {
                kinds
                    .iter()
                    .all(|kind| kind.as_object().is_some_and(|kind| !kind.is_empty()))
            });
            let request = Request::builder()
                .method(method.clone())
                .uri(&path)
                .header("x-xiaobao", "1")
                .header("idempotency-key", "1")
                .body(Body::empty())
                .expect("a request");
            let answer = app.send(request).await;
            assert_ne!(answer.status.as_u16(), 405, "{method} {path} exists");
            assert_eq!(
                answer.status.as_u16() == 401,
                known,
                "{method} {path}: {}",
                answer.text()
            );
        }
    });
}

#[test]
fn names_are_unique_and_lead_somewhere() {
    let document = xiaobao::app::openapi().expect("a description");
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids: Vec<String> = Vec::new();
    for (method, path, operation) in operations(&document) {
        ids.push(
            operation["operationId"]
                .as_str()
                .expect("a name")
                .to_owned(),
        );
        assert!(
            operation["tags"][0].is_string(),
            "{method} {path} has a room"
        );
        assert!(
            operation["summary"].is_string(),
            "{method} {path} says what it does"
        );
        let refusal = &operation["responses"]["default"]["$ref"];
        assert_eq!(refusal, "#/components/responses/Refused", "{method} {path}");
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    let text = document.to_string();
    for piece in text.split("\"$ref\":\"#").skip(1) {
        let target = piece.split('"').next().expect("a target");
        assert!(document.pointer(target).is_some(), "{target} is nowhere");
    }
}

#[test]
fn what_is_absent_is_null_in_an_answer_and_may_be_left_out_of_a_request() {
    let document = xiaobao::app::openapi().expect("a description");
    let required = |schema: &str| document["components"]["schemas"][schema]["required"].to_string();
    assert!(required("JourneyView").contains("\"terms_digest\""));
    assert!(required("ErrorDetail").contains("\"retry_after_ms\""));
    assert!(!required("OpenRequest").contains("\"loan\""));
    assert!(!required("Ask").contains("\"start\""));
    assert!(!required("Repayment").contains("\"balloon\""));
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    TestApp::run(async |app| {
        let page = app.get("/docs/api/").await.ok();
        assert!(page.headers.contains_key("content-security-policy"));
        for word in ["http://", "https://", "\"//"] {
            assert!(!page.text().contains(word), "{word}: {}", page.text());
        }
        let start = app.get("/docs/api/swagger-initializer.js").await.ok();
        assert!(start.text().contains("\"/openapi.json\""));
    });
}

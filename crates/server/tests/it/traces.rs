//! Traces as a collector gets them: what ran and how it ended, and nothing of anybody.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message as _;

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, journey_of, loan};
use crate::app::TestApp;

type Taken = Arc<Mutex<Vec<Bytes>>>;

async fn take(State(taken): State<Taken>, headers: HeaderMap, body: Bytes) {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    taken.lock().expect("a lock").push(body);
}

/// A collector on this machine, and what it took.
async fn collector() -> (Taken, String) {
    let taken = Taken::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let at = listener.local_addr().expect("an address");
    let router = Router::new().route("/v1/traces", post(take));
    let router = router.with_state(taken.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (taken, format!("http://{at}/v1/traces"))
}

fn spans(taken: &Taken) -> Vec<Span> {
    let bodies = taken.lock().expect("a lock");
    let requests = bodies
        .iter()
        .map(|body| ExportTraceServiceRequest::decode(body.clone()).expect("protobuf"));
    requests
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect()
}

fn told(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key == key)?;
    Some(match found.value.as_ref()?.value.as_ref()? {
        Said::StringValue(text) => text.clone(),
        Said::IntValue(number) => number.to_string(),
        Said::BoolValue(truth) => truth.to_string(),
        other => panic!("{key}: {other:?}"),
    })
}

#[test]
fn a_collector_learns_what_ran_and_nothing_of_anybody() {
    TestApp::run(async |app| {
        let (taken, endpoint) = collector().await;
        app.reconfigure(|config| config.server.otlp_endpoint = endpoint)
            .await;
        let someone = Someone::adult(1);
        let lender = Partner::of(app, ANHE);
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let parent = format!("00-{trace}-b7ad6b7169203331-00");
        let headers = [
            ("idempotency-key", "traced-key"),
            ("traceparent", parent.as_str()),
            ("tracestate", "who=somebody"),
        ];
        let body = journey_of(&someone, "hexiang", loan());
        let answer = lender
            .send(app, Method::POST, "/v1/journeys", &headers, Some(&body))
            .await;
        let opened = Opened::of(answer.json());
        let mut borrower = Borrower::with(&opened.url);
        borrower.completes(app, &opened.id).await;
        let digest = borrower.digest(app).await;
        app.settle().await;
        lender.get(app, "/v1/journeys/jny_nobody").await;
        app.get(&format!("/nowhere/{}", someone.phone)).await;
        app.ctx.traces.flush().await;

        let spans = spans(&taken);
        let named = |name: &str| -> &Span {
            let found = spans.iter().find(|span| span.name == name);
            found.unwrap_or_else(|| panic!("no span {name}"))
        };
        let request = named("POST /v1/journeys");
        assert_eq!(request.kind, SpanKind::Server as i32);
        assert_eq!(told(request, "http.route").as_deref(), Some("/v1/journeys"));
        assert_eq!(
            told(request, "http.request.method").as_deref(),
            Some("POST")
        );
        let status = told(request, "http.response.status_code");
        assert_eq!(status.as_deref(), Some("201"));
        assert!(request.end_time_unix_nano > request.start_time_unix_nano);
        // The caller's own trace goes on, and what the caller said beside it does not.
        assert_eq!(proof::hex::encode(&request.trace_id), trace);
        assert_eq!(request.trace_state, "");
        let within =
            |span: &&Span| span.name == "transaction" && span.parent_span_id == request.span_id;
        let transaction = spans.iter().find(within).expect("a transaction beneath");
        assert_eq!(
            told(transaction, "xiaobao.committed").as_deref(),
            Some("true")
        );
        let job = named("job disclosure.print_sheet");
        assert_eq!(told(job, "xiaobao.job.outcome").as_deref(), Some("done"));
        let status = named("GET /v1/journeys/{id}").status.clone();
        assert!(status.is_none_or(|status| status.code() != StatusCode::Error));
        assert!(
            spans
                .iter()
                .all(|span| span.events.is_empty() && span.links.is_empty())
        );

        // Whatever a person, a link, a case or a caller is known by.
        let token = borrower.token.as_str();
        let cookie = borrower.cookie.as_deref().expect("a session");
        let secrets = [
            someone.name.as_str(),
            &someone.id_number,
            &someone.phone,
            &opened.id,
            token,
            cookie,
            &lender.key,
            &digest,
            "traced-key",
            "LN-2026-0001",
            "127.0.0.1",
            "somebody",
            "nowhere",
            "jny_",
            "sub_",
        ];
        for body in taken.lock().expect("a lock").iter() {
            let text = String::from_utf8_lossy(body);
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} was handed over");
            }
        }
    });
}

#[test]
fn a_collector_that_is_gone_holds_nobody_up() {
    TestApp::run(async |app| {
        app.reconfigure(|config| {
            config.server.otlp_endpoint = "http://127.0.0.1:9/v1/traces".to_owned()
        })
        .await;
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        Borrower::with(&opened.url).completes(app, &opened.id).await;
        app.ctx.traces.flush().await;
        app.settle().await;
        assert_eq!(lender.missing(app, &opened.id).await, Vec::<String>::new());
    });
}

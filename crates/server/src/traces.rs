//! What requests, jobs and transactions took, as spans for an OpenTelemetry collector (OTLP over HTTP).
//!
//! A span holds a route's pattern or a job's kind, how it ended and how long it took; no path, no id of ours, no address, no
//! words. A caller's `traceparent` is taken up, its `tracestate` is not: that is text of a stranger. Nothing goes on to others.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::{HeaderMap, Request, Response};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    FutureExt as _, SpanBuilder, SpanKind, Status, TraceContextExt as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::meters::{Outcome, known_method};

/// How long a collector may take for what is handed over.
const EXPORT_MAX: Duration = Duration::from_secs(5);

/// Makes spans and hands them over in the background; more than 2,048 that wait are let go.
#[derive(Debug)]
pub struct Traces(Option<(SdkTracerProvider, SdkTracer)>);

/// A span in the making; it ends with the value.
pub struct Span(Option<Context>);

impl Traces {
    /// Makes spans for the collector at `endpoint`; none while that is empty.
    pub fn to(endpoint: &str, http: reqwest::Client) -> Result<Self> {
        if endpoint.is_empty() {
            return Ok(Self(None));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Courier {
                http,
                runtime: Handle::current(),
            })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_MAX)
            .build()
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder_empty()
            .with_service_name("xiaobao")
            .with_attribute(version);
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            // A stranger's flag must not say what is seen.
            .with_sampler(Sampler::AlwaysOn)
            .with_batch_exporter(exporter)
            .build();
        let tracer = provider.tracer("xiaobao");
        Ok(Self(Some((provider, tracer))))
    }

    fn begin(&self, parent: &Context, span: impl FnOnce() -> SpanBuilder) -> Span {
        let begun = self.0.as_ref().map(|(_, tracer)| {
            let span = span().start_with_context(tracer, parent);
            parent.with_span(span)
        });
        Span(begun)
    }

    /// A request; `route` is the pattern it matched, if any.
    pub fn request(&self, method: &str, route: Option<&str>, headers: &HeaderMap) -> Span {
        if self.0.is_none() {
            return Span(None);
        }
        let (method, route) = (known_method(method), route.unwrap_or("none").to_owned());
        self.begin(&parent(headers), || {
            SpanBuilder::from_name(format!("{method} {route}"))
                .with_kind(SpanKind::Server)
                .with_attributes([
                    KeyValue::new("http.request.method", method),
                    KeyValue::new("http.route", route),
                ])
        })
    }

    /// A job's run.
    pub fn job(&self, kind: &str) -> Span {
        self.begin(&Context::new(), || {
            SpanBuilder::from_name(format!("job {kind}"))
                .with_kind(SpanKind::Consumer)
                .with_attributes([KeyValue::new("xiaobao.job.kind", kind.to_owned())])
        })
    }

    /// A transaction that ends in the ledger, within the request or job that is under way.
    pub fn transaction(&self) -> Span {
        self.begin(&Context::current(), || {
            SpanBuilder::from_name("transaction").with_kind(SpanKind::Internal)
        })
    }

    /// Hands over what waits. A collector that can't be reached is no trouble of ours.
    pub async fn flush(&self) {
        let Some((provider, _)) = self.0.clone() else {
            return;
        };
        // It waits for a thread that waits for this runtime.
        let flushed = tokio::task::spawn_blocking(move || provider.force_flush());
        if let Ok(Err(cause)) = flushed.await {
            tracing::warn!(%cause, "traces were not handed over");
        }
    }
}

/// The caller's span, of `traceparent` alone (W3C Trace Context).
fn parent(headers: &HeaderMap) -> Context {
    let header = headers.get("traceparent");
    let Some(text) = header.and_then(|value| value.to_str().ok()) else {
        return Context::new();
    };
    let carrier = HashMap::from([("traceparent".to_owned(), text.to_owned())]);
    TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier)
}

impl Span {
    /// Does some work, so that what begins within it lies beneath this span.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let beneath = self.0.clone().unwrap_or_default();
        work.with_context(beneath).await
    }

    fn note(&self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(key, value));
        }
    }

    fn failed(&self) {
        if let Some(context) = &self.0 {
            context.span().set_status(Status::error(""));
        }
    }

    /// The request was answered.
    pub fn answered(self, status: u16) {
        self.note("http.response.status_code", i64::from(status));
        if status >= 500 {
            self.failed();
        }
    }

    /// The job was run.
    pub fn ran(self, outcome: Outcome) {
        self.note("xiaobao.job.outcome", outcome.as_str());
        if outcome != Outcome::Done {
            self.failed();
        }
    }

    /// The transaction was committed; one that was not has no such mark.
    pub fn committed(self) {
        self.note("xiaobao.committed", true);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

/// Carries what is handed over with the program's own client, on the program's own runtime.
#[derive(Debug)]
struct Courier {
    http: reqwest::Client,
    runtime: Handle,
}

impl HttpClient for Courier {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> std::pin::Pin<
        Box<dyn Future<Output = std::result::Result<Response<Bytes>, HttpError>> + Send + 'b>,
    >
    where
        'a: 'b,
        Self: 'b,
    {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let answer = http.execute(request.try_into()?).await?;
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            // Nothing that a collector says is read.
            Ok::<_, HttpError>(response)
        });
        Box::pin(async move { sent.await? })
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceContextExt as _;

    use super::*;

    #[test]
    fn a_caller_s_trace_is_taken_up_and_nothing_else_of_it() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let table = [
            (format!("00-{trace}-b7ad6b7169203331-01"), true),
            (format!("00-{trace}-b7ad6b7169203331"), false),
            (format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)), false),
            ("ff-not-a-trace".to_owned(), false),
            ("张三 13800138000".to_owned(), false),
        ];
        for (text, taken) in table {
            let mut headers = HeaderMap::new();
            let value = axum::http::HeaderValue::from_bytes(text.as_bytes()).expect("a value");
            headers.insert("traceparent", value);
            headers.insert("tracestate", "who=somebody".parse().expect("a value"));
            let parent = parent(&headers);
            let seen = parent.span().span_context().clone();
            assert_eq!(seen.is_valid(), taken, "{text}");
            assert_eq!(seen.trace_state().header(), "", "{text}");
            assert_eq!(seen.trace_id().to_string() == trace, taken, "{text}");
        }
    }
}

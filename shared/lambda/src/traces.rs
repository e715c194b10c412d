//! Traces for an OpenTelemetry collector: a span for each invocation, and in it one for each call of AWS's API.
//!
//! Nothing is made, kept or sent unless `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector, such as the one of a Lambda layer
//! (*OpenTelemetry protocol exporter* in the OpenTelemetry specification). Spans hold names and numbers: no event that is
//! logged within one is taken along, and so no payload is.

use lambda_runtime::Context;
use lambda_runtime::tracing::subscriber::layer::SubscriberExt as _;
use lambda_runtime::tracing::subscriber::util::SubscriberInitExt as _;
use lambda_runtime::tracing::subscriber::{EnvFilter, Layer as _, Registry, filter, fmt};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracerProvider, SpanData, SpanExporter as _, SpanProcessor,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tracing::{Metadata, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The variable that names the collector, `http://…`; the one of the OpenTelemetry specification.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The collector is beside us. While it is waited for, the invocation is paid for.
const PATIENCE: Duration = Duration::from_millis(500);
/// An invocation makes some hundreds of calls.
const MOST_SPANS: usize = 2_000;
const TARGET: &str = "muster";

/// Spans that have ended and are not sent yet: Lambda freezes the process between invocations, so that nothing can
/// send them in the background.
#[derive(Clone, Debug, Default)]
struct Ended(Arc<Mutex<Vec<SpanData>>>);

impl Ended {
    fn take(&self) -> Vec<SpanData> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SpanProcessor for Ended {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST_SPANS {
            all.push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug)]
struct Traces {
    ended: Ended,
    exporter: opentelemetry_otlp::SpanExporter,
}

static TRACES: OnceLock<Traces> = OnceLock::new();

/// Begins to trace, and to log as Lambda's default does, if a collector is named. Tells whether it does.
pub(crate) fn begin() -> bool {
    let Some(endpoint) = std::env::var(ENDPOINT).ok().filter(|endpoint| !endpoint.is_empty())
    else {
        return false;
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(HyperClient::with_default_connector(PATIENCE, None))
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(PATIENCE)
        .build();
    let Ok(mut exporter) = exporter else {
        return false;
    };
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| TARGET.to_owned());
    let resource = Resource::builder().with_service_name(name).build();
    exporter.set_resource(&resource);
    let ended = Ended::default();
    // Whoever names a collector wants to see them; which are kept is for the collector to say. Lambda's own header says that
    // nothing is sampled where nobody before it traces.
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOn)
        .with_resource(resource)
        .with_span_processor(ended.clone());
    let tracer = provider.build().tracer(TARGET);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter::filter_fn(is_traced));
    let logged =
        fmt::layer().json().with_target(false).without_time().with_filter(EnvFilter::new(level()));
    let begun = Registry::default().with(logged).with(spans).try_init().is_ok();
    begun && TRACES.set(Traces { ended, exporter }).is_ok()
}

fn level() -> String {
    let named = std::env::var("AWS_LAMBDA_LOG_LEVEL").or_else(|_| std::env::var("RUST_LOG"));
    named.unwrap_or_else(|_| "INFO".to_owned())
}

/// Our own span, and those that the SDK makes of its operations.
fn is_traced(what: &Metadata<'_>) -> bool {
    let target = what.target();
    what.is_span() && (target == TARGET || target.starts_with("aws_sdk_"))
}

/// The span of an invocation, in the trace that Lambda names; none if nothing is traced.
pub(crate) fn invocation(function: &'static str, context: &Context) -> Span {
    if TRACES.get().is_none() {
        return Span::none();
    }
    let id = context.request_id.as_str();
    let span = tracing::info_span!(
        target: TARGET, "invocation", otel.name = function, faas.invocation_id = id
    );
    if let Some(parent) = context.xray_trace_id.as_deref().and_then(parent) {
        let parent = opentelemetry::Context::new().with_remote_span_context(parent);
        // Of a span that is not recorded there is no parent to set.
        let _ = span.set_parent(parent);
    }
    span
}

/// Reads a tracing header: `Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1`
/// (*Tracing header* in the X-Ray developer guide).
fn parent(header: &str) -> Option<SpanContext> {
    let field = |name: &str| {
        header.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let root = field("Root")?.strip_prefix("1-")?.replace('-', "");
    let trace = TraceId::from_hex(&root).ok()?;
    let span = SpanId::from_hex(field("Parent")?).ok()?;
    let flags =
        if field("Sampled") == Some("0") { TraceFlags::default() } else { TraceFlags::SAMPLED };
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

/// Sends what has ended. What the collector does not take is dropped: traces change nothing about an outcome.
pub(crate) async fn send() {
    let Some(Traces { ended, exporter }) = TRACES.get() else { return };
    let spans = ended.take();
    if spans.is_empty() {
        return;
    }
    let sent = tokio::time::timeout(PATIENCE, exporter.export(spans)).await;
    if !matches!(sent, Ok(Ok(()))) {
        tracing::debug!("the collector did not take the traces");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracing_header_names_the_parent_and_whether_it_is_sampled() {
        let header = "Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1";
        let read = parent(header).unwrap();
        assert_eq!(read.trace_id().to_string(), "67891233abcdef012345678912345678");
        assert_eq!(read.span_id().to_string(), "463ac35c9f6413ad");
        assert!(read.is_sampled() && read.is_remote());
        assert!(!parent(&header.replace("Sampled=1", "Sampled=0")).unwrap().is_sampled());
    }

    #[test]
    fn a_header_that_is_none_has_no_parent() {
        for header in ["", "Root=1-2", "Root=1-67891233-abcdef012345678912345678", "Root=;Parent="]
        {
            assert!(parent(header).is_none(), "{header}");
        }
    }

    #[test]
    fn without_a_collector_nothing_is_traced() {
        assert!(invocation("host-drainer", &Context::default()).is_none());
    }
}

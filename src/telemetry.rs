//! What the operator sees of the inside: the log, the metrics, and their canonical lines.
//!
//! Invariants: one process-wide log and recorder for `serve` ([`install`]); an app in a test has its own
//! ([`Capture`]), so that several apps share a process and a test can fail on an ERROR line of its own app; in the
//! environment `test` every line says so.
//!
//! Neighbours: `runtime` polls every task inside a [`Scope`]; `http` serves [`Metrics`]; every layer but `domain` and
//! `emulator` may log and count.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use metrics_exporter_prometheus::{
    BuildError, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

mod lines;
pub mod names;

pub use lines::{DeliveryLine, RequestLine, TickLine};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people at a terminal.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// How to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// How lines look.
    pub format: LogFormat,
    /// What is logged, in the syntax of `RUST_LOG`: `info`, or `secevent=debug,info`.
    pub filter: String,
    /// Whether `environment = "test"`, which brands every line.
    pub is_test: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
            is_test: false,
        }
    }
}

/// Why logging or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not parse.
    #[error(
        "log filter {filter:?} cannot be read: {source}; write for example \"info\" or \"secevent=debug,info\""
    )]
    Filter {
        /// The filter as configured.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Somebody set a log or recorder before.
    #[error("log and metrics were already set up in this process")]
    AlreadyInstalled,
    /// The recorder refused its settings.
    #[error("metrics cannot be set up: {0}")]
    Metrics(#[from] BuildError),
}

/// Sets up the log (to standard error) and the metrics of this process, once, first thing in `serve`; then call
/// `runtime::log_panics`.
///
/// # Errors
/// When the filter does not parse, or this was done before.
pub fn install(settings: &LogSettings) -> Result<Metrics, TelemetryError> {
    let dispatch = dispatch(settings, io::stderr)?;
    let metrics = Metrics::new()?;
    tracing::dispatcher::set_global_default(dispatch)
        .map_err(|_| TelemetryError::AlreadyInstalled)?;
    metrics::set_global_recorder(Arc::clone(&metrics.recorder))
        .map_err(|_| TelemetryError::AlreadyInstalled)?;
    Ok(metrics)
}

fn dispatch<W>(settings: &LogSettings, writer: W) -> Result<Dispatch, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&settings.filter).map_err(|source| TelemetryError::Filter {
        filter: settings.filter.clone(),
        source,
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false);
    Ok(match settings.format {
        LogFormat::Text => {
            let brand = if settings.is_test { "[test] " } else { "" };
            let event_format = Branded {
                inner: Format::default().with_ansi(false),
                skip: 0,
                brand,
            };
            Dispatch::new(builder.event_format(event_format).finish())
        }
        LogFormat::Json => {
            let brand = if settings.is_test {
                "{\"environment\":\"test\","
            } else {
                "{"
            };
            let event_format = Branded {
                inner: Format::default().json().flatten_event(true),
                skip: 1,
                brand,
            };
            Dispatch::new(builder.json().event_format(event_format).finish())
        }
    })
}

/// Puts the brand in front of each line, in place of the first `skip` bytes of it.
struct Branded<F> {
    inner: F,
    skip: usize,
    brand: &'static str,
}

impl<S, N, F> FormatEvent<S, N> for Branded<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.inner
            .format_event(ctx, Writer::new(&mut line), event)?;
        writer.write_str(self.brand)?;
        writer.write_str(line.get(self.skip..).unwrap_or_default())
    }
}

/// The metrics of a process, or of an app in a test.
#[derive(Clone)]
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Metrics of their own: what is counted inside [`Metrics::scope`] stays apart from all others.
    ///
    /// # Errors
    /// When the exporter refuses our buckets.
    pub fn new() -> Result<Self, TelemetryError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(names::BUCKETS)?
            .build_recorder();
        metrics::with_local_recorder(&recorder, names::describe);
        let handle = recorder.handle();
        Ok(Self {
            recorder: Arc::new(recorder),
            handle,
        })
    }

    /// All metrics in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds recorded samples together; to be called every few seconds, because samples pile up until then when
    /// nobody reads the metrics.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// A scope that counts here and logs wherever the process logs.
    pub fn scope(&self) -> Scope {
        Scope {
            dispatch: None,
            metrics: Some(self.clone()),
        }
    }
}

/// Where the code that is being polled logs and counts. The default is the process-wide log and recorder.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    dispatch: Option<Dispatch>,
    metrics: Option<Metrics>,
}

impl Scope {
    /// Runs `work` with this scope's log and metrics.
    pub fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        let counted = || match &self.metrics {
            Some(metrics) => metrics::with_local_recorder(&*metrics.recorder, work),
            None => work(),
        };
        match &self.dispatch {
            Some(dispatch) => tracing::dispatcher::with_default(dispatch, counted),
            None => counted(),
        }
    }
}

/// Log and metrics of one app in a test, kept in memory.
#[derive(Debug, Clone)]
pub struct Capture {
    scope: Scope,
    metrics: Metrics,
    written: Buffer,
}

impl Capture {
    /// A capture with JSON lines at level info (and debug for this crate).
    ///
    /// # Errors
    /// When the recorder or filter cannot be built.
    pub fn try_new() -> Result<Self, TelemetryError> {
        let filter = "info,secevent=debug".to_owned();
        let written = Buffer::default();
        let settings = LogSettings {
            format: LogFormat::Json,
            filter,
            is_test: true,
        };
        let dispatch = dispatch(&settings, written.clone())?;
        let metrics = Metrics::new()?;
        let scope = Scope {
            dispatch: Some(dispatch),
            metrics: Some(metrics.clone()),
        };
        Ok(Self {
            scope,
            metrics,
            written,
        })
    }

    /// The scope to start a `Runtime` with.
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// What was counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Every log line so far, each a JSON object.
    pub fn lines(&self) -> Vec<String> {
        let bytes = self
            .written
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// The lines of level ERROR. A test fails when there is one that it did not provoke.
    pub fn errors(&self) -> Vec<String> {
        let is_error = |line: &String| {
            serde_json::from_str::<serde_json::Value>(line).map_or(true, |object| {
                object.get("level").and_then(|level| level.as_str()) == Some("ERROR")
            })
        };
        self.lines().into_iter().filter(is_error).collect()
    }
}

#[derive(Debug, Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Buffer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn logged(format: LogFormat, is_test: bool) -> String {
        let written = Buffer::default();
        let settings = LogSettings {
            format,
            is_test,
            ..LogSettings::default()
        };
        let scope = Scope {
            dispatch: Some(dispatch(&settings, written.clone()).unwrap()),
            metrics: None,
        };
        scope.enter(|| tracing::info!(case.number = "SE-2026-0001", "opened"));
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn the_environment_test_brands_every_line() {
        assert!(logged(LogFormat::Text, true).starts_with("[test] "));
        assert!(!logged(LogFormat::Text, false).contains("test] "));
        let line: serde_json::Value = serde_json::from_str(&logged(LogFormat::Json, true)).unwrap();
        assert_eq!(
            (&line["environment"], &line["case.number"]),
            (&"test".into(), &"SE-2026-0001".into())
        );
        let line: serde_json::Value =
            serde_json::from_str(&logged(LogFormat::Json, false)).unwrap();
        assert_eq!(
            (line.get("environment"), &line["message"]),
            (None, &"opened".into())
        );
    }

    #[test]
    fn a_wrong_filter_says_how_to_write_it() {
        let settings = LogSettings {
            filter: "secevent=loud".to_owned(),
            ..LogSettings::default()
        };
        let error = dispatch(&settings, io::sink).unwrap_err().to_string();
        assert!(
            error.contains("secevent=loud") && error.contains("write for example"),
            "{error}"
        );
    }

    #[test]
    fn canonical_lines_reach_log_and_metrics_of_their_own_scope() {
        let (capture, other) = (Capture::try_new().unwrap(), Capture::try_new().unwrap());
        let took = Duration::from_micros(1500);
        capture.scope().enter(|| {
            let request = RequestLine {
                platform: "slack",
                kind: "command",
                outcome: "unconfirmed",
                delivery: "Ev1",
                case: Some("SE-2026-0001"),
                took,
            };
            request.log();
            let delivery = DeliveryLine {
                row: "row",
                kind: "page",
                means: "slack",
                outcome: "permanent",
                attempt: 3,
                lag: took,
                call: took,
                reason: "channel_not_found",
            };
            delivery.log();
            TickLine {
                due: 2,
                fired: 1,
                failed: 1,
                took,
            }
            .log();
            TickLine {
                due: 0,
                fired: 0,
                failed: 0,
                took,
            }
            .log();
        });
        let lines: Vec<serde_json::Value> = capture
            .lines()
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0]["request.took_ms"], 1.5);
        assert_eq!(lines[1]["delivery.attempt"], 3);
        assert_eq!(
            (&lines[2]["level"], &lines[3]["level"]),
            (&"INFO".into(), &"DEBUG".into())
        );
        let metrics = capture.metrics().render();
        for expected in [
            "secevent_intake_unconfirmed_total{platform=\"slack\"} 1",
            "secevent_delivery_given_up_total{means=\"slack\"} 1",
            "secevent_intake_seconds_bucket{platform=\"slack\",kind=\"command\",le=\"0.0025\"} 1",
            "secevent_tick_seconds_count 2",
            "# HELP secevent_tick_seconds Duration of one tick",
        ] {
            assert!(
                metrics.contains(expected),
                "{expected} missing in\n{metrics}"
            );
        }
        assert_eq!(other.lines(), Vec::<String>::new());
        assert!(!other.metrics().render().contains("unconfirmed_total{"));
        assert_eq!(capture.errors(), Vec::<String>::new());
        capture.scope().enter(|| tracing::error!("wrong"));
        assert_eq!(capture.errors().len(), 1);
    }
}

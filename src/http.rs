//! The operator's listener: `/metrics`, `/healthz` and `/readyz`, apart from the listener that platforms call.
//!
//! Invariants: `/healthz` says only that the process answers; `/readyz` tells the truth, because every answer runs every
//! check anew, with a time limit, and a check that hangs or panics is a failing check; a failing check says how to
//! mend it; nothing here needs or shows a secret or a case; in the environment `test` every page says so.
//!
//! Neighbours: `app` hands in the checks (socket, outbox, database, alarms), so that this file knows none of them;
//! `runtime` runs them and supplies the check of its own workers.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::join_all;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::runtime::{Runtime, WorkerState, within};
use crate::telemetry::{Metrics, names};

/// Where the listener stands if nobody says otherwise: on loopback, because what it shows is for the operator.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// How long one check may take before it counts as failing.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// How often samples of metrics are folded together when nobody reads them.
const UPKEEP: Duration = Duration::from_secs(5);

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// All is well.
    Ok,
    /// It works, but the operator should look: the instance stays ready. The sentence says what to do.
    Warning(String),
    /// It does not work: the instance is not ready. The sentence says how to mend it.
    Failing(String),
}

type Checking = Pin<Box<dyn Future<Output = Finding> + Send>>;

/// A named question about the instance, asked anew each time somebody wants to know whether it is ready.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    ask: Arc<dyn Fn() -> Checking + Send + Sync>,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.name).finish()
    }
}

impl Check {
    /// A check by this name: `Check::new("database", move || { let store = store.clone(); async move { ... } })`.
    pub fn new<A, F>(name: &'static str, ask: A) -> Self
    where
        A: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Finding> + Send + 'static,
    {
        Self {
            name,
            ask: Arc::new(move || Box::pin(ask())),
        }
    }

    /// The check of the runtime's own workers: failing when one ended unasked, or when the stop has begun.
    fn workers(runtime: &Runtime) -> Self {
        let runtime = runtime.clone();
        Self::new("workers", move || {
            let dead: Vec<String> = runtime
                .dead_workers()
                .into_iter()
                .filter_map(|worker| match worker.state {
                    WorkerState::Dead(how) => Some(how),
                    _ => None,
                })
                .collect();
            let finding = if runtime.is_stopping() {
                Finding::Failing("the process is stopping; send traffic elsewhere".to_owned())
            } else if dead.is_empty() {
                Finding::Ok
            } else {
                Finding::Failing(format!(
                    "{}; restart the process and report the bug",
                    dead.join("; ")
                ))
            };
            std::future::ready(finding)
        })
    }
}

/// One check and its finding, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Name of the check.
    pub name: &'static str,
    /// `ok`, `warning` or `failing`.
    pub state: &'static str,
    /// What to do, if it is not ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// The answer to "are you ready?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// `"test"` in the environment `test`, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<&'static str>,
    /// Whether no check fails.
    pub ready: bool,
    /// All checks, in the order in which they were handed in.
    pub checks: Vec<Line>,
}

/// Everything that the operator's listener shows.
#[derive(Debug, Clone)]
pub struct Operator {
    runtime: Runtime,
    metrics: Metrics,
    checks: Vec<Check>,
    is_test: bool,
    limit: Duration,
}

impl Operator {
    /// The listener's content. The check of the runtime's workers is always the first.
    pub fn new(runtime: &Runtime, metrics: Metrics, checks: Vec<Check>, is_test: bool) -> Self {
        let mut all = vec![Check::workers(runtime)];
        all.extend(checks);
        Self {
            runtime: runtime.clone(),
            metrics,
            checks: all,
            limit: CHECK_LIMIT,
            is_test,
        }
    }

    /// Runs every check now, all at once.
    pub async fn verdict(&self) -> Verdict {
        let lines = self.checks.iter().map(|check| {
            // In a task of its own: a check may ask the database, and that is never cancelled.
            let asked = self.runtime.spawn("readiness check", (check.ask)());
            async move {
                let (state, mend) = match within(self.limit, asked).await {
                    Ok(Finding::Ok) => ("ok", None),
                    Ok(Finding::Warning(mend)) => ("warning", Some(mend)),
                    Ok(Finding::Failing(mend)) => ("failing", Some(mend)),
                    Err(unconfirmed) => (
                        "failing",
                        Some(format!("the check gave no answer: {unconfirmed}")),
                    ),
                };
                Line {
                    name: check.name,
                    state,
                    mend,
                }
            }
        });
        let checks = join_all(lines).await;
        let ready = checks.iter().all(|line| line.state != "failing");
        metrics::gauge!(names::READY).set(f64::from(u8::from(ready)));
        Verdict {
            environment: self.is_test.then_some("test"),
            ready,
            checks,
        }
    }

    /// Serves until the runtime stops, as one of its workers.
    pub fn serve(self, listener: TcpListener) {
        let metrics = self.metrics.clone();
        self.runtime
            .worker("metrics upkeep", move |stop| async move {
                let mut beat = tokio::time::interval(UPKEEP);
                while !stop.is_cancelled() {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        _ = beat.tick() => metrics.upkeep(),
                    }
                }
            });
        let runtime = self.runtime.clone();
        runtime.worker("operator listener", move |stop| async move {
            let serving = axum::serve(listener, self.router());
            if let Err(failure) = serving.with_graceful_shutdown(stop.cancelled_owned()).await {
                tracing::error!(%failure, "the operator's listener failed");
            }
        });
    }

    fn router(self) -> Router {
        Router::new()
            .route("/metrics", get(show_metrics))
            .route("/healthz", get(show_health))
            .route("/readyz", get(show_readiness))
            .with_state(self)
    }
}

/// What a platform calls, before it is served.
pub type Routes = Router;

/// Serves the call-backs of platforms until the runtime stops, as one of its workers: a listener of its own, apart from the operator's.
pub fn serve_platforms(runtime: &Runtime, listener: TcpListener, routes: Routes) {
    runtime.worker("platform listener", |stop| async move {
        let serving = axum::serve(listener, routes);
        if let Err(failure) = serving.with_graceful_shutdown(stop.cancelled_owned()).await {
            tracing::error!(%failure, "the platforms' listener failed");
        }
    });
}

async fn show_metrics(State(operator): State<Operator>) -> Response {
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    let brand = if operator.is_test {
        "# environment: test\n"
    } else {
        ""
    };
    (kind, format!("{brand}{}", operator.metrics.render())).into_response()
}

async fn show_health(State(operator): State<Operator>) -> &'static str {
    if operator.is_test {
        "ok (environment: test)\n"
    } else {
        "ok\n"
    }
}

async fn show_readiness(State(operator): State<Operator>) -> Response {
    let runtime = operator.runtime.clone();
    let verdict = runtime.scope(async move { operator.verdict().await }).await;
    let status = if verdict.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(verdict)).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::runtime::Faults;
    use crate::telemetry::Capture;

    const LONG: Duration = Duration::from_secs(20);

    struct Listening {
        capture: Capture,
        runtime: Runtime,
        address: SocketAddr,
    }

    impl Listening {
        async fn start(checks: Vec<Check>, is_test: bool) -> Self {
            let capture = Capture::try_new().unwrap();
            let runtime = Runtime::new(Faults::default(), capture.scope());
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            Operator::new(&runtime, capture.metrics().clone(), checks, is_test).serve(listener);
            Self {
                capture,
                runtime,
                address,
            }
        }

        /// A plain request over a plain socket: status and body.
        async fn get(&self, path: &str) -> (u16, String) {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            let status = answer[9..12].parse().unwrap();
            (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
        }
    }

    #[tokio::test]
    async fn an_instance_without_trouble_is_ready_and_stops_in_time() {
        let warn = Check::new("skew", || async {
            Finding::Warning("set the clock".to_owned())
        });
        let operator = Listening::start(vec![warn], false).await;
        assert_eq!(operator.get("/healthz").await, (200, "ok\n".to_owned()));
        let (status, body) = operator.get("/readyz").await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &body["ready"], body.get("environment")),
            (200, &true.into(), None)
        );
        assert_eq!(body["checks"][1]["mend"], "set the clock");
        assert!(
            operator
                .get("/metrics")
                .await
                .1
                .contains("secevent_ready 1")
        );
        assert_eq!(operator.get("/cases").await.0, 404);
        assert_eq!(operator.runtime.stop(LONG).await.unfinished, vec![]);
        assert_eq!(operator.capture.errors(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_failing_or_broken_check_makes_the_instance_unready_and_says_why() {
        let failing = Check::new("database", || async {
            Finding::Failing("start PostgreSQL".to_owned())
        });
        let broken = Check::new("socket", || async { panic!("check on purpose") });
        let operator = Listening::start(vec![failing, broken], true).await;
        let (status, body) = operator.get("/readyz").await;
        assert_eq!(status, 503);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&body["environment"], &body["ready"]),
            (&"test".into(), &false.into())
        );
        assert_eq!(body["checks"][1]["mend"], "start PostgreSQL");
        assert!(
            body["checks"][2]["mend"]
                .as_str()
                .unwrap()
                .contains("check on purpose")
        );
        assert!(operator.get("/healthz").await.1.contains("test"));
        assert!(
            operator
                .get("/metrics")
                .await
                .1
                .starts_with("# environment: test\n")
        );
    }

    #[tokio::test]
    async fn a_dead_worker_and_a_stop_make_the_instance_unready() {
        let operator = Listening::start(Vec::new(), false).await;
        let (told, ended) = oneshot::channel::<()>();
        operator.runtime.worker("ticker", move |_| async move {
            let _told = told;
            panic!("tick on purpose")
        });
        let _ = ended.await;
        // The state is written after the worker's own values are dropped.
        while operator.runtime.dead_workers().is_empty() {
            tokio::task::yield_now().await;
        }
        let (status, body) = operator.get("/readyz").await;
        assert_eq!(status, 503);
        assert!(
            body.contains("tick on purpose") && body.contains("restart"),
            "{body}"
        );
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_a_failing_check() {
        let hangs = Check::new("outbox", std::future::pending::<Finding>);
        let runtime = Runtime::default();
        let metrics = Metrics::new().unwrap();
        let mut operator = Operator::new(&runtime, metrics, vec![hangs], false);
        operator.limit = Duration::from_millis(20);
        let verdict = operator.verdict().await;
        assert!(!verdict.ready);
        assert!(
            verdict.checks[1]
                .mend
                .as_ref()
                .unwrap()
                .contains("no answer within 20 ms")
        );
        runtime.stopping().cancel();
        let verdict = Operator::new(&runtime, Metrics::new().unwrap(), vec![], false)
            .verdict()
            .await;
        assert!(
            verdict.checks[0]
                .mend
                .as_ref()
                .unwrap()
                .contains("stopping")
        );
    }
}

//! `secevent serve`: the bot, until it is asked to stop.
//!
//! Invariants: what is wrong with the settings is said before anything opens; SIGTERM and SIGINT stop it gracefully in under ten
//! seconds; a death of a worker does not end the process, it shows in readiness. Neighbours: `app`.

use super::{Failure, Outcome, settings};
use crate::{
    app::{App, Pace, Parts},
    config::Environment,
    runtime::{self, Runtime, StopSignals},
    telemetry::{self, Scope},
};
use std::path::Path;

/// Runs the command.
pub async fn run(config: Option<&Path>) -> Outcome {
    let config = settings(config)?;
    let metrics = telemetry::install(&config.log).map_err(Failure::stopped)?;
    runtime::log_panics();
    for warning in &config.warnings {
        tracing::warn!(%warning, "settings");
    }
    if config.slack.is_none() && config.discord.is_none() {
        return Err(Failure::Stopped(
            "no platform is connected: fill in the section [slack] or [discord] of the settings; manifests/secevent.example.toml documents it".to_owned(),
        ));
    }
    let mut signals = StopSignals::listen().map_err(Failure::stopped)?;
    let runtime = Runtime::new(config.faults.clone(), Scope::default());
    let (environment, replicas) = (config.environment, config.replicas);
    let stop_limit = runtime::stop_limit(config.stop_within);
    let parts = Parts::of_system(runtime.clone(), metrics);
    // The start is a task of the runtime; only its handle is raced.
    let app = tokio::select! {
        started = App::start(config, parts, Pace::Running) => started.map_err(Failure::stopped)?,
        signal = signals.asked() => {
            tracing::info!(signal, "stopping before the start had ended");
            runtime.stop(stop_limit).await;
            return Ok(());
        }
    };
    tracing::info!(
        environment = word(environment),
        replicas,
        operator = %address(app.operator_address()),
        platform = %address(app.platform_address()),
        version = env!("CARGO_PKG_VERSION"),
        "serving"
    );
    let signal = signals.asked().await;
    tracing::info!(signal, "stopping");
    let report = app.stop().await;
    let took_ms = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
    if report.unfinished.is_empty() {
        tracing::info!(took_ms, "stopped");
    } else {
        // What is durable is durable; what was on its way is taken up again after its lease.
        tracing::warn!(took_ms, unfinished = ?report.unfinished, "stopped before these tasks had ended");
    }
    Ok(())
}

fn word(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => "production",
        Environment::Test => "test",
        Environment::Demo => "demo",
    }
}

fn address(address: Option<std::net::SocketAddr>) -> String {
    address.map_or_else(|| "none".to_owned(), |address| address.to_string())
}

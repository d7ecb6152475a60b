//! What runs by itself in a serving app: dispatcher, ticker, watch, the bell between replicas, housekeeping.
//!
//! Invariants: each is a worker of the runtime, so that a dead one shows in readiness; each ends when the runtime stops.
//! Neighbours: `app` starts them unless it is stepped.

use super::{App, Parts, slack_door::SlackDoor};
use crate::{
    chat::{conversation::Settings as ChatSettings, speech::Hearing},
    config::Config,
    delivery::{Settings as DeliverySettings, Watch, watch},
    domain::{clock::Clock, decision::AlarmKind},
    runtime,
    store::{Backend, Store, StoreError},
    workflow::Workflow,
};
use chrono::TimeDelta;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often what was kept only for a while is looked through.
const HOUSEKEEPING: Duration = Duration::from_secs(3600);
/// How long it is said that something may have been missed, where nothing can mend it any more.
const MISSED: TimeDelta = TimeDelta::days(7);

/// Starts them all.
pub(super) fn run(app: &App, config: &Config) {
    let runtime = &app.runtime;
    let dispatcher = app.dispatcher.clone();
    runtime.worker("dispatcher", |stop| dispatcher.run(stop));
    let files = app.files.clone();
    runtime.worker("files", |stop| files.run(stop));
    let watch = app.watch.clone();
    runtime.worker("outbox watch", |stop| watching(watch, stop));
    let myself = app.myself.clone();
    runtime.worker("self watch", |stop| myself.run(stop));
    if let Some(quiet) = app.quiet.clone() {
        runtime.worker("quiet watch", |stop| quiet.run(stop));
    }
    let (workflow, every) = (app.workflow.clone(), config.tick_every);
    runtime.worker("ticker", move |stop| ticking(workflow, every, stop));
    if let Some(rotation) = app.slack.as_ref().and_then(SlackDoor::rotation) {
        runtime.worker("token rotation", |stop| rotation.run(stop));
    }
    let store = app.store.clone();
    if store.backend() == Backend::Postgres {
        let hearing = store.clone();
        runtime.worker("bell to replicas", |stop| store.tell_replicas(stop));
        runtime.worker("bell from replicas", |stop| hearing.hear_replicas(stop));
    }
    let (store, clock) = (app.store.clone(), Arc::clone(&app.parts.clock));
    let days = config.intake.keep_unread_days;
    runtime.worker("housekeeping", move |stop| {
        housekeeping(store, clock, days, stop)
    });
}

/// What the platforms tell us of what people write.
fn hearing(config: &Config) -> Hearing {
    let discord = config.discord.as_ref();
    Hearing {
        discord_messages: discord.is_none_or(|discord| discord.message_content),
    }
}

/// The conversation's settings.
pub(super) fn chat_settings(config: &Config) -> ChatSettings {
    ChatSettings {
        confirm_within: config.intake.confirm_within,
        brand: None,
        hearing: hearing(config),
    }
}

/// The dispatcher's settings, from the section of the settings file.
pub(super) fn delivery_settings(config: &Config, parts: &Parts) -> DeliverySettings {
    // Unique for each start, so that nobody takes the leases of a dead process for its own.
    let owner = format!(
        "{}-{}",
        std::process::id(),
        parts.entropy.uuid(parts.clock.now()).simple()
    );
    DeliverySettings {
        lease: config.outbox.lease,
        batch: config.outbox.batch,
        max_in_flight: usize::try_from(config.outbox.senders).unwrap_or(16),
        poll: config.outbox.poll,
        send_timeout: config.outbox.send_timeout,
        lane_gap: config.outbox.lane_gap,
        queue_on: config.queue_on,
        hearing: hearing(config),
        ..DeliverySettings::new(owner)
    }
}

/// Looks again and again until `stop`. What could not be noted in the database now is noted at the next look.
pub(super) async fn every<F>(pause: Duration, stop: CancellationToken, look: impl Fn() -> F + Send)
where
    F: Future<Output = Result<(), StoreError>> + Send,
{
    while !stop.is_cancelled() {
        if let Err(error) = look().await {
            tracing::warn!(%error, "alarms could not be noted yet");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn watching(watch: Watch, stop: CancellationToken) {
    every(watch::EVERY, stop, || async {
        watch.run_once().await.map(drop)
    })
    .await;
}

async fn ticking(workflow: Workflow, every: Duration, stop: CancellationToken) {
    let mut beat = tokio::time::interval(every);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => {}
        }
        if let Err(fault) = workflow.tick().await {
            tracing::warn!(%fault, "due deadlines could not be fired; they are tried again");
        }
    }
}

/// Removes what is kept for a time only; `days` is for what could not be read.
async fn housekeeping(store: Store, clock: Arc<dyn Clock>, days: u32, stop: CancellationToken) {
    let mut beat = tokio::time::interval(HOUSEKEEPING);
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => {}
        }
        let (store, now) = (store.clone(), clock.now());
        let purged = runtime::shield("housekeeping", async move {
            let unread = store.purge_unread(now, days).await?;
            let seen = store.purge_seen(now).await?;
            let drafts = store.purge_drafts(now).await?;
            let missed = AlarmKind::EventsMissed;
            store.lapse_alarms(missed, now - MISSED, now).await?;
            Ok::<_, StoreError>((unread, seen, drafts))
        });
        match purged.await {
            Ok(Ok((0, 0, 0))) => {}
            Ok(Ok((unread, seen, drafts))) => {
                tracing::info!(
                    unread,
                    seen,
                    drafts,
                    "what was kept for a while only was removed"
                );
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "what was kept for a while only could not be removed");
            }
            Err(failed) => tracing::warn!(%failed, "housekeeping failed"),
        }
    }
}

//! One claimed row, from the look at the facts to the record of what became of it.
//!
//! Invariants: the store hears `sending` before the call and the outcome after it; a row that was not called keeps its place in the lane and its attempts.
//! Neighbours: `dispatcher` starts it, `plan` and `retry` decide, `outcome` records.

use super::{
    dispatcher::{Inner, lost},
    facts,
    outcome::{End, Ended, Follows, end},
    pace::Method,
    plan::{self, Plan, Send, plan},
    queue_channel,
    retry::{self, Next, Tried},
};
use crate::chat::platform::Sent;
use crate::domain::{
    clock::Timestamp,
    notification::{DeliveryState, NotificationKind},
};
use crate::runtime;
use crate::store::{AttemptOutcome, AttemptResult, Claimed, StoreError};
use crate::telemetry::DeliveryLine;
use std::sync::Arc;
use std::time::Duration;

/// How long a row waits whose card has not been posted yet.
const WAIT: Duration = Duration::from_secs(2);

/// Tries one row.
pub(super) async fn run(inner: Arc<Inner>, claimed: Claimed) -> End {
    runtime::crash_point("after_claim");
    let claimed = Arc::new(claimed);
    let now = inner.clock.now();
    let facts = {
        let (inner, claimed) = (Arc::clone(&inner), Arc::clone(&claimed));
        runtime::shield("delivery.facts", async move {
            facts::load(&inner.store, inner.policy.current(), &claimed, now).await
        })
        .await
    };
    let facts = match facts.unwrap_or_else(|failed| Err(lost(&failed))) {
        Ok(facts) => facts,
        Err(error @ StoreError::BadRow { .. }) => {
            tracing::error!(%error, row = %claimed.notification.id, "a notification cannot be read");
            return end(
                &inner,
                &claimed,
                give_up(format!("the record cannot be read: {error}")),
            )
            .await;
        }
        Err(error) => {
            tracing::warn!(%error, row = %claimed.notification.id, "a notification could not be looked up; it comes back when its lease ends");
            return End::Unrecorded;
        }
    };
    let brand = inner.settings.brand.as_deref();
    match plan(
        &claimed,
        &facts,
        &inner.ids,
        inner.settings.queue_on,
        now,
        (brand, inner.settings.hearing),
    ) {
        Plan::Send(send) => deliver(&inner, &claimed, *send).await,
        Plan::Wait(reason) => {
            let until = retry::later(now, WAIT);
            end(&inner, &claimed, postponed(until, reason)).await
        }
        Plan::Drop(reason) => {
            let outcome = AttemptOutcome::NotNeeded { reason };
            end(&inner, &claimed, uncalled(outcome)).await
        }
        Plan::GiveUp(reason) => end(&inner, &claimed, give_up(reason)).await,
    }
}

/// Calls the platform, and records what it said.
async fn deliver(inner: &Arc<Inner>, claimed: &Arc<Claimed>, mut send: Send) -> End {
    let Some(platform) = inner.platform(send.platform) else {
        return end(
            inner,
            claimed,
            give_up("its platform is not connected".to_owned()),
        )
        .await;
    };
    let started = inner.clock.now();
    let method = Method::of(&send.outgoing.target);
    // A page does not wait for the pace of what is less urgent: if it is too much, the platform says so.
    if let Err(until) = inner.pace.take(send.platform, method, started)
        && claimed.notification.kind != NotificationKind::Page
    {
        let reason = "the pace of the platform's method is used up";
        return end(inner, claimed, postponed(until, reason)).await;
    }
    match mark_sending(inner, claimed, started).await {
        Ok(true) => {}
        Ok(false) => return End::Unrecorded,
        Err(error) => {
            tracing::warn!(%error, row = %claimed.notification.id, "sending could not be announced; nothing was sent");
            return End::Unrecorded;
        }
    }
    let mut sent = call(inner, &*platform, &send).await;
    let mut next = next(inner, claimed, &send, &sent);
    if let (Next::PostAnew { .. }, Some(anew)) = (&next, send.anew()) {
        send = anew;
        sent = call(inner, &*platform, &send).await;
        next = self::next(inner, claimed, &send, &sent);
    }
    runtime::crash_point("after_send_before_finish");
    let limited = matches!(next, Next::Rest { .. });
    inner.note_limit(&claimed.lane, limited);
    let method = Method::of(&send.outgoing.target);
    if let (Next::Rest { until, .. }, Method::Update) = (&next, method) {
        // Updates are limited per workspace. New messages are limited per channel, which is the lane that the store blocks.
        inner.pace.close(send.platform, method, *until);
    }
    let call = inner.clock.now() - started;
    let outcome = match queue_channel::note(inner, claimed, send.platform, &next).await {
        Some(reason) => postponed(
            retry::later(inner.clock.now(), queue_channel::WAIT),
            &reason,
        ),
        None => outcome(claimed, &send, &sent, next, started),
    };
    log(
        claimed,
        &send,
        &outcome.0,
        started,
        call.to_std().unwrap_or_default(),
    );
    end(inner, claimed, outcome).await
}

async fn call(inner: &Inner, platform: &dyn crate::chat::platform::Platform, send: &Send) -> Sent {
    let limit = inner.settings.send_timeout;
    match tokio::time::timeout(limit, platform.send(&send.outgoing)).await {
        Ok(sent) => sent,
        Err(_) => Sent::Temporary {
            after: None,
            limited: false,
            maybe_sent: true,
            reason: format!("no answer within {} s", limit.as_secs_f32()),
        },
    }
}

fn next(inner: &Inner, claimed: &Claimed, send: &Send, sent: &Sent) -> Next {
    let tried = Tried {
        kind: claimed.notification.kind,
        attempts: claimed.attempts,
        limited_before: inner.limited_before(&claimed.lane),
        refers: plan::refers(&send.outgoing.target),
    };
    retry::next(sent, tried, inner.clock.now(), &*inner.entropy)
}

async fn mark_sending(
    inner: &Arc<Inner>,
    claimed: &Arc<Claimed>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (inner, claimed) = (Arc::clone(inner), Arc::clone(claimed));
    let marked = runtime::shield("delivery.mark", async move {
        inner.store.mark_sending(&claimed, now).await
    });
    marked.await.unwrap_or_else(|failed| Err(lost(&failed)))
}

fn uncalled(outcome: AttemptOutcome) -> Ended {
    let result = AttemptResult {
        started_at: None,
        status: None,
        content_sha256: None,
        outcome,
    };
    (result, Follows::Nothing)
}

fn give_up(reason: String) -> Ended {
    let (result, _) = uncalled(AttemptOutcome::Permanent {
        reason: reason.clone(),
    });
    (result, Follows::GaveUp(reason))
}

fn postponed(until: Timestamp, reason: &str) -> Ended {
    uncalled(AttemptOutcome::Postponed {
        until,
        reason: reason.to_owned(),
    })
}

/// What the attempt keeps of a call.
fn outcome(claimed: &Claimed, send: &Send, sent: &Sent, next: Next, started: Timestamp) -> Ended {
    let (outcome, follows) = match (next, sent) {
        (Next::Done, Sent::Delivered { message }) => (
            AttemptOutcome::Delivered {
                state: DeliveryState::Accepted,
                message: Some(message.clone()),
            },
            Follows::Sent {
                sha256: send.sha256.clone(),
                posted: Some(message.clone()),
            },
        ),
        (Next::Rest { until, reason }, _) => (
            AttemptOutcome::RateLimited { until, reason },
            Follows::Nothing,
        ),
        (
            Next::Again {
                at,
                reason,
                maybe_sent,
            },
            _,
        ) => (
            AttemptOutcome::Temporary {
                after: at,
                reason,
                // An update that comes twice changes nothing.
                maybe_sent: maybe_sent && Method::of(&send.outgoing.target) == Method::Post,
            },
            Follows::Nothing,
        ),
        (Next::GiveUp { reason, .. } | Next::PostAnew { reason }, _) => (
            AttemptOutcome::Permanent {
                reason: reason.clone(),
            },
            Follows::GaveUp(reason),
        ),
        // `retry::next` says done of nothing but what was delivered.
        (Next::Done, _) => (
            AttemptOutcome::Permanent {
                reason: "it was taken for sent and was not".to_owned(),
            },
            Follows::GaveUp("it was taken for sent and was not".to_owned()),
        ),
    };
    let duplicate = claimed.maybe_sent && Method::of(&send.outgoing.target) == Method::Post;
    let result = AttemptResult {
        started_at: Some(started),
        status: duplicate.then(|| POSSIBLE_DUPLICATE.to_owned()),
        content_sha256: Some(send.sha256.clone()),
        outcome,
    };
    (result, follows)
}

/// Flags an attempt whose message the platform may have taken before: an earlier answer got lost, or its sender fell silent.
pub const POSSIBLE_DUPLICATE: &str = "possible duplicate";

fn log(claimed: &Claimed, send: &Send, result: &AttemptResult, started: Timestamp, call: Duration) {
    let (outcome, reason) = match &result.outcome {
        AttemptOutcome::Delivered { .. } => ("delivered", ""),
        AttemptOutcome::Permanent { reason } => ("permanent", reason.as_str()),
        AttemptOutcome::NotNeeded { reason } => ("stale", reason.as_str()),
        AttemptOutcome::Temporary { reason, .. }
        | AttemptOutcome::RateLimited { reason, .. }
        | AttemptOutcome::Postponed { reason, .. } => ("temporary", reason.as_str()),
    };
    DeliveryLine {
        row: &claimed.notification.id.to_string(),
        kind: claimed.notification.kind.as_str(),
        means: send.platform.as_str(),
        outcome,
        attempt: claimed.attempts.saturating_add(1),
        lag: (started - claimed.due_at).to_std().unwrap_or_default(),
        call,
        reason,
    }
    .log();
}

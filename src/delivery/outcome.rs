//! The end of a try, recorded: the row, its attempt, and what follows for the case.
//!
//! Invariants: what follows is decided on fresh facts and recorded in the same transaction as the end of the row; a conflict with another
//! writer is decided anew until the lease runs out; who lost the lease leaves an attempt and nothing else.
//! Neighbours: `attempt` hands over what happened, `domain::delivery_rules` says what the record holds.

use super::{
    dispatcher::{Inner, lost},
    facts,
};
use crate::domain::{
    clock::Timestamp,
    decision::{AlarmChange, AlarmKind, At, Decision},
    delivery_rules::{self, Row},
    draft::Act,
    event_report::{Door, MessageRef, Origin},
    notification::{NotificationKind, Topic},
    person::Actor,
};
use crate::runtime;
use crate::store::{AttemptOutcome, AttemptResult, Claimed, Finished, Stamp, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// How the try of one row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The platform took it.
    Delivered,
    /// To be tried again.
    Temporary,
    /// Given up.
    Permanent,
    /// No longer true.
    Cancelled,
    /// Not recorded: the lease was lost, or the database did not take it.
    Unrecorded,
}

/// What follows for the case from the end of a row.
#[derive(Debug, Clone)]
pub(super) enum Follows {
    /// Nothing.
    Nothing,
    /// It was sent.
    Sent {
        sha256: String,
        posted: Option<MessageRef>,
    },
    /// It was given up.
    GaveUp(String),
}

/// The end of a row and what follows from it.
pub(super) type Ended = (AttemptResult, Follows);

/// Records the end of a row, and what follows for the case; again on a conflict, until the lease runs out.
pub(super) async fn end(inner: &Arc<Inner>, claimed: &Arc<Claimed>, ended: Ended) -> End {
    let (result, follows) = ended;
    let end = match &result.outcome {
        AttemptOutcome::Delivered { .. } => End::Delivered,
        AttemptOutcome::Permanent { .. } => End::Permanent,
        AttemptOutcome::NotNeeded { .. } => End::Cancelled,
        AttemptOutcome::Temporary { .. }
        | AttemptOutcome::RateLimited { .. }
        | AttemptOutcome::Postponed { .. } => End::Temporary,
    };
    let work = Arc::new((result, follows));
    let mut pause = Duration::from_millis(10);
    loop {
        let (one, row, what) = (Arc::clone(inner), Arc::clone(claimed), Arc::clone(&work));
        let finished = runtime::shield("delivery.finish", async move {
            finish(&one, &row, &what.0, &what.1).await
        });
        match finished.await.unwrap_or_else(|failed| Err(lost(&failed))) {
            Ok(finished) if finished.ours => return end,
            Ok(_) => {
                tracing::warn!(row = %claimed.notification.id, epoch = claimed.epoch, "the lease was lost; what was sent is kept as a late attempt");
                return End::Unrecorded;
            }
            Err(error) if error.is_retryable() || matches!(error, StoreError::Unavailable(_)) => {
                if inner.clock.now() >= claimed.lease_until || pause > LONGEST_PAUSE {
                    tracing::error!(%error, row = %claimed.notification.id, "what became of a notification could not be recorded; it comes back flagged when its lease ends");
                    return End::Unrecorded;
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            Err(error) => {
                tracing::error!(%error, row = %claimed.notification.id, "what became of a notification could not be recorded");
                return End::Unrecorded;
            }
        }
    }
}

/// The pauses between tries to record double up to this: 20 s in all, within the lease.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

async fn finish(
    inner: &Inner,
    claimed: &Claimed,
    result: &AttemptResult,
    follows: &Follows,
) -> Result<Finished, StoreError> {
    let now = inner.clock.now();
    let in_force = inner.policy.current();
    let decision = follow(inner, claimed, follows, now).await?;
    let stamp = Stamp {
        now,
        version: in_force.version,
        entropy: &*inner.entropy,
    };
    let decision = decision.as_ref().map(|decision| (decision, stamp));
    inner
        .store
        .finish(claimed, result, now, &*inner.entropy, decision)
        .await
}

/// What follows for the case, decided on fresh facts.
async fn follow(
    inner: &Inner,
    claimed: &Claimed,
    follows: &Follows,
    now: Timestamp,
) -> Result<Option<Decision>, StoreError> {
    let notification = &claimed.notification;
    let awaited = matches!(
        notification.kind,
        NotificationKind::Page | NotificationKind::Receipt | NotificationKind::Feedback
    );
    if matches!(follows, Follows::Nothing) {
        return Ok(None);
    }
    if !awaited && matches!(follows, Follows::Sent { .. }) {
        return heard_of_again(inner, claimed).await;
    }
    let file = match notification.case {
        Some(case) => facts::case_file(&inner.store, case, now).await?,
        None => None,
    };
    let Some(file) = file else {
        return Ok(match follows {
            Follows::GaveUp(reason) => Some(homeless(claimed, reason)),
            _ => None,
        });
    };
    let in_force = inner.policy.current();
    let (actor, origin) = (Actor::system(), Origin::inside(Door::Delivery));
    let act = Act {
        at: At {
            now,
            policy: &in_force.policy,
            version: in_force.version,
            entropy: &*inner.entropy,
        },
        actor: &actor,
        origin: &origin,
        happened_at: now,
    };
    let row = Row {
        id: notification.id,
        kind: notification.kind,
        to: &notification.to,
    };
    match follows {
        Follows::Nothing => Ok(None),
        Follows::Sent { sha256, posted } => {
            let all_told = notification.kind == NotificationKind::Feedback
                && facts::all_told(&inner.store, claimed).await?;
            let mut decision =
                delivery_rules::sent(act, &file, row, sha256, posted.as_ref(), all_told);
            // The store keeps the message with the row, and knows more of it.
            decision.messages.clear();
            Ok(Some(decision))
        }
        Follows::GaveUp(reason) => {
            let on_call = facts::on_call(&inner.store, &in_force.policy, now).await?;
            Ok(Some(delivery_rules::gave_up(
                act, &file, &on_call, row, reason,
            )))
        }
    }
}

/// What nobody waits for was sent: nothing follows, but the end of the alarm that it had given up before.
async fn heard_of_again(inner: &Inner, claimed: &Claimed) -> Result<Option<Decision>, StoreError> {
    let (kind, subject) = (
        AlarmKind::OutboxGaveUp,
        delivery_rules::alarm_subject(&claimed.notification),
    );
    if inner.store.open_alarm(kind, &subject).await?.is_none() {
        return Ok(None);
    }
    let mut decision = Decision::default();
    decision.alarms.push(AlarmChange::Clear { kind, subject });
    Ok(Some(decision))
}

/// A row that belongs to no case gave up: an alarm is all that can follow.
fn homeless(claimed: &Claimed, reason: &str) -> Decision {
    let id = claimed.notification.id;
    let what = match claimed.notification.refs.topic {
        Some(Topic::Digest) => "daily digest".to_owned(),
        _ => claimed.notification.kind.as_str().replace('_', " "),
    };
    let mut decision = Decision::default();
    decision.alarms.push(AlarmChange::Raise {
        kind: AlarmKind::OutboxGaveUp,
        subject: delivery_rules::alarm_subject(&claimed.notification),
        text: format!("A {what} was not delivered: {reason}. See `secevent outbox show {id}`."),
    });
    decision
}

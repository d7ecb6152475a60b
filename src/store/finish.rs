//! Finishing a claimed row: its attempt, its state, the message that was posted, and what follows for the case, in one transaction.
//!
//! Invariants: only the holder of the lease finishes (owner and epoch must match); a late one leaves its attempt as evidence and nothing
//! else; a card that got another cause meanwhile goes back to `ready`, whatever became of this try; being told to slow down costs no
//! attempt and blocks the lane. The decision is written first, so that locks are taken in the order of every other decision.

use super::{
    Recorded, Stamp, Store, Tx,
    error::StoreError,
    outbox::{Claimed, free_lane, free_unused_lane},
    outbox_list::OutboxState,
    sql::{Batch, Sql, V, int},
};
use crate::domain::{
    clock::{Entropy, Timestamp},
    decision::{Decision, MessageRole},
    event_report::MessageRef,
    notification::{DeliveryState, NotificationKind},
};

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The receiver took it.
    Delivered {
        /// How far it is known to have come: accepted, delivered, ..
        state: DeliveryState,
        /// The message that it became, where there is one.
        message: Option<MessageRef>,
    },
    /// It did not go, and may later.
    Temporary {
        /// When to try again.
        after: Timestamp,
        /// Why.
        reason: String,
        /// The answer got lost on the way: it may have been delivered.
        maybe_sent: bool,
    },
    /// The receiver told us to slow down: costs no attempt, blocks the lane.
    RateLimited {
        /// Until when.
        until: Timestamp,
        /// What it said.
        reason: String,
    },
    /// It was not tried, because something that it needs is not there yet: costs no attempt, leaves none, blocks nothing.
    Postponed {
        /// When to look again.
        until: Timestamp,
        /// What it waits for.
        reason: String,
    },
    /// It will never go.
    Permanent {
        /// Why.
        reason: String,
    },
    /// It was no longer true when its turn came.
    NotNeeded {
        /// Why.
        reason: String,
    },
}

/// One try, as it is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptResult {
    /// When the call began; absent if none was made.
    pub started_at: Option<Timestamp>,
    /// What the receiver answered, in its words (a status, an error code).
    pub status: Option<String>,
    /// SHA-256 of what was sent, hex.
    pub content_sha256: Option<String>,
    /// How it ended.
    pub outcome: AttemptOutcome,
}

/// What finishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Whether the row was still ours. If not, only the attempt was kept, as late; the decision was not recorded.
    pub ours: bool,
    /// The row's state now, if it was ours.
    pub state: Option<OutboxState>,
    /// What became of the decision, if it was ours.
    pub recorded: Option<Recorded>,
}

impl AttemptOutcome {
    const fn word(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            // The evidence that a later message may be the second: the receiver may have taken this one.
            Self::Temporary {
                maybe_sent: true, ..
            } => "unknown",
            Self::Temporary { .. } => "temporary",
            Self::RateLimited { .. } => "rate_limited",
            Self::Postponed { .. } => "postponed",
            Self::Permanent { .. } => "permanent",
            Self::NotNeeded { .. } => "not_needed",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Delivered { .. } => None,
            Self::Temporary { reason, .. }
            | Self::RateLimited { reason, .. }
            | Self::Postponed { reason, .. }
            | Self::Permanent { reason }
            | Self::NotNeeded { reason } => Some(reason),
        }
    }

    const fn message(&self) -> Option<&MessageRef> {
        match self {
            Self::Delivered { message, .. } => message.as_ref(),
            _ => None,
        }
    }
}

impl Store {
    /// Ends a claim. `decision` is what follows for the case (an entry that a page was sent, an alarm that it gave up): it is recorded in the
    /// same transaction, and only if the row is still ours.
    ///
    /// # Errors
    /// As [`Tx::record`]; the claim is then still open, and finishing may be tried again until the lease runs out.
    pub async fn finish(
        &self,
        claimed: &Claimed,
        result: &AttemptResult,
        now: Timestamp,
        entropy: &dyn Entropy,
        decision: Option<(&Decision, Stamp<'_>)>,
    ) -> Result<Finished, StoreError> {
        let mut tx = self.begin().await?;
        let recorded = match decision {
            Some((decision, stamp)) => Some(tx.record(decision, stamp).await?),
            None => None,
        };
        let row = settle(claimed, result, now)?
            .one(&tx.inner, "outbox", "id")
            .await?;
        let state: Option<OutboxState> = row.map(|row| row.word("state")).transpose()?;
        let ours = state.is_some();
        if !ours && recorded.is_some() {
            // Nothing may follow from a try that was not ours any more.
            tx.rollback().await?;
            tx = self.begin().await?;
        }
        evidence(&mut tx, claimed, result, !ours, now, entropy).await?;
        tx.work |= state == Some(OutboxState::Ready);
        let _ = tx.commit().await?;
        // The lane is free again.
        self.ring();
        Ok(Finished {
            ours,
            state,
            recorded: recorded.filter(|_| ours),
        })
    }
}

/// The row's new state, if it is still ours.
fn settle(claimed: &Claimed, result: &AttemptResult, now: Timestamp) -> Result<Sql, StoreError> {
    let outcome = &result.outcome;
    let sql = match outcome {
        AttemptOutcome::Delivered { state, .. } => ended(claimed, "done", *state, now)?,
        AttemptOutcome::Permanent { .. } => ended(claimed, "dead", DeliveryState::Failed, now)?,
        AttemptOutcome::NotNeeded { .. } => {
            ended(claimed, "cancelled", DeliveryState::Cancelled, now)?
        }
        AttemptOutcome::Temporary {
            after, maybe_sent, ..
        } => Sql::new(
            "update outbox set state = 'ready', run_at = ?, attempts = attempts + 1,
                 maybe_sent = case when ? then ? else maybe_sent end",
        )
        .bind(*after)
        .bind(*maybe_sent)
        .bind(true),
        AttemptOutcome::RateLimited { .. } => Sql::new("update outbox set state = 'ready'"),
        AttemptOutcome::Postponed { until, .. } => {
            Sql::new("update outbox set state = 'ready', run_at = ?").bind(*until)
        }
    };
    let mut sql = sql
        .and(", last_error = ?, lease_by = null, lease_until = null")
        .bind(outcome.reason());
    if let Some(message) = outcome.message() {
        sql = sql
            .and(", message_platform = ?, message_workspace = ?, message_channel = ?, message_id = ?")
            .bind(message.platform.as_str())
            .bind(&message.workspace)
            .bind(&message.channel)
            .bind(&message.message);
    }
    Ok(sql
        .and(" where id = ? and lease_by = ? and epoch = ? and state in ('leased', 'sending') returning id, state")
        .bind(claimed.notification.id)
        .bind(&claimed.owner)
        .bind(int(claimed.epoch)?))
}

/// An end, unless another cause came meanwhile: then the row begins anew.
fn ended(
    claimed: &Claimed,
    state: &str,
    delivery: DeliveryState,
    now: Timestamp,
) -> Result<Sql, StoreError> {
    let generation = int(claimed.generation)?;
    Ok(Sql::new(
        "update outbox set attempts = case when generation > ? then 0 else attempts + 1 end",
    )
    .bind(generation)
    .and(", run_at = case when generation > ? then ? else run_at end")
    .bind(generation)
    .bind(now)
    .and(", finished_at = case when generation > ? then null else ? end")
    .bind(generation)
    .bind(now)
    .and(", delivery_state = case when generation > ? then 'pending' else ? end")
    .bind(generation)
    .bind(delivery.as_str())
    .and(", maybe_sent = ?")
    .bind(false)
    .and(", state = case when generation > ? then 'ready' else ? end")
    .bind(generation)
    .bind(state))
}

/// The attempt, the lane, the message.
async fn evidence(
    tx: &mut Tx,
    claimed: &Claimed,
    result: &AttemptResult,
    late: bool,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let notification = &claimed.notification;
    let outcome = &result.outcome;
    let mut batch = Batch::default();
    let attempt = vec![
        V::Id(Some(entropy.uuid(now))),
        V::from(notification.id),
        V::from(int(claimed.epoch)?),
        V::from(int(claimed.generation)?),
        V::from(&claimed.owner),
        V::from(result.started_at),
        V::from(now),
        V::from(outcome.word()),
        V::from(late),
        V::from(&result.status),
        V::from(&result.content_sha256),
        V::from(outcome.message().map(super::sql::json).transpose()?),
        V::from(outcome.reason()),
    ];
    let tried = !matches!(outcome, AttemptOutcome::Postponed { .. });
    batch.insert(
        "attempt (id, outbox_id, epoch, generation, owner, started_at, finished_at, outcome, late, status, content_sha256, message, reason)",
        tried.then_some(attempt).into_iter().collect(),
        "",
    );
    if let (Some(message), Some(case)) = (outcome.message(), notification.case) {
        let person = notification.to.person();
        let role = role_of(notification.kind);
        batch.insert(
            super::message::COLUMNS,
            vec![super::message::row(
                message,
                case,
                role,
                person,
                Some(notification.id),
                now,
            )],
            " on conflict do nothing",
        );
    }
    match outcome {
        AttemptOutcome::RateLimited { until, .. } => {
            // One statement, because two parts of a batch may not touch the same row.
            batch.add(
                Sql::new("update lane set busy_until = case when busy_until = ? then 0 else busy_until end, blocked_until = case when blocked_until < ? then ? else blocked_until end where name = ?")
                    .bind(claimed.lease_until)
                    .bind(*until)
                    .bind(*until)
                    .bind(&claimed.lane),
            );
        }
        AttemptOutcome::Postponed { .. } | AttemptOutcome::NotNeeded { .. } => {
            batch.add(free_unused_lane(claimed, now));
        }
        _ => batch.add(free_lane(claimed)),
    }
    batch.run(&tx.inner).await
}

/// Never makes a block shorter.
pub(super) fn block(lane: &str, until: Timestamp) -> Sql {
    Sql::new(
        "insert into lane (name, next_free_at, blocked_until, busy_until) values (?, 0, ?, 0)
         on conflict (name) do update set blocked_until = excluded.blocked_until where lane.blocked_until < excluded.blocked_until",
    )
    .bind(lane)
    .bind(until)
}

const fn role_of(kind: NotificationKind) -> MessageRole {
    match kind {
        NotificationKind::Page => MessageRole::Page,
        NotificationKind::Receipt => MessageRole::Receipt,
        NotificationKind::Feedback => MessageRole::Feedback,
        NotificationKind::CaseCard => MessageRole::Card,
        NotificationKind::ThreadNote
        | NotificationKind::QueueNotice
        | NotificationKind::DirectNotice => MessageRole::Notice,
    }
}

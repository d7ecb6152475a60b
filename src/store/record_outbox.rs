//! Putting notifications into the outbox, in the transaction of what caused them.
//!
//! Invariants: `dedupe` names a cause, and one cause makes one row; a card is one row per case, and a second cause moves its generation
//! on; every row has its lane. Neighbours: `record` adds these to its batch, `outbox` claims them.

use super::{
    error::StoreError,
    sql::{Batch, V, json},
    tx::Stamp,
};
use crate::domain::notification::{Notification, NotificationKind};
use std::collections::{BTreeMap, BTreeSet};

const OUTBOX: &str = "outbox (id, dedupe, kind, case_id, person_id, escalation_id, recipient, priority, lane, refs, not_before, run_at,
    position, state, generation, attempts, maybe_sent, epoch, delivery_state, created_at)";

/// A second cause for a card that was sent, or given up, brings it back; for one that waits or is being sent it is remembered.
const COALESCE: &str = " on conflict (dedupe) do update set
    generation = outbox.generation + 1,
    run_at = case when outbox.state in ('done', 'dead', 'cancelled') then excluded.run_at else outbox.run_at end,
    attempts = case when outbox.state in ('done', 'dead', 'cancelled') then 0 else outbox.attempts end,
    maybe_sent = case when outbox.state in ('done', 'dead', 'cancelled') then excluded.maybe_sent else outbox.maybe_sent end,
    delivery_state = case when outbox.state in ('done', 'dead', 'cancelled') then 'pending' else outbox.delivery_state end,
    finished_at = case when outbox.state in ('done', 'dead', 'cancelled') then null else outbox.finished_at end,
    state = case when outbox.state in ('done', 'dead', 'cancelled') then 'ready' else outbox.state end";

/// The rows of the outbox, and their lanes.
pub(super) fn notifications(
    batch: &mut Batch,
    all: &[Notification],
    at: Stamp<'_>,
) -> Result<(), StoreError> {
    let (mut cards, mut others) = (BTreeMap::new(), BTreeMap::new());
    for (position, notification) in (0i64..).zip(all) {
        let rows = if notification.kind == NotificationKind::CaseCard {
            &mut cards
        } else {
            &mut others
        };
        rows.entry(notification.dedupe.as_str())
            .or_insert(outbox_row(notification, position, at)?);
    }
    let lanes: BTreeSet<String> = all.iter().map(|n| n.to.lane()).collect();
    let lanes = lanes
        .into_iter()
        .map(|lane| vec![V::from(lane), V::from(0i64), V::from(0i64), V::from(0i64)]);
    batch.insert(
        "lane (name, next_free_at, blocked_until, busy_until)",
        lanes.collect(),
        " on conflict (name) do nothing",
    );
    batch.insert(OUTBOX, cards.into_values().collect(), COALESCE);
    batch.insert(
        OUTBOX,
        others.into_values().collect(),
        " on conflict (dedupe) do nothing",
    );
    Ok(())
}

fn outbox_row(
    notification: &Notification,
    position: i64,
    at: Stamp<'_>,
) -> Result<Vec<V>, StoreError> {
    let person = notification.to.person();
    Ok(vec![
        V::from(notification.id),
        V::from(&notification.dedupe),
        V::from(notification.kind.as_str()),
        V::from(notification.case),
        V::from(person),
        V::from(notification.refs.escalation),
        V::from(json(&notification.to)?),
        V::from(i64::from(notification.priority.rank())),
        V::from(notification.to.lane()),
        V::from(json(&notification.refs)?),
        V::from(notification.not_before),
        V::from(notification.not_before),
        V::from(position),
        V::from("ready"),
        V::from(1i64),
        V::from(0i64),
        V::from(false),
        V::from(0i64),
        V::from("pending"),
        V::from(at.now),
    ])
}

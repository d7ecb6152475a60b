//! Claiming rows of the outbox: by lease and epoch, one row per lane, in the order of priority.
//!
//! Invariants: a row has at most one owner at a time; every lease raises the row's epoch, so whoever lost its lease can neither send nor finish;
//! a lane (one channel or one person) has at most one row under way, however many replicas there are; a row whose lease ran out
//! while it was being sent comes back flagged `maybe_sent`, with an attempt `unknown` as its evidence. A claim never waits for another
//! one (SKIP LOCKED). Neighbours: `delivery` is the only caller; `finish` ends what is claimed here.

use super::{
    Store,
    error::StoreError,
    outbox_due::{Budget, heads},
    row::Row,
    sql::{Batch, Sql, V, int},
};
use crate::domain::{
    clock::{Entropy, Timestamp, micros},
    decision::AlarmKind,
    event_report::MessageRef,
    ids::OutboxId,
    notification::{Notification, NotificationKind, Priority},
};
use sea_orm::DbBackend;
use std::time::Duration;

/// How to claim.
#[derive(Debug, Clone)]
pub struct ClaimOptions<'a> {
    /// Who claims: unique per process and start.
    pub owner: &'a str,
    /// How long the claim holds; longer than any send may take.
    pub lease: Duration,
    /// The pace of a lane: the next row of it goes no sooner than this after the last.
    pub pace: Duration,
    /// At most so many rows.
    pub limit: u32,
    /// At most so many of each kind, so that nothing is claimed that the platform's pace would make wait.
    pub budget: Budget,
}

/// A row that this process may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// What is to be told.
    pub notification: Notification,
    /// Who claimed it.
    pub owner: String,
    /// Which lease of the row this is.
    pub epoch: u64,
    /// Until when it may be sent.
    pub lease_until: Timestamp,
    /// Which cause it is sent for; a card that gets another cause meanwhile is sent again.
    pub generation: u64,
    /// Tries before this one that count.
    pub attempts: u32,
    /// It may have been sent already by somebody whose lease ran out or whose answer got lost: a page says "possible duplicate".
    pub maybe_sent: bool,
    /// The message that was posted for it before: a card is updated there.
    pub message: Option<MessageRef>,
    /// Its lane.
    pub lane: String,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
    /// Since when it could have been sent, its lane aside.
    pub due_at: Timestamp,
}

pub(super) fn notification(row: &Row) -> Result<Notification, StoreError> {
    let rank = row.int("priority")?;
    let priority = Priority::ALL
        .iter()
        .copied()
        .find(|priority| i64::from(priority.rank()) == rank)
        .ok_or_else(|| row.bad("priority", format_args!("{rank} is no rank")))?;
    Ok(Notification {
        id: row.id("id")?,
        dedupe: row.text("dedupe")?,
        kind: row.word("kind")?,
        case: row.opt_id("case_id")?,
        to: row.json("recipient")?,
        priority,
        not_before: row.instant("not_before")?,
        refs: row.json("refs")?,
    })
}

pub(super) fn message(row: &Row) -> Result<Option<MessageRef>, StoreError> {
    let Some(message) = row.opt_text("message_id")? else {
        return Ok(None);
    };
    Ok(Some(MessageRef {
        platform: row.word("message_platform")?,
        workspace: row.opt_text("message_workspace")?.unwrap_or_default(),
        channel: row.text("message_channel")?,
        message,
    }))
}

impl Store {
    /// Claims rows whose time has come, at most one per lane.
    ///
    /// # Errors
    /// If the database could not be asked. A row that cannot be read is no error: it is given up with an alarm that names its column,
    /// so that it neither stops the others (a page among them) nor is skipped in silence.
    pub async fn claim(
        &self,
        options: &ClaimOptions<'_>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Vec<Claimed>, StoreError> {
        // Woken by every commit and mostly for nothing: a reader asks first, so that nobody's writing waits for that.
        if !self.anything_to_claim(options.budget, now).await? {
            return Ok(Vec::new());
        }
        let tx = self.begin().await?;
        let skip = match sea_orm::ConnectionTrait::get_database_backend(&tx.inner) {
            DbBackend::Postgres => " for update of o, l skip locked",
            _ => "",
        };
        let recovered = recover(&tx.inner, skip, now, entropy).await?;
        let due = heads(options.budget, now, options.limit)
            .and(skip)
            .all(&tx.inner, "outbox", "id")
            .await?;
        let lease_until = now + options.lease;
        let mut claimed: Vec<Claimed> = Vec::new();
        let mut broken = Batch::default();
        let mut is_any_broken = false;
        let mut left = options.budget;
        for row in &due {
            match read_claim(row, options.owner, lease_until) {
                Ok(claim) if spend(&mut left, &claim) => claimed.push(claim),
                Ok(_) => {}
                Err(error) => {
                    set_aside(&mut broken, row, options.owner, &error, now, entropy)?;
                    is_any_broken = true;
                }
            }
        }
        if is_any_broken {
            broken.run(&tx.inner).await?;
        }
        if !claimed.is_empty() {
            take(&claimed, options, now).run(&tx.inner).await?;
        }
        if recovered || is_any_broken || !claimed.is_empty() {
            let _ = tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        Ok(claimed)
    }

    /// Says that the call to the outside begins now; `false` if the row is not ours any more (the lease ran out, or it was cancelled): then
    /// it must not be sent.
    ///
    /// # Errors
    /// If the database could not be asked: then it must not be sent either.
    pub async fn mark_sending(
        &self,
        claimed: &Claimed,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ours = Sql::new(
            "update outbox set state = 'sending' where id = ? and lease_by = ? and epoch = ? and state = 'leased' and lease_until > ?",
        )
        .bind(claimed.notification.id)
        .bind(&claimed.owner)
        .bind(int(claimed.epoch)?)
        .bind(now)
        .run(&self.write)
        .await?;
        if ours == 0 {
            free_lane(claimed).run(&self.write).await?;
            self.ring();
        }
        Ok(ours == 1)
    }

    /// Blocks a lane until an instant, whoever's rows are in it (a limit that the platform told us of).
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn block_lane(&self, lane: &str, until: Timestamp) -> Result<(), StoreError> {
        super::finish::block(lane, until).run(&self.write).await?;
        Ok(())
    }
}

/// Takes a row out of what may still go; `false` if nothing of its kind may.
fn spend(left: &mut Budget, claim: &Claimed) -> bool {
    let notification = &claim.notification;
    if notification.priority == Priority::Page {
        return true;
    }
    let is_update = notification.kind == NotificationKind::CaseCard && claim.message.is_some();
    let left = if is_update {
        &mut left.updates
    } else {
        &mut left.posts
    };
    let is_enough = *left > 0;
    *left = left.saturating_sub(1);
    is_enough
}

fn read_claim(row: &Row, owner: &str, lease_until: Timestamp) -> Result<Claimed, StoreError> {
    let epoch: u64 = row.count("epoch")?;
    Ok(Claimed {
        notification: notification(row)?,
        owner: owner.to_owned(),
        epoch: epoch + 1,
        lease_until,
        generation: row.count("generation")?,
        attempts: row.count("attempts")?,
        maybe_sent: row.bool("maybe_sent")?,
        message: message(row)?,
        lane: row.text("lane")?,
        created_at: row.instant("created_at")?,
        due_at: row.instant("run_at")?,
    })
}

/// A row that cannot be read is given up, with its reason in an attempt and in an alarm.
fn set_aside(
    batch: &mut Batch,
    row: &Row,
    owner: &str,
    error: &StoreError,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let id: OutboxId = row.id("id")?;
    let mut update = Sql::new(
        "update outbox set state = 'dead', delivery_state = 'failed', finished_at = ? where id in ",
    )
    .bind(now);
    update.tuple(vec![V::from(id)]);
    batch.add(update);
    batch.insert(
        ATTEMPT,
        vec![vec![
            V::Id(Some(entropy.uuid(now))),
            V::from(id),
            V::from(row.int("epoch").unwrap_or_default()),
            V::from(row.int("generation").unwrap_or_default()),
            V::from(owner),
            V::from(now),
            V::from("permanent"),
            V::from(false),
            V::from(error.to_string()),
        ]],
        "",
    );
    let text = format!(
        "A row of the outbox cannot be read, so nothing was sent for it: {error}. Tell whoever it was for another way, and report this."
    );
    batch.add(super::alarm::raise(
        AlarmKind::OutboxGaveUp.as_str(),
        &id.to_string(),
        &text,
        now,
        entropy,
    ));
    Ok(())
}

/// What an attempt without a call holds.
const ATTEMPT: &str =
    "attempt (id, outbox_id, epoch, generation, owner, finished_at, outcome, late, reason)";

/// Brings back rows whose lease ran out; whether there were any.
async fn recover<C: sea_orm::ConnectionTrait>(
    on: &C,
    skip: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<bool, StoreError> {
    let expired = Sql::new(
        "select o.id, o.state, o.epoch, o.generation, o.lease_by from outbox o join lane l on l.name = o.lane
         where o.state in ('leased', 'sending') and o.lease_until <= ? order by o.lease_until limit 100",
    )
    .bind(now)
    .and(skip)
    .all(on, "outbox", "id")
    .await?;
    if expired.is_empty() {
        return Ok(false);
    }
    let (mut ids, mut attempts) = (Vec::new(), Vec::new());
    for row in &expired {
        let id: OutboxId = row.id("id")?;
        ids.push(V::from(id));
        if row.text("state")? == "sending" {
            attempts.push(vec![
                V::Id(Some(entropy.uuid(now))),
                V::from(id),
                V::from(row.int("epoch")?),
                V::from(row.int("generation")?),
                V::from(row.text("lease_by")?),
                V::from(now),
                V::from("unknown"),
                V::from(false),
                V::from(
                    "the sender fell silent while it was being sent; it may have been delivered",
                ),
            ]);
        }
    }
    let mut update = Sql::new(
        "update outbox set maybe_sent = case when state = 'sending' then ? else maybe_sent end,
             attempts = case when state = 'sending' then attempts + 1 else attempts end,
             state = 'ready', lease_by = null, lease_until = null where id in ",
    )
    .bind(true);
    update.tuple(ids);
    let mut batch = Batch::default();
    batch.add(update);
    batch.insert(ATTEMPT, attempts, "");
    batch.run(on).await?;
    Ok(true)
}

/// The rows are ours, and their lanes are busy.
fn take(claimed: &[Claimed], options: &ClaimOptions<'_>, now: Timestamp) -> Batch {
    let lease_until = now + options.lease;
    let mut rows = Sql::new(
        "update outbox set state = 'leased', lease_by = ?, lease_until = ?, epoch = epoch + 1 where id in ",
    )
    .bind(options.owner)
    .bind(lease_until);
    rows.tuple(claimed.iter().map(|c| V::from(c.notification.id)).collect());
    let mut lanes = Sql::new("update lane set next_free_at = ?, busy_until = ? where name in ")
        .bind(now + options.pace)
        .bind(lease_until);
    lanes.tuple(claimed.iter().map(|c| V::from(&c.lane)).collect());
    let mut batch = Batch::default();
    batch.add(rows);
    batch.add(lanes);
    batch
}

/// The lane is free again at once, if it is this claim that keeps it busy: nothing was sent, so its pace is not used up.
pub(super) fn free_unused_lane(claimed: &Claimed, now: Timestamp) -> Sql {
    Sql::new("update lane set busy_until = 0, next_free_at = ? where name = ? and busy_until = ?")
        .bind(now)
        .bind(&claimed.lane)
        .bind(micros(claimed.lease_until))
}

/// The lane is free again, if it is this claim that keeps it busy.
pub(super) fn free_lane(claimed: &Claimed) -> Sql {
    Sql::new("update lane set busy_until = 0 where name = ? and busy_until = ?")
        .bind(&claimed.lane)
        .bind(micros(claimed.lease_until))
}

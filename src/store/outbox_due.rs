//! What of the outbox could be claimed now, and when there will be something: questions whose cost grows with the lanes that wait, not with
//! the rows.
//!
//! Invariants: of each lane only its first row counts, by priority and then by age; a lane that waits for its pace hides its rows, however
//! many they are. Neighbours: [`super::outbox`] claims, `delivery` asks how long it may sleep.

use super::{Store, error::StoreError, sql::Sql};
use crate::domain::{clock::Timestamp, notification::QUEUE_LANE};

/// How many messages of which kind may go out now; pages go in any case, so the platform's own limit is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// New messages.
    pub posts: u32,
    /// Messages changed in place.
    pub updates: u32,
}

impl Budget {
    /// No limit.
    pub const UNLIMITED: Self = Self {
        posts: u32::MAX,
        updates: u32::MAX,
    };
}

/// Every lane that has rows, found by leaps through the index instead of by reading the rows.
const LANES: &str = "with recursive lanes(name) as (
        select min(lane) from outbox where state = 'ready'
        union all
        select (select min(o.lane) from outbox o where o.state = 'ready' and o.lane > lanes.name) from lanes where lanes.name is not null
    )";

/// Only the lanes of pages and of the queue channel: all that may go while no new message may.
fn urgent_lanes() -> String {
    format!(
        "with lanes(name) as (
        select lane from outbox where state = 'ready' and priority = 0 union select '{QUEUE_LANE}'
    )"
    )
}

/// The first row of each free lane, the most urgent first.
pub(super) fn heads(budget: Budget, now: Timestamp, limit: u32) -> Sql {
    let lanes = if budget.posts == 0 {
        urgent_lanes()
    } else {
        LANES.to_owned()
    };
    let mut sql = Sql::new(&lanes).and(
        " select o.* from lanes join lane l on l.name = lanes.name join outbox o on o.id = (
             select f.id from outbox f where f.state = 'ready' and f.lane = lanes.name and f.run_at <= ?
             order by f.priority, f.run_at, f.position, f.id limit 1)
         where o.state = 'ready' and o.run_at <= ? and l.blocked_until <= ? and l.next_free_at <= ? and l.busy_until <= ?",
    );
    for _ in 0..5 {
        sql = sql.bind(now);
    }
    if budget.posts == 0 {
        sql.push(" and (o.priority = 0 or (o.kind = 'case_card' and o.message_id is not null))");
    }
    if budget.updates == 0 {
        sql.push(" and (o.priority = 0 or o.kind <> 'case_card' or o.message_id is null)");
    }
    sql.and(" order by o.priority, o.run_at, o.position, o.id limit ?")
        .bind(i64::from(limit))
}

impl Store {
    /// Whether a claim would find anything now.
    pub(super) async fn anything_to_claim(
        &self,
        budget: Budget,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = Sql::new(
            "select exists (select 1 from outbox where state in ('leased', 'sending') and lease_until <= ?) or exists (",
        )
        .bind(now)
        .join(heads(budget, now, 1))
        .and(") as any_due")
        .one(&self.read, "outbox", "any_due")
        .await?;
        row.map_or(Ok(false), |row| row.bool("any_due"))
    }

    /// When the outbox has work next: the earliest instant at which a row could be claimed, or a lease runs out. `None` if nothing waits.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn next_outbox_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let latest = match self.backend() {
            super::Backend::Sqlite => "max",
            super::Backend::Postgres => "greatest",
        };
        let sql = format!(
            "{LANES} select min(due) as due from (
                 select min({latest}(l.next_free_at, l.blocked_until, l.busy_until,
                     (select min(o.run_at) from outbox o where o.state = 'ready' and o.lane = l.name and o.priority = p.n))) as due
                 from lanes join lane l on l.name = lanes.name
                 cross join (select 0 as n union all select 1 union all select 2 union all select 3) p
                 where exists (select 1 from outbox o where o.state = 'ready' and o.lane = l.name and o.priority = p.n)
                 union all
                 select min(lease_until) from outbox where state in ('leased', 'sending')
             ) either"
        );
        let row = Sql::new(&sql).one(&self.read, "outbox", "due").await?;
        row.map_or(Ok(None), |row| row.opt_instant("due"))
    }
}

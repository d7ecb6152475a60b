//! Daily digests, queued: one row for each person who works on cases and whose hour has come. Part of what time does.
//!
//! Invariants: looked for at most once a minute, and never by reading cases: whether anything is due is asked when a row is sent; one row
//! for each person and local date, by its cause, however many replicas look. Neighbours: [`super::tick`] calls this, `domain::digest` has
//! the rules.

use super::Workflow;
use crate::domain::{
    authority, clock::Timestamp, decision::Decision, digest, ids::PersonId,
    notification::Notification, policy::Policy,
};
use crate::store::StoreError;
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Hours come rarely, and the clock is looked at often.
const EVERY: TimeDelta = TimeDelta::minutes(1);

/// When this process looked last.
#[derive(Debug, Default)]
pub(super) struct Looked(Mutex<Option<Timestamp>>);

impl Looked {
    /// Whether it is time to look again; then it counts as done.
    fn again(&self, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back does not make us wait for it.
        let due = last.is_none_or(|last| now < last || now - last >= EVERY);
        if due {
            *last = Some(now);
        }
        due
    }
}

impl Workflow {
    /// Queues the digests whose hour has come, unless somebody did; how many.
    pub(super) async fn queue_digests(&self) -> Result<usize, StoreError> {
        let in_force = self.inner.policy.current();
        let now = self.inner.clock.now();
        if !in_force.policy.digest.enabled || !self.inner.digests.again(now) {
            return Ok(0);
        }
        let at = self.at(&in_force, now);
        let days = self.days_begun(at.policy, now).await?;
        let causes: Vec<String> = days
            .iter()
            .map(|(person, day)| digest::cause(*person, *day))
            .collect();
        let known = self.inner.store.causes_in_outbox(&causes).await?;
        let notifications: Vec<Notification> = days
            .into_iter()
            .map(|(person, day)| digest::notification(person, day, &at))
            .filter(|one| !known.contains(&one.dedupe))
            .collect();
        let queued = notifications.len();
        if queued > 0 {
            let decision = Decision {
                notifications,
                ..Decision::default()
            };
            self.record_alone(&at, &decision).await?;
        }
        Ok(queued)
    }

    /// Who works on cases and can be written to, with the day whose hour has come there.
    async fn days_begun(
        &self,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Vec<(PersonId, NaiveDate)>, StoreError> {
        let store = &self.inner.store;
        let mut since: BTreeMap<PersonId, Timestamp> = BTreeMap::new();
        for grant in store.grants(now).await? {
            if authority::WORKERS.contains(&grant.role) {
                let first = since.entry(grant.person).or_insert(grant.from);
                *first = grant.from.min(*first);
            }
        }
        let ids: Vec<PersonId> = since.keys().copied().collect();
        let mut days = Vec::new();
        for known in store.people(&ids, now).await? {
            let person = &known.person;
            let begun = since.get(&person.id).copied().unwrap_or(now);
            let zone = digest::zone(person, policy);
            if let Some(day) = digest::day(policy, zone, begun, now)
                && !person.identities.is_empty()
            {
                days.push((person.id, day));
            }
        }
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::from_micros;

    #[test]
    fn it_is_looked_once_a_minute_whatever_the_clock_does() {
        let at = |seconds: i64| from_micros(seconds * 1_000_000).unwrap();
        let looked = Looked::default();
        for (seconds, due) in [
            (1_000, true),
            (1_000, false),
            (1_059, false),
            (1_060, true),
            (1_061, false),
            (500, true),
            (559, false),
            (900_000, true),
        ] {
            assert_eq!(looked.again(at(seconds)), due, "{seconds}");
        }
    }
}

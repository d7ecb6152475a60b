//! Seed the directory: the people and roles of the directory file, taken over with an entry for every change.
//!
//! Invariants: an unchanged file changes nothing; only what the file granted is revoked by it; an account that the file names is the file's, whoever
//! linked it. Neighbours: `domain::directory_rules`
//! decides, `config` reads the file, the commands and `app` call it.

use super::{Fault, Workflow, act::Tries, ground::Stop};
use crate::domain::{
    decision::Decision,
    directory_rules,
    draft::Act,
    event_report::{Door, Origin},
    person::{Actor, Person, Role},
};
use crate::runtime;
use std::collections::BTreeSet;

impl Workflow {
    /// Takes over the people of the directory file, each with the roles that it gives. How many entries that made.
    ///
    /// # Errors
    /// When the file contradicts the record, or it is not stored.
    pub async fn seed_directory(
        &self,
        people: Vec<(Person, BTreeSet<Role>)>,
    ) -> Result<usize, Fault> {
        let workflow = self.clone();
        runtime::shield("seed_directory", async move {
            let mut tries = Tries::default();
            loop {
                match workflow.seed_once(&people).await {
                    Ok(entries) => return Ok(entries),
                    Err(Stop::Store(error)) if tries.again(&error) => {}
                    Err(stop) => return Err(stop.into()),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    async fn seed_once(&self, file: &[(Person, BTreeSet<Role>)]) -> Result<usize, Stop> {
        let in_force = self.inner.policy.current();
        let now = self.inner.clock.now();
        let at = self.at(&in_force, now);
        let known = self.inner.store.all_people(now).await?;
        let linked = self.inner.store.linked_identities().await?;
        let known: Vec<Person> = known
            .into_iter()
            .map(|known| known.person)
            .map(|mut person| {
                // What people linked themselves is neither in the file nor against it; what the file names is the file's.
                person
                    .identities
                    .retain(|account| !linked.contains(account));
                person
            })
            .collect();
        let grants = self.inner.store.grants(now).await?;
        let (actor, origin) = (Actor::system(), Origin::inside(Door::File));
        let act = Act {
            at,
            actor: &actor,
            origin: &origin,
            happened_at: now,
        };
        let decision = directory_rules::seed(act, &known, &grants, file)?;
        if decision != Decision::default() {
            self.record_alone(&at, &decision).await?;
        }
        Ok(decision.entries.len())
    }
}

//! Recording a decision: the only way a case changes.
//!
//! Invariants: a changed case has entries of its own, its version is the sequence number of the last of them, and the row is written only
//! if its version is the one that was read; locks are taken in one order (cases by id, heads by name, then the rest), so that two
//! decisions cannot wait for each other; a new case is written last, because its number comes from the one row that all new
//! cases share (docs/decisions/case-numbers.md). On PostgreSQL an intake is five round trips: begin, remember, everything, case, commit.
//!
//! Neighbours: `record_case` writes cases, `chain` seals entries, `record_parts` writes the rest.

use super::{
    broken::Broken,
    chain::{Chains, Place},
    error::StoreError,
    record_case::{insert_case, touch_case, update_case},
    record_outbox, record_parts,
    sql::Batch,
    tx::{Recorded, Stamp, Tx},
};
use crate::domain::{
    case::Case,
    decision::{CaseChange, Decision, MessageRole},
    ids::CaseId,
    timeline::Stream,
};
use std::collections::BTreeMap;

impl Tx {
    /// Writes everything of `decision`. Nothing of it is recorded before [`Tx::commit`] has answered.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a case (or a person, or the running escalation) changed since it was read,
    /// [`StoreError::SourceTaken`] if the reported message makes a case already, [`StoreError::Busy`] if the database could not
    /// take it now, [`StoreError::Invalid`] if the decision breaks a rule of the schema (a bug).
    pub async fn record(
        &mut self,
        decision: &Decision,
        at: Stamp<'_>,
    ) -> Result<Recorded, StoreError> {
        let plan = Plan::new(decision)?;

        let mut chains = Chains::default();
        for (&case, work) in &plan.cases {
            match work {
                CaseWork::Open(_) => chains.begin(Stream::Case(case)),
                CaseWork::Update { case, grows } => {
                    update_case(&self.inner, case, *grows).await?;
                }
                CaseWork::Grow(grows) => touch_case(&self.inner, case, *grows).await?,
            }
        }
        chains.lock(&self.inner, &plan.streams).await?;
        plan.check_versions(&chains)?;

        let mut before = Batch::default();
        record_parts::before(&mut before, decision, at);
        before.run(&self.inner).await?;
        let mut after = Batch::default();
        let entries = chains.seal(&mut after, &decision.entries, at)?;
        record_parts::after(&mut after, decision, at)?;
        let opens = plan
            .cases
            .values()
            .any(|work| matches!(work, CaseWork::Open(_)));
        let outbox = self
            .broken
            .as_mut()
            .filter(|_| opens)
            .and_then(Broken::open_case);
        record_outbox::notifications(outbox.unwrap_or(&mut after), &decision.notifications, at)?;
        after
            .run(&self.inner)
            .await
            .map_err(|error| name_source(error, decision))?;

        let mut recorded = Recorded {
            entries,
            ..Recorded::default()
        };
        for (&case, work) in &plan.cases {
            let version = chains.place(Stream::Case(case)).map_or(0, Place::seq);
            recorded.versions.push((case, version));
            if let CaseWork::Open(case) = work {
                let number = insert_case(&self.inner, case, version, &self.remembered).await?;
                recorded.opened.push((case.id, number));
            }
        }
        self.counts.add(decision);
        self.work |= !decision.notifications.is_empty();
        self.files |= !decision.attachments.is_empty();
        Ok(recorded)
    }
}

/// What happens to the row of one case.
enum CaseWork<'a> {
    Open(&'a Case),
    Update { case: &'a Case, grows: u64 },
    Grow(u64),
}

/// A decision, sorted by case and stream.
struct Plan<'a> {
    cases: BTreeMap<CaseId, CaseWork<'a>>,
    /// Chains that exist and grow, in the order in which they are locked.
    streams: Vec<Stream>,
}

impl<'a> Plan<'a> {
    fn new(decision: &'a Decision) -> Result<Self, StoreError> {
        let mut grows: BTreeMap<Stream, u64> = BTreeMap::new();
        for entry in &decision.entries {
            *grows.entry(entry.stream).or_default() += 1;
        }
        let mut cases = BTreeMap::new();
        for change in &decision.changes {
            let (CaseChange::Open(case) | CaseChange::Update(case)) = change;
            let grows = grows
                .get(&Stream::Case(case.id))
                .copied()
                .ok_or_else(|| invalid(case.id, "changes without an entry"))?;
            let work = match change {
                CaseChange::Open(case) => CaseWork::Open(case),
                CaseChange::Update(case) => CaseWork::Update { case, grows },
            };
            if cases.insert(case.id, work).is_some() {
                return Err(invalid(case.id, "is changed twice by one decision"));
            }
        }
        for (stream, grows) in &grows {
            if let Stream::Case(case) = stream {
                cases.entry(*case).or_insert(CaseWork::Grow(*grows));
            }
        }
        let is_new = |stream: &Stream| match stream {
            Stream::Case(case) => matches!(cases.get(case), Some(CaseWork::Open(_))),
            Stream::Org => false,
        };
        let streams = grows.into_keys().filter(|stream| !is_new(stream)).collect();
        Ok(Self { cases, streams })
    }

    /// The row's version and the chain's end must be the same: else somebody wrote past this door.
    fn check_versions(&self, chains: &Chains) -> Result<(), StoreError> {
        for (case, work) in &self.cases {
            if let CaseWork::Update { case: row, .. } = work {
                let end = chains.place(Stream::Case(*case)).map_or(0, Place::seq);
                if end != row.version {
                    return Err(invalid(
                        *case,
                        &format!("has version {} but its timeline ends at {end}", row.version),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Says which message was taken, where only one can be meant.
fn name_source(error: StoreError, decision: &Decision) -> StoreError {
    let mut sources = decision
        .messages
        .iter()
        .filter(|(_, _, role)| *role == MessageRole::Source);
    match (error, sources.next(), sources.next()) {
        (StoreError::SourceTaken(None), Some((message, ..)), None) => {
            StoreError::SourceTaken(Some(message.clone()))
        }
        (error, ..) => error,
    }
}

fn invalid(case: CaseId, what: &str) -> StoreError {
    StoreError::Invalid(format!("case {case} {what}"))
}

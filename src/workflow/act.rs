//! The executor of every verb: load, check, decide, record, answer.
//!
//! Invariants: load and decide run again on fresh state when somebody else changed the case in between, and never more than
//! [`CONFLICTS`] times; the delivery that caused the act is remembered in the same transaction with its answer; a refusal by the
//! authorisation table is recorded on the org stream in its own transaction; nothing is answered before the commit has answered.
//! Neighbours: one file per verb hands in what to decide; [`super::ground`] loads.

use super::{
    Cx, Done, Fault, Workflow,
    ground::{Denied, Ground, New, Standing, Stop, Target, fault, relation},
};
use crate::domain::{
    authority::{self, Verb},
    case_file::{CaseFile, OnCall},
    decision::{At, Decision, PersonChange, Refusal},
    draft::Act,
    ids::CaseId,
    merging,
    policy::Policy,
    timeline::{Body, NewEntry, Stream},
};
use crate::runtime;
use crate::store::{Stamp, StoreError};
use crate::telemetry::names;
use metrics::counter;

/// How often an act is decided anew because of others; each time, somebody else got on.
const CONFLICTS: u32 = 50;
/// How often a busy database is asked again; each time, it made us wait for its lock already.
const BUSY: u32 = 2;

/// What a verb decided.
#[derive(Debug)]
pub(super) struct Plan {
    pub decision: Decision,
    pub done: Done,
}

impl Plan {
    /// Nothing is to be done.
    pub fn nothing() -> Self {
        Self {
            decision: Decision::default(),
            done: Done::Nothing,
        }
    }

    /// A case changed.
    pub fn changed(verb: Verb, ground: &Ground<'_>, decision: Decision) -> Result<Self, Refusal> {
        let case = &ground.file()?.case;
        Ok(Self {
            done: Done::Changed {
                verb: verb.to_string(),
                case: case.id,
                number: case.number,
                version: case.version + grown(case.id, &decision),
            },
            decision,
        })
    }
}

/// Counts the tries of one act.
#[derive(Debug, Default)]
pub(super) struct Tries {
    conflicts: u32,
    busy: u32,
}

impl Tries {
    /// Whether the same act may be tried again after this error.
    pub fn again(&mut self, error: &StoreError) -> bool {
        match error {
            StoreError::Conflict(_) | StoreError::SourceTaken(_) => {
                self.conflicts += 1;
                self.conflicts < CONFLICTS
            }
            StoreError::Busy(_) => {
                self.busy += 1;
                self.busy <= BUSY
            }
            _ => false,
        }
    }
}

impl Workflow {
    /// Runs a verb that changes a case that is there.
    pub(super) async fn change<D>(
        &self,
        verb: Verb,
        cx: &Cx,
        target: Target,
        decide: D,
    ) -> Result<Done, Fault>
    where
        D: Fn(&Ground<'_>) -> Result<Decision, Refusal> + Send + Sync + 'static,
    {
        self.act(verb, cx, target, move |ground| {
            Plan::changed(verb, ground, decide(ground)?)
        })
        .await
    }

    /// Runs a verb. The caller may give up waiting at any time.
    pub(super) async fn act<D>(
        &self,
        verb: Verb,
        cx: &Cx,
        target: Target,
        decide: D,
    ) -> Result<Done, Fault>
    where
        D: Fn(&Ground<'_>) -> Result<Plan, Refusal> + Send + Sync + 'static,
    {
        let (workflow, cx) = (self.clone(), cx.clone());
        let done = runtime::shield(verb.as_str(), async move {
            workflow.until_done(verb, &cx, &target, &decide).await
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())));
        let outcome = match &done {
            Ok(_) => "done",
            Err(Fault::Refused(_)) => "refused",
            Err(Fault::Unavailable(_) | Fault::Bug(_)) => "failed",
        };
        counter!(names::VERBS, "verb" => verb.as_str(), "outcome" => outcome).increment(1);
        done
    }

    async fn until_done<D>(
        &self,
        verb: Verb,
        cx: &Cx,
        target: &Target,
        decide: &D,
    ) -> Result<Done, Fault>
    where
        D: Fn(&Ground<'_>) -> Result<Plan, Refusal> + Send + Sync,
    {
        let mut tries = Tries::default();
        loop {
            let stop = match self.once(verb, cx, target, decide).await {
                Ok(done) => return done.or_refused(),
                Err(stop) => stop,
            };
            match stop {
                Stop::Store(error) if tries.again(&error) => {}
                Stop::Store(error) => return Err(fault(&error)),
                Stop::Fault(fault) => return Err(fault),
                Stop::Refused(refusal) => return self.seen_or(cx, refusal).await,
                Stop::Denied(denied) => {
                    let refusal = denied.refusal.clone();
                    return match self.seen_or(cx, refusal).await {
                        Err(Fault::Refused(refusal)) => {
                            self.record_denied(verb, cx, *denied).await;
                            Err(Fault::Refused(refusal))
                        }
                        other => other,
                    };
                }
            }
        }
    }

    /// A doubled delivery is refused by what its first delivery did: then it gets the answer of the first.
    async fn seen_or(&self, cx: &Cx, refusal: Refusal) -> Result<Done, Fault> {
        let Some(key) = &cx.inbound else {
            return Err(Fault::Refused(refusal));
        };
        match self.inner.store.seen::<Done>(&key.key).await {
            Ok(Some(done)) => {
                count_duplicate(cx);
                done.or_refused()
            }
            Ok(None) => Err(Fault::Refused(refusal)),
            Err(error) => Err(fault(&error)),
        }
    }

    async fn once<D>(&self, verb: Verb, cx: &Cx, target: &Target, decide: &D) -> Result<Done, Stop>
    where
        D: Fn(&Ground<'_>) -> Result<Plan, Refusal> + Send + Sync,
    {
        let in_force = self.inner.policy.current();
        let now = self.inner.clock.now();
        let at = self.at(&in_force, now);
        let found = self.find(target, now).await?;
        if matches!(target, Target::Message(_)) && found.file.is_none() {
            return Ok(Done::Nothing);
        }
        let standing = self.standing(cx, now).await?;
        let file = found.file.as_ref();
        let relation = file
            .map(|file| relation(&standing.actor, file, at.policy))
            .unwrap_or_default();
        let about = file.map(|file| (&file.case, relation));
        if let Err(refusal) = authority::check(verb, &standing.actor, about, &at.policy.role) {
            let case = file.map(|file| file.case.id);
            let denied = Denied {
                refusal,
                standing,
                case,
            };
            return Err(Stop::Denied(Box::new(denied)));
        }
        if let Target::Two(..) = target {
            may_both(verb, &standing, found.other.as_ref(), at.policy)?;
        }
        let on_call = if verb == Verb::Escalate {
            self.on_call_now(at.policy, now).await?
        } else {
            OnCall::default()
        };
        let ground = Ground {
            act: Act {
                at,
                actor: &standing.actor,
                origin: &cx.origin,
                happened_at: cx.happened_at.min(now),
            },
            person: standing.person.as_ref(),
            file,
            other: found.other.as_ref(),
            relation,
            message: found.message.as_ref(),
            on_call: &on_call,
        };
        let mut plan = decide(&ground)?;
        if plan.decision == Decision::default() {
            return Ok(plan.done);
        }
        introduce(&mut plan.decision, &standing);
        Ok(self.record(cx, &at, plan).await?)
    }

    /// Records a plan together with the delivery that caused it.
    pub(super) async fn record(
        &self,
        cx: &Cx,
        at: &At<'_>,
        plan: Plan,
    ) -> Result<Done, StoreError> {
        let mut tx = self.inner.store.begin().await?;
        if let Some(key) = &cx.inbound {
            let before = tx
                .remember(&key.key, &key.wire_sha256, &plan.done, at.now)
                .await?;
            if let Some(before) = before {
                tx.rollback().await?;
                count_duplicate(cx);
                return Ok(before);
            }
        }
        let recorded = tx.record(&plan.decision, Stamp::from(at)).await?;
        let _ = tx.commit().await?;
        runtime::crash_point("after_commit_before_answer");
        let mut done = plan.done;
        if let Done::Opened { case, number, .. } = &mut done
            && let Some(given) = recorded.number(*case)
        {
            *number = given;
        }
        Ok(done)
    }

    /// Puts on the org stream that somebody was refused. The refusal stands even if that fails.
    pub(super) async fn record_denied(&self, verb: Verb, cx: &Cx, denied: Denied) {
        let in_force = self.inner.policy.current();
        let mut tries = Tries::default();
        loop {
            let now = self.inner.clock.now();
            let at = self.at(&in_force, now);
            let mut decision = Decision {
                entries: vec![NewEntry {
                    stream: Stream::Org,
                    effective_at: cx.happened_at.min(now),
                    actor: denied.standing.actor.who,
                    origin: cx.origin.clone(),
                    body: Body::AccessRefused {
                        verb: verb.to_string(),
                        case: denied.case,
                        reason: denied.refusal.sentence.clone(),
                    },
                }],
                ..Decision::default()
            };
            introduce(&mut decision, &denied.standing);
            let plan = Plan {
                decision,
                done: Done::Refused {
                    refusal: denied.refusal.clone(),
                },
            };
            // With the delivery that asked: the same one a second time is refused by it, and leaves no second entry.
            match self.record(cx, &at, plan).await {
                Ok(_) => return,
                // Somebody new was recorded by another act in the meantime, or the database was busy.
                Err(error) if !denied.standing.is_new() && tries.again(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, %verb, "a refusal could not be put on the record");
                    return;
                }
            }
        }
    }

    /// Records a decision that nothing came in for.
    pub(super) async fn record_alone(
        &self,
        at: &At<'_>,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let mut tx = self.inner.store.begin().await?;
        let _ = tx.record(decision, Stamp::from(at)).await?;
        let _ = tx.commit().await?;
        Ok(())
    }
}

/// The verb is about another case, too: it must be there for the actor, and the actor must be allowed the same in it.
fn may_both(
    verb: Verb,
    standing: &Standing,
    other: Option<&CaseFile>,
    policy: &Policy,
) -> Result<(), Stop> {
    let at_field = |mut refusal: Refusal| {
        let sentence = refusal.sentence.clone();
        refusal.fields.insert(merging::INTO.to_owned(), sentence);
        refusal
    };
    let other = other.ok_or_else(|| at_field(authority::no_such_case()))?;
    let about = Some((&other.case, relation(&standing.actor, other, policy)));
    let allowed = authority::check(Verb::View, &standing.actor, about, &policy.role)
        .map_err(|_| authority::no_such_case())
        .and_then(|()| authority::check(verb, &standing.actor, about, &policy.role));
    allowed.map_err(|refusal| {
        Stop::Denied(Box::new(Denied {
            refusal: at_field(refusal),
            standing: standing.clone(),
            case: Some(other.case.id),
        }))
    })
}

/// How many entries the timeline of a case grows by.
fn grown(case: CaseId, decision: &Decision) -> u64 {
    let own = |entry: &&NewEntry| entry.stream == Stream::Case(case);
    decision.entries.iter().filter(own).count() as u64
}

/// The same delivery came again, and got the answer of the first one.
fn count_duplicate(cx: &Cx) {
    let platform = cx
        .origin
        .platform
        .map_or("none", |platform| platform.as_str());
    counter!(names::INBOUND_DUPLICATES, "platform" => platform).increment(1);
}

/// Records what is new of a person together with what the person did.
pub(super) fn introduce(decision: &mut Decision, standing: &Standing) {
    let (Some(new), Some(person)) = (&standing.new, &standing.person) else {
        return;
    };
    match new {
        New::Seen => decision
            .people
            .insert(0, PersonChange::Seen(person.clone())),
        New::Belongs(entry) => {
            decision.people.push(PersonChange::Belongs(person.id));
            decision.entries.push((**entry).clone());
        }
    }
}

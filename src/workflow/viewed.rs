//! Viewed: somebody sees the substance of a restricted case. That is on the record before anything is shown (R55).
//!
//! Invariants: the entry stands on the org stream, so that looking at a case does not change it; a delivery that comes twice leaves one
//! entry; if it cannot be recorded, nothing is shown. Neighbours: [`super::ask`] asks for it, the command line calls [`Workflow::reveal`].

use super::{
    Caller, Cx, Done, Fault, InboundKey, Workflow,
    act::{Plan, Tries, introduce},
    ground::{Standing, fault},
};
use crate::domain::{
    authority::Verb,
    decision::Decision,
    event_report::{Door, Origin},
    ids::CaseId,
    person::Actor,
    timeline::{Body, NewEntry, Stream},
};
use crate::runtime;
use crate::store::StoreError;

impl Workflow {
    /// Records that an operator looks at a restricted case from the command line.
    ///
    /// # Errors
    /// When it is not stored: then it must not be shown.
    pub async fn reveal(&self, case: CaseId) -> Result<(), Fault> {
        let workflow = self.clone();
        runtime::shield("reveal", async move {
            let cx = Cx {
                caller: Caller::System,
                origin: Origin::inside(Door::CommandLine),
                inbound: None,
                happened_at: workflow.inner.clock.now(),
            };
            let standing = Standing {
                actor: Actor::system(),
                person: None,
                new: None,
            };
            let mut tries = Tries::default();
            loop {
                match workflow
                    .record_viewed(&cx, &standing, Verb::View, case)
                    .await
                {
                    Err(error) if tries.again(&error) => {}
                    done => return done.map_err(|error| fault(&error)),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    /// Records that the caller sees a restricted case, because of this verb.
    pub(super) async fn record_viewed(
        &self,
        cx: &Cx,
        standing: &Standing,
        verb: Verb,
        case: CaseId,
    ) -> Result<(), StoreError> {
        let in_force = self.inner.policy.current();
        let now = self.inner.clock.now();
        let mut decision = Decision {
            entries: vec![NewEntry {
                stream: Stream::Org,
                effective_at: cx.happened_at.min(now),
                actor: standing.actor.who,
                origin: cx.origin.clone(),
                body: Body::RestrictedViewed {
                    case,
                    verb: verb.to_string(),
                },
            }],
            ..Decision::default()
        };
        introduce(&mut decision, standing);
        // The delivery itself is remembered by what it does later; looking has a key of its own.
        let cx = Cx {
            inbound: cx.inbound.as_ref().map(|inbound| InboundKey {
                key: format!("{}:viewed", inbound.key),
                wire_sha256: inbound.wire_sha256.clone(),
            }),
            ..cx.clone()
        };
        let plan = Plan {
            decision,
            done: Done::Nothing,
        };
        self.record(&cx, &self.at(&in_force, now), plan).await?;
        Ok(())
    }
}

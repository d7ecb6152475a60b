//! Vouch: a platform's own role says that somebody is a responder, or no longer, because the settings let it.
//!
//! Invariants: recorded before the act that it may allow is decided; what was shown before the role was seen gone gives nothing back; somebody who never had the role leaves no trace; an act that shows nothing new
//! changes nothing. Neighbours: `domain::vouching` decides, the conversation calls it with what the platform showed, `app` at the start.

use super::{
    Cx, Fault, Workflow,
    act::{Tries, introduce},
    ground::Stop,
};
use crate::domain::{
    decision::Decision,
    draft::Act,
    event_report::{Door, Origin},
    person::{Actor, Vouch, Voucher},
    vouching,
};
use crate::runtime;

impl Workflow {
    /// Takes over what the platform showed about the caller.
    ///
    /// # Errors
    /// Not stored, or a fault of ours.
    pub async fn vouch(&self, cx: &Cx, vouch: &Vouch) -> Result<(), Fault> {
        let (workflow, cx, vouch) = (self.clone(), cx.clone(), vouch.clone());
        runtime::shield("vouch", async move {
            let mut tries = Tries::default();
            loop {
                match workflow.vouch_once(&cx, &vouch).await {
                    Ok(()) => return Ok(()),
                    Err(Stop::Store(error)) if tries.again(&error) => {}
                    Err(stop) => return Err(stop.into()),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    async fn vouch_once(&self, cx: &Cx, vouch: &Vouch) -> Result<(), Stop> {
        let now = self.inner.clock.now();
        let standing = self.standing(cx, now).await?;
        let Some(person) = standing.actor.person() else {
            return Ok(());
        };
        let since = vouch.shown_at.min(now);
        let grants = self.inner.store.vouched_grants(person, since).await?;
        let in_force = self.inner.policy.current();
        let at = self.at(&in_force, now);
        let (actor, origin) = (Actor::system(), cx.origin.clone());
        let act = Act {
            at,
            actor: &actor,
            origin: &origin,
            happened_at: cx.happened_at,
        };
        let mut decision = vouching::seen(act, person, &grants, vouch);
        if decision == Decision::default() {
            return Ok(());
        }
        introduce(&mut decision, &standing);
        Ok(self.record_alone(&at, &decision).await?)
    }

    /// Ends what another role vouched for than the one that the settings name now. How many grants that were.
    ///
    /// # Errors
    /// Not stored, or a fault of ours.
    pub async fn settle_vouches(&self, asked: Option<Voucher>) -> Result<usize, Fault> {
        let workflow = self.clone();
        runtime::shield("settle_vouches", async move {
            let mut tries = Tries::default();
            loop {
                match workflow.settle_once(asked.as_ref()).await {
                    Ok(ended) => return Ok(ended),
                    Err(Stop::Store(error)) if tries.again(&error) => {}
                    Err(stop) => return Err(stop.into()),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    async fn settle_once(&self, asked: Option<&Voucher>) -> Result<usize, Stop> {
        let now = self.inner.clock.now();
        let grants = self.inner.store.grants(now).await?;
        let in_force = self.inner.policy.current();
        let at = self.at(&in_force, now);
        let (actor, origin) = (Actor::system(), Origin::inside(Door::File));
        let act = Act {
            at,
            actor: &actor,
            origin: &origin,
            happened_at: now,
        };
        let decision = vouching::settled(act, &grants, asked);
        if decision != Decision::default() {
            self.record_alone(&at, &decision).await?;
        }
        Ok(decision.entries.len())
    }
}

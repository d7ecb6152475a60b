//! Link: one person says on both sides, with a code, that two accounts are theirs.
//!
//! Invariants: the code is given to whoever asks and stored as a hash; typing it changes nothing but asks the first account; only that account
//! confirms; both accounts are of the organisation. Neighbours: `domain::linking` decides, `store/link` keeps.

use super::{
    Caller, Cx, Fault, Workflow,
    act::{Tries, introduce},
    ground::{Denied, Standing, Stop, fault},
};
use crate::domain::{
    authority::{self, Verb},
    clock::Timestamp,
    decision::{At, Decision, Refusal, RefusalCode},
    draft::Act,
    ids::{LinkId, PersonId},
    linking::{self, Code, Known, LinkRequest, Side},
    person::{Identity, PlatformId},
};
use crate::runtime;
use crate::store::{self, Stamp, Tx};
use std::future::Future;
use std::sync::Arc;

/// The other account, as the one who acts is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherAccount {
    /// Where.
    pub platform: PlatformId,
    /// Its name.
    pub name: String,
}

impl From<&Side> for OtherAccount {
    fn from(side: &Side) -> Self {
        Self {
            platform: side.identity.platform,
            name: side.name.clone(),
        }
    }
}

impl Workflow {
    /// A code for the caller's account, good for ten minutes.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn begin_link(&self, cx: &Cx) -> Result<Code, Fault> {
        self.linking(cx, |workflow, cx| async move {
            let now = workflow.inner.clock.now();
            let (side, standing) = workflow.side(&cx, now).await?;
            let in_force = workflow.inner.policy.current();
            let code = Code::new(&*workflow.inner.entropy);
            let id = LinkId::new(&*workflow.inner.entropy, now);
            let mut decision = Decision::default();
            introduce(&mut decision, &standing);
            let mut tx = workflow.inner.store.begin().await?;
            tx.put_link(&LinkRequest::new(id, side, now), &code, now)
                .await?;
            if decision != Decision::default() {
                let at = workflow.at(&in_force, now);
                let _ = tx.record(&decision, Stamp::from(&at)).await?;
            }
            let _ = tx.commit().await?;
            Ok(code)
        })
        .await
    }

    /// The caller types a code: the account that asked for it is asked to confirm. Which one that is.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn enter_link(&self, cx: &Cx, typed: &str) -> Result<OtherAccount, Fault> {
        let typed: Arc<str> = Arc::from(typed);
        self.linking(cx, move |workflow, cx| {
            let typed = Arc::clone(&typed);
            async move {
                let now = workflow.inner.clock.now();
                let (side, standing) = workflow.side(&cx, now).await?;
                let request = match Code::parse(&typed) {
                    Some(code) => workflow.inner.store.link_by_code(&code).await?,
                    None => None,
                };
                let in_force = workflow.inner.policy.current();
                let at = workflow.at(&in_force, now);
                let act = act(&cx, &standing, at);
                let mut decision = linking::enter(act, request.as_ref(), &side)?;
                let Some(request) = request else {
                    return Err(linking::answered().into());
                };
                if request.second.is_some() {
                    return Ok(OtherAccount::from(&request.first));
                }
                introduce(&mut decision, &standing);
                let mut tx = workflow.inner.store.begin().await?;
                tx.enter_link(request.id, &side).await?;
                finish(tx, &decision, Stamp::from(&at)).await?;
                Ok(OtherAccount::from(&request.first))
            }
        })
        .await
    }

    /// The account that asked says that the other one is its person's, too. Which one that is.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn confirm_link(&self, cx: &Cx, id: LinkId) -> Result<OtherAccount, Fault> {
        self.linking(cx, move |workflow, cx| async move {
            let now = workflow.inner.clock.now();
            let (side, standing) = workflow.side(&cx, now).await?;
            let (request, second) = workflow.asked(id).await?;
            let first = workflow.known(request.first.person, now).await?;
            let other = workflow.known(second.person, now).await?;
            let store = &workflow.inner.store;
            let owns = !store.open_cases_of_owner(first.person.id).await?.is_empty();
            let other_owns = !store.open_cases_of_owner(other.person.id).await?.is_empty();
            // What a platform vouches for follows the account by itself.
            let lasting = store.lasting_roles(first.person.id, now).await?;
            let other_lasting = store.lasting_roles(other.person.id, now).await?;
            let in_force = workflow.inner.policy.current();
            let at = workflow.at(&in_force, now);
            let decision = linking::confirm(
                act(&cx, &standing, at),
                &request,
                &side.identity,
                Known {
                    person: &first.person,
                    roles: &lasting,
                    owns,
                },
                Known {
                    person: &other.person,
                    roles: &other_lasting,
                    owns: other_owns,
                },
            )?;
            let mut tx = workflow.inner.store.begin().await?;
            tx.end_link(id).await?;
            finish(tx, &decision, Stamp::from(&at)).await?;
            Ok(OtherAccount::from(&second))
        })
        .await
    }

    /// The account that asked does not know the other one: nothing is linked. Which one that is.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn refuse_link(&self, cx: &Cx, id: LinkId) -> Result<OtherAccount, Fault> {
        self.linking(cx, move |workflow, cx| async move {
            let now = workflow.inner.clock.now();
            let (side, standing) = workflow.side(&cx, now).await?;
            let (request, second) = workflow.asked(id).await?;
            let in_force = workflow.inner.policy.current();
            let at = workflow.at(&in_force, now);
            let decision = linking::refuse(act(&cx, &standing, at), &request, &side.identity)?;
            let mut tx = workflow.inner.store.begin().await?;
            tx.end_link(id).await?;
            finish(tx, &decision, Stamp::from(&at)).await?;
            Ok(OtherAccount::from(&second))
        })
        .await
    }

    /// A request that somebody typed the code of.
    async fn asked(&self, id: LinkId) -> Result<(LinkRequest, Side), Stop> {
        let request = self.inner.store.link(id).await?;
        let request = request.ok_or_else(linking::answered)?;
        let second = request.second.clone().ok_or_else(linking::answered)?;
        Ok((request, second))
    }

    async fn known(&self, person: PersonId, now: Timestamp) -> Result<store::Known, Stop> {
        let known = self.inner.store.person(person, now).await?;
        // Linked to somebody else meanwhile.
        known.ok_or_else(|| linking::answered().into())
    }

    /// The caller's account, if it may be linked at all.
    async fn side(&self, cx: &Cx, now: Timestamp) -> Result<(Side, Standing), Stop> {
        let standing = self.standing(cx, now).await?;
        let in_force = self.inner.policy.current();
        let allowed = authority::check(Verb::Link, &standing.actor, None, &in_force.policy.role);
        let Caller::Account { identity, name, .. } = &cx.caller else {
            return Err(Stop::Fault(Fault::Bug("only an account is linked".into())));
        };
        // Roles of a partner on duty are the partner's: they do not travel to an account of somebody here.
        let is_outside = matches!(&cx.caller, Caller::Account { outsider: true, .. });
        let denied = match allowed {
            Err(refusal) => Some(refusal),
            Ok(()) if is_outside => Some(Refusal::new(
                RefusalCode::NotAllowed,
                "Only accounts of the organisation can be linked.",
            )),
            Ok(()) => None,
        };
        if let Some(refusal) = denied {
            let denied = Denied {
                refusal,
                standing,
                case: None,
            };
            return Err(Stop::Denied(Box::new(denied)));
        }
        let person = standing.person.as_ref();
        let (id, known) = person.map_or_else(
            || (None, None),
            |person| (Some(person.id), Some(person.name.clone())),
        );
        let id = id.ok_or_else(|| Stop::Fault(Fault::Bug("an account without a person".into())))?;
        let side = Side {
            identity: identity.clone(),
            name: name.clone().or(known).unwrap_or_else(|| unnamed(identity)),
            person: id,
        };
        Ok((side, standing))
    }

    /// Runs one of these acts to its end, anew where somebody else came between; a refusal by the table goes on the record.
    async fn linking<T, F, W>(&self, cx: &Cx, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(Self, Cx) -> W + Send + Sync + 'static,
        W: Future<Output = Result<T, Stop>> + Send,
    {
        let (workflow, cx) = (self.clone(), cx.clone());
        runtime::shield(Verb::Link.as_str(), async move {
            let mut tries = Tries::default();
            loop {
                match work(workflow.clone(), cx.clone()).await {
                    Ok(done) => return Ok(done),
                    Err(Stop::Store(error)) if tries.again(&error) => {}
                    Err(Stop::Store(error)) => return Err(fault(&error)),
                    Err(Stop::Denied(denied)) => {
                        let refusal = denied.refusal.clone();
                        workflow.record_denied(Verb::Link, &cx, *denied).await;
                        return Err(Fault::Refused(refusal));
                    }
                    Err(stop) => return Err(stop.into()),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }
}

fn act<'a>(cx: &'a Cx, standing: &'a Standing, at: At<'a>) -> Act<'a> {
    Act {
        happened_at: cx.happened_at.min(at.now),
        at,
        actor: &standing.actor,
        origin: &cx.origin,
    }
}

async fn finish(mut tx: Tx, decision: &Decision, at: Stamp<'_>) -> Result<(), Stop> {
    let _ = tx.record(decision, at).await?;
    let _ = tx.commit().await?;
    Ok(())
}

fn unnamed(identity: &Identity) -> String {
    format!("{} user {}", identity.platform, identity.user)
}

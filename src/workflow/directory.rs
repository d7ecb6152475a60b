//! Questions about people: who calls, who is on call, whom to contact.
//!
//! Invariants: people of other organisations and guests hear no names and no numbers. Neighbours: [`super::ask`], `chat::speech`.

use super::{
    Cx, Fault, Workflow,
    ground::{Denied, Stop},
};
use crate::domain::{
    authority::Verb,
    decision::{Refusal, RefusalCode},
    person::{Actor, Person, Role},
    policy::Contacts,
};

impl Workflow {
    /// Who calls: roles granted now, and the person if it is known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn who(&self, cx: &Cx) -> Result<(Actor, Option<Person>), Fault> {
        self.ask("who", cx, |workflow, cx| async move {
            let now = workflow.inner.clock.now();
            let standing = workflow.standing(&cx, now).await?;
            let is_new = standing.is_new();
            Ok((standing.actor, standing.person.filter(|_| !is_new)))
        })
        .await
    }

    /// Who is paged now, for each role of the default escalation policy, in its order.
    ///
    /// # Errors
    /// Refused to people of other organisations and guests.
    pub async fn on_call(&self, cx: &Cx) -> Result<Vec<(Role, Option<Person>)>, Fault> {
        self.ask("on_call", cx, |workflow, cx| async move {
            let in_force = workflow.inner.policy.current();
            let now = workflow.inner.clock.now();
            let standing = workflow.standing(&cx, now).await?;
            if standing.actor.outsider {
                let refusal = Refusal::new(
                    RefusalCode::NotAllowed,
                    "Who is on call is told only to people of the organisation. Report here, and somebody is called.",
                );
                let denied = Denied {
                    refusal: refusal.clone(),
                    standing,
                    case: None,
                };
                workflow.record_denied(Verb::View, &cx, denied).await;
                return Err(Stop::Refused(refusal));
            }
            workflow.holders(&in_force.policy, now).await
        })
        .await
    }

    /// The point of contact, and the urgent contacts (left out for people of other organisations and guests).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn contacts(&self, cx: &Cx) -> Result<Contacts, Fault> {
        let (actor, _) = self.who(cx).await?;
        let mut contacts = self.policy().contacts.clone();
        if actor.outsider {
            contacts.urgent.clear();
        }
        Ok(contacts)
    }
}

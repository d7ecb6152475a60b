//! Looks up what a daily digest is made from, when its turn comes.
//!
//! Invariants: reads only; no case is read for a digest that is not wanted any more; what is due is that of this moment, so what was done
//! since the row was queued is not in it. Neighbours: `domain::digest` decides, `facts` asks, `recheck` and `render` use the answer.

use crate::domain::{
    case::Case,
    clock::Timestamp,
    digest::{self, Asked, Digest},
    ids::{CaseId, PersonId},
    notification::{Notification, Recipient},
    person::{Actor, PersonKind, Who},
    policy::Policy,
};
use crate::store::{Store, StoreError};

/// The digest, or why there is none to tell.
pub(super) type Told = Result<Digest, &'static str>;

/// The digest of a notification, now.
pub(super) async fn load(
    store: &Store,
    policy: &Policy,
    notification: &Notification,
    now: Timestamp,
) -> Result<Told, StoreError> {
    let (Recipient::Person { person, .. }, Some(day)) = (&notification.to, notification.refs.day)
    else {
        return Ok(Err("it does not say whose it is, and of which day"));
    };
    let Some(known) = store.person(*person, now).await? else {
        return Ok(Err("the directory does not know the person"));
    };
    let actor = Actor {
        who: Who::Person(known.person.id),
        // As when they act: a role that was granted by name counts, wherever the account comes from.
        outsider: known.person.kind == PersonKind::ThirdParty && known.roles.is_empty(),
        roles: known.roles,
    };
    let asked = Asked {
        policy,
        person: &known.person,
        actor: &actor,
        day,
        now,
    };
    if let Err(reason) = digest::still_wanted(&asked) {
        return Ok(Err(reason));
    }
    let (own, unowned) = cases(store, &actor, *person).await?;
    let ids: Vec<CaseId> = own.iter().chain(&unowned).map(|case| case.id).collect();
    let unmet = store.unmet_deadlines(&ids).await?;
    Ok(digest::digest(&asked, &own, &unowned, &unmet))
}

/// The open cases that are the person's, and for leads those that are nobody's.
async fn cases(
    store: &Store,
    actor: &Actor,
    person: PersonId,
) -> Result<(Vec<Case>, Vec<Case>), StoreError> {
    let own = store.open_cases_of_owner(person).await?;
    let unowned = if actor.has_any(digest::LEADS) {
        store.open_cases_of_nobody().await?
    } else {
        Vec::new()
    };
    Ok((own, unowned))
}

//! A platform's own role that stands for one of ours: believed for some hours after it was seen, ended when it is seen gone.
//!
//! Invariants: only what the settings name vouches; every grant and every end is an entry of the org stream; nothing that the directory file
//! or a person granted is touched. A grant that is not seen again ends by itself at the instant that its entry names.
//! Neighbours: `workflow/vouch` asks, [`super::directory_rules`] keeps the file's grants apart.

use super::{
    clock::Timestamp,
    decision::{Decision, PersonChange},
    draft::Act,
    ids::{GrantId, PersonId},
    person::{Role, RoleGrant, Vouch, Voucher},
    timeline::{Body, NewEntry, Stream, Unvouched, VouchEnd, Vouched},
};
use chrono::TimeDelta;

/// What a platform's role can stand for. Whoever manages roles there hands it out, so it is never more than this.
pub const ROLE: Role = Role::Responder;
/// How long it is believed after it was seen.
pub const BELIEVED: TimeDelta = TimeDelta::hours(12);
/// With less than this left it is granted anew when it is seen.
const RENEWED: TimeDelta = TimeDelta::hours(4);

/// What follows from a payload that shows whether `person` has the role. `grants` are those that held when it was shown, or later. A role that
/// is gone is believed whenever it was shown; one that is there only if nothing ended since, because a payload may come late or again.
#[must_use]
pub fn seen(act: Act<'_>, person: PersonId, grants: &[RoleGrant], vouch: &Vouch) -> Decision {
    let mut decision = Decision::default();
    let now = act.at.now;
    let mine = || {
        let mine = grants
            .iter()
            .filter(|grant| grant.person == person && grant.role == ROLE);
        mine.filter(|grant| grant.vouched_by.as_ref() == Some(&vouch.by))
    };
    let left = |grant: &RoleGrant| grant.until.map_or(TimeDelta::MAX, |until| until - now);
    let holds = |grant: &&RoleGrant| left(grant) > TimeDelta::zero();
    if !vouch.holds {
        for grant in mine().filter(holds) {
            end(&mut decision, &act, grant, VouchEnd::RoleGone);
        }
        return decision;
    }
    let until: Timestamp = vouch.shown_at.min(now) + BELIEVED;
    let is_known = mine().any(|grant| left(grant) >= RENEWED);
    let is_stale = until <= now || mine().any(|grant| !holds(&grant));
    if is_known || is_stale {
        return decision;
    }
    let body = Body::RoleVouched(Vouched {
        person,
        role: ROLE,
        by: vouch.by.clone(),
        until,
    });
    decision.entries.push(entry(&act, body));
    decision.people.push(PersonChange::Grant(RoleGrant {
        id: GrantId::new(act.at.entropy, now),
        role: ROLE,
        person,
        from: now,
        until: Some(until),
        granted_by: None,
        vouched_by: Some(vouch.by.clone()),
    }));
    decision
}

/// What follows from settings that go by no other role than `asked`.
#[must_use]
pub fn settled(act: Act<'_>, grants: &[RoleGrant], asked: Option<&Voucher>) -> Decision {
    let mut decision = Decision::default();
    let stale =
        |grant: &&RoleGrant| grant.vouched_by.is_some() && grant.vouched_by.as_ref() != asked;
    for grant in grants.iter().filter(stale) {
        end(&mut decision, &act, grant, VouchEnd::SettingGone);
    }
    decision
}

fn end(decision: &mut Decision, act: &Act<'_>, grant: &RoleGrant, because: VouchEnd) {
    let Some(by) = grant.vouched_by.clone() else {
        return;
    };
    let body = Body::VouchEnded(Unvouched {
        person: grant.person,
        role: grant.role,
        by,
        because,
    });
    decision.entries.push(entry(act, body));
    decision.people.push(PersonChange::Revoke {
        grant: RoleGrant {
            until: Some(act.at.now),
            ..grant.clone()
        },
    });
}

fn entry(act: &Act<'_>, body: Body) -> NewEntry {
    NewEntry {
        stream: Stream::Org,
        effective_at: act.happened_at,
        actor: act.actor.who,
        origin: act.origin.clone(),
        body,
    }
}

//! The directory file taken over: people added or changed, roles granted and revoked, each as an entry of the org stream.
//!
//! Invariants: a person keeps its id once one of its accounts is known (also if chat saw it first); only grants that the file gave are revoked
//! when the file no longer names them; an unchanged file decides nothing. Neighbours: `config` reads the file, the store keeps it.

use super::{
    decision::{Decision, PersonChange, Refusal, RefusalCode},
    draft::Act,
    ids::{GrantId, PersonId},
    person::{Person, Role, RoleGrant},
    timeline::{Body, NewEntry, RoleOf, Stream},
};
use std::collections::{BTreeMap, BTreeSet};

/// What follows from the file for the directory as it is.
///
/// # Errors
/// When the file gives one person accounts of two people who are known apart.
pub fn seed(
    act: Act<'_>,
    known: &[Person],
    grants: &[RoleGrant],
    file: &[(Person, BTreeSet<Role>)],
) -> Result<Decision, Refusal> {
    let mut decision = Decision::default();
    let mut wanted: BTreeMap<PersonId, BTreeSet<Role>> = BTreeMap::new();
    for (entry, roles) in file {
        let before = known
            .iter()
            .find(|known| known.id == entry.id)
            .or_else(|| known.iter().find(|known| shares_account(known, entry)));
        let person = Person {
            id: before.map_or(entry.id, |before| before.id),
            ..entry.clone()
        };
        if let Some(other) = known
            .iter()
            .find(|other| other.id != person.id && shares_account(other, &person))
        {
            return Err(two_people(&person, other));
        }
        if before.is_none_or(|before| !same(before, &person)) {
            let body = Body::PersonChanged {
                person: person.id,
                name: person.name.clone(),
            };
            decision.entries.push(entry_of(&act, body));
            decision.people.push(PersonChange::Put(person.clone()));
        }
        wanted.entry(person.id).or_default().extend(roles);
    }
    let from_file = |grant: &&RoleGrant| grant.granted_by.is_none() && grant.vouched_by.is_none();
    for grant in grants.iter().filter(from_file) {
        let keep = wanted
            .get(&grant.person)
            .is_some_and(|roles| roles.contains(&grant.role));
        if !keep {
            let (person, role) = (grant.person, grant.role);
            decision
                .entries
                .push(entry_of(&act, Body::RoleRevoked(RoleOf { person, role })));
            decision.people.push(PersonChange::Revoke {
                grant: RoleGrant {
                    until: Some(act.at.now),
                    ..grant.clone()
                },
            });
        }
    }
    for (person, roles) in wanted {
        for role in roles {
            // What a platform vouches for ends by itself: the file's own grant does not rest on it.
            let has = |grant: &RoleGrant| {
                grant.person == person && grant.role == role && grant.vouched_by.is_none()
            };
            if grants.iter().any(has) {
                continue;
            }
            decision
                .entries
                .push(entry_of(&act, Body::RoleGranted(RoleOf { person, role })));
            decision.people.push(PersonChange::Grant(RoleGrant {
                id: GrantId::new(act.at.entropy, act.at.now),
                role,
                person,
                from: act.at.now,
                until: None,
                granted_by: None,
                vouched_by: None,
            }));
        }
    }
    Ok(decision)
}

/// Their reports and acts are on the record of two people: a file cannot make them one.
fn two_people(entry: &Person, other: &Person) -> Refusal {
    let shared: Vec<String> = other
        .identities
        .iter()
        .filter(|account| entry.identities.contains(account))
        .map(|account| format!("{} {}", account.platform, account.user))
        .collect();
    Refusal::new(
        RefusalCode::BadInput,
        format!(
            "The directory file gives the account {} to \"{}\", but it acted before as \"{}\", who is somebody else on the record. Take it out of that entry, or give it an entry of its own.",
            shared.join(", "),
            entry.name,
            other.name
        ),
    )
}

fn shares_account(one: &Person, other: &Person) -> bool {
    one.identities
        .iter()
        .any(|account| other.identities.contains(account))
}

/// Whether two are the same person in every word; the order of accounts does not matter.
fn same(one: &Person, other: &Person) -> bool {
    let accounts = |person: &Person| -> BTreeSet<_> { person.identities.iter().cloned().collect() };
    accounts(one) == accounts(other)
        && Person {
            identities: Vec::new(),
            ..one.clone()
        } == Person {
            identities: Vec::new(),
            ..other.clone()
        }
}

fn entry_of(act: &Act<'_>, body: Body) -> NewEntry {
    NewEntry {
        stream: Stream::Org,
        effective_at: act.happened_at,
        actor: act.actor.who,
        origin: act.origin.clone(),
        body,
    }
}

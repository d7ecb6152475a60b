//! Digest: once a day, each person who works on cases is told what is due. Whose day has come, and what it holds.
//!
//! Invariants: one cause for each person and local date, so that no clock, restart or replica makes two of one day; whoever began to work
//! on cases after the hour of a day hears from the next day on; a digest that would say nothing is not sent, with the reason in words.
//! Neighbours: [`super::owed`] says what is due, `workflow/digest.rs` queues the rows, `delivery/digest.rs` asks when they are sent.

use super::{
    authority::{self, Relation},
    case::Case,
    clock::Timestamp,
    decision::At,
    ids::{CaseId, CaseNumber, OutboxId, PersonId},
    notification::{Notification, NotificationKind, Priority, Recipient, Refs, Topic},
    owed::{self, Owed, Unmet},
    person::{Actor, Person, Role},
    policy::Policy,
    visible::{self, View},
};
use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

/// The roles that answer for what nobody has taken.
pub const LEADS: &[Role] = &[Role::SocLead, Role::IncidentCommander];
/// How many cases each part names; the rest is counted.
pub const SHOWN: usize = 8;

/// How whoever owns a case stands to it.
const OWNER: Relation = Relation {
    reporter: false,
    owner: true,
    paged: false,
};

/// What is due for one person on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// Own cases whose time has passed.
    pub overdue: Part,
    /// Own cases that are due before the day ends.
    pub today: Part,
    /// Own cases that are due later.
    pub later: Part,
    /// Open cases that nobody has taken; for leads.
    pub unowned: Part,
}

/// Some cases of a digest, what is due first first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The first ones.
    pub cases: Vec<DueCase>,
    /// How many more there are.
    pub more: usize,
}

impl Part {
    /// How many cases it is about.
    #[must_use]
    pub fn total(&self) -> usize {
        self.cases.len() + self.more
    }
}

/// A case of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCase {
    /// The case.
    pub case: CaseId,
    /// What of it the reader may see.
    pub view: View,
    /// What is owed first, overdue or not.
    pub due: Option<Owed>,
}

/// The zone in which a person's days begin.
#[must_use]
pub fn zone(person: &Person, policy: &Policy) -> Tz {
    let own = person.time_zone.as_deref();
    own.and_then(|zone| zone.parse().ok())
        .unwrap_or(policy.organisation.time_zone)
}

/// The day whose digest is to be queued at `now` for somebody who works on cases since `since`, if its hour has come there.
#[must_use]
pub fn day(policy: &Policy, zone: Tz, since: Timestamp, now: Timestamp) -> Option<NaiveDate> {
    if !policy.digest.enabled {
        return None;
    }
    // Wall clocks are compared, so an hour that a change of the clocks leaves out has come when the clock stands past it.
    let wall = |at: Timestamp| -> NaiveDateTime { at.with_timezone(&zone).naive_local() };
    let today = wall(now).date();
    let hour = today.and_hms_opt(u32::from(policy.digest.hour), 0, 0)?;
    (wall(now) >= hour && wall(since) <= hour).then_some(today)
}

/// The cause of a digest.
#[must_use]
pub fn cause(person: PersonId, day: NaiveDate) -> String {
    format!("digest:{person}:{day}")
}

/// The row for a digest. Whether anything is due is asked when it is sent.
#[must_use]
pub fn notification(person: PersonId, day: NaiveDate, at: &At<'_>) -> Notification {
    Notification {
        id: OutboxId::new(at.entropy, at.now),
        dedupe: cause(person, day),
        kind: NotificationKind::DirectNotice,
        case: None,
        to: Recipient::Person { person, via: None },
        // Nobody waits for it: whatever else there is to tell goes first.
        priority: Priority::Card,
        not_before: at.now,
        refs: Refs {
            topic: Some(Topic::Digest),
            day: Some(day),
            ..Refs::default()
        },
    }
}

/// Whose digest of which day is to be told now.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The person.
    pub person: &'a Person,
    /// The same as an actor, with the roles of this moment.
    pub actor: &'a Actor,
    /// The day.
    pub day: NaiveDate,
    /// The present instant.
    pub now: Timestamp,
}

/// Why the digest is not to be told any more, whatever is due.
///
/// # Errors
/// The reason, for the record.
pub fn still_wanted(asked: &Asked<'_>) -> Result<(), &'static str> {
    let today = asked
        .now
        .with_timezone(&zone(asked.person, asked.policy))
        .date_naive();
    if !asked.policy.digest.enabled {
        Err("the policy does not want digests")
    } else if today != asked.day {
        Err("its day had passed before it was sent")
    } else if !asked.actor.has_any(authority::WORKERS) {
        Err("the person does not work on cases any more")
    } else {
        Ok(())
    }
}

/// The digest of these open cases: `own` are the person's, `unowned` are nobody's and told to leads alone.
///
/// # Errors
/// The reason why there is nothing to tell, for the record.
pub fn digest(
    asked: &Asked<'_>,
    own: &[Case],
    unowned: &[Case],
    unmet: &[Unmet],
) -> Result<Digest, &'static str> {
    still_wanted(asked)?;
    let zone = zone(asked.person, asked.policy);
    let mut parts = <[Vec<(CaseNumber, DueCase)>; 4]>::default();
    let [overdue, today, later, nobodys] = &mut parts;
    for case in own {
        // What nothing is due of is no news of a day.
        let Some(first) = owed::owed(case, unmet).first().copied() else {
            continue;
        };
        let part = if first.due_at < asked.now {
            &mut *overdue
        } else if first.due_at.with_timezone(&zone).date_naive() == asked.day {
            &mut *today
        } else {
            &mut *later
        };
        part.push((case.number, due_case(asked, OWNER, case, Some(first))));
    }
    if asked.actor.has_any(LEADS) {
        for case in unowned {
            let first = owed::owed(case, unmet).first().copied();
            let row = due_case(asked, Relation::default(), case, first);
            nobodys.push((case.number, row));
        }
    }
    if parts.iter().all(Vec::is_empty) {
        return Err("nothing is due for the person");
    }
    let [overdue, today, later, unowned] = parts.map(part);
    Ok(Digest {
        overdue,
        today,
        later,
        unowned,
    })
}

fn due_case(asked: &Asked<'_>, relation: Relation, case: &Case, due: Option<Owed>) -> DueCase {
    let audience = visible::audience(asked.actor, relation, case);
    DueCase {
        case: case.id,
        view: visible::visible(case, &audience),
        due,
    }
}

fn part(mut cases: Vec<(CaseNumber, DueCase)>) -> Part {
    cases.sort_by_key(|(number, case)| (case.due.is_none(), case.due, number.year, number.n));
    let more = cases.len().saturating_sub(SHOWN);
    let cases = cases.into_iter().take(SHOWN).map(|(_, case)| case);
    Part {
        cases: cases.collect(),
        more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::Owner,
        deadline::DeadlineKind,
        owed::tests::{case, unmet},
        person::{PersonKind, Who},
        policy::sample,
    };
    use uuid::Uuid;

    const LONG_AGO: &str = "2026-01-01T00:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn due(hour: u8, zone: Tz, since: &str, now: &str) -> Option<String> {
        let mut policy = sample();
        policy.digest.hour = hour;
        day(&policy, zone, at(since), at(now)).map(|day| day.to_string())
    }

    #[test]
    fn the_hour_is_that_of_the_zone_and_lasts_until_midnight() {
        use chrono_tz::{Asia::Tokyo, UTC};
        assert_eq!(due(8, UTC, LONG_AGO, "2026-03-02T07:59:59Z"), None);
        for now in ["2026-03-02T08:00:00Z", "2026-03-02T23:59:59Z"] {
            assert_eq!(due(8, UTC, LONG_AGO, now).unwrap(), "2026-03-02");
        }
        assert_eq!(due(8, UTC, LONG_AGO, "2026-03-03T00:00:00Z"), None);
        assert_eq!(due(8, Tokyo, LONG_AGO, "2026-03-01T22:59:00Z"), None);
        let tokyo = due(8, Tokyo, LONG_AGO, "2026-03-01T23:00:00Z");
        assert_eq!(tokyo.unwrap(), "2026-03-02");
        let midnight = due(0, UTC, LONG_AGO, "2026-03-03T00:00:00Z");
        assert_eq!(midnight.unwrap(), "2026-03-03");
    }

    #[test]
    fn who_began_after_the_hour_hears_from_the_next_day_on() {
        use chrono_tz::UTC;
        let since = "2026-03-02T09:00:00Z";
        assert_eq!(due(8, UTC, since, "2026-03-02T10:00:00Z"), None);
        let next = due(8, UTC, since, "2026-03-03T08:00:00Z");
        assert_eq!(next.unwrap(), "2026-03-03");
    }

    #[test]
    fn a_day_whose_clocks_change_has_one_digest() {
        use chrono_tz::Europe::Zurich;
        // Two o'clock is left out: from 01:59:59 it goes on at three.
        assert_eq!(due(2, Zurich, LONG_AGO, "2026-03-29T00:59:59Z"), None);
        let spring = due(2, Zurich, LONG_AGO, "2026-03-29T01:00:00Z");
        assert_eq!(spring.unwrap(), "2026-03-29");
        // Two o'clock comes twice, and belongs to one date both times.
        for now in ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"] {
            assert_eq!(due(2, Zurich, LONG_AGO, now).unwrap(), "2026-10-25");
        }
    }

    #[test]
    fn a_policy_without_digests_has_no_day() {
        let mut policy = sample();
        policy.digest.enabled = false;
        let found = day(
            &policy,
            chrono_tz::UTC,
            at(LONG_AGO),
            at("2026-03-02T12:00:00Z"),
        );
        assert_eq!(found, None);
    }

    /// A case with one deadline, `minutes` after the epoch.
    fn due_at(n: u32, minutes: i64) -> (Case, Unmet) {
        let mut case = case();
        case.id = CaseId(Uuid::from_u128(u128::from(n)));
        case.number.n = n;
        let mut unmet = unmet(DeadlineKind::Resolve, minutes, false);
        unmet.deadline.case = case.id;
        (case, unmet)
    }

    fn told(
        role: Role,
        zone: &str,
        own: &[(Case, Unmet)],
        nobodys: &[(Case, Unmet)],
    ) -> Result<Digest, &'static str> {
        let person = Person {
            id: PersonId(Uuid::nil()),
            kind: PersonKind::Person,
            name: "Ada".to_owned(),
            locale: None,
            time_zone: Some(zone.to_owned()),
            identities: Vec::new(),
            contacts: Vec::new(),
        };
        let actor = Actor {
            who: Who::Person(person.id),
            roles: [role].into(),
            outsider: false,
        };
        let asked = Asked {
            policy: &sample(),
            person: &person,
            actor: &actor,
            day: at("1970-01-01T12:00:00Z").date_naive(),
            now: at("1970-01-01T12:00:00Z"),
        };
        let unmet: Vec<Unmet> = own
            .iter()
            .chain(nobodys)
            .map(|(_, unmet)| unmet.clone())
            .collect();
        let cases = |some: &[(Case, Unmet)]| some.iter().map(|(case, _)| case.clone()).collect();
        let (own, nobodys): (Vec<Case>, Vec<Case>) = (cases(own), cases(nobodys));
        digest(&asked, &own, &nobodys, &unmet)
    }

    fn numbers(part: &Part) -> Vec<u32> {
        part.cases.iter().map(|case| case.view.number.n).collect()
    }

    #[test]
    fn what_is_due_is_sorted_by_the_readers_day_and_the_rest_is_counted() {
        let hour = |n: u32, hours: i64| due_at(n, hours * 60);
        let own = [
            hour(1, 90),
            hour(2, 11),
            hour(3, 23),
            hour(4, 13),
            hour(5, 9),
        ];
        let found = told(Role::Responder, "UTC", &own, &[]).unwrap();
        assert_eq!(numbers(&found.overdue), [5, 2]);
        assert_eq!(numbers(&found.today), [4, 3]);
        assert_eq!(numbers(&found.later), [1]);
        // Eleven at night is tomorrow in Berlin, an hour ahead.
        let found = told(Role::Responder, "Europe/Berlin", &own, &[]).unwrap();
        assert_eq!(numbers(&found.today), [4]);
        assert_eq!(numbers(&found.later), [3, 1]);
        let many: Vec<_> = (1..=11).map(|n| hour(n, 100 - i64::from(n))).collect();
        let found = told(Role::Responder, "UTC", &many, &[]).unwrap();
        assert_eq!(numbers(&found.later), [11, 10, 9, 8, 7, 6, 5, 4]);
        assert_eq!((found.later.more, found.later.total()), (3, 11));
    }

    #[test]
    fn what_nobody_took_is_for_leads_and_nothing_is_for_nobody() {
        let lying = [due_at(7, 60)];
        assert!(matches!(lying[0].0.owner, Owner::Team(_)));
        let nothing = Err("nothing is due for the person");
        assert_eq!(told(Role::Responder, "UTC", &[], &lying), nothing);
        assert_eq!(told(Role::SocLead, "UTC", &[], &[]), nothing);
        for lead in LEADS {
            let found = told(*lead, "UTC", &[], &lying).unwrap();
            assert_eq!(numbers(&found.unowned), [7]);
            assert_eq!(found.overdue.total(), 0);
        }
        // Whoever works on cases no more is told nothing, whatever is due.
        let why = told(Role::Executive, "UTC", &lying, &lying).unwrap_err();
        assert!(why.contains("does not work on cases"), "{why}");
        let mut closed = due_at(8, 60);
        closed.0.status = crate::domain::case::Status::Closed;
        assert_eq!(told(Role::Responder, "UTC", &[closed], &[]), nothing);
    }
}

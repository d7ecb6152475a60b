//! The authorisation table, role by verb, as one picture: a change of it is a change of this picture.

use super::world::{Op, World};
use crate::domain::{
    authority::{Relation, Verb, check},
    case::{Case, Owner},
    handling::Restriction,
    ids::PersonId,
    person::{Actor, Role, Who},
    policy::sample,
};
use std::collections::BTreeSet;
use uuid::Uuid;

fn actor(roles: &[Role], outsider: bool) -> Actor {
    Actor {
        who: Who::Person(PersonId(Uuid::from_u128(99))),
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        outsider,
    }
}

fn case(restricted: bool, taken: bool) -> Case {
    let mut world = World::open(false, true);
    if taken {
        world.play(&Op::Take(1));
    }
    let mut case = world.seen.file.unwrap().case;
    if restricted {
        case.handling.restricted = Some(Restriction {
            reason: "r".into(),
            until: case.reported_at,
        });
    }
    case
}

const REPORTER: Relation = Relation {
    reporter: true,
    owner: false,
    paged: false,
};
const PAGED: Relation = Relation {
    reporter: false,
    owner: false,
    paged: true,
};

/// Columns: each role, then nobody, reporter, paged, outsider, outsider who reported, the product itself.
fn row(verb: Verb, case: &Case) -> String {
    let labels = sample().role;
    let mut out = String::new();
    let mut put = |actor: &Actor, relation: Relation| {
        let may = check(verb, actor, Some((case, relation)), &labels).is_ok();
        out.push(if may { 'x' } else { '.' });
    };
    for role in Role::ALL {
        put(&actor(&[*role], false), Relation::default());
    }
    let nobody = actor(&[], false);
    put(&nobody, Relation::default());
    put(&nobody, REPORTER);
    put(&nobody, PAGED);
    put(&actor(&[], true), Relation::default());
    put(&actor(&[], true), REPORTER);
    put(&Actor::system(), Relation::default());
    out
}

fn picture(case: &Case) -> String {
    let mut out = String::new();
    for verb in Verb::ALL {
        out.push_str(&format!("{:16} {}\n", verb.as_str(), row(*verb, case)));
    }
    out
}

#[test]
fn who_may_do_what() {
    // responder, SOC lead, commander, primary, backup, executive, privacy, IT operations, service owner, auditor, operator
    // | nobody, reporter, paged, outsider, outsider who reported, system
    insta::assert_snapshot!(picture(&case(false, false)), @r"
    open             xxxxxxxxxxxxxxxxx
    join             xxxxxxxxxxxxxx...
    attach           xxxxxxxxxxxxxx.x.
    message_changed  xxxxxxxxxxxxxxxxx
    message_deleted  xxxxxxxxxxxxxxxxx
    add_details      xxxxx.......x..x.
    withdraw         ............x..x.
    take             xxxxx........x...
    triage           xxxxx............
    assess           xxxxx............
    set_severity     xxxxx............
    escalate         xxxxx............
    acknowledge      xxxxx........x...
    note             xxxxx........x...
    close            xxxxx............
    reopen           xxxxx............
    merge            xxxxx............
    unmerge          xxxxx............
    link             xxxxxxxxxxxxxx...
    view             xxxxxxx..x..xx.xx
    tick             ................x
    adopt_policy     ..........x.....x
    seed_directory   ..........x.....x
    ");
}

#[test]
fn who_may_do_what_with_a_restricted_case_that_somebody_took() {
    insta::assert_snapshot!(picture(&case(true, true)), @r"
    open             xxxxxxxxxxxxxxxxx
    join             xxxxxxxxxxxxxx...
    attach           xxxxxxxxxxxxxx.x.
    message_changed  xxxxxxxxxxxxxxxxx
    message_deleted  xxxxxxxxxxxxxxxxx
    add_details      .xx.........x..x.
    withdraw         ............x..x.
    take             .xx..........x...
    triage           .xx..............
    assess           .xx..............
    set_severity     .xx..............
    escalate         .xx..............
    acknowledge      .xx..........x...
    note             .xx..........x...
    close            .xx..............
    reopen           .xx..............
    merge            .xx..............
    unmerge          .xx..............
    link             xxxxxxxxxxxxxx...
    view             xxxxx.x.....xx.xx
    tick             ................x
    adopt_policy     ................x
    seed_directory   ................x
    ");
}

#[test]
fn a_restricted_case_can_be_taken_while_nobody_has_it() {
    let labels = sample().role;
    let responder = actor(&[Role::Responder], false);
    let ask = |case: &Case| {
        check(
            Verb::Take,
            &responder,
            Some((case, Relation::default())),
            &labels,
        )
    };
    assert!(ask(&case(true, false)).is_ok());
    let refusal = ask(&case(true, true)).unwrap_err();
    assert!(refusal.sentence.contains("restricted"), "{refusal}");
    let mut own = case(true, true);
    own.owner = Owner::Person(PersonId(Uuid::from_u128(99)));
    let owner = Relation {
        owner: true,
        ..Relation::default()
    };
    assert!(check(Verb::Close, &responder, Some((&own, owner)), &labels).is_ok());
}

#[test]
fn a_refusal_says_who_can_and_tells_strangers_nothing() {
    let labels = sample().role;
    let case = case(false, false);
    let reporter = check(
        Verb::Close,
        &actor(&[], false),
        Some((&case, REPORTER)),
        &labels,
    )
    .unwrap_err();
    for role in ["close a case", "Responder", "can"] {
        assert!(reporter.sentence.contains(role), "{reporter}");
    }
    let stranger = check(
        Verb::Close,
        &actor(&[], false),
        Some((&case, Relation::default())),
        &labels,
    );
    assert_eq!(
        stranger.unwrap_err(),
        crate::domain::authority::no_such_case()
    );
    let outsider = check(
        Verb::View,
        &actor(&[], true),
        Some((&case, Relation::default())),
        &labels,
    );
    assert_eq!(
        outsider.unwrap_err(),
        crate::domain::authority::no_such_case()
    );
}

#[test]
fn every_verb_has_exactly_one_row() {
    let labels = sample().role;
    let case = case(false, false);
    let all = actor(Role::ALL, false);
    for verb in Verb::ALL {
        let somebody = check(*verb, &all, Some((&case, REPORTER)), &labels).is_ok()
            || check(*verb, &Actor::system(), None, &labels).is_ok();
        assert!(somebody, "nobody may do {verb}");
        assert_eq!(crate::domain::authority::rows(*verb), 1, "{verb}");
    }
}

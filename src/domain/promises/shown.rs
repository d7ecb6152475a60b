//! What is shown: a restricted case leaks nothing but its number, an outsider sees number and status, a reporter the own words.

use super::world::{Op, World, person};
use crate::domain::{
    authority::Relation,
    case::{Case, Closure},
    event_report::Asset,
    ids::PersonId,
    person::{Actor, Role, Who},
    visible::{Audience, View, WhichReports, audience, visible},
};
use std::collections::BTreeSet;

/// A case in which every text is a word that can be searched for.
fn telling(restricted: bool) -> Case {
    let mut world = World::open(restricted, true);
    world.play(&Op::Triage(1, 0, 0));
    world.play(&Op::Assess(1, 2));
    let mut case = world.seen.file.unwrap().case;
    let word = || Some("SUBSTANCE".to_owned());
    case.title = "SUBSTANCE".into();
    case.asset = Asset {
        provider: word(),
        account: word(),
        tenant: word(),
        application: word(),
    };
    case.alert.id = word();
    case.alert.links = vec!["SUBSTANCE".into()];
    case.service_owner = word();
    case.category = "SUBSTANCE".into();
    case.closure = Some(Closure {
        outcome: "outcome".into(),
        notes: "SUBSTANCE".into(),
        by: person(1, true).id,
    });
    case
}

fn actor(roles: &[Role], outsider: bool) -> Actor {
    Actor {
        who: Who::Person(person(0, true).id),
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        outsider,
    }
}

fn leaks(view: &View) -> bool {
    let text = format!("{view:?}");
    text.contains("SUBSTANCE")
        || text.contains(&person(1, true).id.to_string())
        || view.names
        || view.work
}

const REPORTER: Relation = Relation {
    reporter: true,
    owner: false,
    paged: false,
};

#[test]
fn a_restricted_case_leaks_nothing_but_number_and_status() {
    let case = telling(true);
    let responder = actor(&[Role::Responder], false);
    let id = PersonId(uuid::Uuid::from_u128(1));
    for audience in [
        Audience::Queue,
        Audience::Responder(&responder, Relation::default()),
        Audience::Reporter(id),
        Audience::Outsider(id),
        Audience::Executive,
        Audience::Stranger,
    ] {
        let view = visible(&case, &audience);
        assert!(!leaks(&view), "{audience:?}: {view:?}");
        assert_eq!((view.number, view.status), (case.number, case.status));
        assert_eq!(view.severity, None);
        assert_eq!(view.assessment, None);
    }
}

#[test]
fn the_check_of_leaks_can_fail_and_those_concerned_see_it_all() {
    let case = telling(true);
    let concerned = [
        (actor(&[Role::SocLead], false), Relation::default()),
        (
            actor(&[Role::IncidentCommander], false),
            Relation::default(),
        ),
        (actor(&[Role::PrivacyLegal], false), Relation::default()),
        (
            actor(&[Role::Responder], false),
            Relation {
                owner: true,
                ..Relation::default()
            },
        ),
        (
            actor(&[], false),
            Relation {
                paged: true,
                ..Relation::default()
            },
        ),
    ];
    for (actor, relation) in &concerned {
        let view = visible(&case, &audience(actor, *relation, &case));
        assert!(
            leaks(&view) && view.reports == WhichReports::All,
            "{actor:?}"
        );
    }
}

#[test]
fn outsiders_and_strangers_see_number_and_status_of_any_case() {
    let case = telling(false);
    let outsider = actor(&[], true);
    for relation in [REPORTER, Relation::default()] {
        let view = visible(&case, &audience(&outsider, relation, &case));
        assert!(!leaks(&view), "{view:?}");
    }
    let stranger = actor(&[], false);
    let view = visible(&case, &audience(&stranger, Relation::default(), &case));
    assert!(!leaks(&view) && view.reports == WhichReports::None);
}

#[test]
fn a_reporter_sees_the_own_words_and_not_those_of_others() {
    let mut world = World::open(false, true);
    world.play(&Op::Join(1));
    let file = world.seen.file.unwrap();
    let me = actor(&[], false);
    let audience = audience(&me, REPORTER, &file.case);
    assert_eq!(audience, Audience::Reporter(person(0, true).id));
    let view = visible(&file.case, &audience);
    assert_eq!(view.title, None);
    let shown: Vec<_> = file
        .reports
        .iter()
        .filter(|report| view.reports.shows(report))
        .collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].reporter, person(0, true).id);
}

#[test]
fn the_queue_sees_an_open_case_whole_and_an_executive_its_outline() {
    let case = telling(false);
    let queue = visible(&case, &Audience::Queue);
    assert_eq!(queue.title.as_deref(), Some("SUBSTANCE"));
    let outline = visible(&case, &Audience::Executive);
    assert_eq!((outline.title, outline.names), (None, false));
    assert_eq!(outline.severity, Some(case.severity));
}

//! What a turn answers by itself: faults, refusals and their place. The whole loop is tried with the real store in `tests/it`.

use super::turn::{IGNORED, Turn};
use crate::chat::answer::Answer;
use crate::chat::form::{Entered, FormKey};
use crate::chat::forms::HAVE_FORMS;
use crate::chat::inbound::{Inbound, InboundKind, Place, Sender};
use crate::chat::speech::plain;
use crate::chat::traits::Hearing;
use crate::domain::{
    authority::Verb,
    clock::from_micros,
    decision::{Refusal, RefusalCode},
    event_report::{Door, MessageRef, Snapshot},
    ids::{CaseId, CaseNumber, ReportId},
    person::{Identity, PlatformId},
    policy,
};
use crate::workflow::{Caller, Done, Fault};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

fn message() -> MessageRef {
    MessageRef {
        platform: PlatformId::Slack,
        workspace: "T1".into(),
        channel: "C1".into(),
        message: "1.0".into(),
    }
}

fn turn(kind: InboundKind, direct: bool, outsider: bool) -> Turn {
    let identity = Identity {
        platform: PlatformId::Slack,
        realm: "T1".into(),
        user: "U1".into(),
    };
    let inbound = Inbound {
        key: "slack:event:Ev1".into(),
        wire_sha256: "0123456789abcdef".into(),
        from: Sender {
            identity,
            name: None,
            outsider,
            locale: None,
            time_zone: None,
            vouch: None,
        },
        place: Place {
            platform: PlatformId::Slack,
            workspace: "T1".into(),
            channel: Some("C1".into()),
            direct,
        },
        happened_at: from_micros(1_772_000_000_000_000).unwrap(),
        kind,
    };
    Turn::new(inbound, Arc::new(policy::sample()), Hearing::ALL)
}

fn command() -> InboundKind {
    InboundKind::Command {
        text: "my files are gone".into(),
    }
}

fn said() -> InboundKind {
    InboundKind::Message {
        text: "lunch?".into(),
        message: message(),
        thread: None,
        files: vec![],
    }
}

fn submission(verb: &str) -> InboundKind {
    InboundKind::Submission {
        form: FormKey {
            verb: verb.to_owned(),
            id: Uuid::nil().to_string(),
            extra: BTreeMap::new(),
        },
        entered: Entered::default(),
    }
}

fn opened() -> Done {
    Done::Opened {
        case: CaseId(Uuid::from_u128(1)),
        number: CaseNumber { year: 2026, n: 42 },
        report: ReportId(Uuid::from_u128(2)),
        category: "not_sure".into(),
        withdraw_until: from_micros(1_772_000_600_000_000).unwrap(),
    }
}

#[test]
fn what_is_not_stored_is_never_called_reported() {
    let turn = turn(command(), false, false);
    let told = [
        turn.not_confirmed(),
        turn.fault(Fault::Unavailable("disk full".into())),
        turn.fault(Fault::Bug("boom".into())),
    ];
    let kinds: Vec<_> = told.iter().map(|told| told.outcome).collect();
    assert_eq!(kinds, ["unconfirmed", "failed", "failed"]);
    for told in told {
        let card = match told.answer {
            Answer::NotConfirmed(card) | Answer::Failed(card) | Answer::Private(card) => card,
            other => panic!("{other:?}"),
        };
        let words = plain(&card);
        assert!(
            !words.contains("recorded as") && !words.contains("reported"),
            "{words}"
        );
        assert!(words.contains("+1 202 555 0101"), "no urgent path: {words}");
        assert!(
            !words.contains("disk full") && !words.contains("boom"),
            "{words}"
        );
    }
}

#[test]
fn a_fault_is_named_by_its_delivery() {
    let told = turn(command(), false, false).fault(Fault::Bug("boom".into()));
    let Answer::Private(card) = told.answer else {
        panic!("{told:?}");
    };
    assert!(plain(&card).contains("F-01234567"), "{}", plain(&card));
}

#[test]
fn a_reaction_that_meets_a_bug_is_not_done_with() {
    let reaction = InboundKind::Reaction {
        name: "rotating_light".into(),
        snapshot: Snapshot {
            source: message(),
            author: None,
            text: "odd".into(),
            files: vec![],
            permalink: None,
            missing: None,
        },
    };
    let told = turn(reaction, false, false).fault(Fault::Bug("boom".into()));
    let Answer::Failed(card) = told.answer else {
        panic!("{told:?}");
    };
    assert!(plain(&card).contains("F-01234567"), "{}", plain(&card));
}

#[test]
fn nobody_is_told_of_trouble_with_a_message_that_was_not_for_us() {
    let ambient = turn(said(), false, false);
    assert!(ambient.is_ambient());
    assert_eq!(ambient.not_confirmed().answer, Answer::Again);
    let fault = ambient.fault(Fault::Unavailable("locked".into()));
    assert_eq!(fault.answer, Answer::Again);
    let direct = turn(said(), true, false);
    assert!(matches!(
        direct.not_confirmed().answer,
        Answer::NotConfirmed(_)
    ));
}

#[test]
fn an_outsider_gets_no_numbers_even_in_trouble() {
    let told = turn(command(), false, true).not_confirmed();
    let Answer::NotConfirmed(card) = told.answer else {
        panic!("{told:?}");
    };
    assert!(!plain(&card).contains("+1 202"));
    let told = turn(command(), false, true).receipt(&opened(), false);
    let Answer::Private(card) = told.answer else {
        panic!("{told:?}");
    };
    assert!(!plain(&card).contains("+1 202"));
}

#[test]
fn a_refusal_stands_at_its_field_or_on_a_card() {
    let mut refusal = Refusal::new(RefusalCode::BadInput, "Say why.");
    let pressed = turn(submission("close"), false, false);
    assert!(matches!(pressed.refusal(&refusal), Answer::Done(Some(_))));
    refusal.fields.insert("notes".into(), "Say why.".into());
    let errors = BTreeMap::from([("notes".to_owned(), "Say why.".to_owned())]);
    assert_eq!(pressed.refusal(&refusal), Answer::FieldErrors(errors));
    let asked = turn(command(), false, false);
    assert!(matches!(asked.refusal(&refusal), Answer::Private(_)));
}

#[test]
fn a_receipt_says_the_number_and_is_logged_with_it() {
    let told = turn(command(), false, false).receipt(&opened(), false);
    assert_eq!(
        (told.outcome, told.case.as_deref()),
        ("committed", Some("SE-2026-0042"))
    );
    let told = turn(submission("report"), false, false).receipt(&opened(), true);
    let Answer::Done(Some(card)) = told.answer else {
        panic!("{told:?}");
    };
    assert!(plain(&card).contains("restricted"));
    let told = turn(said(), false, false).receipt(&Done::Nothing, false);
    assert_eq!((told.answer, told.outcome), (Answer::Nothing, IGNORED));
}

#[test]
fn the_caller_is_the_account_that_sent_it() {
    let cx = turn(command(), false, true).cx(Door::SlashCommand);
    let Caller::Account {
        identity, outsider, ..
    } = &cx.caller
    else {
        panic!("{cx:?}");
    };
    assert_eq!((identity.user.as_str(), *outsider), ("U1", true));
    let key = cx.inbound.unwrap();
    assert_eq!(
        (key.key.as_str(), key.wire_sha256.as_str()),
        ("slack:event:Ev1", "0123456789abcdef")
    );
    assert_eq!(cx.origin.channel.as_deref(), Some("C1"));
}

/// Every verb that a button can carry is either done at once or has a form; nothing else is on a card.
#[test]
fn every_verb_on_a_card_is_understood() {
    let at_once = [Verb::Take, Verb::Acknowledge, Verb::Withdraw, Verb::View];
    let by_words = [
        Verb::Open,
        Verb::Join,
        Verb::Attach,
        Verb::MessageChanged,
        Verb::MessageDeleted,
        Verb::Link,
    ];
    let elsewhere = [Verb::Tick, Verb::AdoptPolicy, Verb::SeedDirectory];
    for verb in Verb::ALL {
        let homes = [
            at_once.contains(verb),
            by_words.contains(verb),
            elsewhere.contains(verb),
            HAVE_FORMS.contains(verb),
        ];
        let count = homes.iter().filter(|home| **home).count();
        assert_eq!(count, 1, "{verb} has {count} ways in chat");
    }
}

//! What the bot says, sentence by sentence: each occasion is compared with its snapshot, and the promises about words are checked on all of them.

use super::*;
use crate::chat::card::{Card, Part, Span};
use crate::domain::{
    assessment::Assessment,
    authority::Verb,
    case::{Alert, Case, Cia, Closure, DetectionSource, Instants, MergedInto, Owner, Status},
    case_file::Merged,
    clock::{Timestamp, from_micros},
    deadline::DeadlineKind,
    decision::{Refusal, RefusalCode},
    escalation::{Escalation, Run},
    event_report::{Asset, Attachment, FileRef, Kept},
    gates,
    handling::{Handling, Restriction, Tlp},
    ids::{
        AttachmentId, CaseId, CaseNumber, EscalationId, LinkId, OutboxId, PersonId,
        PolicyVersionId, ReportId,
    },
    linking::LinkRef,
    next_steps,
    notification::Topic,
    person::{Actor, ContactMethod, PlatformId, Role, Who},
    policy::{self, Policy},
    severity::{Level, Severity},
    visible::{Audience, visible},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const SAID: &str =
    "My laptop shows a ransom note <!channel> and I typed password=hunter2hunter2 before it froze";

fn at(minutes: i64) -> Timestamp {
    from_micros(1_772_000_000_000_000 + minutes * 60_000_000).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn english() -> Reader {
    Reader {
        locale: Locale::English,
        time_zone: chrono_tz::UTC,
        platform: READ_ON.get(),
        hears_threads: true,
    }
}

pub(crate) fn a_case() -> Case {
    Case {
        id: CaseId(id(1)),
        number: CaseNumber { year: 2026, n: 42 },
        version: 1,
        title: SAID.to_owned(),
        status: Status::New,
        assessment: Assessment::Undecided,
        phase: None,
        severity: Severity::Unrated,
        cia: Cia::default(),
        handling: Handling {
            tlp: Tlp::Amber,
            restricted: None,
        },
        category: policy::NOT_SURE.to_owned(),
        detection_source: DetectionSource::UserReport,
        asset: Asset::default(),
        alert: Alert::default(),
        owner: Owner::Team("Security Response".into()),
        service_owner: None,
        reported_at: at(0),
        instants: Instants::default(),
        closure: None,
        merged_into: None,
        policy: PolicyVersionId(id(9)),
        exercise: false,
    }
}

fn restricted(mut case: Case) -> Case {
    case.handling.restricted = Some(Restriction {
        reason: "concerns a colleague".into(),
        until: at(10_000),
    });
    case
}

fn triaged() -> Case {
    let mut case = a_case();
    case.status = Status::Triaging;
    case.severity = Severity::Unrated.rate(Level::Sev2);
    case.category = "malware_cloud_compute".into();
    case.owner = Owner::Person(PersonId(id(7)));
    case.asset.provider = Some("AWS".into());
    case.asset.account = Some("1234-5678".into());
    case.service_owner = Some("Payroll team".into());
    case
}

fn closed() -> Case {
    let mut case = triaged();
    case.status = Status::Closed;
    case.assessment = Assessment::FalsePositive;
    case.closure = Some(Closure {
        outcome: "false_alarm".into(),
        notes: "A screensaver of the vendor, checked with IT.".into(),
        by: PersonId(id(7)),
    });
    case
}

fn people() -> BTreeMap<PersonId, String> {
    [
        (7, "Rosa Responder"),
        (8, "Otto Oncall"),
        (9, "Rita Reporter"),
    ]
    .map(|(n, name)| (PersonId(id(n)), name.to_owned()))
    .into()
}

fn escalation(run: Run) -> Escalation {
    Escalation {
        id: EscalationId(id(3)),
        case: CaseId(id(1)),
        policy: "security_on_call".into(),
        by: PersonId(id(7)),
        reason: "It spreads to the file server".into(),
        started_at: at(5),
        run,
    }
}

fn running() -> Escalation {
    escalation(Run::Running {
        step: 0,
        attempt: 1,
        page: OutboxId(id(4)),
        paged: PersonId(id(8)),
    })
}

fn queue_card(policy: &Policy, case: &Case, run: Option<&Escalation>) -> Card {
    let view = visible(case, &Audience::Queue);
    card_for(policy, case, &view, run)
}

fn card_for(
    policy: &Policy,
    case: &Case,
    view: &crate::domain::visible::View,
    run: Option<&Escalation>,
) -> Card {
    let next = next_steps::sensible(case, run);
    case_card(
        &english(),
        &CaseFacts {
            policy,
            case: case.id,
            view,
            people: &people(),
            reporters: &[PersonId(id(9))],
            reports: 1,
            said: None,
            missing: &gates::incomplete(case, policy),
            due: Some((DeadlineKind::Triage, at(240))),
            escalation: run.map(|run| Escalated {
                run,
                due: Some(at(10)),
            }),
            files: &[],
            next: &next,
        },
    )
}

fn a_receipt(policy: &Policy) -> Receipt<'_> {
    Receipt {
        policy,
        case: CaseId(id(1)),
        number: CaseNumber { year: 2026, n: 42 },
        report: ReportId(id(2)),
        category: "malware_cloud_compute",
        joined: false,
        withdraw_until: Some(at(10)),
        restricted: false,
        outsider: false,
        direct: true,
    }
}

fn a_page<'a>(
    policy: &'a Policy,
    view: &'a crate::domain::visible::View,
    run: &'a Escalation,
) -> Page<'a> {
    Page {
        policy,
        view,
        escalation: run,
        role: Role::OnCallPrimary,
        attempt: 1,
        by: Some("Rosa Responder"),
        due: Some(at(10)),
        link: Some("https://example.org/card"),
    }
}

fn a_notice<'a>(policy: &'a Policy, case: &'a Case, topic: Topic, dial: &'a [Dial]) -> Notice<'a> {
    Notice {
        policy,
        case,
        topic,
        other: Some(CaseNumber { year: 2026, n: 7 }),
        to_reporter: false,
        about: Some("Otto Oncall"),
        words: matches!(
            topic,
            Topic::ReporterAdded | Topic::NoteToReporter | Topic::Reopened
        )
        .then_some("It came back after a restart"),
        attempt: Some(1),
        escalation: Some(EscalationId(id(3))),
        due: Some(at(10)),
        dial,
    }
}

fn dial() -> Vec<Dial> {
    vec![
        Dial {
            role: Role::OnCallPrimary,
            name: "Otto Oncall".into(),
            means: vec![ContactMethod::Phone("+1 202 555 0111".into())],
        },
        Dial {
            role: Role::OnCallBackup,
            name: "Bea Backup".into(),
            means: vec![],
        },
    ]
}

thread_local! {
    /// What was shown since somebody began to listen.
    static HEARD: std::cell::RefCell<Option<Vec<(String, Card)>>> = const { std::cell::RefCell::new(None) };
    /// Where it is read.
    static READ_ON: std::cell::Cell<PlatformId> = const { std::cell::Cell::new(PlatformId::Slack) };
}

/// Compares with a snapshot, which holds what is read on Slack; elsewhere it is compared where it is rendered.
macro_rules! assert_said {
    ($name:literal, $cards:expr) => {
        let said = shown($cards);
        if READ_ON.get() == PlatformId::Slack {
            insta::assert_snapshot!($name, said);
        }
    };
}

/// Every card of every occasion as it is read on a platform, for the tests of those who render them.
pub(crate) fn every_card(platform: PlatformId) -> Vec<(String, Card)> {
    READ_ON.set(platform);
    HEARD.set(Some(Vec::new()));
    let occasions: &[(&str, fn())] = &[
        ("the_receipt", the_receipt),
        ("the_case_card", the_case_card),
        (
            "a_merged_case_names_the_other_to_those_who_work_on_it_and_to_nobody_else",
            a_merged_case_names_the_other_to_those_who_work_on_it_and_to_nobody_else,
        ),
        (
            "a_reporter_reads_the_own_case_and_an_outsider_no_names",
            a_reporter_reads_the_own_case_and_an_outsider_no_names,
        ),
        ("the_page", the_page),
        ("feedback_and_its_preview", feedback_and_its_preview),
        ("every_topic_has_its_notice", every_topic_has_its_notice),
        (
            "help_contacts_and_who_is_on_call",
            help_contacts_and_who_is_on_call,
        ),
        (
            "trouble_is_said_with_the_way_out",
            trouble_is_said_with_the_way_out,
        ),
        ("linking", linking),
        (
            "what_can_be_written_in_the_room_of_a_case",
            what_can_be_written_in_the_room_of_a_case,
        ),
        ("lists_and_confirmations", lists_and_confirmations),
        ("the_home", the_home),
        ("the_digest", the_digest),
    ];
    for (occasion, said) in occasions {
        let from = HEARD.with_borrow(|heard| heard.as_ref().map_or(0, Vec::len));
        said();
        HEARD.with_borrow_mut(|heard| {
            for (name, _) in heard.iter_mut().flatten().skip(from) {
                *name = format!("{occasion}: {name}");
            }
        });
    }
    READ_ON.set(PlatformId::Slack);
    let mut heard = HEARD.take().unwrap_or_default();
    let mut seen = BTreeSet::new();
    heard.retain(|(name, _)| seen.insert(name.clone()));
    heard
}

fn shown(cards: &[(&str, Card)]) -> String {
    HEARD.with_borrow_mut(|heard| {
        if let Some(heard) = heard {
            heard.extend(
                cards
                    .iter()
                    .map(|(name, card)| ((*name).to_owned(), card.clone())),
            );
        }
    });
    cards
        .iter()
        .map(|(name, card)| format!("== {name}\n[{}]\n{}\n", card.summary, plain(card)))
        .collect()
}

#[test]
fn the_receipt() {
    let policy = policy::sample();
    let whole = a_receipt(&policy);
    let cards = [
        ("direct", receipt(&english(), &whole)),
        (
            "joined, in line, restricted",
            receipt(
                &english(),
                &Receipt {
                    joined: true,
                    direct: false,
                    restricted: true,
                    withdraw_until: None,
                    ..whole
                },
            ),
        ),
        (
            "outsider, unknown category",
            receipt(
                &english(),
                &Receipt {
                    outsider: true,
                    category: "dropped",
                    ..whole
                },
            ),
        ),
    ];
    assert_said!("receipt", &cards);
    assert!(
        !plain(&cards[2].1).contains("+1 202"),
        "an outsider got a number"
    );
    let elsewhere = Reader {
        platform: PlatformId::Discord,
        ..english()
    };
    for direct in [true, false] {
        let card = receipt(&elsewhere, &Receipt { direct, ..whole });
        assert!(plain(&card).contains("choose Reply") || plain(&card).contains("Choose Reply"));
        assert!(!plain(&card).contains("thread"), "there are none there");
    }
}

#[test]
fn the_case_card() {
    let policy = policy::sample();
    let mut escalated = triaged();
    escalated.status = Status::Escalated;
    let failed = escalation(Run::Failed { at: at(20) });
    let answered = escalation(Run::Acknowledged {
        by: PersonId(id(8)),
        at: at(8),
    });
    let run = running();
    let cards = [
        ("new", queue_card(&policy, &a_case(), None)),
        ("triaging", queue_card(&policy, &triaged(), None)),
        ("escalated", queue_card(&policy, &escalated, Some(&run))),
        ("failed", queue_card(&policy, &escalated, Some(&failed))),
        ("answered", queue_card(&policy, &escalated, Some(&answered))),
        ("closed", queue_card(&policy, &closed(), None)),
        (
            "restricted",
            queue_card(&policy, &restricted(escalated.clone()), Some(&run)),
        ),
    ];
    assert_said!("case_card", &cards);
    let bare = plain(&cards[6].1);
    for secret in [
        "ransom", "Rosa", "Otto", "Rita", "AWS", "SEV2", "Payroll", "Malware",
    ] {
        assert!(
            !bare.contains(secret),
            "a restricted card says {secret}:\n{bare}"
        );
    }
    assert!(bare.contains("[Acknowledge]"));
}

#[test]
fn a_merged_case_names_the_other_to_those_who_work_on_it_and_to_nobody_else() {
    let policy = policy::sample();
    let into = Case {
        id: CaseId(id(7)),
        number: CaseNumber { year: 2026, n: 7 },
        ..triaged()
    };
    let mut case = closed();
    case.merged_into = Some(MergedInto {
        case: into.id,
        number: into.number,
    });
    let merged = [Merged {
        case: case.clone(),
        reports: vec![],
    }];
    let seen = |case: &Case, audience: &Audience<'_>| {
        let (into, merged) = if case.merged_into.is_some() {
            (Some(&into), &[][..])
        } else {
            (None, &merged[..])
        };
        let view = visible(case, audience).among(into, merged, audience);
        card_for(&policy, case, &view, None)
    };
    let reporter = PersonId(id(9));
    let over = {
        let mut over = into.clone();
        over.status = Status::Closed;
        over.closure = closed().closure;
        let audience = Audience::Reporter(reporter);
        let view = visible(&case, &audience).among(Some(&over), &[], &audience);
        card_for(&policy, &case, &view, None)
    };
    let cards = [
        ("queue, the one that goes on", seen(&into, &Audience::Queue)),
        ("queue, the merged one", seen(&case, &Audience::Queue)),
        ("reporter", seen(&case, &Audience::Reporter(reporter))),
        ("outsider", seen(&case, &Audience::Outsider(reporter))),
        ("reporter, when it is over", over),
        (
            "queue, restricted",
            seen(&restricted(case.clone()), &Audience::Queue),
        ),
    ];
    assert_said!("merged", &cards);
    for (who, card) in &cards[2..] {
        assert!(!plain(card).contains("SE-2026-0007"), "{who}");
    }
}

#[test]
fn a_card_counts_its_files_and_explains_those_that_were_not_kept() {
    let policy = policy::sample();
    let case = triaged();
    let view = visible(&case, &Audience::Queue);
    let file = |n: u128, kept: Kept| Attachment {
        id: AttachmentId(id(n)),
        case: case.id,
        file: FileRef {
            id: format!("F{n}"),
            name: format!("<!channel> {n}.png"),
            media_type: None,
            size: None,
        },
        source: None,
        kept,
    };
    let yes = || Kept::Yes {
        sha256: "00".repeat(32),
        size: 5,
    };
    let no = || Kept::No {
        reason: "It was deleted in Slack. Ask who sent it for the file.".into(),
    };
    let of = |files: &[Attachment]| {
        let facts = CaseFacts {
            policy: &policy,
            case: case.id,
            view: &view,
            people: &people(),
            reporters: &[],
            reports: 1,
            said: None,
            missing: &[],
            due: None,
            escalation: None,
            files,
            next: &[],
        };
        plain(&case_card(&english(), &facts))
    };
    assert!(!of(&[]).contains("Files"));
    assert!(of(&[file(1, yes())]).contains("Files: 1 of 1 kept."));
    let some = of(&[file(1, yes()), file(2, Kept::Pending), file(3, no())]);
    assert!(
        some.contains("Files: 1 of 3 kept, 1 being fetched."),
        "{some}"
    );
    assert!(
        some.contains("3.png” was not kept. It was deleted in Slack. Ask who"),
        "{some}"
    );
    let many: Vec<Attachment> = (1..=9).map(|n| file(n, no())).collect();
    assert_eq!(of(&many).matches("was not kept").count(), 3);
}

#[test]
fn a_reporter_reads_the_own_case_and_an_outsider_no_names() {
    let policy = policy::sample();
    let case = closed();
    let view = visible(&case, &Audience::Reporter(PersonId(id(9))));
    let reporters = [PersonId(id(9))];
    let facts = |view| CaseFacts {
        policy: &policy,
        case: case.id,
        view,
        people: &EMPTY,
        reporters: &reporters,
        reports: 1,
        said: Some("My own words"),
        missing: &[],
        due: None,
        escalation: None,
        files: &[],
        next: &[],
    };
    static EMPTY: BTreeMap<PersonId, String> = BTreeMap::new();
    let stranger = visible(&case, &Audience::Outsider(PersonId(id(9))));
    let cards = [
        ("reporter", case_card(&english(), &facts(&view))),
        ("outsider", case_card(&english(), &facts(&stranger))),
    ];
    assert_said!("status", &cards);
    for (_, card) in &cards {
        assert!(
            !plain(card).contains("screensaver"),
            "closure notes are for the record"
        );
    }
}

#[test]
fn the_page() {
    let policy = policy::sample();
    let (case, run) = (triaged(), running());
    let view = visible(&case, &Audience::Queue);
    let hidden = restricted(case.clone());
    let bare = visible(&hidden, &Audience::Queue);
    let cards = [
        ("first", page(&english(), &a_page(&policy, &view, &run))),
        (
            "again, restricted",
            page(
                &english(),
                &Page {
                    attempt: 2,
                    due: None,
                    link: None,
                    ..a_page(&policy, &bare, &run)
                },
            ),
        ),
    ];
    assert_said!("page", &cards);
    let said = shown(&cards[1..]);
    for secret in ["ransom", "spreads", "Rosa", "SEV2"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[test]
fn feedback_and_its_preview() {
    let policy = policy::sample();
    let outcome = Outcome {
        policy: &policy,
        case: CaseId(id(1)),
        number: CaseNumber { year: 2026, n: 42 },
        outcome: "false_alarm",
        restricted: false,
        said: SAID,
        reported_at: at(0),
    };
    let hidden = Outcome {
        restricted: true,
        ..outcome
    };
    let cards = [
        ("open", feedback(&english(), &outcome)),
        ("restricted", feedback(&english(), &hidden)),
    ];
    assert_said!("feedback", &cards);
    assert!(!shown(&cards[1..]).contains("ransom"));
    for restricted in [false, true] {
        let told = policy.outcome("false_alarm").unwrap();
        let lines = preview(&english(), Some(told), restricted, 2);
        let said = plain(&feedback(
            &english(),
            &Outcome {
                restricted,
                ..outcome
            },
        ));
        let previewed = plain_line(lines.last().unwrap());
        assert!(
            said.contains(&previewed),
            "the preview differs from what is told"
        );
    }
}

#[test]
fn every_topic_has_its_notice() {
    let policy = policy::sample();
    let case = triaged();
    let numbers = dial();
    let mut cards: Vec<(String, Card)> = Vec::new();
    for topic in Topic::ALL {
        let found = a_notice(&policy, &case, *topic, &numbers);
        cards.push((topic.to_string(), notice(&english(), &found)));
        if matches!(
            topic,
            Topic::Reopened | Topic::NoteToReporter | Topic::MergedInto | Topic::Unmerged
        ) {
            let told = Notice {
                to_reporter: true,
                ..found
            };
            cards.push((format!("{topic}, to a reporter"), notice(&english(), &told)));
        }
    }
    let named: Vec<(&str, Card)> = cards
        .iter()
        .map(|(name, card)| (name.as_str(), card.clone()))
        .collect();
    assert_said!("notices", &named);
    let hidden = restricted(case);
    let added = a_notice(&policy, &hidden, Topic::ReporterAdded, &[]);
    assert!(!plain(&notice(&english(), &added)).contains("restart"));
    let failed = a_notice(&policy, &hidden, Topic::EscalationFailed, &numbers);
    assert!(plain(&notice(&english(), &failed)).contains("+1 202 555 0111"));
    let nobody = a_notice(&policy, &hidden, Topic::EscalationFailed, &[]);
    assert!(plain(&notice(&english(), &nobody)).contains("+1 202 555 0101"));
}

#[test]
fn help_contacts_and_who_is_on_call() {
    let policy = policy::sample();
    let roles = [
        OnCall {
            role: Role::OnCallPrimary,
            holder: Some((
                "Otto Oncall".into(),
                vec![ContactMethod::Phone("+1 202 555 0111".into())],
            )),
        },
        OnCall {
            role: Role::OnCallBackup,
            holder: None,
        },
    ];
    let cards = [
        ("help", help(&english(), &policy, false, false)),
        ("help, directly", help(&english(), &policy, false, true)),
        ("help for outsiders", help(&english(), &policy, true, false)),
        ("contacts", contacts(&english(), &policy, false)),
        ("on call", on_call(&english(), &policy, &roles, false)),
    ];
    assert_said!("help", &cards);
    let outside = [
        help(&english(), &policy, true, false),
        contacts(&english(), &policy, true),
        on_call(&english(), &policy, &roles, true),
        not_confirmed(&english(), &policy, true),
        unavailable(&english(), &policy, true),
        apology(&english(), &policy, true, "F-1"),
    ];
    for card in &outside {
        let said = plain(card);
        assert!(!said.contains("+1 202") && !said.contains("Otto"), "{said}");
        assert!(said.contains("Security Response desk"), "{said}");
    }
    let said = plain(&cards[0].1);
    for (word, _) in crate::chat::grammar::WORDS {
        assert!(said.contains(word), "the help does not name {word}");
    }
}

#[test]
fn linking() {
    let other = Some(PlatformId::Discord).filter(|other| *other != READ_ON.get());
    let other = other.unwrap_or(PlatformId::Slack);
    let link = LinkRef {
        id: LinkId(id(6)),
        platform: other,
        name: "Bob Brandt".into(),
    };
    let cards = [
        ("the code", link_code(&english(), "ABCD-2345")),
        ("typed", link_waits(&english(), other, "Bob Brandt")),
        ("asked", link_asked(&english(), &link)),
        ("yes", link_answered(&english(), other, "Bob Brandt", true)),
        ("no", link_answered(&english(), other, "Bob Brandt", false)),
    ];
    assert_said!("linking", &cards);
    let alone = Part::Text {
        line: vec![Span::Code("ABCD-2345".into())],
    };
    assert!(cards[0].1.parts.contains(&alone), "the code is not alone");
}

#[test]
fn what_can_be_written_in_the_room_of_a_case() {
    let number = CaseNumber { year: 2026, n: 42 };
    let deaf = Reader {
        hears_threads: false,
        ..english()
    };
    let (policy, case) = (policy::sample(), triaged());
    let merged = a_notice(&policy, &case, Topic::MergedInto, &[]);
    let cards = [
        ("verbs", verbs(&english())),
        ("verbs, where threads are not heard", verbs(&deaf)),
        (
            "merged, where threads are not heard",
            notice(&deaf, &merged),
        ),
        (
            "needs a form",
            needs_form(&english(), Verb::Note, CaseId(id(1)), number),
        ),
    ];
    assert_said!("room", &cards);
    for (name, card) in &cards[1..3] {
        assert!(!plain(card).contains("is kept"), "{name}");
    }
}

/// Discord has no threads in direct conversations, and no command without a sub-command.
#[test]
fn on_discord_nobody_is_told_what_is_not_there() {
    // The room of a case is a thread; the other cards may be said to one person.
    let is_room = |name: &str| {
        let of_rooms = ["what_can_be_written", "the_case_card: failed"];
        of_rooms.iter().any(|room| name.starts_with(room))
    };
    let known: BTreeSet<&str> = "report help mine status oncall contacts link home"
        .split(' ')
        .collect();
    for (name, card) in every_card(PlatformId::Discord) {
        let said = format!("{}\n{}", card.summary, plain(&card));
        assert!(
            is_room(&name) || !said.contains("thread"),
            "{name}:\n{said}"
        );
        for (_, behind) in said
            .match_indices("/secevent")
            .map(|(at, word)| said.split_at(at + word.len()))
        {
            let word = behind.strip_prefix(' ').unwrap_or("");
            let word = word.split(|c: char| !c.is_alphanumeric()).next();
            assert!(
                word.is_some_and(|word| known.contains(word)),
                "{name}:\n{said}"
            );
        }
    }
    for (name, card) in every_card(PlatformId::Slack) {
        assert!(!plain(&card).contains("/secevent report"), "{name}");
    }
}

#[test]
fn trouble_is_said_with_the_way_out() {
    let policy = policy::sample();
    let refused = Refusal::new(RefusalCode::NotAllowed, "A responder can.");
    let cards = [
        ("not confirmed", not_confirmed(&english(), &policy, false)),
        ("not stored", unavailable(&english(), &policy, false)),
        ("fault", apology(&english(), &policy, false, "F-12AB34CD")),
        ("refused", refusal(&english(), &refused)),
        (
            "not read",
            untold(&english(), &policy, false, Untold::Unread { kept: true }),
        ),
        (
            "not kept",
            untold(&english(), &policy, false, Untold::Unread { kept: false }),
        ),
        (
            "not installed",
            untold(&english(), &policy, true, Untold::Foreign { kept: true }),
        ),
        (
            "not installed, not kept",
            untold(&english(), &policy, true, Untold::Foreign { kept: false }),
        ),
        (
            "not handed over",
            untold(&english(), &policy, false, Untold::Unstored),
        ),
    ];
    assert_said!("trouble", &cards);
    for (name, card) in cards.iter().filter(|(name, _)| *name != "refused") {
        let said = plain(card);
        let is_outsiders = name.starts_with("not installed");
        assert!(
            said.contains("Security Response desk"),
            "{name} names nobody"
        );
        assert_eq!(
            said.contains("+1 202 555 0101"),
            !is_outsiders,
            "{name}: the urgent path"
        );
        assert!(
            !said.contains("reported"),
            "{name} says that it is reported"
        );
    }
}

#[test]
fn lists_and_confirmations() {
    let row = CaseRow {
        number: CaseNumber { year: 2026, n: 42 },
        status: Status::Triaging,
        together: false,
        reported_at: at(0),
        said: SAID.into(),
    };
    let mut cards = vec![
        ("nothing".to_owned(), mine(&english(), &[])),
        (
            "one".to_owned(),
            mine(&english(), std::slice::from_ref(&row)),
        ),
        (
            "together".to_owned(),
            mine(
                &english(),
                &[CaseRow {
                    together: true,
                    ..row.clone()
                }],
            ),
        ),
        ("many".to_owned(), mine(&english(), &vec![row; 23])),
    ];
    for verb in Verb::ALL {
        let number = CaseNumber { year: 2026, n: 42 };
        if let Some(card) = done(&english(), *verb, CaseId(id(1)), number) {
            cards.push((verb.to_string(), card));
        }
    }
    let named: Vec<(&str, Card)> = cards
        .iter()
        .map(|(name, card)| (name.as_str(), card.clone()))
        .collect();
    assert_said!("lists", &named);
}

/// Every verb that somebody can do by hand is offered somewhere, has a label of its own, and says that it is done.
#[test]
fn every_verb_has_a_label_and_a_sentence() {
    let labels: BTreeSet<String> = Verb::ALL
        .iter()
        .map(|verb| labels::verb(&english(), *verb))
        .collect();
    assert_eq!(
        labels.len(),
        Verb::ALL.len(),
        "two verbs have the same label"
    );
    assert!(labels.iter().all(|label| label.chars().count() <= 75));
    let silent = [
        // Answered by a receipt.
        Verb::Open,
        Verb::Join,
        // Said in a thread, or done to a message: the entry suffices.
        Verb::Attach,
        Verb::MessageChanged,
        Verb::MessageDeleted,
        // Has answers of its own.
        Verb::Link,
        // Not done in chat, or changes nothing.
        Verb::View,
        Verb::Tick,
        Verb::AdoptPolicy,
        Verb::SeedDirectory,
    ];
    for verb in Verb::ALL {
        let said = done(
            &english(),
            *verb,
            CaseId(id(1)),
            CaseNumber { year: 2026, n: 1 },
        );
        assert_eq!(said.is_none(), silent.contains(verb), "{verb}");
    }
}

/// The limits that a card promises to every platform, and no text from people outside quotes.
#[test]
fn cards_keep_their_limits_and_quote_people() {
    let policy = policy::sample();
    let mut case = triaged();
    case.title = "<!channel> & <@U1> ".repeat(3_000);
    case.service_owner = Some("<!here>".repeat(100));
    let run = escalation(Run::Running {
        step: 0,
        attempt: 2,
        page: OutboxId(id(4)),
        paged: PersonId(id(8)),
    });
    let view = visible(&case, &Audience::Queue);
    let words = "<!channel> ".repeat(500);
    let cards = [
        queue_card(&policy, &case, Some(&run)),
        page(&english(), &a_page(&policy, &view, &run)),
        notice(
            &english(),
            &Notice {
                words: Some(&words),
                ..a_notice(&policy, &case, Topic::ReporterAdded, &[])
            },
        ),
    ];
    for card in &cards {
        assert!(
            card.title
                .as_ref()
                .is_none_or(|title| title.chars().count() <= 150)
        );
        assert!(card.summary.chars().count() <= 300, "{}", card.summary);
        for part in &card.parts {
            check_part(part);
        }
    }
}

fn check_part(part: &Part) {
    let lines: Vec<&Vec<Span>> = match part {
        Part::Text { line } | Part::Small { line } => vec![line],
        Part::Heading { text } => {
            assert!(!text.contains("<!"), "unquoted words of a person: {text}");
            vec![]
        }
        Part::Row { line, about, .. } => vec![line, about],
        Part::Fields { fields } => fields.iter().map(|(_, line)| line).collect(),
        Part::List { items } => items.iter().collect(),
        Part::Quote { text } => {
            assert!(text.chars().count() <= QUOTE_CAP);
            vec![]
        }
        Part::Buttons { buttons } => {
            assert!(
                buttons
                    .iter()
                    .all(|button| button.label.chars().count() <= 75)
            );
            vec![]
        }
    };
    for span in lines.into_iter().flatten() {
        match span {
            Span::Quoted(text) => assert!(text.chars().count() <= QUOTE_CAP),
            Span::Plain(text) | Span::Strong(text) | Span::Code(text) => {
                assert!(!text.contains("<!"), "unquoted words of a person: {text}");
            }
            Span::Mention(_) | Span::Link { .. } | Span::Time(_) => {}
        }
    }
}

/// A worker who may not see a restricted case still gets its number, and the system sees everything.
#[test]
fn a_bare_view_offers_the_same_steps_as_a_whole_one() {
    let case = a_case();
    let whole = visible(&case, &Audience::Queue);
    let bare = visible(&restricted(case.clone()), &Audience::Queue);
    assert!(whole.title.is_some() && bare.title.is_none());
    let hidden = restricted(case.clone());
    assert_eq!(
        next_steps::sensible(&case, None),
        next_steps::sensible(&hidden, None)
    );
    let mut taken = hidden;
    taken.owner = Owner::Person(PersonId(id(7)));
    assert!(!next_steps::sensible(&taken, None).contains(&Verb::Take));
    let system = Actor {
        who: Who::System,
        ..Actor::system()
    };
    let relation = crate::domain::authority::Relation::default();
    let seen = visible(&restricted(case), &Audience::Responder(&system, relation));
    assert!(seen.title.is_some());
}

#[test]
fn the_home() {
    let policy = policy::sample();
    let reporter = PersonId(id(9));
    let view = |case: &Case| visible(case, &Audience::Reporter(reporter));
    let (fresh, hidden, ended) = (
        view(&a_case()),
        view(&restricted(closed())),
        view(&closed()),
    );
    let report = |view, withdrawn| OwnReport {
        case: CaseId(id(1)),
        view,
        said: SAID,
        reported_at: at(0),
        withdrawn,
    };
    let reports = [
        report(&fresh, false),
        report(&fresh, true),
        report(&ended, false),
        report(&hidden, false),
    ];
    let lead = Actor {
        who: Who::Person(PersonId(id(7))),
        roles: [Role::SocLead].into(),
        outsider: false,
    };
    let own = crate::domain::authority::Relation {
        owner: true,
        ..Default::default()
    };
    let whole = visible(&triaged(), &Audience::Responder(&lead, own));
    let secret = visible(&restricted(triaged()), &Audience::Responder(&lead, own));
    let owned = |view, due| OwnCase {
        case: CaseId(id(1)),
        view,
        due,
    };
    let owed = |kind, minutes| crate::domain::owed::Owed {
        due_at: at(minutes),
        kind,
    };
    let cases = [
        owned(&whole, Some(owed(DeadlineKind::Triage, -5))),
        owned(&secret, Some(owed(DeadlineKind::Resolve, 600))),
        owned(&whole, None),
    ];
    let on_call = [
        OnCall {
            role: Role::OnCallPrimary,
            holder: Some((
                "Otto Oncall".into(),
                vec![ContactMethod::Phone("+1 202 555 0111".into())],
            )),
        },
        OnCall {
            role: Role::OnCallBackup,
            holder: None,
        },
    ];
    let empty = Home {
        policy: &policy,
        as_of: at(10),
        outsider: false,
        on_call: &on_call[..1],
        reports: &[],
        more_reports: 0,
        owned: None,
        more_owned: 0,
    };
    let cards = [
        ("empty", home(&english(), &empty)),
        (
            "a responder's",
            home(
                &english(),
                &Home {
                    on_call: &on_call,
                    reports: &reports,
                    more_reports: 3,
                    owned: Some(&cases),
                    more_owned: 2,
                    ..empty
                },
            ),
        ),
        (
            "an outsider's, in English",
            home(
                &english(),
                &Home {
                    outsider: true,
                    on_call: &[],
                    reports: &reports[..1],
                    ..empty
                },
            ),
        ),
        ("not available", no_home(&english(), &policy, false)),
    ];
    assert_said!("home", &cards);
    for part in cards.iter().flat_map(|(_, card)| &card.parts) {
        check_part(part);
    }
    // Of a restricted case, not a word of what it is about; not even in the words that the record has for its end.
    let only_hidden = [report(&hidden, false)];
    let only_secret = [owned(&secret, None)];
    let bare = plain(&home(
        &english(),
        &Home {
            reports: &only_hidden,
            owned: Some(&only_secret),
            ..empty
        },
    ));
    for word in ["ransom", "SEV2", "False alarm", "AWS", "Malware"] {
        assert!(!bare.contains(word), "{word}:\n{bare}");
    }
    assert_eq!(bare.matches("SE-2026-0042").count(), 2);
}

#[test]
fn the_digest() {
    use crate::domain::digest::{Digest, DueCase, Part as Cases};
    let policy = policy::sample();
    let lead = Actor {
        who: Who::Person(PersonId(id(7))),
        roles: [Role::SocLead].into(),
        outsider: false,
    };
    let own = crate::domain::authority::Relation {
        owner: true,
        ..Default::default()
    };
    let row = |case: &Case, kind, minutes| DueCase {
        case: case.id,
        view: visible(case, &Audience::Responder(&lead, own)),
        due: Some(crate::domain::owed::Owed {
            due_at: at(minutes),
            kind,
        }),
    };
    let cases = |rows: &[DueCase], more| Cases {
        cases: rows.to_vec(),
        more,
    };
    let secret = restricted(triaged());
    let whole = Digest {
        overdue: cases(&[row(&triaged(), DeadlineKind::Triage, -5)], 0),
        today: cases(&[row(&secret, DeadlineKind::RestrictionReview, 60)], 0),
        later: cases(&[row(&triaged(), DeadlineKind::Resolve, 6_000)], 3),
        unowned: cases(&[row(&a_case(), DeadlineKind::Take, -60)], 0),
    };
    let calm = Digest {
        later: whole.later.clone(),
        ..Digest::default()
    };
    let cards = [
        ("a lead's", digest(&english(), &policy, &whole, at(10))),
        ("a calm day's", digest(&english(), &policy, &calm, at(10))),
    ];
    assert_said!("digest", &cards);
    for part in cards.iter().flat_map(|(_, card)| &card.parts) {
        check_part(part);
    }
    // As in the home: of a restricted case no word of what it is about, not even to its owner or a lead.
    let hidden = Digest {
        overdue: whole.today.clone(),
        unowned: whole.today.clone(),
        ..Digest::default()
    };
    let card = digest(&english(), &policy, &hidden, at(10));
    let bare = format!("{}{}", card.summary, plain(&card));
    for word in ["ransom", "SEV2", "AWS", "Malware", "Rosa"] {
        assert!(!bare.contains(word), "{word}:\n{bare}");
    }
    assert_eq!(bare.matches("SE-2026-0042").count(), 2);
    // The longest one is still one message.
    let full = cases(
        &vec![row(&triaged(), DeadlineKind::Triage, -5); crate::domain::digest::SHOWN],
        9,
    );
    let longest = Digest {
        overdue: full.clone(),
        today: full.clone(),
        later: full.clone(),
        unowned: full,
    };
    assert!(digest(&english(), &policy, &longest, at(10)).parts.len() < 48);
}

//! The gateway under faults: three reactions before, four during, two after; nine must be handed over, however it goes.

use super::stage::{Counting, LONG, Process, World};
use crate::harness::facts;
use async_trait::async_trait;
use secevent::chat::answer::Answer;
use secevent::chat::card::Card;
use secevent::chat::conversation::{Conversation, Settings};
use secevent::chat::discord::gateway::health::{GatewayState, Phase};
use secevent::chat::handler::{Handler, Unreadable};
use secevent::chat::inbound::{Inbound, InboundKind};
use secevent::chat::speech::Untold;
use secevent::domain::event_report::Snapshot;
use secevent::domain::person::PlatformId;
use secevent::emulator::discord::Seed;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What happened to the connection, and what came of it.
struct Row {
    fault: &'static str,
    took: Duration,
    handed: (usize, usize),
    sessions: (u64, u64),
}

impl Row {
    fn note(&self) {
        let (fault, took) = (self.fault, self.took.as_secs_f64());
        let ((events, all), (new, resumed)) = (self.handed, self.sessions);
        facts::note(&format!(
            "discord gateway: {fault}: {events}/9 events, {} told twice, {new} new sessions, {resumed} resumed, whole after {took:.1} s",
            all - events
        ));
    }
}

/// Three before, the fault, four during, then `mend`, two after.
async fn play(fault: &'static str, seed: Seed, what: &[Value], mend: &[Value]) -> Row {
    let world = World::with(seed).await;
    let process = world.start();
    process.up().await;
    world.marks(0..3).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 3).await);
    let begun = Instant::now();
    for one in what {
        world.socket(one.clone()).await;
    }
    world.marks(3..7).await;
    for one in mend {
        world.socket(one.clone()).await;
    }
    let whole = world.heard(LONG, |heard| heard.reactions().0 == 7).await;
    let took = begun.elapsed();
    process.up().await;
    world.marks(7..9).await;
    let whole = whole && world.heard(LONG, |heard| heard.reactions().0 == 9).await;
    let row = Row {
        fault,
        took,
        handed: world.counting.reactions(),
        sessions: process.health.state().sessions,
    };
    row.note();
    assert!(whole, "{fault}: {:?}", row.handed);
    process.stop().await;
    world.end(0).await;
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connections_are_resumed_and_lose_nothing() {
    for (fault, what) in [
        ("TCP reset", json!({ "what": "reset" })),
        ("close 4000", json!({ "what": "close", "code": 4000 })),
        ("close 1001", json!({ "what": "close", "code": 1001 })),
        ("close without a code", json!({ "what": "close_empty" })),
        ("asked to reconnect (op 7)", json!({ "what": "reconnect" })),
        (
            "invalid session, resumable (op 9 true)",
            json!({ "what": "invalid_resumable" }),
        ),
    ] {
        let row = play(fault, Seed::example_corp(), &[what], &[]).await;
        assert_eq!(row.handed, (9, 9), "{fault}");
        assert_eq!(row.sessions.0, 1, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zombie_is_left_and_its_events_come_with_the_resume() {
    let mut seed = Seed::example_corp();
    seed.heartbeat = Duration::from_secs(1);
    let what = [json!({ "what": "mute" }), json!({ "what": "hold" })];
    let mend = [
        json!({ "what": "mute", "on": false }),
        json!({ "what": "hold", "on": false }),
    ];
    // Mended only after the connection was given up: the acks stay away until then.
    let world = World::with(seed).await;
    let process = world.start();
    process.up().await;
    world.marks(0..3).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 3).await);
    let begun = Instant::now();
    for one in what {
        world.socket(one).await;
    }
    world.marks(3..7).await;
    process.until(|state| state.phase == Phase::Down).await;
    for one in mend {
        world.socket(one).await;
    }
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 7).await);
    let took = begun.elapsed();
    process.up().await;
    world.marks(7..9).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 9).await);
    let row = Row {
        fault: "heartbeats not acknowledged (zombie)",
        took,
        handed: world.counting.reactions(),
        sessions: process.health.state().sessions,
    };
    row.note();
    assert_eq!((row.handed.0, row.sessions.0), (9, 1));
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_gateway_ends_in_a_resume() {
    let what = [json!({ "what": "refuse" }), json!({ "what": "reset" })];
    let mend = [json!({ "what": "refuse", "on": false })];
    let row = play("gateway answers 503", Seed::example_corp(), &what, &mend).await;
    assert_eq!((row.handed, row.sessions.0), ((9, 9), 1));
}

/// Three before, then the other end goes silent without closing anything; four meanwhile, two after.
async fn silence(fault: &'static str, what: &[Value], mend: &[Value]) {
    let world = World::new().await;
    let process = world.start();
    process.up().await;
    world.marks(0..3).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 3).await);
    let begun = Instant::now();
    for one in what {
        world.socket(one.clone()).await;
    }
    process.until(|state| state.phase == Phase::Down).await;
    world.marks(3..7).await;
    let gave_up = |state: &GatewayState| {
        let reason = state.reason.as_deref().unwrap_or_default();
        state.sessions.1 > 0 || reason.contains("no live session")
    };
    process.until(gave_up).await;
    for one in mend {
        world.socket(one.clone()).await;
    }
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 7).await);
    let took = begun.elapsed();
    process.up().await;
    world.marks(7..9).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 9).await);
    let row = Row {
        fault,
        took,
        handed: world.counting.reactions(),
        sessions: process.health.state().sessions,
    };
    row.note();
    assert_eq!((row.handed, row.sessions), ((9, 9), (1, 1)), "{fault}");
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_never_says_hello_is_not_waited_for() {
    let what = [json!({ "what": "silent" }), json!({ "what": "reset" })];
    let mend = [json!({ "what": "silent", "on": false })];
    silence("no hello", &what, &mend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_asks_to_go_and_never_closes_is_left() {
    let what = [json!({ "what": "linger" }), json!({ "what": "reconnect" })];
    let mend = [json!({ "what": "linger", "on": false })];
    silence("asked to reconnect, never closed", &what, &mend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_session_is_made_good_by_looking_through_the_channels() {
    let what = [json!({ "what": "refuse" }), json!({ "what": "forget" })];
    let mend = [json!({ "what": "refuse", "on": false })];
    let row = play(
        "session expired, channels looked through",
        Seed::example_corp(),
        &what,
        &mend,
    )
    .await;
    // What was told before is found again, under the same keys.
    assert_eq!((row.handed.0, row.sessions.0), (9, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_session_is_made_good_too() {
    let what = [json!({ "what": "refuse" }), json!({ "what": "invalid" })];
    let mend = [json!({ "what": "refuse", "on": false })];
    let row = play(
        "invalid session, not resumable (op 9 false), channels looked through",
        Seed::example_corp(),
        &what,
        &mend,
    )
    .await;
    assert_eq!((row.handed.0, row.sessions.0), (9, 2));
}

/// Restarts `world`'s process: in good order, or killed between two instructions.
async fn restart(fault: &'static str, kill: bool) {
    let world = World::new().await;
    let begun;
    if kill {
        // A runtime of its own dies at once, with everything on it, and nobody writes anything any more.
        let own = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let process: Process = {
            let _on = own.enter();
            world.start()
        };
        process.up().await;
        world.marks(0..3).await;
        assert!(world.heard(LONG, |heard| heard.reactions().0 == 3).await);
        world.until_kept().await;
        begun = Instant::now();
        own.shutdown_background();
    } else {
        let process = world.start();
        process.up().await;
        world.marks(0..3).await;
        assert!(world.heard(LONG, |heard| heard.reactions().0 == 3).await);
        begun = Instant::now();
        process.stop().await;
    }
    world.marks(3..7).await;
    let process = world.start();
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 7).await);
    let took = begun.elapsed();
    process.up().await;
    world.marks(7..9).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 9).await);
    let row = Row {
        fault,
        took,
        handed: world.counting.reactions(),
        sessions: process.health.state().sessions,
    };
    row.note();
    // The session of the process before goes on: none was begun.
    assert_eq!((row.handed.0, row.sessions), (9, (0, 1)));
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_process_goes_on_where_it_was() {
    restart("process restarted", false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_goes_on_where_it_was() {
    restart("process killed", true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_good_is_told_in_words_and_ends_the_trying() {
    for (code, words) in [
        (4004, "token"),
        (4013, "intents"),
        (4014, "Message Content"),
    ] {
        let world = World::new().await;
        let process = world.start();
        process.up().await;
        world.socket(json!({ "what": "close", "code": code })).await;
        let state = process.until(|state| state.phase == Phase::Stopped).await;
        let said = state.trouble().unwrap();
        assert!(
            said.contains(words) && said.contains(&code.to_string()),
            "{said}"
        );
        process.stop().await;
        world.end(1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_event_holds_back_the_place_and_no_answer() {
    let world = World::new().await;
    let process = world.start();
    process.up().await;
    world.says("bob", "slow").await;
    let slow = world.told().await;
    let seen = world
        .emulator
        .door()
        .as_user("alice")
        .slash("general", "/secevent help")
        .await
        .unwrap();
    assert!(seen.acknowledged, "{seen:?}");
    world.marks(0..3).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 3).await);
    // The place comes up to the slow event, at its own pace, and no further.
    assert!(world.kept().await < Some(slow));
    world.counting.gate.add_permits(1);
    process.stop().await;
    assert!(world.kept().await > Some(slow));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_event_that_stays_open_stops_nothing_in_a_busy_guild() {
    let world = World::new().await;
    let process = world.start();
    process.up().await;
    world.says("bob", "slow").await;
    let slow = world.told().await;
    for n in 0..600 {
        world.says("bob", &format!("busy {n}")).await;
    }
    let alice = world.emulator.door().as_user("alice");
    let seen = alice.slash("general", "/secevent help").await.unwrap();
    assert!(seen.acknowledged, "{seen:?}");
    assert!(world.kept().await < Some(slow));
    world.counting.gate.add_permits(1);
    process.stop().await;
    assert!(world.kept().await > Some(slow + 600));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_cannot_be_read_are_kept_though_the_database_was_away() {
    let world = World::new().await;
    let process = world.start();
    process.up().await;
    *world.counting.refuse_unreadable.lock().unwrap() = 3;
    let told = world.told().await;
    let broken = format!("{{\"op\":0,\"s\":{told},\"t\":\"TYPING_START\",\"d\":{{");
    for text in [r#"{"t":"MESSAGE_CREATE","d":{}}"#, "good morning", &broken] {
        world
            .socket(json!({ "what": "raw", "payload": text }))
            .await;
    }
    let kept = |heard: &Counting| heard.unreadable.lock().unwrap().len() == 3;
    assert!(world.heard(LONG, kept).await);
    // It is no broken connection.
    world.marks(0..1).await;
    assert!(world.heard(LONG, |heard| heard.reactions() == (1, 1)).await);
    assert_eq!(process.health.state().sessions, (1, 0));
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_stored_is_tried_again_and_never_dropped() {
    let world = World::new().await;
    let process = world.start();
    process.up().await;
    *world.counting.refuse.lock().unwrap() = 2;
    world.marks(0..1).await;
    assert!(world.heard(LONG, |heard| heard.reactions() == (1, 3)).await);
    // However often it is tried: then it is kept as it came, with an alarm.
    *world.counting.refuse.lock().unwrap() = 100;
    world.marks(1..2).await;
    let kept = async {
        while world.counting.unreadable.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, kept).await.unwrap();
    *world.counting.refuse.lock().unwrap() = 0;
    process.stop().await;
    world.end(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_twice_has_one_key() {
    let world = World::new().await;
    let process = world.start();
    process.up().await;
    let door = world.emulator.door();
    door.delivery_fault("MESSAGE_REACTION_ADD", "doubled")
        .await
        .unwrap();
    world.marks(0..1).await;
    assert!(world.heard(LONG, |heard| heard.reactions() == (1, 2)).await);
    process.stop().await;
    world.end(0).await;
}

/// What was reported, as it was when it was reported, of the reaction to this message.
fn snapshot_of(world: &World, n: usize) -> Option<Snapshot> {
    let heard = world.counting.heard.lock().unwrap();
    let mut found = heard.iter().filter_map(|one| match &one.kind {
        InboundKind::Reaction { snapshot, .. } => Some(snapshot.clone()),
        _ => None,
    });
    found.find(|snapshot| snapshot.source.message == world.posted[n].ts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hiccup_at_the_moment_of_a_reaction_costs_no_words() {
    let world = World::new().await;
    let process = world.start();
    process.up().await;
    let door = world.emulator.door();
    let hiccups = [
        json!({ "kind": "rate_limited", "retry_after": 0.3 }),
        json!({ "kind": "status", "code": 503 }),
        json!({ "kind": "reset" }),
    ];
    for (n, hiccup) in hiccups.into_iter().enumerate() {
        door.fault("messages.get", hiccup, 1).await.unwrap();
        world.marks(n..n + 1).await;
        assert!(
            world
                .heard(LONG, |heard| heard.reactions().0 == n + 1)
                .await
        );
        let snapshot = snapshot_of(&world, n).unwrap();
        assert_eq!(snapshot.text, format!("message {n}"), "{snapshot:?}");
        assert_eq!(snapshot.missing, None);
    }
    // Down for longer: the report is not kept waiting for ever, and says what is missing.
    let down = json!({ "kind": "status", "code": 503 });
    door.fault("messages.get", down, 4).await.unwrap();
    world.marks(3..4).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 4).await);
    assert!(snapshot_of(&world, 3).unwrap().missing.is_some());
    process.stop().await;
    world.end(0).await;
}

/// Panics over reactions.
#[derive(Debug)]
struct Breaking(Conversation);

#[async_trait]
impl Handler for Breaking {
    fn wants_reaction(&self, name: &str) -> bool {
        self.0.wants_reaction(name)
    }

    async fn handle(&self, inbound: Inbound, spent: Duration) -> Answer {
        assert!(
            !matches!(inbound.kind, InboundKind::Reaction { .. }),
            "no reaction is borne"
        );
        self.0.handle(inbound, spent).await
    }

    async fn unreadable(&self, what: Unreadable) -> bool {
        self.0.unreadable(what).await
    }

    fn untold(&self, what: Untold, platform: PlatformId, outsider: bool) -> Card {
        self.0.untold(what, platform, outsider)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_that_breaks_what_reads_it_is_kept_with_an_alarm() {
    let world = World::new().await;
    let conversation = Conversation::new(world.workflow.clone(), Settings::default());
    let process = world.start_with(Arc::new(Breaking(conversation)));
    process.up().await;
    world.marks(0..1).await;
    let kept = async {
        while world.count("inbound_unread").await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, kept).await.unwrap();
    assert_eq!(world.count("inbound_unread").await, 1);
    assert_eq!(world.count("alarm").await, 1);
    assert_eq!(process.runtime.panics(), 1);
    process.stop().await;
    // The panic.
    world.end(1).await;
}

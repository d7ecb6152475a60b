//! Hostile callers at the signed door: forged, stale, replayed, oversized, truncated, unknown and incomplete, against the whole app.

use super::forger::{Forger, interaction, signature, sub_command};
use crate::harness::{
    setup::Setup,
    stand::Host,
    world::{Database, World},
};
use secevent::emulator::discord::seed::{ALICE, SIGNING_SEED};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn world() -> World {
    World::start(Database::sqlite(), Setup::http().on(Host::Discord)).await
}

/// Another key than Discord's.
const OTHER_SEED: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn report(n: u64, text: &str) -> Value {
    interaction(n, 2, ALICE, sub_command("report", "text", text))
}

/// What Alice is told in line.
fn said(answer: &Value) -> String {
    answer["data"].to_string()
}

/// Nothing came of it: no case, and nothing is kept.
async fn is_untouched(world: &World) {
    assert_eq!(world.case_count().await, 0);
    assert_eq!(world.app.store().unread(10).await.unwrap(), vec![]);
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_discord_did_not_sign_now_goes_no_further() {
    let world = world().await;
    let forger = Forger::at(&world);
    let body = report(1, "forged").to_string().into_bytes();
    let now = world.now().timestamp();
    let good = signature(SIGNING_SEED, now, &body);
    for (what, signed) in [
        ("unsigned", None),
        (
            "with another key",
            Some((now, signature(OTHER_SEED, now, &body))),
        ),
        (
            "for another body",
            Some((now, signature(SIGNING_SEED, now, b"{\"type\":1}"))),
        ),
        ("for another time", Some((now - 1, good.clone()))),
        ("cut short", Some((now, good[..126].to_owned()))),
        ("no signature", Some((now, "z".repeat(128)))),
    ] {
        let (status, answer) = forger.sends_bytes(signed, body.clone()).await;
        assert_eq!((status, answer), (401, Value::Null), "{what}");
    }
    // Discord's own signature, of another day: somebody recorded it.
    for seconds_ago in [301, 86_400, -301] {
        let (status, _) = forger.sends_signed(SIGNING_SEED, seconds_ago, &body).await;
        assert_eq!(status, 401, "{seconds_ago}");
    }
    is_untouched(&world).await;
    let (status, pong) = forger.sends(&json!({ "id": "1", "type": 1 })).await;
    assert_eq!((status, pong), (200, json!({ "type": 1 })));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_replayed_is_one_report_and_gets_the_same_answer() {
    for database in [Database::sqlite(), Database::postgres().await] {
        let world = World::start(database, Setup::http().on(Host::Discord)).await;
        let forger = Forger::at(&world);
        let body = report(1, "My badge is gone");
        let (status, first) = forger.sends(&body).await;
        assert_eq!(status, 200);
        assert!(said(&first).contains("SE-2026-0001"), "{first}");
        let (_, again) = forger.sends(&body).await;
        assert_eq!(said(&again), said(&first));
        // Another replica that has never seen it.
        let replica = world.replica().await;
        let (_, there) = Forger::of(&replica, &world).sends(&body).await;
        assert_eq!(said(&there), said(&first));
        assert_eq!(world.case_count().await, 1);
        let other = report(2, "My badge is gone");
        assert!(said(&forger.sends(&other).await.1).contains("SE-2026-0002"));
        replica.stop().await;
        let alice = world.person("alice");
        alice.reads(&["SE-2026-0001", "SE-2026-0002"]).await;
        for number in ["SE-2026-0001", "SE-2026-0002"] {
            world.person("rita").sees_card(number).await.says("badge");
        }
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_or_cut_off_is_refused_and_nothing_of_it_kept() {
    let world = world().await;
    let (address, now) = (world.app.platform_address().unwrap(), world.now());
    let send = async |length: usize, body: &[u8]| {
        let (at, signed) = (
            now.timestamp(),
            signature(SIGNING_SEED, now.timestamp(), body),
        );
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /discord/interactions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\
             x-signature-timestamp: {at}\r\nx-signature-ed25519: {signed}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(answer.get(9..12).unwrap_or_default()).into_owned()
    };
    // Not one byte of the body is sent, and the answer comes nevertheless.
    assert_eq!(send(50_000_000, b"").await, "413");
    // Signed as a whole, and half of it arrives.
    let whole = report(1, "cut off").to_string().into_bytes();
    let status = send(whole.len() + 100, &whole).await;
    assert!(["", "400"].contains(&status.as_str()), "{status}");
    let forger = Forger::at(&world);
    let large = report(2, &"x".repeat(2_000_000)).to_string().into_bytes();
    let (status, _) = forger.sends_signed(SIGNING_SEED, 0, &large).await;
    assert_eq!(status, 413);
    is_untouched(&world).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_kept_masked_and_its_sender_told() {
    let world = world().await;
    let forger = Forger::at(&world);
    let words = "A parcel that ticks";
    let cut = report(1, words).to_string();
    let cut = &cut.as_bytes()[..cut.len() - 3];
    let (status, _) = forger.sends_signed(SIGNING_SEED, 0, cut).await;
    assert_eq!(status, 400, "no JSON");
    let mut kept = 1;
    for payload in [
        // A type of the future, a command nobody sent, a button without a name, a form without one.
        interaction(2, 99, ALICE, sub_command("report", "text", words)),
        {
            let mut nobody = report(3, words);
            nobody["member"] = Value::Null;
            nobody
        },
        interaction(4, 3, ALICE, json!({ "component_type": 2 })),
        interaction(5, 5, ALICE, Value::Null),
        {
            let mut nameless = report(6, words);
            nameless["id"] = json!({ "not": "an id" });
            nameless
        },
        json!({ "hello": "there" }),
        json!([1, 2, 3]),
        json!("report"),
    ] {
        kept += 1;
        let (status, answer) = forger.sends(&payload).await;
        assert_eq!((status, &answer["type"]), (200, &json!(4)), "{payload}");
        let told = said(&answer);
        assert!(told.contains("could not read"), "{payload}: {told}");
        assert!(told.contains("Point of contact"), "{payload}: {told}");
        assert_eq!(answer["data"]["flags"], 64, "for its sender alone");
    }
    let unread = world.app.store().unread(20).await.unwrap();
    assert_eq!(unread.len(), kept, "{unread:#?}");
    let all = format!("{unread:?}");
    assert!(all.contains(words), "what somebody said is kept");
    assert!(!all.contains("token-"), "and no right to answer");
    assert_eq!(world.case_count().await, 0);
    world.expect_alarm("unreadable_inbound");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_fields_change_nothing_and_unknown_kinds_get_a_clear_answer() {
    let world = world().await;
    let forger = Forger::at(&world);
    let mut payload = report(1, "A parcel that ticks");
    payload["since_2030"] = json!({ "everything": ["is", "different"] });
    payload["member"]["aura"] = json!(7);
    payload["data"]["options"][0]["options"][0]["colour"] = json!("red");
    payload["data"]["options"][0]["options"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": 77, "name": "mood", "value": [1] }));
    let (_, answer) = forger.sends(&payload).await;
    assert!(said(&answer).contains("SE-2026-0001"), "{answer}");
    for (n, kind, data) in [
        // A menu in a message, a command on a person, a button of somebody else's making or of an older edition.
        (
            2,
            3,
            json!({ "component_type": 3, "custom_id": "v1:take:1", "values": ["x"] }),
        ),
        (
            3,
            3,
            json!({ "component_type": 99, "custom_id": "v1:take:1" }),
        ),
        (
            4,
            2,
            json!({ "id": "1", "name": "Report person", "type": 2, "target_id": "1" }),
        ),
        (5, 3, super::forger::press("delete everything")),
        (6, 3, super::forger::press("v0:take:1")),
        (7, 3, super::forger::press("v1::")),
        (8, 3, super::forger::press("v1:explode:1")),
        (9, 3, super::forger::press("v1:take:not-a-case")),
        (10, 3, super::forger::press("v1:fill:not-a-draft:0")),
        (
            11,
            5,
            json!({ "custom_id": "not a form", "components": [] }),
        ),
    ] {
        let (status, answer) = forger
            .sends(&interaction(n, kind, ALICE, data.clone()))
            .await;
        assert_eq!((status, &answer["type"]), (200, &json!(4)), "{data}");
        assert_eq!(answer["data"]["flags"], 64, "{data}");
        let told = answer["data"]["content"].as_str().unwrap();
        assert!(told.len() > 10, "{data}: {told}");
    }
    assert_eq!(world.app.store().unread(10).await.unwrap(), vec![]);
    assert_eq!(
        world.record("SE-2026-0001").await,
        ["reported", "advice_shown"]
    );
    world.person("alice").reads(&["SE-2026-0001"]).await;
    world
        .person("rita")
        .sees_card("SE-2026-0001")
        .await
        .says("ticks");
    world.finish().await;
}

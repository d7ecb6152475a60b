//! Tests of the way in, with payloads of our own making: every kind, every transport's shape, and mutilated ones.

use super::{Delivery, Ingress, Kind, WireAnswer, wire_hash};
use crate::{
    chat::{
        answer::Answer,
        card::{Card, Part, Span},
        damage::places,
        form::{Field, Form, FormKey, Input},
        handler::{Handler, Unreadable},
        inbound::{Inbound, InboundKind},
        slack::{Slack, settings::SlackSettings},
        speech::{self, Untold, tests::english},
    },
    domain::{
        clock::{ManualClock, SystemEntropy, from_micros},
        person::PlatformId,
        policy,
    },
};
use async_trait::async_trait;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Keeps what comes in, and answers what it is told to.
#[derive(Debug)]
struct Recorder {
    inbound: Mutex<Vec<Inbound>>,
    unreadable: Mutex<Vec<Unreadable>>,
    answer: Answer,
    keeps: bool,
}

#[async_trait]
impl Handler for Recorder {
    fn wants_reaction(&self, name: &str) -> bool {
        name == "rotating_light"
    }

    async fn handle(&self, inbound: Inbound, _: Duration) -> Answer {
        self.inbound.lock().unwrap().push(inbound);
        self.answer.clone()
    }

    async fn unreadable(&self, what: Unreadable) -> bool {
        self.unreadable.lock().unwrap().push(what);
        self.keeps
    }

    fn untold(&self, what: Untold, _: PlatformId, outsider: bool) -> Card {
        speech::untold(&english(), &policy::sample(), outsider, what)
    }
}

pub(super) struct Bench {
    recorder: Arc<Recorder>,
    ingress: Ingress,
}

impl Bench {
    pub(super) fn new(answer: Answer) -> Self {
        Self::with(answer, true)
    }

    /// Nothing listens at the API's address: home and people are what the payloads say.
    fn with(answer: Answer, keeps: bool) -> Self {
        let settings = SlackSettings {
            api_url: "http://127.0.0.1:9/api".to_owned(),
            bot_token: Some("xoxb-1".into()),
            app_token: None,
            signing_secret: None,
            connections: 1,
            queue_channel: "CQUEUE".to_owned(),
            team: None,
            oauth: None,
            body_bytes: 1024,
            file_bytes: 1024,
            brand: Some("test".to_owned()),
            timeouts: crate::chat::slack::settings::Timeouts {
                call: Duration::from_secs(2),
                ..Default::default()
            },
        };
        let clock = Arc::new(ManualClock::at(from_micros(1_700_000_000_000_000).unwrap()));
        let slack = Slack::new(settings, clock, Arc::new(SystemEntropy)).unwrap();
        let recorder = Arc::new(Recorder {
            inbound: Mutex::default(),
            unreadable: Mutex::default(),
            answer,
            keeps,
        });
        let ingress = slack.ingress(recorder.clone()).unwrap();
        Self { recorder, ingress }
    }

    pub(super) async fn take(&self, kind: Kind, raw: &Value) -> WireAnswer {
        let hash = wire_hash(raw.to_string().as_bytes());
        self.ingress
            .accept(
                kind,
                raw.clone(),
                hash,
                Delivery::new("env-1".to_owned(), None),
            )
            .await
    }

    /// As if nothing had come yet.
    pub(super) fn forget(&self) {
        self.recorder.inbound.lock().unwrap().clear();
        self.recorder.unreadable.lock().unwrap().clear();
    }

    pub(super) fn inbound(&self) -> Vec<Inbound> {
        self.recorder.inbound.lock().unwrap().clone()
    }

    pub(super) fn unreadable(&self) -> Vec<Unreadable> {
        self.recorder.unreadable.lock().unwrap().clone()
    }

    pub(super) async fn one(&self, kind: Kind, raw: &Value) -> Inbound {
        self.take(kind, raw).await;
        let mut all = self.inbound();
        assert_eq!(all.len(), 1, "{:?}", self.unreadable());
        all.remove(0)
    }
}

fn card(words: &str) -> Card {
    Card {
        parts: vec![Part::Text {
            line: vec![Span::Plain(words.to_owned())],
        }],
        summary: words.to_owned(),
        ..Card::default()
    }
}

fn event(inner: Value) -> Value {
    json!({
        "token": "t", "team_id": "T1", "enterprise_id": null, "api_app_id": "A1", "type": "event_callback",
        "event_id": "Ev1", "event_time": 1_700_000_100, "is_ext_shared_channel": false, "event": inner,
        "authorizations": [{ "team_id": "T1", "enterprise_id": null, "user_id": "UBOT", "is_bot": true }],
    })
}

fn message(text: &str) -> Value {
    json!({ "type": "message", "channel": "C1", "channel_type": "channel", "user": "U1", "ts": "1700000050.000200", "text": text })
}

fn interaction(kind: &str) -> Value {
    json!({
        "type": kind, "token": "t", "api_app_id": "A1", "team": { "id": "T1", "domain": "x" }, "enterprise": null,
        "is_enterprise_install": false, "user": { "id": "U1", "name": "alice", "team_id": "T1" },
        "trigger_id": "1.2.abc", "channel": { "id": "C1", "name": "general" },
        "response_url": "https://hooks.slack.com/actions/1",
    })
}

fn command(text: &str) -> Value {
    json!({
        "token": "t", "team_id": "T1", "team_domain": "x", "channel_id": "D1", "channel_name": "directmessage",
        "user_id": "U1", "user_name": "alice", "command": "/secevent", "text": text, "api_app_id": "A1",
        "is_enterprise_install": "false", "response_url": "https://hooks.slack.com/commands/1", "trigger_id": "1.2.abc",
    })
}

fn button() -> Value {
    let mut raw = interaction("block_actions");
    raw["container"] = json!({ "type": "message", "message_ts": "1.1", "channel_id": "C1", "is_ephemeral": false });
    raw["message"] = json!({ "ts": "1.1", "text": "card" });
    raw["actions"] = json!([{ "type": "button", "action_id": "take#1", "block_id": "b", "value": "case-1", "action_ts": "2.2" }]);
    raw
}

fn view() -> Value {
    let key = json!({ "verb": "report", "id": "", "extra": { "origin": "C1" } });
    json!({
        "id": "V1", "hash": "h1", "type": "modal", "callback_id": "report", "private_metadata": key.to_string(),
        "blocks": [{ "type": "rich_text", "block_id": "x" }, { "type": "input", "block_id": "what" }],
        "state": { "values": { "what": { "what": { "type": "plain_text_input", "value": "odd mail" } } } },
    })
}

fn submission() -> Value {
    let mut raw = interaction("view_submission");
    raw["view"] = view();
    raw
}

pub(super) fn every_kind() -> Vec<(Kind, Value)> {
    let mut reply = message("a reply");
    reply["thread_ts"] = json!("1700000000.000100");
    let mut direct = message("my laptop is <https://a.example|odd>");
    direct["channel_type"] = json!("im");
    direct["channel"] = json!("D1");
    direct["files"] =
        json!([{ "id": "F1", "name": "shot.png", "mimetype": "image/png", "size": 5 }]);
    let mut mention = message("<@UBOT> my laptop");
    mention["type"] = json!("app_mention");
    let changed = json!({
        "type": "message", "subtype": "message_changed", "channel": "C1", "ts": "3.3",
        "message": { "type": "message", "user": "U1", "ts": "1.1", "text": "new", "edited": { "user": "U1", "ts": "3.3" } },
        "previous_message": { "type": "message", "user": "U1", "ts": "1.1", "text": "old" },
    });
    let deleted = json!({
        "type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "3.3", "deleted_ts": "1.1",
        "previous_message": { "type": "message", "user": "U1", "ts": "1.1", "text": "old" },
    });
    let reaction = json!({
        "type": "reaction_added", "user": "U1", "reaction": "rotating_light::skin-tone-2", "item_user": "U2",
        "item": { "type": "message", "channel": "C1", "ts": "1.1" }, "event_ts": "4.4",
    });
    let mut on_message = interaction("message_action");
    on_message["message"] = json!({ "type": "message", "user": "U2", "ts": "1.1", "text": "click <https://a.example>" });
    let mut global = interaction("shortcut");
    global["channel"] = json!(null);
    let mut in_form = button();
    in_form["view"] = view();
    in_form["container"] = json!({ "type": "view", "view_id": "V1" });
    let home = json!({
        "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home", "event_ts": "5.5",
        "view": { "id": "V9", "type": "home", "hash": "h9" },
    });
    vec![
        (Kind::Event, event(reply)),
        (Kind::Event, event(direct)),
        (Kind::Event, event(mention)),
        (Kind::Event, event(changed)),
        (Kind::Event, event(deleted)),
        (Kind::Event, event(reaction)),
        (Kind::Interactive, button()),
        (Kind::Interactive, in_form),
        (Kind::Interactive, submission()),
        (Kind::Interactive, on_message),
        (Kind::Interactive, global),
        (Kind::Command, command("help")),
        (Kind::Event, event(home)),
    ]
}

#[tokio::test]
async fn every_kind_is_read() {
    let mut words = Vec::new();
    for (kind, raw) in every_kind() {
        let inbound = Bench::new(Answer::Nothing).one(kind, &raw).await;
        assert_eq!(inbound.from.identity.user, "U1");
        assert_eq!(inbound.from.identity.realm, "T1");
        assert_eq!(inbound.place.workspace, "T1");
        assert_eq!(inbound.wire_sha256.len(), 64);
        words.push(super::word_of(&inbound.kind));
        let shown = format!("{inbound:?}");
        for secret in ["1.2.abc", "hooks.slack.com"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 11, "{words:?}");
}

#[tokio::test]
async fn a_message_and_its_mention_have_one_key() {
    let mut mention = message("<@UBOT> my laptop is <#C9|odd> &amp; slow");
    let first = Bench::new(Answer::Nothing)
        .one(Kind::Event, &event(mention.clone()))
        .await;
    mention["type"] = json!("app_mention");
    let mut second = event(mention);
    second["event_id"] = json!("Ev2");
    let second = Bench::new(Answer::Nothing).one(Kind::Event, &second).await;
    assert_eq!(first.key, second.key);
    assert_eq!(first.kind, second.kind);
    assert!(
        matches!(&first.kind, InboundKind::Mention { text, .. } if text == "my laptop is #odd & slow")
    );
    assert_eq!(
        first.happened_at,
        from_micros(1_700_000_050_000_200).unwrap()
    );
}

#[tokio::test]
async fn the_same_cause_has_the_same_key_however_it_is_delivered() {
    for (kind, raw) in every_kind() {
        let one = Bench::new(Answer::Nothing).one(kind, &raw).await;
        let mut again = raw.clone();
        again["some_new_field"] = json!(1);
        let two = Bench::new(Answer::Nothing).one(kind, &again).await;
        assert_eq!(one.key, two.key, "{raw}");
    }
}

#[tokio::test]
async fn what_is_not_for_us_is_dropped_without_a_trace() {
    let bots = |key: &str, value: Value| {
        let mut raw = message("<@UBOT> hello");
        raw["channel_type"] = json!("im");
        raw[key] = value;
        raw
    };
    let mut edited = every_kind()[3].1["event"].clone();
    edited["previous_message"]["text"] = json!("new");
    let mut other_reaction = every_kind()[5].1["event"].clone();
    other_reaction["reaction"] = json!("thumbsup");
    let mut file_reaction = every_kind()[5].1["event"].clone();
    file_reaction["item"] = json!({ "type": "file", "file": "F1" });
    for inner in [
        message("just chatting"),
        message("hello <@U2>"),
        bots("bot_id", json!("B1")),
        bots("user", json!("UBOT")),
        bots("subtype", json!("bot_message")),
        bots("subtype", json!("channel_join")),
        edited,
        other_reaction,
        file_reaction,
        json!({ "type": "team_join", "user": { "id": "U1" } }),
        json!({ "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages" }),
        json!({ "type": "app_home_opened", "user": "U1", "channel": "D1" }),
    ] {
        let bench = Bench::with(Answer::Failed(card("x")), false);
        assert_eq!(
            bench.take(Kind::Event, &event(inner.clone())).await,
            WireAnswer::Ack(None),
            "{inner}"
        );
        assert!(
            bench.inbound().is_empty() && bench.unreadable().is_empty(),
            "{inner}"
        );
    }
    for kind in ["view_closed", "block_suggestion"] {
        let bench = Bench::new(Answer::Nothing);
        bench.take(Kind::Interactive, &interaction(kind)).await;
        assert!(
            bench.inbound().is_empty() && bench.unreadable().is_empty(),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn an_organisation_wide_install_and_a_connected_organisation_are_read() {
    let mut raw = submission();
    raw["team"] = Value::Null;
    raw["enterprise"] = json!({ "id": "E1", "name": "Org" });
    raw["is_enterprise_install"] = json!(true);
    let inbound = Bench::new(Answer::Nothing)
        .one(Kind::Interactive, &raw)
        .await;
    assert_eq!(inbound.from.identity.realm, "E1");
    let mut foreign = message("<@UBOT> we were phished");
    foreign["user_team"] = json!("T9");
    foreign["source_team"] = json!("T9");
    let inbound = Bench::new(Answer::Nothing)
        .one(Kind::Event, &event(foreign))
        .await;
    assert_eq!(inbound.from.identity.realm, "T9");
    assert!(inbound.from.outsider);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_had_says_why() {
    let raw = every_kind().remove(5).1;
    let inbound = Bench::new(Answer::Nothing).one(Kind::Event, &raw).await;
    let InboundKind::Reaction { name, snapshot } = inbound.kind else {
        panic!("a reaction")
    };
    assert_eq!(name, "rotating_light");
    assert_eq!(snapshot.source.message, "1.1");
    assert!(
        snapshot
            .missing
            .is_some_and(|why| why.contains("could not be read"))
    );
}

#[tokio::test]
async fn what_was_not_stored_is_not_acknowledged() {
    let mention = event(message("<@UBOT> my laptop"));
    for (answer, expected) in [
        (Answer::Nothing, WireAnswer::Ack(None)),
        (Answer::Again, WireAnswer::Again),
        (Answer::Failed(card("x")), WireAnswer::Again),
        (Answer::NotConfirmed(card("x")), WireAnswer::Again),
    ] {
        assert_eq!(
            Bench::new(answer).take(Kind::Event, &mention).await,
            expected
        );
    }
    let broken = event(json!({ "type": "app_mention" }));
    assert_eq!(
        Bench::with(Answer::Nothing, true)
            .take(Kind::Event, &broken)
            .await,
        WireAnswer::Ack(None)
    );
    assert_eq!(
        Bench::with(Answer::Nothing, false)
            .take(Kind::Event, &broken)
            .await,
        WireAnswer::Again
    );
}

#[tokio::test]
async fn what_does_not_parse_is_kept_without_secrets() {
    let mut broken = interaction("something_new");
    broken["text"] = json!("xoxb-1-2");
    let bench = Bench::new(Answer::Nothing);
    bench.take(Kind::Interactive, &broken).await;
    let kept = bench.unreadable();
    assert_eq!(kept.len(), 1);
    for secret in ["1.2.abc", "hooks.slack.com", "xoxb", "\"t\""] {
        assert!(!kept[0].masked.contains(secret), "{}", kept[0].masked);
    }
    assert!(kept[0].masked.contains("something_new"));
    let hash = wire_hash(b"{");
    bench
        .ingress
        .garbage(
            Kind::Event,
            b"{",
            hash.clone(),
            Delivery::new(String::new(), None),
        )
        .await;
    assert_eq!(bench.unreadable()[1].wire_sha256, hash);
}

#[tokio::test]
async fn a_command_is_answered_in_its_acknowledgement() {
    for answer in [
        Answer::Private(card("SE-2026-0001")),
        Answer::NotConfirmed(card("SE-2026-0001")),
    ] {
        let WireAnswer::Ack(Some(body)) = Bench::new(answer)
            .take(Kind::Command, &command("odd mail"))
            .await
        else {
            panic!("a body")
        };
        assert_eq!(body["response_type"], "ephemeral");
        assert!(body["text"].as_str().unwrap().contains("SE-2026-0001"));
        assert_eq!(body["blocks"][1]["type"], "context");
    }
    let bench = Bench::new(Answer::Nothing);
    let WireAnswer::Ack(Some(body)) = bench.take(Kind::Command, &json!({ "text": "odd" })).await
    else {
        panic!("somebody waits for an answer")
    };
    assert!(body["text"].as_str().unwrap().contains("could not read"));
    assert!(
        body["blocks"].to_string().contains("+1 202 555 0101"),
        "whom to call"
    );
    // A form that Slack does not open is never silence.
    let form = Form {
        key: FormKey {
            verb: "report".to_owned(),
            id: String::new(),
            extra: Default::default(),
        },
        title: "Report".to_owned(),
        intro: Vec::new(),
        fields: Vec::new(),
        submit: "Report".to_owned(),
    };
    let WireAnswer::Ack(Some(body)) = Bench::new(Answer::Open(form))
        .take(Kind::Command, &command(""))
        .await
    else {
        panic!("told to try again")
    };
    assert!(
        body["text"]
            .as_str()
            .unwrap()
            .contains("did not open the form")
    );
}

#[tokio::test]
async fn a_submission_is_answered_in_its_form() {
    let errors =
        |field: &str| Answer::FieldErrors([(field.to_owned(), "Too short".to_owned())].into());
    let take = |answer| async move {
        match Bench::new(answer)
            .take(Kind::Interactive, &submission())
            .await
        {
            WireAnswer::Ack(body) => body.unwrap_or_default(),
            WireAnswer::Again => panic!("acknowledged"),
        }
    };
    assert_eq!(
        take(errors("what")).await,
        json!({ "response_action": "errors", "errors": { "what": "Too short" } })
    );
    assert_eq!(
        take(errors("other")).await["errors"]["what"],
        "other: Too short"
    );
    assert_eq!(
        take(Answer::Done(None)).await,
        json!({ "response_action": "clear" })
    );
    let done = take(Answer::Done(Some(card("Thank you")))).await;
    assert_eq!(done["response_action"], "update");
    assert!(done["view"].get("submit").is_none());
    assert_eq!(
        take(Answer::Failed(card("Not stored"))).await["response_action"],
        "push"
    );
    let form = Form {
        key: FormKey {
            verb: "triage".to_owned(),
            id: "c1".to_owned(),
            extra: Default::default(),
        },
        title: "Triage".to_owned(),
        intro: Vec::new(),
        fields: vec![Field {
            name: "why".to_owned(),
            label: "Why".to_owned(),
            hint: None,
            required: true,
            input: Input::Line {
                max: 10,
                initial: None,
            },
        }],
        submit: "Save".to_owned(),
    };
    assert_eq!(
        take(Answer::Replace(form)).await["view"]["submit"]["text"],
        "Save"
    );
}

#[tokio::test]
async fn a_button_brings_its_verb_its_message_and_its_form() {
    let inbound = Bench::new(Answer::Nothing)
        .one(Kind::Interactive, &button())
        .await;
    let InboundKind::Button {
        verb,
        id,
        message,
        form,
    } = inbound.kind
    else {
        panic!("a button")
    };
    assert_eq!((verb.as_str(), id.as_str()), ("take", "case-1"));
    assert_eq!(
        message.map(|message| message.message).as_deref(),
        Some("1.1")
    );
    assert_eq!(form, None);
    // What only its presser sees is no message that could be referred to.
    let mut ephemeral = button();
    ephemeral["container"]["is_ephemeral"] = json!(true);
    let inbound = Bench::new(Answer::Nothing)
        .one(Kind::Interactive, &ephemeral)
        .await;
    assert!(matches!(
        inbound.kind,
        InboundKind::Button { message: None, .. }
    ));
    // A press in the Home tab has neither a message nor a form.
    let mut at_home = button();
    at_home["container"] = json!({ "type": "view", "view_id": "V9" });
    at_home["view"] =
        json!({ "id": "V9", "type": "home", "callback_id": "home", "private_metadata": "" });
    at_home["channel"] = Value::Null;
    let inbound = Bench::new(Answer::Nothing)
        .one(Kind::Interactive, &at_home)
        .await;
    assert!(matches!(
        inbound.kind,
        InboundKind::Button {
            message: None,
            form: None,
            ..
        }
    ));
    let in_form = every_kind().remove(7).1;
    let inbound = Bench::new(Answer::Nothing)
        .one(Kind::Interactive, &in_form)
        .await;
    let InboundKind::Button {
        form: Some((key, entered)),
        ..
    } = inbound.kind
    else {
        panic!("its form")
    };
    assert_eq!(
        (key.verb.as_str(), entered.text("what")),
        ("report", Some("odd mail"))
    );
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!("🚨<@UBOT> \u{202e}&lt;")),
        Just(json!(0)),
        Just(json!(-1.5e300)),
        Just(json!(u64::MAX)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!([null, {}, "x"])),
        Just(json!({})),
        Just(json!({ "id": { "id": [] }, "new": "field" })),
        ".{0,40}".prop_map(|text| json!(text)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever Slack changes, nothing panics, nothing vanishes silently that is addressed to us, and no secret is kept.
    #[test]
    fn mutilated_payloads_are_read_or_kept(
        which in 0..13_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd_value()), 1..4),
    ) {
        let (kind, mut raw) = every_kind().remove(which);
        for (place, value) in changes {
            let found = places(&raw);
            let place = place.get(&found).clone();
            if let Some(target) = raw.pointer_mut(&place) {
                *target = value;
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new(Answer::Nothing);
            let answer = bench.take(kind, &raw).await;
            let is_ack = matches!(answer, WireAnswer::Ack(_));
            prop_assert!(is_ack);
            prop_assert!(bench.inbound().len() + bench.unreadable().len() <= 1);
            for kept in bench.unreadable() {
                prop_assert!(!kept.masked.contains("1.2.abc") && !kept.masked.contains("hooks.slack.com"));
                prop_assert!(!kept.why.is_empty());
            }
            Ok(())
        })?;
    }
}

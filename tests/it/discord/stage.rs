//! What these tests stand on: an emulator, a record, and the way in with a handler that counts.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, Database, Statement};
use secevent::chat::answer::Answer;
use secevent::chat::card::{Action, Button, Card, Part, Span, Style};
use secevent::chat::discord::api::Api;
use secevent::chat::discord::egress::DiscordPlatform;
use secevent::chat::discord::gateway::health::{GatewayState, Health, Phase};
use secevent::chat::discord::gateway::{GatewayTimings, Parts as GatewayParts, Supervisor};
use secevent::chat::discord::http::Door as SignedDoor;
use secevent::chat::discord::ingress::{Ingress, Parts as IngressParts};
use secevent::chat::discord::manifest;
use secevent::chat::discord::render::Looks;
use secevent::chat::discord::settings::{BODY_BYTES, DiscordSettings, FILE_BYTES, Timeouts};
use secevent::chat::handler::{Handler, Unreadable};
use secevent::chat::inbound::{Inbound, InboundKind};
use secevent::chat::platform::{Outgoing, Target};
use secevent::chat::speech::Untold;
use secevent::config::load_policy;
use secevent::domain::clock::{SystemClock, SystemEntropy};
use secevent::domain::ids::PolicyVersionId;
use secevent::domain::in_force::PolicyHandle;
use secevent::domain::person::{Identity, PlatformId};
use secevent::emulator::clock::EmulatorClock;
use secevent::emulator::discord::{DiscordEmulator, Seed, seed};
use secevent::emulator::door::MessageRef;
use secevent::runtime::{Faults, Runtime};
use secevent::store::{Store, StoreOptions};
use secevent::telemetry::Capture;
use secevent::workflow::Workflow;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

/// Long enough for a busy machine; no test waits that long unless it fails.
pub const LONG: Duration = Duration::from_secs(60);

/// Notes what it is handed, and refuses to store as often as it is told.
#[derive(Debug)]
pub struct Counting {
    pub heard: Mutex<Vec<Inbound>>,
    pub unreadable: Mutex<Vec<Unreadable>>,
    pub refuse: Mutex<u32>,
    /// What cannot be read is not kept, so many times.
    pub refuse_unreadable: Mutex<u32>,
    pub more: Notify,
    /// A message that says "slow" waits for a permit.
    pub gate: Semaphore,
}

#[async_trait]
impl Handler for Counting {
    fn wants_reaction(&self, name: &str) -> bool {
        name == "rotating_light"
    }

    async fn handle(&self, inbound: Inbound, _: Duration) -> Answer {
        if let InboundKind::Message { text, .. } = &inbound.kind
            && text == "slow"
        {
            self.gate.acquire().await.unwrap().forget();
        }
        let refused = {
            let mut refuse = self.refuse.lock().unwrap();
            let refused = *refuse > 0;
            *refuse = refuse.saturating_sub(1);
            refused
        };
        let answer = match &inbound.kind {
            _ if refused => Answer::Again,
            InboundKind::Command { text } => Answer::Private(Card {
                summary: format!("Heard: {text}"),
                ..Card::default()
            }),
            _ => Answer::Nothing,
        };
        self.heard.lock().unwrap().push(inbound);
        self.more.notify_waiters();
        answer
    }

    async fn unreadable(&self, what: Unreadable) -> bool {
        let mut refuse = self.refuse_unreadable.lock().unwrap();
        if *refuse > 0 {
            *refuse -= 1;
            return false;
        }
        self.unreadable.lock().unwrap().push(what);
        self.more.notify_waiters();
        true
    }

    fn untold(&self, what: Untold, _: PlatformId, _: bool) -> Card {
        Card {
            summary: format!("{what:?}"),
            ..Card::default()
        }
    }
}

impl Counting {
    /// Reactions that were handed over: the distinct ones, and all.
    pub fn reactions(&self) -> (usize, usize) {
        let heard = self.heard.lock().unwrap();
        let keys: Vec<&str> = heard
            .iter()
            .filter(|one| matches!(one.kind, InboundKind::Reaction { .. }))
            .map(|one| one.key.as_str())
            .collect();
        (keys.iter().collect::<BTreeSet<_>>().len(), keys.len())
    }
}

/// The emulator, the record, and whoever listens.
pub struct World {
    pub emulator: DiscordEmulator,
    pub counting: Arc<Counting>,
    pub settings: DiscordSettings,
    pub url: String,
    pub workflow: Workflow,
    pub capture: Capture,
    pub posted: Vec<MessageRef>,
    _files: tempfile::TempDir,
}

/// One process at the gateway.
pub struct Process {
    pub runtime: Runtime,
    pub health: Health,
}

/// A card with a button.
pub fn card(words: &str) -> Card {
    let button = Button {
        label: "Take".to_owned(),
        action: Action {
            verb: "take".to_owned(),
            id: "case-1".to_owned(),
        },
        style: Style::Primary,
    };
    let line = vec![Span::Plain(words.to_owned())];
    let buttons = vec![button];
    Card {
        title: Some("SE-2026-0001".to_owned()),
        parts: vec![Part::Text { line }, Part::Buttons { buttons }],
        summary: words.to_owned(),
        ..Card::default()
    }
}

/// The direct conversation with somebody.
pub fn direct(user: u64) -> Target {
    Target::Direct(Identity {
        platform: PlatformId::Discord,
        realm: "discord".to_owned(),
        user: user.to_string(),
    })
}

/// A message, whose key is its words.
pub fn to(target: Target, card: Card) -> Outgoing {
    let key = format!("outbox:{}", card.summary);
    Outgoing {
        target,
        card,
        case: Some("SE-2026-0042".to_owned()),
        key,
    }
}

pub fn timings() -> GatewayTimings {
    GatewayTimings {
        seat: Duration::from_secs(4),
        ask: Duration::from_millis(100),
        keep: Duration::from_millis(20),
        backoff: Duration::from_millis(50),
        backoff_most: Duration::from_millis(500),
        tries: 4,
        stop: Duration::from_secs(5),
        alive: Duration::from_secs(3),
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(Seed::example_corp()).await
    }

    pub async fn with(seed: Seed) -> Self {
        Self::with_limits(seed.without_rate_limits()).await
    }

    /// Discord limits calls, as this seed has it.
    pub async fn with_limits(seed: Seed) -> Self {
        let public_key = seed.public_key();
        let emulator = DiscordEmulator::start(seed, EmulatorClock::system())
            .await
            .unwrap();
        let settings = DiscordSettings {
            api_url: emulator.api_url(),
            bot_token: seed::BOT_TOKEN.into(),
            application_id: seed::APPLICATION.to_string(),
            public_key: Some(public_key),
            gateway: true,
            guild: seed::GUILD.to_string(),
            queue_channel: seed::QUEUE.to_string(),
            message_content: true,
            responder_role: None,
            watch_channels: vec![seed::GENERAL.to_string()],
            body_bytes: BODY_BYTES,
            file_bytes: FILE_BYTES,
            brand: None,
            timeouts: Timeouts::default(),
        };
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", files.path().join("record.db").display());
        let store = Store::connect(&StoreOptions::new(url.clone()))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let policy = Arc::new(load_policy(None).unwrap().policy);
        let workflow = Workflow::new(
            store,
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
            PolicyHandle::new(policy, PolicyVersionId(uuid::Uuid::nil())),
        );
        let counting = Counting {
            heard: Mutex::default(),
            unreadable: Mutex::default(),
            refuse: Mutex::default(),
            refuse_unreadable: Mutex::default(),
            more: Notify::new(),
            gate: Semaphore::new(0),
        };
        let mut world = Self {
            emulator,
            counting: Arc::new(counting),
            settings,
            url,
            workflow,
            capture: Capture::try_new().unwrap(),
            posted: Vec::new(),
            _files: files,
        };
        let (api, _) = world.ingress();
        manifest::apply(&api, &world.settings).await.unwrap();
        for n in 0..9 {
            let seen = world.says("bob", &format!("message {n}")).await;
            world.posted.push(seen);
        }
        world
    }

    /// Writes in `#general`.
    pub async fn says(&self, who: &str, words: &str) -> MessageRef {
        let door = self.emulator.door();
        let seen = door.as_user(who).post("general", words).await.unwrap();
        seen.posted.unwrap()
    }

    /// Alice marks the messages from..to.
    pub async fn marks(&self, messages: std::ops::Range<usize>) {
        let alice = self.emulator.door().as_user("alice");
        for message in &self.posted[messages] {
            alice.react(message, "rotating_light").await.unwrap();
        }
    }

    pub async fn socket(&self, what: Value) {
        self.emulator.door().control("socket", what).await.unwrap();
    }

    pub fn ingress(&self) -> (Api, Ingress) {
        self.ingress_to(self.counting.clone())
    }

    fn ingress_to(&self, handler: Arc<dyn Handler>) -> (Api, Ingress) {
        let api = Api::new(&self.settings, Arc::new(SystemClock)).unwrap();
        let parts = IngressParts {
            handler,
            drafts: Arc::new(self.workflow.clone()),
            api: api.clone(),
            looks: Looks {
                brand: None,
                zone: chrono_tz::UTC,
            },
            clock: Arc::new(SystemClock),
        };
        (api, Ingress::new(self.settings.clone(), parts))
    }

    /// What sends, of a process that has just begun.
    pub fn platform(&self) -> DiscordPlatform {
        let api = Api::new(&self.settings, Arc::new(SystemClock)).unwrap();
        DiscordPlatform::new(&self.settings, api, Arc::new(SystemClock)).unwrap()
    }

    /// How often a route was called.
    pub async fn calls(&self, route: &str) -> usize {
        let calls = self.emulator.door().calls(0).await.unwrap();
        calls.iter().filter(|one| one["route"] == route).count()
    }

    /// Starts a process at the gateway.
    pub fn start(&self) -> Process {
        self.start_with(self.counting.clone())
    }

    /// Starts a process at the gateway, with somebody else who listens.
    pub fn start_with(&self, handler: Arc<dyn Handler>) -> Process {
        let runtime = Runtime::new(Faults::default(), self.capture.scope());
        let (api, ingress) = self.ingress_to(handler);
        let parts = GatewayParts {
            api,
            ingress,
            seats: Arc::new(self.workflow.clone()),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            runtime: runtime.clone(),
        };
        let supervisor = Supervisor::new(parts, self.settings.clone(), timings());
        let health = supervisor.health();
        runtime.worker("discord gateway", |stop| supervisor.run(stop));
        Process { runtime, health }
    }

    /// A signed door on a port of its own.
    pub async fn signed(&self) -> (Runtime, String) {
        let runtime = Runtime::new(Faults::default(), self.capture.scope());
        let (_, ingress) = self.ingress();
        let key = self.settings.public_key.as_deref().unwrap();
        let door = SignedDoor::new(
            ingress,
            key,
            Arc::new(SystemClock),
            runtime.clone(),
            64 * 1024,
        )
        .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        secevent::http::serve_platforms(&runtime, listener, door.router());
        (runtime, format!("http://{address}/discord/interactions"))
    }

    /// Waits until the handler has seen what `holds` asks for; `false` if it takes too long.
    pub async fn heard(&self, limit: Duration, holds: impl Fn(&Counting) -> bool) -> bool {
        let wait = async {
            loop {
                let more = self.counting.more.notified();
                tokio::pin!(more);
                more.as_mut().enable();
                if holds(&self.counting) {
                    return;
                }
                more.await;
            }
        };
        tokio::time::timeout(limit, wait).await.is_ok()
    }

    /// The place in the stream that is kept.
    pub async fn kept(&self) -> Option<i64> {
        self.number("select sequence as n from seat where sequence is not null")
            .await
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let count = format!("select count(*) as n from {table}");
        self.number(&count).await.unwrap()
    }

    /// A number of the record, if it is there.
    pub async fn number(&self, select: &str) -> Option<i64> {
        let raw = Database::connect(&self.url).await.unwrap();
        let select = Statement::from_string(raw.get_database_backend(), select);
        let row = raw.query_one_raw(select).await.unwrap();
        let number = row.map(|row| row.try_get_by_index(0).unwrap());
        raw.close().await.unwrap();
        number
    }

    /// Waits until the record has such a row, or none any more.
    pub async fn until_row(&self, select: &str, is_there: bool) {
        let found = async {
            while self.number(select).await.is_some() != is_there {
                tokio::task::yield_now().await;
            }
        };
        let found = tokio::time::timeout(LONG, found).await;
        found.unwrap_or_else(|_| panic!("never: {is_there} {select}"));
    }

    pub async fn sockets(&self) -> Value {
        let door = self.emulator.door();
        door.control("sockets", json!({})).await.unwrap()
    }

    /// How many events Discord has told in the only session.
    pub async fn told(&self) -> i64 {
        self.sockets().await["sessions"][0]["seq"].as_i64().unwrap()
    }

    /// Waits until a place is kept.
    pub async fn until_kept(&self) {
        let kept = async {
            while self.kept().await.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, kept).await.unwrap();
    }

    /// Nothing may have gone wrong unsaid, but so many errors.
    pub async fn end(self, errors: usize) {
        let said = self.capture.errors();
        assert_eq!(said.len(), errors, "{said:#?}");
        self.emulator.stop().await;
    }
}

impl Process {
    pub async fn until(&self, holds: impl Fn(&GatewayState) -> bool) -> GatewayState {
        let mut follow = self.health.follow();
        let waited = tokio::time::timeout(LONG, follow.wait_for(|state| holds(state))).await;
        waited
            .expect("the gateway never got there")
            .unwrap()
            .clone()
    }

    /// Up, with a session that is live.
    pub async fn up(&self) {
        self.until(|state| state.phase == Phase::Live && state.sessions != (0, 0))
            .await;
    }

    pub async fn stop(self) {
        let stopped = self.runtime.stop(LONG).await;
        assert_eq!(stopped.unfinished, vec![]);
    }
}

//! What these tests stand on: an emulator, a runtime, the adapter, and a handler whose answers a test chooses.

use async_trait::async_trait;
use secevent::chat::answer::Answer;
use secevent::chat::card::{Action, Button, Card, Part, Span, Style};
use secevent::chat::form::{Field, Form, FormKey, Input};
use secevent::chat::handler::{Handler, Unreadable};
use secevent::chat::inbound::{Inbound, InboundKind};
use secevent::chat::slack::Slack;
use secevent::chat::slack::settings::{BODY_BYTES, FILE_BYTES, SlackSettings, Timeouts};
use secevent::chat::slack::socket::SocketTimings;
use secevent::chat::slack::socket::health::{Health, SocketState};
use secevent::chat::speech::Untold;
use secevent::domain::clock::{SystemClock, SystemEntropy};
use secevent::domain::person::PlatformId;
use secevent::emulator::clock::EmulatorClock;
use secevent::emulator::slack::seed::{APP_TOKEN, BOT_TOKEN, SIGNING_SECRET};
use secevent::emulator::slack::{Seed, SlackEmulator};
use secevent::runtime::{Faults, Runtime};
use secevent::telemetry::Capture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Long enough for a busy machine; no test waits that long unless it fails.
pub const LONG: Duration = Duration::from_secs(30);

/// Answers by the words of what came in.
#[derive(Debug)]
pub struct Stage {
    pub heard: Mutex<Vec<Inbound>>,
    pub unreadable: Mutex<Vec<Unreadable>>,
    /// How many more things are not stored.
    pub refuse: Mutex<u32>,
    /// "slow" waits for a permit of this one.
    pub gate: Semaphore,
}

pub fn card(words: &str) -> Card {
    Card {
        title: Some("SE-2026-0001".to_owned()),
        parts: vec![
            Part::Text {
                line: vec![Span::Plain(words.to_owned())],
            },
            Part::Buttons {
                buttons: vec![Button {
                    label: "Add details".to_owned(),
                    action: Action {
                        verb: "add_details".to_owned(),
                        id: "case-1".to_owned(),
                    },
                    style: Style::Primary,
                }],
            },
        ],
        summary: words.to_owned(),
        ..Card::default()
    }
}

pub fn form() -> Form {
    let field = |name: &str, label: &str, required, input| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: None,
        required,
        input,
    };
    Form {
        key: FormKey {
            verb: "report".to_owned(),
            id: String::new(),
            extra: BTreeMap::new(),
        },
        title: "Report".to_owned(),
        intro: vec![vec![Span::Plain("Report early.".to_owned())]],
        fields: vec![
            field(
                "what",
                "What happened?",
                true,
                Input::Paragraph {
                    max: 3_000,
                    initial: None,
                },
            ),
            field("files", "Files", false, Input::Files { max: 3 }),
            field(
                "more",
                "Add details",
                false,
                Input::More {
                    verb: "add_details".to_owned(),
                },
            ),
        ],
        submit: "Report".to_owned(),
    }
}

#[async_trait]
impl Handler for Stage {
    fn wants_reaction(&self, name: &str) -> bool {
        name == "rotating_light"
    }

    async fn handle(&self, inbound: Inbound, _: Duration) -> Answer {
        self.heard.lock().unwrap().push(inbound.clone());
        {
            let mut refuse = self.refuse.lock().unwrap();
            if *refuse > 0 {
                *refuse -= 1;
                return Answer::Failed(card("This was not stored"));
            }
        }
        match inbound.kind {
            InboundKind::Command { text } if text.is_empty() => Answer::Open(form()),
            InboundKind::Command { text } => {
                if text == "slow" {
                    self.gate.acquire().await.unwrap().forget();
                }
                Answer::Private(card(&format!("Heard: {text}")))
            }
            InboundKind::GlobalShortcut => Answer::Open(form()),
            InboundKind::Submission { entered, .. } => match entered.text("what") {
                Some("short") => {
                    Answer::FieldErrors([("what".to_owned(), "Say more".to_owned())].into())
                }
                _ => Answer::Done(Some(card("Thank you"))),
            },
            InboundKind::Button {
                form: Some((key, entered)),
                ..
            } => {
                let mut next = form();
                next.key = key;
                next.title = "More".to_owned();
                next.intro = vec![vec![Span::Quoted(
                    entered.text("what").unwrap_or("nothing").to_owned(),
                )]];
                Answer::Replace(next)
            }
            InboundKind::Button { .. } => Answer::Private(card("Pressed")),
            InboundKind::MessageShortcut { .. } => Answer::Private(card("From a message")),
            InboundKind::Mention { .. } | InboundKind::Message { .. } => {
                Answer::Private(card("Hello"))
            }
            _ => Answer::Nothing,
        }
    }

    async fn unreadable(&self, what: Unreadable) -> bool {
        self.unreadable.lock().unwrap().push(what);
        true
    }

    fn untold(&self, what: Untold, _: PlatformId, _: bool) -> Card {
        card(&format!("{what:?}"))
    }
}

/// Adapter and emulator.
pub struct World {
    pub emulator: SlackEmulator,
    pub stage: Arc<Stage>,
    pub slack: Slack,
    pub runtime: Runtime,
    pub capture: Capture,
    pub health: Option<Health>,
}

pub fn timings() -> SocketTimings {
    SocketTimings {
        io: Duration::from_millis(500),
        ping: Duration::from_millis(100),
        idle: Duration::from_millis(800),
        drain: Duration::from_secs(30),
        too_many: Duration::from_millis(700),
        backoff: Duration::from_millis(20),
        backoff_most: Duration::from_millis(200),
        stop: Duration::from_secs(5),
    }
}

pub fn settings(emulator: &SlackEmulator) -> SlackSettings {
    SlackSettings {
        api_url: emulator.api_url(),
        bot_token: Some(BOT_TOKEN.into()),
        app_token: Some(APP_TOKEN.into()),
        signing_secret: Some(SIGNING_SECRET.into()),
        connections: 2,
        queue_channel: "C0QUEUE".to_owned(),
        team: None,
        oauth: None,
        body_bytes: BODY_BYTES,
        file_bytes: FILE_BYTES,
        brand: Some("Test environment".to_owned()),
        timeouts: Timeouts::default(),
    }
}

impl World {
    /// Nothing connected yet.
    pub async fn new(seed: Seed) -> Self {
        Self::with(seed, |_| {}).await
    }

    pub async fn with(seed: Seed, change: impl FnOnce(&mut SlackSettings)) -> Self {
        let seed = seed.without_rate_limits();
        let emulator = SlackEmulator::start(seed, EmulatorClock::system())
            .await
            .unwrap();
        let mut settings = settings(&emulator);
        change(&mut settings);
        let slack = Slack::new(settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).unwrap();
        let capture = Capture::try_new().unwrap();
        let runtime = Runtime::new(Faults::default(), capture.scope());
        let stage = Arc::new(Stage {
            heard: Mutex::default(),
            unreadable: Mutex::default(),
            refuse: Mutex::default(),
            gate: Semaphore::new(0),
        });
        Self {
            emulator,
            stage,
            slack,
            runtime,
            capture,
            health: None,
        }
    }

    /// Connected by Socket Mode, with both connections up.
    pub async fn on_sockets() -> Self {
        let mut world = Self::new(Seed::example_corp()).await;
        world.start_sockets();
        world.until(|state| state.live == 2).await;
        world
    }

    pub fn start_sockets(&mut self) {
        let ingress = self.slack.ingress(self.stage.clone()).unwrap();
        let supervisor = self.slack.supervisor(ingress, &self.runtime, timings());
        self.health = Some(supervisor.health());
        self.runtime
            .worker("slack socket", |stop| supervisor.run(stop));
    }

    pub async fn until(&self, holds: impl Fn(&SocketState) -> bool) -> SocketState {
        let mut follow = self.health.as_ref().unwrap().follow();
        let waited = tokio::time::timeout(LONG, follow.wait_for(|state| holds(state))).await;
        waited
            .expect("the connections never got there")
            .unwrap()
            .clone()
    }

    /// Calls of a method so far.
    pub async fn calls(&self, method: &str) -> usize {
        let calls = self.emulator.door().calls(0).await.unwrap();
        calls.iter().filter(|call| call["method"] == method).count()
    }

    pub fn heard(&self) -> Vec<Inbound> {
        self.stage.heard.lock().unwrap().clone()
    }

    /// Stops in good order; nothing may be left running and nothing may have gone wrong unsaid.
    pub async fn end(self, errors: usize) {
        let stopped = self.runtime.stop(LONG).await;
        assert_eq!(stopped.unfinished, vec![]);
        let said = self.capture.errors();
        assert_eq!(said.len(), errors, "{said:#?}");
        self.emulator.stop().await;
    }
}

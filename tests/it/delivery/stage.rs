//! A stage: one database, the verbs, the real Slack adapter on the stand-in, a clock that is stepped, and a dispatcher.

use crate::store::bench::{Bench, ENTROPY};
use chrono::TimeDelta;
use secevent::{
    chat::{
        platform::Platform,
        slack::{
            Slack,
            settings::{BODY_BYTES, FILE_BYTES, SlackSettings, Timeouts},
        },
    },
    config::load_policy,
    delivery::{Dispatcher, Pass, Settings},
    domain::{
        clock::{Clock, ManualClock},
        event_report::{Details, Door, Origin},
        ids::{CaseId, PersonId},
        in_force::PolicyHandle,
        input::NewReport,
        person::{Identity, Person, PersonKind, PlatformId, Role},
    },
    emulator::{
        clock::EmulatorClock,
        slack::{Door as Workspace, Seed, SlackEmulator, seed},
    },
    store::{Attempt, OutboxFilter, OutboxRow, OutboxState, Store},
    workflow::{Caller, Cx, Done, Workflow},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use uuid::Uuid;

pub const QUEUE: &str = "C0QUEUE";

/// Of the real clock: so long that a busy machine never makes a call look hung.
const PATIENT: Duration = Duration::from_secs(40);

pub struct Stage {
    pub bench: Bench,
    pub clock: ManualClock,
    pub workflow: Workflow,
    pub policy: PolicyHandle,
    pub platform: Arc<dyn Platform>,
    pub workspace: Workspace,
    pub dispatcher: Dispatcher,
    _emulator: SlackEmulator,
}

impl Stage {
    /// A workspace with Alice and Bob (employees), Rita (on call), Ben (her backup) and Ivy (incident commander).
    pub async fn set(bench: Bench) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let seed = Seed::example_corp().without_rate_limits();
        let emulator = SlackEmulator::start(seed, EmulatorClock::system())
            .await
            .unwrap();
        let clock = ManualClock::at(bench.now);
        let slack = Slack::new(
            settings(&emulator),
            Arc::new(clock.clone()),
            Arc::new(ENTROPY),
        );
        let platform: Arc<dyn Platform> = slack.unwrap().platform();
        let loaded = load_policy(None).unwrap();
        let adopted = bench
            .store
            .adopt_policy(&loaded.policy, bench.now, &ENTROPY)
            .await
            .unwrap();
        let policy = PolicyHandle::new(Arc::new(loaded.policy), adopted.version);
        let workflow = Workflow::new(
            bench.store.clone(),
            Arc::new(clock.clone()),
            Arc::new(ENTROPY),
            policy.clone(),
        );
        workflow.seed_directory(people()).await.unwrap();
        Self {
            workspace: emulator.door(),
            dispatcher: dispatcher_of(&bench.store, &platform, &clock, &policy, "one", PATIENT),
            bench,
            clock,
            workflow,
            policy,
            platform,
            _emulator: emulator,
        }
    }

    /// A dispatcher of another process, on its own connections or ours.
    pub fn replica(&self, store: &Store, owner: &str) -> Dispatcher {
        dispatcher_of(
            store,
            &self.platform,
            &self.clock,
            &self.policy,
            owner,
            PATIENT,
        )
    }

    /// A dispatcher that cuts a call off soon, for calls that never end.
    pub fn impatient(&self) -> Dispatcher {
        let (store, soon) = (&self.bench.store, Duration::from_millis(300));
        dispatcher_of(
            store,
            &self.platform,
            &self.clock,
            &self.policy,
            "soon",
            soon,
        )
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub async fn pass(&self) -> Pass {
        self.dispatcher.run_once().await
    }

    /// Steps the clock by seconds until nothing waits in the outbox; all that the passes did.
    pub async fn drain(&self) -> Pass {
        let mut all = Pass::default();
        for _ in 0..200 {
            let pass = self.pass().await;
            all.claimed += pass.claimed;
            all.delivered += pass.delivered;
            all.temporary += pass.temporary;
            all.permanent += pass.permanent;
            all.cancelled += pass.cancelled;
            all.unrecorded += pass.unrecorded;
            if self
                .rows(&[
                    OutboxState::Ready,
                    OutboxState::Leased,
                    OutboxState::Sending,
                ])
                .await
                .is_empty()
            {
                return all;
            }
            self.advance(1);
        }
        panic!("the outbox does not drain: {all:?}");
    }

    /// Somebody types `/secevent`.
    pub async fn report(&self, user: &str, text: &str) -> CaseId {
        let report = NewReport {
            text: text.to_owned(),
            snapshot: None,
            details: Details::default(),
        };
        match self.workflow.open(&self.cx(user), report).await.unwrap() {
            Done::Opened { case, .. } => case,
            other => panic!("{other:?}"),
        }
    }

    /// An act of somebody on Slack.
    pub fn cx(&self, user: &str) -> Cx {
        Cx {
            caller: Caller::Account {
                identity: account(user),
                name: Some(user.to_owned()),
                outsider: false,
                locale: None,
                time_zone: None,
            },
            origin: Origin {
                door: Door::SlashCommand,
                platform: Some(PlatformId::Slack),
                workspace: Some(seed::TEAM.to_owned()),
                channel: Some("C0GENERAL".to_owned()),
            },
            inbound: None,
            happened_at: self.clock.now(),
        }
    }

    /// Scripts what goes wrong with the next calls of a method.
    pub async fn fault(&self, method: &str, fault: Value, times: u64) {
        self.workspace.fault(method, fault, times).await.unwrap();
    }

    pub async fn control(&self, what: &str, given: Value) {
        self.workspace.control(what, given).await.unwrap();
    }

    /// How many scripted faults have not struck yet.
    pub async fn faults_left(&self) -> u64 {
        let status = self.workspace.control("status", json!({})).await.unwrap();
        status["faults_left"].as_u64().unwrap()
    }

    /// What the bot said to somebody directly, as it can be read there.
    pub async fn direct(&self, user: &str) -> Vec<String> {
        let seen = self.workspace.as_user(user).read_dm("secevent").await;
        seen.unwrap_or_default()
            .into_iter()
            .map(|message| message.shown)
            .collect()
    }

    /// What stands in the queue channel, threads left out.
    pub async fn queue(&self) -> Vec<String> {
        let seen = self.workspace.as_user("rita").read_channel(QUEUE).await;
        seen.unwrap()
            .into_iter()
            .filter(|message| {
                message.thread_ts.is_none() || message.thread_ts.as_deref() == Some(&message.ts)
            })
            .map(|message| message.shown)
            .collect()
    }

    /// How often the platform was asked to do something, whatever it answered.
    pub async fn calls(&self, method: &str) -> usize {
        let calls = self.workspace.calls(0).await.unwrap();
        calls.iter().filter(|call| call["method"] == method).count()
    }

    pub async fn rows(&self, states: &[OutboxState]) -> Vec<OutboxRow> {
        let filter = OutboxFilter {
            states: states.to_vec(),
            kind: None,
            case: None,
            limit: 1000,
        };
        self.bench.store.outbox(&filter).await.unwrap()
    }

    /// The one row whose cause begins like this.
    pub async fn row(&self, cause: &str) -> OutboxRow {
        let rows = self.rows(&[]).await;
        let mut rows = rows
            .into_iter()
            .filter(|row| row.notification.dedupe.starts_with(cause));
        let row = rows.next().unwrap_or_else(|| panic!("no row for {cause}"));
        assert!(rows.next().is_none(), "more than one row for {cause}");
        row
    }

    pub async fn attempts(&self, cause: &str) -> Vec<Attempt> {
        let row = self.row(cause).await;
        self.bench
            .store
            .attempts(row.notification.id)
            .await
            .unwrap()
    }

    /// The kinds of the entries of a case, in order.
    pub async fn entries(&self, case: CaseId) -> Vec<String> {
        let stream = secevent::domain::timeline::Stream::Case(case);
        let entries = self.bench.store.timeline(stream, 1, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    /// The kinds of the open alarms.
    pub async fn alarms(&self) -> Vec<String> {
        let alarms = self.bench.store.open_alarms().await.unwrap();
        alarms
            .into_iter()
            .map(|alarm| alarm.kind.to_string())
            .collect()
    }
}

pub fn retry_after(seconds: u64) -> Value {
    json!({ "kind": "rate_limited", "retry_after": seconds })
}

fn dispatcher_of(
    store: &Store,
    platform: &Arc<dyn Platform>,
    clock: &ManualClock,
    policy: &PolicyHandle,
    owner: &str,
    send_timeout: Duration,
) -> Dispatcher {
    let mut settings = Settings::new(owner);
    settings.send_timeout = send_timeout;
    Dispatcher::new(
        store.clone(),
        vec![Arc::clone(platform)],
        Arc::new(clock.clone()),
        Arc::new(ENTROPY),
        policy.clone(),
        settings,
    )
}

fn settings(emulator: &SlackEmulator) -> SlackSettings {
    SlackSettings {
        api_url: emulator.api_url(),
        bot_token: Some(seed::BOT_TOKEN.to_owned().into()),
        app_token: None,
        signing_secret: None,
        connections: 1,
        queue_channel: QUEUE.to_owned(),
        team: None,
        oauth: None,
        body_bytes: BODY_BYTES,
        file_bytes: FILE_BYTES,
        brand: None,
        timeouts: Timeouts {
            call: Duration::from_secs(30),
            ..Timeouts::default()
        },
    }
}

fn account(user: &str) -> Identity {
    Identity {
        platform: PlatformId::Slack,
        realm: seed::TEAM.to_owned(),
        user: format!("U0{}", user.to_uppercase()),
    }
}

fn people() -> Vec<(Person, BTreeSet<Role>)> {
    let somebody = |n: u128, user: &str, roles: &[Role]| {
        let person = Person {
            id: PersonId(Uuid::from_u128(n)),
            kind: PersonKind::Person,
            name: user.to_owned(),
            locale: None,
            time_zone: None,
            identities: vec![account(user)],
            contacts: vec![],
        };
        (person, roles.iter().copied().collect())
    };
    vec![
        somebody(1, "rita", &[Role::Responder, Role::OnCallPrimary]),
        somebody(2, "ben", &[Role::Responder, Role::OnCallBackup]),
        somebody(3, "ivy", &[Role::IncidentCommander]),
    ]
}

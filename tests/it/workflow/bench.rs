//! A workflow over a fresh database, a clock that is stepped, and people who act through it.

use crate::harness::postgres::Cluster;
use chrono::{DateTime, TimeDelta};
use secevent::{
    config::load_policy,
    domain::{
        clock::{Clock, ManualClock, SystemEntropy},
        event_report::{Door, MessageRef, Origin, Snapshot},
        ids::{CaseId, PersonId},
        in_force::PolicyHandle,
        person::{Identity, Person, PersonKind, PlatformId, Role},
        timeline::{Body, Stream},
    },
    store::{Store, StoreOptions},
    workflow::{Caller, Cx, Done, InboundKey, NewReport, Workflow},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use uuid::Uuid;

pub struct Bench {
    pub workflow: Workflow,
    pub store: Store,
    pub clock: ManualClock,
    url: String,
    policy: PolicyHandle,
    deliveries: AtomicU64,
    _files: Option<tempfile::TempDir>,
}

impl Bench {
    pub async fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", files.path().join("secevent.db").display());
        Self::new(url, Some(files)).await
    }

    pub async fn postgres() -> Self {
        let cluster = Cluster::shared();
        let database = cluster.fresh_database(|url| async move {
            let store = Store::connect(&StoreOptions::new(url)).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await;
        });
        let database = database.await;
        Self::new(cluster.url(&database), None).await
    }

    async fn new(url: String, files: Option<tempfile::TempDir>) -> Self {
        let store = Store::connect(&StoreOptions::new(url.clone()))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let policy = load_policy(None).unwrap().policy;
        let adopted = store
            .adopt_policy(&policy, clock.now(), &SystemEntropy)
            .await
            .unwrap();
        let policy = PolicyHandle::new(Arc::new(policy), adopted.version);
        let bench = Self {
            workflow: Workflow::new(
                store.clone(),
                Arc::new(clock.clone()),
                Arc::new(SystemEntropy),
                policy.clone(),
            ),
            store,
            clock,
            url,
            policy,
            deliveries: AtomicU64::new(0),
            _files: files,
        };
        bench
            .workflow
            .seed_directory(vec![
                (known(1, "Rita", "UR"), BTreeSet::from([Role::Responder])),
                (known(2, "Pia", "UP"), BTreeSet::from([Role::OnCallPrimary])),
                (known(3, "Bo", "UB"), BTreeSet::from([Role::OnCallBackup])),
            ])
            .await
            .unwrap();
        bench
    }

    /// Another replica on the same database.
    pub async fn replica(&self) -> Workflow {
        let store = Store::connect(&StoreOptions::new(self.url.clone()))
            .await
            .unwrap();
        Workflow::new(
            store,
            Arc::new(self.clock.clone()),
            Arc::new(SystemEntropy),
            self.policy.clone(),
        )
    }

    pub fn wait(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// A new delivery caused by this account.
    pub fn cx(&self, user: &str, door: Door) -> Cx {
        let n = self.deliveries.fetch_add(1, Ordering::Relaxed);
        Cx {
            caller: Caller::Account {
                identity: account(user),
                name: Some(format!("Name of {user}")),
                outsider: user.starts_with("UX"),
                locale: None,
                time_zone: None,
            },
            origin: Origin::inside(door),
            inbound: Some(InboundKey {
                key: format!("test:{n}"),
                wire_sha256: "00".repeat(32),
            }),
            happened_at: self.clock.now(),
        }
    }

    pub async fn report(&self, user: &str, text: &str) -> CaseId {
        let report = NewReport {
            text: text.into(),
            ..NewReport::default()
        };
        let cx = self.cx(user, Door::SlashCommand);
        match self.workflow.open(&cx, report).await.unwrap() {
            Done::Opened { case, .. } => case,
            other => panic!("not opened: {other:?}"),
        }
    }

    pub async fn bodies(&self, stream: Stream) -> Vec<Body> {
        let entries = self.store.timeline(stream, 1, 1000).await.unwrap();
        entries.into_iter().filter_map(|entry| entry.body).collect()
    }

    pub async fn count(&self, case: CaseId, wanted: fn(&Body) -> bool) -> usize {
        let bodies = self.bodies(Stream::Case(case)).await;
        bodies.iter().filter(|body| wanted(body)).count()
    }
}

pub fn account(user: &str) -> Identity {
    Identity {
        platform: PlatformId::Slack,
        realm: "T1".into(),
        user: user.into(),
    }
}

fn known(n: u128, name: &str, user: &str) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(n)),
        kind: PersonKind::Person,
        name: name.into(),
        locale: None,
        time_zone: None,
        identities: vec![account(user)],
        contacts: vec![],
    }
}

pub fn message(id: &str) -> MessageRef {
    MessageRef {
        platform: PlatformId::Slack,
        workspace: "T1".into(),
        channel: "C1".into(),
        message: id.into(),
    }
}

pub fn snapshot(id: &str, text: &str) -> Snapshot {
    Snapshot {
        source: message(id),
        author: Some(account("UA")),
        text: text.into(),
        files: vec![],
        permalink: None,
        missing: None,
    }
}

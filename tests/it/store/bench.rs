//! A fresh database with a policy and two people, and ordinary decisions to record in it.

use crate::harness::postgres::Cluster;
use chrono::{DateTime, Duration};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use secevent::{
    domain::{
        assessment::Assessment,
        case::{Alert, Case, Cia, DetectionSource, Instants, Owner, Status},
        clock::{SystemEntropy, Timestamp},
        deadline::{Deadline, DeadlineChange, DeadlineKind},
        decision::{CaseChange, Decision, MessageRole, PersonChange},
        event_report::{Asset, Details, Door, EventReport, MessageRef, Origin, Snapshot},
        handling::{Handling, Tlp},
        ids::{CaseId, CaseNumber, OutboxId, PersonId, PolicyVersionId, ReportId},
        notification::{Notification, NotificationKind, Priority, Recipient, Refs},
        person::{Identity, Person, PersonKind, PlatformId, Who},
        policy::Policy,
        severity::Severity,
        timeline::{Body, NewEntry, Stream},
    },
    store::{Backend, Recorded, Stamp, Store, StoreError, StoreOptions},
};

/// One database of one test.
pub struct Bench {
    pub store: Store,
    /// A connection past the store, as a stranger would have it.
    pub raw: DatabaseConnection,
    pub version: PolicyVersionId,
    pub now: Timestamp,
    url: String,
    _files: Option<tempfile::TempDir>,
}

pub const ENTROPY: SystemEntropy = SystemEntropy;

impl Bench {
    pub async fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", files.path().join("secevent.db").display());
        Self::new(url, Some(files)).await
    }

    pub async fn postgres() -> Self {
        let cluster = Cluster::shared();
        let database = cluster
            .fresh_database(|url| async move {
                let store = Store::connect(&StoreOptions::new(url)).await.unwrap();
                store.migrate().await.unwrap();
                store.close().await;
            })
            .await;
        Self::new(cluster.url(&database), None).await
    }

    /// On a database that the test brings along.
    pub async fn on(url: String) -> Self {
        Self::new(url, None).await
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    async fn new(url: String, files: Option<tempfile::TempDir>) -> Self {
        let store = Store::connect(&StoreOptions::new(url.clone()))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        assert!(store.pending_migrations().await.unwrap().is_empty());
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let adopted = store.adopt_policy(&policy(), now, &ENTROPY).await.unwrap();
        let raw = Database::connect(url.clone()).await.unwrap();
        Self {
            store,
            raw,
            version: adopted.version,
            now,
            url,
            _files: files,
        }
    }

    /// Another replica on the same database.
    pub async fn replica(&self) -> Store {
        Store::connect(&StoreOptions::new(self.url.clone()))
            .await
            .unwrap()
    }

    pub fn is_postgres(&self) -> bool {
        self.store.backend() == Backend::Postgres
    }

    pub fn stamp(&self) -> Stamp<'static> {
        Stamp {
            now: self.now,
            version: self.version,
            entropy: &ENTROPY,
        }
    }

    /// Runs SQL past the store.
    pub async fn sql(&self, sql: &str) -> Result<(), String> {
        self.raw
            .execute_unprepared(sql)
            .await
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    /// One number by SQL past the store.
    pub async fn number(&self, sql: &str) -> i64 {
        let statement = sea_orm::Statement::from_string(self.raw.get_database_backend(), sql);
        let row = self.raw.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// Removes a trigger, as somebody with the right to change the schema could.
    pub async fn drop_trigger(&self, name: &str, table: &str) {
        let on = if self.is_postgres() {
            format!(" on {table}")
        } else {
            String::new()
        };
        self.sql(&format!("drop trigger {name}{on}")).await.unwrap();
    }

    pub async fn record(&self, decision: &Decision) -> Result<Recorded, StoreError> {
        let mut tx = self.store.begin().await?;
        let recorded = tx.record(decision, self.stamp()).await?;
        let _ = tx.commit().await?;
        Ok(recorded)
    }

    /// A person on record.
    pub async fn person(&self, user: &str) -> Person {
        let person = person(user, self.now);
        let decision = Decision {
            people: vec![PersonChange::Seen(person.clone())],
            ..Decision::default()
        };
        self.record(&decision).await.unwrap();
        person
    }

    /// A case on record, by a new reporter.
    pub async fn case(&self, user: &str) -> Case {
        let intake = self.intake(&person(user, self.now), true);
        self.record(&intake.decision).await.unwrap();
        self.store.case_by_id(intake.case).await.unwrap().unwrap()
    }

    /// The decision of an ordinary report.
    pub fn intake(&self, reporter: &Person, new: bool) -> Intake {
        let now = self.now;
        let case = CaseId::new(&ENTROPY, now);
        let report = EventReport {
            id: ReportId::new(&ENTROPY, now),
            case,
            reporter: reporter.id,
            reply_to: reporter.identities.first().cloned(),
            origin: origin(),
            text: "I clicked the link in \"Parcel\" – 🚨 <!channel> ?".to_owned(),
            snapshot: None,
            details: Details::default(),
            wire_sha256: "00".repeat(32),
            reported_at: now,
            withdrawn_at: None,
        };
        let row = Case {
            id: case,
            number: CaseNumber { year: 2027, n: 0 },
            version: 0,
            title: "I clicked the link".to_owned(),
            status: Status::New,
            assessment: Assessment::Undecided,
            phase: None,
            severity: Severity::Unrated,
            cia: Cia::default(),
            handling: Handling {
                tlp: Tlp::Amber,
                restricted: None,
            },
            category: "not_sure".to_owned(),
            detection_source: DetectionSource::UserReport,
            asset: Asset::default(),
            alert: Alert::default(),
            owner: Owner::Team("SOC".to_owned()),
            service_owner: None,
            reported_at: now,
            instants: Instants::default(),
            closure: None,
            merged_into: None,
            policy: self.version,
            exercise: false,
        };
        let entry = |body| NewEntry {
            stream: Stream::Case(case),
            effective_at: now - Duration::seconds(1),
            actor: Who::Person(reporter.id),
            origin: origin(),
            body,
        };
        let decision = Decision {
            people: if new {
                vec![PersonChange::Seen(reporter.clone())]
            } else {
                vec![]
            },
            changes: vec![CaseChange::Open(Box::new(row))],
            entries: vec![
                entry(Body::Reported {
                    report: Box::new(report.clone()),
                }),
                entry(Body::AdviceShown {
                    report: report.id,
                    category: "not_sure".to_owned(),
                }),
            ],
            deadlines: vec![
                DeadlineChange::Set(deadline(
                    case,
                    DeadlineKind::Take,
                    now + Duration::minutes(15),
                )),
                DeadlineChange::Set(deadline(
                    case,
                    DeadlineKind::Triage,
                    now + Duration::hours(1),
                )),
            ],
            notifications: vec![receipt(&report, now), card(case, now)],
            reports: vec![report.clone()],
            ..Decision::default()
        };
        Intake { case, decision }
    }
}

/// An ordinary report, decided.
pub struct Intake {
    pub case: CaseId,
    pub decision: Decision,
}

impl Intake {
    /// The report is about this message.
    pub fn about(mut self, source: &MessageRef) -> Self {
        let snapshot = Snapshot {
            source: source.clone(),
            author: None,
            text: "Parcel".to_owned(),
            files: vec![],
            permalink: None,
            missing: None,
        };
        self.decision.reports[0].snapshot = Some(snapshot);
        self.decision
            .messages
            .push((source.clone(), self.case, MessageRole::Source));
        self
    }
}

pub fn person(user: &str, now: Timestamp) -> Person {
    Person {
        id: PersonId::new(&ENTROPY, now),
        kind: PersonKind::Person,
        name: format!("Person {user}"),
        locale: Some("en".to_owned()),
        time_zone: None,
        identities: vec![Identity {
            platform: PlatformId::Slack,
            realm: "E1".to_owned(),
            user: user.to_owned(),
        }],
        contacts: vec![],
    }
}

pub fn origin() -> Origin {
    Origin {
        door: Door::SlashCommand,
        platform: Some(PlatformId::Slack),
        workspace: Some("T1".to_owned()),
        channel: Some("C1".to_owned()),
    }
}

pub fn message(id: &str) -> MessageRef {
    MessageRef {
        platform: PlatformId::Slack,
        workspace: "T1".to_owned(),
        channel: "C1".to_owned(),
        message: id.to_owned(),
    }
}

pub fn deadline(case: CaseId, kind: DeadlineKind, due_at: Timestamp) -> Deadline {
    Deadline {
        kind,
        case,
        escalation: None,
        due_at,
    }
}

pub fn card(case: CaseId, now: Timestamp) -> Notification {
    Notification {
        id: OutboxId::new(&ENTROPY, now),
        dedupe: format!("card:{case}"),
        kind: NotificationKind::CaseCard,
        case: Some(case),
        to: Recipient::Queue,
        priority: Priority::Card,
        not_before: now,
        refs: Refs::default(),
    }
}

pub fn receipt(report: &EventReport, now: Timestamp) -> Notification {
    Notification {
        id: OutboxId::new(&ENTROPY, now),
        dedupe: format!("receipt:{}", report.id),
        kind: NotificationKind::Receipt,
        case: Some(report.case),
        to: Recipient::Person {
            person: report.reporter,
            via: report.reply_to.clone(),
        },
        priority: Priority::Receipt,
        not_before: now,
        refs: Refs {
            report: Some(report.id),
            ..Refs::default()
        },
    }
}

/// A note on a case: an entry and nothing else.
pub fn note(case: &Case, by: PersonId, text: &str, now: Timestamp) -> NewEntry {
    NewEntry {
        stream: Stream::Case(case.id),
        effective_at: now,
        actor: Who::Person(by),
        origin: origin(),
        body: Body::Noted {
            text: text.to_owned(),
        },
    }
}

/// The least policy that can be stored; what it says does not matter here.
pub fn policy() -> Policy {
    serde_json::from_value(serde_json::json!({
        "organisation": {"name": "Example", "time_zone": "Europe/Vienna", "report_early": "Report early.", "approved_by": "CISO", "approved_on": "2026-01-01"},
        "queue": {"team": "SOC", "purpose": "security events"},
        "contacts": {"point_of_contact": "SOC", "urgent": []},
        "category": [], "severity": [], "scheme": {"criterion": [], "consequence": []}, "outcome": [], "role": [], "escalation": [],
        "reactions": [],
        "targets": {"take_seconds": 1, "triage_seconds": 1, "withdraw_seconds": 1, "restriction_review_seconds": 1, "feedback_seconds": 1}
    }))
    .unwrap()
}

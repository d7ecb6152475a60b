//! Schema version 1 is frozen: its text by a hash, its content by a filled fixture on which every later migration is tried.
//!
//! The fixture (`tests/data/schema_v1.sql`) is one file for both databases: rows only, because the tables are those of the frozen
//! migration. Until the first release both may be made anew with
//! `SECEVENT_FREEZE_SCHEMA=1 cargo test --test it store::frozen`; afterwards never: write a migration.

use super::bench::{Bench, ENTROPY, note, person};
use crate::harness::postgres::Cluster;
use chrono::Duration;
use migrations::{
    Migrator,
    m2026_11_21_000001_first::{tables, triggers},
    sea_orm_migration::MigratorTrait,
};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use secevent::{
    domain::{
        assessment::{Assessment, AssessmentRecord, Phase},
        case::{Closure, Owner, Status},
        decision::{AlarmChange, AlarmKind, CaseChange, Decision, PersonChange},
        escalation::{Escalation, Run},
        event_report::{Attachment, FileRef, Kept},
        handling::Restriction,
        ids::{AssessmentId, AttachmentId, EscalationId, GrantId, OutboxId},
        person::{ContactMethod, PlatformId, Role, RoleGrant},
        severity::{Level, Severity},
        timeline::{Stream, sha256_hex},
    },
    store::{
        AttemptOutcome, AttemptResult, ClaimOptions, OutboxFilter, Store, StoreOptions,
        UnreadInbound,
    },
};
use std::fmt::Write as _;

const HASH: &str = include_str!("../../data/schema_v1.sha256");
const ROWS: &str = include_str!("../../data/schema_v1.sql");

fn text_of_the_schema() -> String {
    let mut text = tables::ALL.join(";\n");
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        text += &triggers::statements(backend).join(";\n");
    }
    text
}

fn names_of_the_tables() -> Vec<String> {
    let name = |sql: &&str| {
        sql.strip_prefix("create table ")?
            .split(' ')
            .next()
            .map(str::to_owned)
    };
    tables::ALL.iter().filter_map(name).collect()
}

#[test]
fn the_schema_is_the_frozen_one() {
    assert_eq!(
        sha256_hex(text_of_the_schema().as_bytes()),
        HASH.trim(),
        "the first migration was changed. Write a new migration instead."
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_migrations_keep_a_filled_sqlite_database() {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("old.db");
    std::fs::File::create(&path).unwrap();
    try_on(&format!("sqlite:{}", path.display()), ROWS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_migrations_keep_a_filled_postgres_database() {
    let cluster = Cluster::shared();
    try_on(&cluster.url(&cluster.empty_database()), ROWS).await;
}

/// Version 1 with its rows, then everything later; every row must read back and every chain must hold.
async fn try_on(url: &str, rows: &str) {
    let old = Database::connect(url).await.unwrap();
    Migrator::up(&old, Some(1)).await.unwrap();
    let postgres = old.get_database_backend() == DbBackend::Postgres;
    let rows = if postgres {
        rows.replace("{bytes ", "decode('")
            .replace(" bytes}", "', 'hex')")
    } else {
        rows.replace("{bytes ", "x'").replace(" bytes}", "'")
    };
    old.execute_unprepared(&format!("begin;\n{rows}\ncommit;"))
        .await
        .unwrap();
    for table in names_of_the_tables() {
        let count = Statement::from_string(
            old.get_database_backend(),
            format!("select count(*) from {table}"),
        );
        let row = old.query_one_raw(count).await.unwrap().unwrap();
        let n: i64 = row.try_get_by_index(0).unwrap();
        assert!(n > 0, "the fixture has no row in {table}");
    }
    old.close().await.unwrap();

    let store = Store::connect(&StoreOptions::new(url)).await.unwrap();
    store.migrate().await.unwrap();
    let verified = store.verify_all_chains().await.unwrap();
    assert_eq!(verified.faults, vec![]);
    assert!(verified.redacted > 0);
    read_everything(&store).await;
    store.close().await;
}

/// Columns that a later migration added are not of the frozen schema.
fn is_of_version_1(table: &str, column: &str) -> bool {
    let begins = format!("create table {table} (");
    tables::ALL
        .iter()
        .filter(|sql| sql.starts_with(&begins))
        .any(|sql| {
            sql.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|word| word == column)
        })
}

async fn read_everything(store: &Store) {
    let policy = store.current_policy().await.unwrap().unwrap();
    let now = policy.adopted_at + Duration::hours(1);
    assert!(!store.all_people(now).await.unwrap().is_empty());
    assert!(!store.grants(now).await.unwrap().is_empty());
    let cases = store.cases(None, 100).await.unwrap();
    assert!(cases.iter().any(|case| case.closure.is_some()));
    assert!(cases.iter().any(|case| case.handling.restricted.is_some()));
    for case in &cases {
        assert!(!store.reports_of_case(case.id).await.unwrap().is_empty());
        let entries = store.timeline(Stream::Case(case.id), 1, 100).await.unwrap();
        assert_eq!(entries.len() as u64, case.version);
        store.assessments_of_case(case.id).await.unwrap();
        store.escalations_of_case(case.id).await.unwrap();
        store.open_deadlines(case.id).await.unwrap();
        store.attachments_of_case(case.id).await.unwrap();
    }
    let rows = store.outbox(&OutboxFilter::default()).await.unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        store.attempts(row.notification.id).await.unwrap();
    }
    assert!(!store.open_alarms().await.unwrap().is_empty());
    assert!(!store.unread(10).await.unwrap().is_empty());
    let answer: Option<serde_json::Value> = store.seen("slack:fixture").await.unwrap();
    assert_eq!(answer.unwrap()["number"], "SE-2027-0001");
}

/// Something in every table and every state that a row may have.
async fn fill(bench: &Bench) {
    let now = bench.now;
    let intake = bench
        .intake(&person("U1", now), true)
        .about(&super::bench::message("1.1"));
    let mut tx = bench.store.begin().await.unwrap();
    let answer = serde_json::json!({"number": "SE-2027-0000"});
    tx.remember("slack:fixture", "00", &answer, now)
        .await
        .unwrap();
    tx.record(&intake.decision, bench.stamp()).await.unwrap();
    let _ = tx.commit().await.unwrap();

    let mut lead = person("U2", now);
    lead.contacts = vec![
        ContactMethod::Phone("+43 1 234".to_owned()),
        ContactMethod::Mail("lead@example.org".to_owned()),
    ];
    let grant = RoleGrant {
        id: GrantId::new(&ENTROPY, now),
        role: Role::SocLead,
        person: lead.id,
        from: now,
        until: None,
        granted_by: None,
        vouched_by: None,
    };
    let mut case = bench.store.case_by_id(intake.case).await.unwrap().unwrap();
    let run = |run| Escalation {
        id: EscalationId::new(&ENTROPY, now),
        case: case.id,
        policy: "default".to_owned(),
        by: lead.id,
        reason: "it spreads".to_owned(),
        started_at: now,
        run,
    };
    let running = Run::Running {
        step: 0,
        attempt: 1,
        page: OutboxId::new(&ENTROPY, now),
        paged: lead.id,
    };
    let escalations = vec![
        run(Run::Acknowledged {
            by: lead.id,
            at: now,
        }),
        run(Run::Failed { at: now }),
        run(Run::Cancelled { at: now }),
        run(running),
    ];
    let file = |kept| Attachment {
        id: AttachmentId::new(&ENTROPY, now),
        case: case.id,
        file: FileRef {
            id: "F1".to_owned(),
            name: "screen.png".to_owned(),
            media_type: None,
            size: Some(3),
        },
        source: None,
        kept,
    };
    let sha256 = bench
        .store
        .keep_content(vec![1, 0, 255], now)
        .await
        .unwrap();
    let reason = "too large".to_owned();
    let attachments = vec![
        file(Kept::Pending),
        file(Kept::Yes { sha256, size: 3 }),
        file(Kept::No { reason }),
    ];
    let assessment = AssessmentRecord {
        id: AssessmentId::new(&ENTROPY, now),
        case: case.id,
        policy: bench.version,
        criteria: [("c1".to_owned(), true)].into(),
        result: Assessment::Incident,
        consequence: "respond".to_owned(),
        priority: "first".to_owned(),
        rationale: "it is one".to_owned(),
        decider: lead.id,
        decided_at: now,
    };
    let entries = vec![
        note(&case, lead.id, "a name that should not be here", now),
        note(&case, lead.id, "it's closed – \\ \"done\"\nreally", now),
    ];
    case.status = Status::Closed;
    case.assessment = Assessment::Incident;
    case.phase = Some(Phase::Review);
    case.severity = Severity::Rated {
        initial: Level::Sev1,
        current: Level::Sev2,
    };
    case.owner = Owner::Person(lead.id);
    case.handling.restricted = Some(Restriction {
        reason: "concerns a colleague".to_owned(),
        until: now + Duration::days(90),
    });
    case.instants.closed = Some(now);
    case.closure = Some(Closure {
        outcome: "contained".to_owned(),
        notes: "notes".to_owned(),
        by: lead.id,
    });
    let decision = Decision {
        people: vec![PersonChange::Seen(lead.clone()), PersonChange::Grant(grant)],
        changes: vec![CaseChange::Update(Box::new(case.clone()))],
        entries,
        assessments: vec![assessment],
        escalations,
        attachments,
        alarms: vec![AlarmChange::Raise {
            kind: AlarmKind::NobodyOnCall,
            subject: "on_call_backup".to_owned(),
            text: "grant the role".to_owned(),
        }],
        ..Decision::default()
    };
    bench.record(&decision).await.unwrap();
    bench.case("U3").await;
    send_some(bench).await;
    let unread = UnreadInbound {
        platform: PlatformId::Slack,
        what: "command".to_owned(),
        masked: "{}".to_owned(),
        reason: "no text".to_owned(),
        wire_sha256: "00".repeat(32),
        at: now,
    };
    bench.store.keep_unread(&unread, &ENTROPY).await.unwrap();
    let entry = format!("stream = 'case:{}' and seq = 3", case.id);
    bench
        .sql(&format!(
            "insert into redaction select stream, seq, 'named somebody', '{}', 1 from timeline where {entry}",
            lead.id
        ))
        .await
        .unwrap();
    bench
        .sql(&format!("delete from timeline_payload where {entry}"))
        .await
        .unwrap();
}

/// One row done, one dead, one being sent.
async fn send_some(bench: &Bench) {
    let options = ClaimOptions {
        owner: "fixture",
        lease: std::time::Duration::from_secs(30),
        pace: std::time::Duration::from_secs(1),
        limit: 10,
        budget: secevent::store::Budget::UNLIMITED,
    };
    let claims = bench
        .store
        .claim(&options, bench.now, &ENTROPY)
        .await
        .unwrap();
    let outcomes = [
        AttemptOutcome::Delivered {
            state: secevent::domain::notification::DeliveryState::Accepted,
            message: Some(super::bench::message("9.9")),
        },
        AttemptOutcome::Permanent {
            reason: "user_not_found".to_owned(),
        },
    ];
    assert!(claims.len() > outcomes.len(), "one must stay leased");
    for (claim, outcome) in claims.iter().zip(outcomes) {
        assert!(bench.store.mark_sending(claim, bench.now).await.unwrap());
        let result = AttemptResult {
            started_at: Some(bench.now),
            status: None,
            content_sha256: Some("00".repeat(32)),
            outcome,
        };
        bench
            .store
            .finish(claim, &result, bench.now, &ENTROPY, None)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_today_records_fits_the_frozen_schema() {
    let bench = Bench::sqlite().await;
    fill(&bench).await;
    let schema = tables::ALL.join("\n");
    let mut out = String::from("delete from timeline_head;\n");
    for table in names_of_the_tables() {
        let columns = Statement::from_string(
            DbBackend::Sqlite,
            format!("select name from pragma_table_info('{table}')"),
        );
        let columns: Vec<String> = bench
            .raw
            .query_all_raw(columns)
            .await
            .unwrap()
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .filter(|column: &String| is_of_version_1(&table, column))
            .collect();
        let quoted: Vec<String> = columns
            .iter()
            .map(|column| {
                if schema.contains(&format!(" {column} {{bool}}")) {
                    format!("case {column} when 1 then 'true' when 0 then 'false' else 'null' end")
                } else if schema.contains(&format!(" {column} {{bytes}}")) {
                    format!("'{{bytes ' || hex({column}) || ' bytes}}'")
                } else {
                    format!("quote({column})")
                }
            })
            .collect();
        let rows = Statement::from_string(
            DbBackend::Sqlite,
            format!(
                "select {} from {table} order by rowid",
                quoted.join(" || ', ' || ")
            ),
        );
        for row in bench.raw.query_all_raw(rows).await.unwrap() {
            let values: String = row.try_get_by_index(0).unwrap();
            writeln!(
                out,
                "insert into {table} ({}) values ({values});",
                columns.join(", ")
            )
            .unwrap();
        }
    }
    if std::env::var_os("SECEVENT_FREEZE_SCHEMA").is_some() {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
        std::fs::write(format!("{data}/schema_v1.sql"), &out).unwrap();
        let hash = sha256_hex(text_of_the_schema().as_bytes());
        std::fs::write(format!("{data}/schema_v1.sha256"), hash + "\n").unwrap();
    }
    // The same rows on the other database.
    let cluster = Cluster::shared();
    try_on(&cluster.url(&cluster.empty_database()), &out).await;
}

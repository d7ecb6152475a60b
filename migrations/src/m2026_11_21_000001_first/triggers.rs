//! The triggers of the first schema: what was recorded stays as it was recorded.
//!
//! Invariants: `timeline`, `attempt`, `assessment`, `policy_version` and `redaction` refuse every change; `event_report` refuses
//! every change but the one instant of its withdrawal; `timeline_payload` refuses every change but the removal of a
//! payload for which a row of `redaction` stands (that row is the marker: it names who allowed it and why, and cannot be
//! taken back). On SQLite `insert or replace` would remove a row without asking a DELETE trigger, so an insert over an existing key is
//! refused too. Whoever may change the schema may drop a trigger; the hash chains are there to show it.

use sea_orm_migration::sea_orm::DbBackend;

/// A table that only grows, with the columns of its key.
const FROZEN: &[(&str, &[&str])] = &[
    ("timeline", &["stream", "seq"]),
    ("attempt", &["id"]),
    ("assessment", &["id"]),
    ("policy_version", &["id"]),
    ("redaction", &["stream", "seq"]),
];

/// The columns of a report that never change.
const REPORT: &[&str] = &[
    "id",
    "case_id",
    "reporter",
    "reply_to",
    "door",
    "origin",
    "text",
    "snapshot",
    "details",
    "wire_sha256",
    "reported_at",
];

/// Every statement for `backend`, in order.
#[must_use]
pub fn statements(backend: DbBackend) -> Vec<String> {
    if backend == DbBackend::Postgres {
        postgres()
    } else {
        sqlite()
    }
}

fn postgres() -> Vec<String> {
    let mut all = vec![
        "create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
        end $$"
            .to_owned(),
        "create function allow_withdrawal_only() returns trigger language plpgsql as $$
        begin
            if old.withdrawn_at is null and new.withdrawn_at is not null
                and to_jsonb(new) - 'withdrawn_at' = to_jsonb(old) - 'withdrawn_at' then
                return new;
            end if;
            raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
        end $$"
            .to_owned(),
        "create function allow_redaction_only() returns trigger language plpgsql as $$
        begin
            if exists (select 1 from redaction r where r.stream = old.stream and r.seq = old.seq) then
                return old;
            end if;
            raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
        end $$"
            .to_owned(),
    ];
    let mut refuse = |table: &str, change: &str, each: &str, function: &str| {
        all.push(format!(
            "create trigger {table}_refuses_{change} before {change} on {table} for each {each} execute function {function}()"
        ));
    };
    for (table, _) in FROZEN {
        refuse(table, "update", "row", "refuse_change");
        refuse(table, "delete", "row", "refuse_change");
        refuse(table, "truncate", "statement", "refuse_change");
    }
    refuse("event_report", "update", "row", "allow_withdrawal_only");
    refuse("event_report", "delete", "row", "refuse_change");
    refuse("event_report", "truncate", "statement", "refuse_change");
    refuse("timeline_payload", "update", "row", "refuse_change");
    refuse("timeline_payload", "delete", "row", "allow_redaction_only");
    refuse("timeline_payload", "truncate", "statement", "refuse_change");
    all
}

fn sqlite() -> Vec<String> {
    let mut all = Vec::new();
    let mut refuse = |table: &str, name: &str, change: &str, when: &str| {
        all.push(format!(
            "create trigger {table}_refuses_{name} before {change} on {table} {when}
            begin select raise(abort, '{table} is append-only: {name} refused'); end"
        ));
    };
    for (table, key) in FROZEN {
        refuse(table, "update", "update", "");
        refuse(table, "delete", "delete", "");
        refuse(table, "replace", "insert", &taken(table, key));
    }
    let same: Vec<String> = REPORT
        .iter()
        .map(|column| format!("new.{column} is old.{column}"))
        .collect();
    let withdrawal = format!(
        "when not (old.withdrawn_at is null and new.withdrawn_at is not null and {})",
        same.join(" and ")
    );
    refuse("event_report", "update", "update", &withdrawal);
    refuse("event_report", "delete", "delete", "");
    refuse(
        "event_report",
        "replace",
        "insert",
        &taken("event_report", &["id"]),
    );
    let not_allowed = "when not exists (select 1 from redaction r where r.stream = old.stream and r.seq = old.seq)";
    refuse("timeline_payload", "update", "update", "");
    refuse("timeline_payload", "delete", "delete", not_allowed);
    refuse(
        "timeline_payload",
        "replace",
        "insert",
        &taken("timeline_payload", &["stream", "seq"]),
    );
    all
}

/// The condition that a row with the new row's key is there already.
fn taken(table: &str, key: &[&str]) -> String {
    let same: Vec<String> = key
        .iter()
        .map(|column| format!("t.{column} = new.{column}"))
        .collect();
    format!(
        "when exists (select 1 from {table} t where {})",
        same.join(" and ")
    )
}

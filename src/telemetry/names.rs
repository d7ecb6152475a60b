//! The names of all metrics, so that code, dashboards and the operator's page cannot drift apart.
//!
//! Invariants: every name is registered with its description; units stand in the name (`_seconds`,
//! `_total`); labels have few values, and none of them holds a person, a case number or text from people.
//!
//! Neighbours: `telemetry` describes them when it builds a recorder; the layers count with the `metrics` macros.

/// Event reports made durable. Label `door`: which way they came in.
pub const REPORTS: &str = "secevent_reports_total";
/// From opening the report form to the report being recorded (R10). Label `door`.
pub const SUBMIT_SECONDS: &str = "secevent_submit_seconds";
/// From the first byte of a platform's request to our answer. Labels `platform`, `kind`.
pub const INTAKE_SECONDS: &str = "secevent_intake_seconds";
/// Requests answered "not confirmed" because the commit took too long or failed. Label `platform`.
pub const INTAKE_UNCONFIRMED: &str = "secevent_intake_unconfirmed_total";
/// Inbound deliveries that came a second time and got the first answer. Label `platform`.
pub const INBOUND_DUPLICATES: &str = "secevent_inbound_duplicates_total";
/// Inbound requests refused before they were read: signature, age, size. Labels `platform`, `reason`.
pub const INBOUND_REFUSED: &str = "secevent_inbound_refused_total";
/// Inbound payloads that were kept because they could not be parsed. Label `platform`.
pub const INBOUND_UNPARSED: &str = "secevent_inbound_unparsed_total";
/// Home tabs that were to be renewed. Labels `platform`, `outcome` (`published`, `failed`).
pub const HOMES: &str = "secevent_homes_total";
/// Verbs done or refused. Labels `verb`, `outcome` (`done`, `refused`, `failed`).
pub const VERBS: &str = "secevent_verbs_total";
/// Outbox rows on their way. Label `priority`.
pub const OUTBOX_PENDING: &str = "secevent_outbox_pending";
/// Age of the oldest outbox row that is due.
pub const OUTBOX_OLDEST_SECONDS: &str = "secevent_outbox_oldest_seconds";
/// Attempts to deliver. Labels `means`, `outcome` (`delivered`, `temporary`, `permanent`, `stale`).
pub const DELIVERY_ATTEMPTS: &str = "secevent_delivery_attempts_total";
/// From the moment a row was due to the start of the call to the provider. Label `means`.
pub const DELIVERY_LAG_SECONDS: &str = "secevent_delivery_lag_seconds";
/// Duration of the call to the provider. Label `means`.
pub const DELIVERY_CALL_SECONDS: &str = "secevent_delivery_call_seconds";
/// Outbox rows given up, each with an alarm. Label `means`.
pub const DELIVERY_GIVEN_UP: &str = "secevent_delivery_given_up_total";
/// Pages by the fact they ended in. Label `fact` (`acknowledged`, `unanswered`, `undelivered`, `called_off`).
pub const PAGES: &str = "secevent_pages_total";
/// Deadlines that passed without what they asked for. Label `kind`.
pub const DEADLINES_MISSED: &str = "secevent_deadlines_missed_total";
/// Duration of one tick.
pub const TICK_SECONDS: &str = "secevent_tick_seconds";
/// Alarms that are not cleared. Label `kind`.
pub const ALARMS_OPEN: &str = "secevent_alarms_open";
/// 1 while the platform's socket is up, else 0. Label `platform`.
pub const SOCKET_UP: &str = "secevent_socket_up";
/// Panics caught in tasks. Label `task`. Each one is a bug.
pub const TASK_PANICS: &str = "secevent_task_panics_total";
/// 1 while the instance is ready, else 0, as of the last time somebody asked.
pub const READY: &str = "secevent_ready";

/// Name and meaning of every metric whose name ends in `_total`.
const COUNTERS: &[(&str, &str)] = &[
    (REPORTS, "Event reports made durable"),
    (INTAKE_UNCONFIRMED, "Requests answered \"not confirmed\""),
    (INBOUND_DUPLICATES, "Inbound deliveries seen before"),
    (
        INBOUND_REFUSED,
        "Inbound requests refused before they were read",
    ),
    (
        INBOUND_UNPARSED,
        "Inbound payloads kept because they could not be parsed",
    ),
    (HOMES, "Home tabs that were to be renewed"),
    (VERBS, "Verbs done or refused"),
    (DELIVERY_ATTEMPTS, "Attempts to deliver"),
    (DELIVERY_GIVEN_UP, "Outbox rows given up"),
    (PAGES, "Pages by the fact they ended in"),
    (DEADLINES_MISSED, "Deadlines missed"),
    (TASK_PANICS, "Panics caught in tasks"),
];

/// Name and meaning of every metric that holds a momentary value.
const GAUGES: &[(&str, &str)] = &[
    (OUTBOX_PENDING, "Outbox rows on their way"),
    (OUTBOX_OLDEST_SECONDS, "Age of the oldest due outbox row"),
    (ALARMS_OPEN, "Alarms not cleared"),
    (SOCKET_UP, "Whether the platform's socket is up"),
    (READY, "Whether the instance was ready when last asked"),
];

/// Name and meaning of every metric that measures how long something takes.
const HISTOGRAMS: &[(&str, &str)] = &[
    (INTAKE_SECONDS, "From a platform's request to our answer"),
    (
        SUBMIT_SECONDS,
        "From opening the report form to the report being recorded",
    ),
    (
        DELIVERY_LAG_SECONDS,
        "From a row being due to the call to its provider",
    ),
    (DELIVERY_CALL_SECONDS, "Duration of a call to a provider"),
    (TICK_SECONDS, "Duration of one tick"),
];

/// Buckets of all durations, in seconds: fine around the targets of 5 and 10 ms, coarse up to the platform's 3 s.
pub const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0, 60.0,
];

/// Registers every metric with its description at the recorder that is current.
pub(super) fn describe() {
    for (name, meaning) in COUNTERS {
        metrics::describe_counter!(*name, *meaning);
    }
    for (name, meaning) in GAUGES {
        metrics::describe_gauge!(*name, *meaning);
    }
    for (name, meaning) in HISTOGRAMS {
        metrics::describe_histogram!(*name, *meaning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A figure that nobody counts would read 0 for ever.
    #[test]
    fn every_name_is_counted_somewhere() {
        let mut code = String::new();
        let mut folders = vec![std::path::PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src"
        ))];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    code.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let names = include_str!("names.rs").lines();
        let names = names.filter_map(|line| line.strip_prefix("pub const "));
        for name in names
            .filter_map(|line| line.split_once(": &str"))
            .map(|(name, _)| name)
        {
            assert!(
                code.contains(&format!("names::{name}")),
                "nobody counts {name}"
            );
        }
    }

    #[test]
    fn every_constant_is_described_once_and_named_by_its_unit() {
        let source = include_str!("names.rs");
        let declared = source
            .lines()
            .filter(|line| line.starts_with("pub const") && line.contains("&str ="))
            .count();
        let mut names: Vec<_> = [COUNTERS, GAUGES, HISTOGRAMS]
            .concat()
            .iter()
            .map(|(name, _)| *name)
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), declared);
        assert!(COUNTERS.iter().all(|(name, _)| name.ends_with("_total")));
        assert!(
            HISTOGRAMS
                .iter()
                .all(|(name, _)| name.ends_with("_seconds"))
        );
    }
}

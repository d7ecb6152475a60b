//! What `/readyz` asks: database, outbox, connection, alarms.
//!
//! Invariants: a check says how to mend what it finds; open alarms warn, they do not take the instance out of service.
//! Neighbours: `http` runs the checks, and adds the one of the workers.

use super::watch::Connection;
use crate::{
    delivery::Watch,
    http::{Check, Finding},
    store::Store,
};

/// The checks of this app.
pub(super) fn checks(store: &Store, watch: &Watch, connections: Vec<Connection>) -> Vec<Check> {
    let database = store.clone();
    let alarmed = store.clone();
    let watch = watch.clone();
    let mut checks = vec![
        Check::new("database", move || {
            let store = database.clone();
            async move {
                match store.ping().await {
                    Ok(()) => Finding::Ok,
                    Err(error) => Finding::Failing(format!(
                        "{error}; is the database up, and the address in the settings right?"
                    )),
                }
            }
        }),
        Check::new("outbox", move || {
            let watch = watch.clone();
            async move {
                let readiness = watch.readiness().await;
                if readiness.ok {
                    Finding::Ok
                } else {
                    Finding::Failing(readiness.sentence)
                }
            }
        }),
        Check::new("alarms", move || {
            let store = alarmed.clone();
            async move {
                match store.open_alarms().await {
                    Ok(alarms) if alarms.is_empty() => Finding::Ok,
                    Ok(alarms) => Finding::Warning(format!(
                        "{} open; `secevent doctor` lists them. The oldest: {}",
                        alarms.len(),
                        alarms
                            .first()
                            .map(|alarm| alarm.kind.to_string())
                            .unwrap_or_default()
                    )),
                    Err(error) => Finding::Failing(format!("the alarms cannot be read: {error}")),
                }
            }
        }),
    ];
    for connection in connections {
        checks.push(Check::new(connection.word(), move || {
            let trouble = connection.trouble();
            async move { trouble.map_or(Finding::Ok, Finding::Failing) }
        }));
    }
    checks
}

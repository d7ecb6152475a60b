//! Where a demo keeps its record between runs.
//!
//! Invariants: one demo at a time in a folder; nothing but what demos keep there is removed. Neighbours: `shell`, `page`.

use crate::{
    cli::{
        Failure, Outcome,
        demo::tour::{Record, last_entry},
    },
    domain::clock::Timestamp,
};
use chrono::DateTime;
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// Where demos keep their record, if nobody says otherwise.
pub fn home() -> Result<PathBuf, Failure> {
    let set = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
    let base = set("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    base.map(|base| base.join("secevent/demo")).ok_or_else(|| {
        Failure::Stopped(
            "there is no home to keep the record in; name a folder with --data".to_owned(),
        )
    })
}

/// Two demos on one record would take each other's messages.
pub fn alone(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("demo.lock");
    let file = File::create(&path).map_err(|error| {
        Failure::Stopped(format!("{} cannot be written: {error}", path.display()))
    })?;
    file.try_lock().map_err(|_| {
        Failure::Stopped(format!(
            "another demo runs in {}; end it, or name another folder with --data",
            folder.display()
        ))
    })?;
    Ok(file)
}

/// Removes the record of earlier demos.
pub fn forget(folder: &Path) -> Outcome {
    for name in [
        "secevent.db",
        "secevent.db-wal",
        "secevent.db-shm",
        "workspace.json",
        "guild.json",
        "bot.log",
    ] {
        let path = folder.join(name);
        if path.exists() {
            std::fs::remove_file(&path).map_err(|error| {
                Failure::Stopped(format!("{} cannot be removed: {error}", path.display()))
            })?;
        }
    }
    Ok(())
}

/// When the last entry of an earlier demo was made.
pub async fn before(folder: &Path) -> Result<Option<Timestamp>, Failure> {
    let file = folder.join("secevent.db");
    if !file.exists() {
        return Ok(None);
    }
    let record = Record::read(&file).await.map_err(|error| {
        Failure::Stopped(format!("{error}. `secevent demo --fresh` begins anew"))
    })?;
    Ok(last_entry(&record).and_then(DateTime::from_timestamp_micros))
}

//! The database of a crash test: a file, or a cluster of its own that survives a power cut.
//!
//! Invariants: durable as in production. Neighbours: `bot` gets the URL, `checker` too.

use std::path::Path;

use crate::harness::postgres::{Cluster, Durability};

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Kind {
    /// For facts and file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A database, empty at first.
#[derive(Debug)]
pub struct Database {
    /// Its address, as the bot's settings take it.
    pub url: String,
    /// The server and the name of the database in it.
    pub cluster: Option<(Cluster, String)>,
}

impl Database {
    /// A new one; a file lies in `directory`.
    pub fn create(kind: Kind, directory: &Path) -> Self {
        match kind {
            Kind::Sqlite => Self {
                url: format!("sqlite:{}", directory.join("secevent.db").display()),
                cluster: None,
            },
            Kind::Postgres => {
                let cluster = Cluster::start_own(Durability::Durable);
                let name = cluster.empty_database();
                Self {
                    url: cluster.url(&name),
                    cluster: Some((cluster, name)),
                }
            }
        }
    }

    /// The server; panics for a file.
    pub fn server(&self) -> (&Cluster, &str) {
        let (cluster, name) = self.cluster.as_ref().expect("a PostgreSQL database");
        (cluster, name)
    }
}

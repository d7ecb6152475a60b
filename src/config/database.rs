//! The section of the database, decided: which kind, and whether reports would survive in it.
//!
//! Invariants: a database that forgets, or that cannot serve the announced number of processes, is refused.
//! Neighbours: `desk` has the helpers; the store takes the [`DatabaseConfig`].

use super::{
    desk::Desk,
    raw::RawDatabase,
    settings::{DatabaseConfig, DatabaseKind},
};
use secrecy::ExposeSecret;
use std::net::Ipv4Addr;
use url::{Host, Url};

/// The section, or `None` after problems were noted.
pub(super) fn decide(
    desk: &mut Desk<'_>,
    raw: RawDatabase,
    replicas: u32,
) -> Option<DatabaseConfig> {
    let key = if raw.url_file.is_some() {
        "database.url_file"
    } else {
        "database.url"
    };
    let connections = desk.count("database.connections", raw.connections, 12, 2..=500);
    if raw.url.is_none() && raw.url_file.is_none() {
        desk.refuse(
            "database.url",
            "no database is named",
            "Set url = \"sqlite:secevent.db\" in [database], or a postgres:// URL",
        );
        return None;
    }
    let url = desk.secret("database.url", raw.url, raw.url_file)?;
    let text = url.expose_secret();
    let kind = match text.split_once(':') {
        Some(("sqlite", rest)) => {
            if rest.is_empty() || rest.contains(":memory:") || rest.contains("mode=memory") {
                desk.refuse(
                    key,
                    "a database in memory forgets every report when the process ends",
                    "Name a file: \"sqlite:secevent.db\"",
                );
            }
            if replicas > 1 {
                desk.refuse(
                    "replicas",
                    "SQLite serves one process, and several are announced",
                    "Set replicas = 1, or use PostgreSQL",
                );
            }
            DatabaseKind::Sqlite
        }
        Some(("postgres" | "postgresql", _)) => {
            postgres(desk, key, text);
            DatabaseKind::Postgres
        }
        _ => {
            desk.refuse(
                key,
                "this names neither SQLite nor PostgreSQL",
                "Write \"sqlite:<file>\" or \"postgres://user:password@host/name\"",
            );
            return None;
        }
    };
    Some(DatabaseConfig {
        kind,
        url,
        connections,
    })
}

fn postgres(desk: &mut Desk<'_>, key: &str, text: &str) {
    let Ok(url) = Url::parse(text) else {
        desk.refuse(key, "this is not a URL", "Write \"postgres://user:password@host/name\"; percent-encode what is special in the password");
        return;
    };
    let query = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let socket = url.host_str().is_none_or(str::is_empty)
        || query("host").is_some_and(|host| host.starts_with('/'));
    let encrypted = query("sslmode")
        .is_some_and(|mode| ["require", "verify-ca", "verify-full"].contains(&mode.as_str()));
    if !socket && !is_loopback(&url) && !encrypted {
        desk.warn(
            key,
            "the way to the database may be open to readers",
            "Add ?sslmode=verify-full to the URL",
        );
    }
}

/// Whether the URL's host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        // Hosts of schemes that the URL reader does not know (postgres) are plain text.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}

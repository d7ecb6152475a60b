//! The few words in which the two databases differ, so that a table is written once.
//!
//! Invariants: an id is a native `uuid` on PostgreSQL and its lower-case text on SQLite, so that both shells show the same;
//! every instant and count is a 64-bit integer, every JSON value is text (it is read whole and never filtered on).
//! SQLite tables are STRICT: a value of the wrong type is refused there as it is on PostgreSQL.

use sea_orm_migration::sea_orm::DbBackend;

/// Puts the words of `backend` in place of `{id}`, `{int}`, `{bool}`, `{bytes}`, `{later}` (a foreign key that is checked at
/// commit) and `{strict}`.
#[must_use]
pub fn translate(backend: DbBackend, sql: &str) -> String {
    let postgres = backend == DbBackend::Postgres;
    let pick = |on_postgres, on_sqlite| if postgres { on_postgres } else { on_sqlite };
    sql.replace("{id}", pick("uuid", "text"))
        .replace("{int}", pick("bigint", "integer"))
        .replace("{bool}", pick("boolean", "integer"))
        .replace("{bytes}", pick("bytea", "blob"))
        .replace("{later}", "deferrable initially deferred")
        .replace("{strict}", pick("", "strict"))
}

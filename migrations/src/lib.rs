//! The schema of secevent: one file per migration, the same for SQLite and PostgreSQL.
pub use sea_orm_migration;

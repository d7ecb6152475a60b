//! What the holder of a seat knows of the time: since when there is a seat, up to when everything was heard, and since when a look back is owed.
//!
//! Invariants: a seat that was held before this migration was heard until it was last renewed, as far as anybody knows; when it began is
//! not known of it.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

/// Every statement, in order.
pub const ALL: &[&str] = &[
    "alter table seat add column begun_at {int}",
    "alter table seat add column heard_until {int}",
    "alter table seat add column owed_since {int}",
    "update seat set heard_until = held_until",
];

/// The migration.
#[derive(Debug, Clone, Copy)]
pub struct LookBack;

impl MigrationName for LookBack {
    fn name(&self) -> &'static str {
        "m2026_11_22_000008_look_back"
    }
}

#[async_trait]
impl MigrationTrait for LookBack {
    #[expect(
        elided_lifetimes_in_paths,
        reason = "the trait's signature leaves the lifetime out"
    )]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let connection = manager.get_connection();
        for statement in ALL {
            connection
                .execute_unprepared(&translate(backend, statement))
                .await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

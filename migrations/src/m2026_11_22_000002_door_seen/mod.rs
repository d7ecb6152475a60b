//! When something came through a door the last time, whichever replica it came to.
//!
//! Invariants: one row for each platform and kind of delivery; the instant only grows.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

const TABLE: &str = "create table door_seen (
    platform text not null check (platform in ('slack', 'discord', 'teams')),
    door text not null,
    last_at {int} not null,
    primary key (platform, door)
) {strict}";

/// The migration.
#[derive(Debug, Clone, Copy)]
pub struct DoorSeen;

impl MigrationName for DoorSeen {
    fn name(&self) -> &'static str {
        "m2026_11_22_000002_door_seen"
    }
}

#[async_trait]
impl MigrationTrait for DoorSeen {
    #[expect(
        elided_lifetimes_in_paths,
        reason = "the trait's signature leaves the lifetime out"
    )]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statement = translate(manager.get_database_backend(), TABLE);
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

//! The first schema: people, policy, cases and what hangs on them, the timeline, the outbox.
//!
//! Invariants: see [`tables`] and [`triggers`]. Frozen with the first release: a later change is a later migration.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

pub mod tables;
pub mod triggers;

/// The first migration.
#[derive(Debug, Clone, Copy)]
pub struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "m2026_11_21_000001_first"
    }
}

#[async_trait]
impl MigrationTrait for First {
    #[expect(
        elided_lifetimes_in_paths,
        reason = "the trait's signature leaves the lifetime out"
    )]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let connection = manager.get_connection();
        for table in tables::ALL {
            connection
                .execute_unprepared(&translate(backend, table))
                .await?;
        }
        for statement in triggers::statements(backend) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

//! Forms that are being filled in, for platforms that remember nothing with a form; and seats: which replica holds the one connection that a
//! platform gives, and where in the platform's stream it is.
//!
//! Invariants: a draft belongs to one account and ends by itself; one row for each platform holds its seat, and its epoch only grows.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

/// Every statement, in order.
pub const ALL: &[&str] = &[
    "create table form_draft (
        id {id} primary key,
        platform text not null check (platform in ('slack', 'discord', 'teams')),
        realm text not null,
        account text not null,
        body text not null,
        expires_at {int} not null
    ) {strict}",
    "create index form_draft_expires on form_draft (expires_at)",
    "create table seat (
        platform text primary key check (platform in ('slack', 'discord', 'teams')),
        holder text not null,
        epoch {int} not null check (epoch >= 1),
        held_until {int} not null,
        session text,
        resume_url text,
        sequence {int},
        check ((session is null) = (sequence is null)),
        check ((session is null) = (resume_url is null))
    ) {strict}",
];

/// The migration.
#[derive(Debug, Clone, Copy)]
pub struct DraftsAndSeats;

impl MigrationName for DraftsAndSeats {
    fn name(&self) -> &'static str {
        "m2026_11_22_000005_drafts_and_seats"
    }
}

#[async_trait]
impl MigrationTrait for DraftsAndSeats {
    #[expect(
        elided_lifetimes_in_paths,
        reason = "the trait's signature leaves the lifetime out"
    )]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let connection = manager.get_connection();
        for table in ALL {
            connection
                .execute_unprepared(&translate(backend, table))
                .await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

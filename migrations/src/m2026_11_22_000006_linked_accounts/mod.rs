//! One person with several accounts: the requests to link two, by a code, and what was linked.
//!
//! Invariants: a code is here as its hash and for minutes; reports keep the person whom they were filed under, and `person_link` says who
//! that is now; an account that the directory file names has no `linked_at`.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

/// Every statement, in order.
pub const ALL: &[&str] = &[
    "alter table identity add column linked_at {int}",
    "create table person_link (
        from_person {id} primary key references person (id) {later},
        person_id {id} not null references person (id) {later},
        linked_at {int} not null,
        check (from_person <> person_id)
    ) {strict}",
    "create index person_link_person on person_link (person_id)",
    "create table link_request (
        id {id} primary key,
        code_sha256 text not null unique check (length(code_sha256) = 64),
        asker text not null,
        first text not null,
        second text,
        created_at {int} not null,
        expires_at {int} not null
    ) {strict}",
];

/// The migration.
#[derive(Debug, Clone, Copy)]
pub struct LinkedAccounts;

impl MigrationName for LinkedAccounts {
    fn name(&self) -> &'static str {
        "m2026_11_22_000006_linked_accounts"
    }
}

#[async_trait]
impl MigrationTrait for LinkedAccounts {
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

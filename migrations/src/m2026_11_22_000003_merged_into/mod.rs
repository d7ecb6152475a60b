//! Merging: a case may name the other one in which it is worked on.
//!
//! Invariants: only a closed case does; its reports, its timeline and its number stay its own. The index finds what was merged into a
//! case, and holds nothing for the others.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

/// Every statement, in order.
pub const ALL: &[&str] = &[
    "alter table cases add column merged_into {id} references cases (id) {later}
        check (merged_into is null or (status = 'closed' and merged_into <> id))",
    "create index cases_merged_into on cases (merged_into) where merged_into is not null",
];

/// The migration.
#[derive(Debug, Clone, Copy)]
pub struct MergedInto;

impl MigrationName for MergedInto {
    fn name(&self) -> &'static str {
        "m2026_11_22_000003_merged_into"
    }
}

#[async_trait]
impl MigrationTrait for MergedInto {
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

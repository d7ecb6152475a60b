//! Roles that a platform's own role vouches for.
//!
//! Invariants: an empty `vouched_by` is a grant of the directory file or of a person; else `platform:workspace:role` of the platform.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

/// Every statement, in order.
pub const ALL: &[&str] = &["alter table role_grant add column vouched_by text"];

/// The migration.
#[derive(Debug, Clone, Copy)]
pub struct VouchedRoles;

impl MigrationName for VouchedRoles {
    fn name(&self) -> &'static str {
        "m2026_11_22_000007_vouched_roles"
    }
}

#[async_trait]
impl MigrationTrait for VouchedRoles {
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

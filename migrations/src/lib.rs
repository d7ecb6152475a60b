//! The schema of secevent: one directory per migration, the same for SQLite and PostgreSQL.
//!
//! Invariants: a migration that was released is never edited (a test compares its hash); every migration runs in one
//! transaction on both databases, so that a crash in the middle leaves nothing half made; there is no way down, because a
//! record of events is never thrown away by a program: go back by restoring a backup. Neighbours: `store` runs it under a lock.
pub use sea_orm_migration;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

pub mod dialect;
pub mod m2026_11_21_000001_first;
pub mod m2026_11_22_000002_door_seen;
pub mod m2026_11_22_000003_merged_into;
pub mod m2026_11_22_000004_installations;
pub mod m2026_11_22_000005_drafts_and_seats;
pub mod m2026_11_22_000006_linked_accounts;
pub mod m2026_11_22_000007_vouched_roles;
pub mod m2026_11_22_000008_look_back;

/// Every migration, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m2026_11_21_000001_first::First),
            Box::new(m2026_11_22_000002_door_seen::DoorSeen),
            Box::new(m2026_11_22_000003_merged_into::MergedInto),
            Box::new(m2026_11_22_000004_installations::Installations),
            Box::new(m2026_11_22_000005_drafts_and_seats::DraftsAndSeats),
            Box::new(m2026_11_22_000006_linked_accounts::LinkedAccounts),
            Box::new(m2026_11_22_000007_vouched_roles::VouchedRoles),
            Box::new(m2026_11_22_000008_look_back::LookBack),
        ]
    }
}

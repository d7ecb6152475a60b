//! Installations of the bot in several workspaces, with their sealed tokens, and the states that installers' browsers bring back.
//!
//! Invariants: a token is here sealed or not at all (`store/vault.rs`); an empty text stands for "none" in the key, because a key
//! cannot hold null; tokens are there exactly while the installation was not uninstalled.

use crate::dialect::translate;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

/// Every statement, in order.
pub const ALL: &[&str] = &[
    "create table installation (
        id {id} primary key,
        platform text not null check (platform in ('slack', 'discord', 'teams')),
        enterprise text not null,
        workspace text not null,
        name text not null,
        app text not null,
        bot_user text not null,
        scopes text not null,
        installed_by text not null,
        installed_at {int} not null,
        state text not null check (state in ('active', 'uninstalled', 'refused')),
        reason text,
        epoch {int} not null check (epoch >= 1),
        key_id text,
        bot_token {bytes},
        refresh_token {bytes},
        issued_at {int} not null,
        expires_at {int},
        renewing_until {int},
        unique (platform, enterprise, workspace),
        check (enterprise <> '' or workspace <> ''),
        check ((bot_token is null) = (state = 'uninstalled')),
        check ((bot_token is null) = (key_id is null)),
        check (bot_token is not null or refresh_token is null),
        check (state <> 'active' or reason is null)
    ) {strict}",
    "create index installation_workspace on installation (platform, workspace)",
    "create index installation_enterprise on installation (platform, enterprise)",
    "create table oauth_state (
        sha256 text primary key check (length(sha256) = 64),
        created_at {int} not null,
        expires_at {int} not null,
        used_at {int}
    ) {strict}",
];

/// The migration.
#[derive(Debug, Clone, Copy)]
pub struct Installations;

impl MigrationName for Installations {
    fn name(&self) -> &'static str {
        "m2026_11_22_000004_installations"
    }
}

#[async_trait]
impl MigrationTrait for Installations {
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

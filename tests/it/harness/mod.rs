//! What the scenarios stand on: real databases, the real app beside the emulators, and people who talk to it.
//!
//! Neighbours: `scenarios` tell stories with a [`world::World`] and its [`person::Person`]s; `postgres` also serves the
//! tests of the store and of crashes.

pub mod facts;
pub mod fate;
pub mod heard;
pub mod home;
pub mod leftovers;
pub mod message;
pub mod person;
pub mod postgres;
pub mod replica;
pub mod setup;
pub mod stand;
pub mod world;

/// As [`both!`], and each story is told on Slack and again on Discord.
macro_rules! everywhere {
    (Setup::$setup:ident => $($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::harness::{setup::Setup, stand::Host, world::{Database, World}};

            async fn told(database: Database, host: Host) {
                let world = World::start(database, Setup::$setup().on(host)).await;
                super::$name(&world).await;
                world.finish().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                told(Database::sqlite(), Host::Slack).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                told(Database::postgres().await, Host::Slack).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_discord_and_sqlite() {
                told(Database::sqlite(), Host::Discord).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_discord_and_postgres() {
                told(Database::postgres().await, Host::Discord).await;
            }
        }
    )+};
    ($($name:ident),+ $(,)?) => {
        everywhere! { Setup::default => $($name),+ }
    };
}

/// Tells each of these stories, which take a [`world::World`], on SQLite and again on PostgreSQL. With `Setup::http =>` in front, the
/// world begins as that function of [`setup::Setup`] says.
macro_rules! both {
    (Setup::$setup:ident => $($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::harness::{setup::Setup, world::{Database, World}};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let world = World::start(Database::sqlite(), Setup::$setup()).await;
                super::$name(&world).await;
                world.finish().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let world = World::start(Database::postgres().await, Setup::$setup()).await;
                super::$name(&world).await;
                world.finish().await;
            }
        }
    )+};
    ($($name:ident),+ $(,)?) => {
        both! { Setup::default => $($name),+ }
    };
}

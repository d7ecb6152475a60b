//! The way in from Discord, against the emulated one: the gateway under faults, and signed requests.

/// Tells each of these stories on Discord, on SQLite and again on PostgreSQL.
macro_rules! on_discord {
    (Setup::$setup:ident => $($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::harness::{setup::Setup, stand::Host, world::{Database, World}};

            async fn told(database: Database) {
                let world = World::start(database, Setup::$setup().on(Host::Discord)).await;
                super::$name(&world).await;
                world.finish().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                told(Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                told(Database::postgres().await).await;
            }
        }
    )+};
}

mod delivery;
mod doctor;
mod egress;
mod endpoint;
mod files;
mod forger;
mod gateway;
mod hidden;
mod hostile_gateway;
mod hostile_http;
mod hostile_people;
mod hostile_text;
mod look_back;
mod newcomers;
mod patience;
mod replicas;
mod roles;
mod seats;
mod stage;
mod threads;
mod unheard;
mod worn;

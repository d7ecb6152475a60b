//! The store on both databases: every test of this room runs on SQLite and again on PostgreSQL.
//!
//! Neighbours: `bench` makes a fresh database and ordinary decisions; what a promise rests on is read by raw SQL.

/// Runs each of these functions, which take a [`bench::Bench`], on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::store::bench::Bench::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::store::bench::Bench::postgres().await).await;
            })+
        }
    };
}

pub mod bench;
mod chains;
mod faults;
mod frozen;
mod nouns;
mod outbox;
mod recording;

//! Delivery on both databases, through the real Slack adapter, to the stand-in that limits, fails, hangs and loses answers.
//!
//! Neighbours: `stage` sets it up and reads it; the database is `crate::store::bench`.

/// Runs each of these functions, which take a [`stage::Stage`], on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let bench = crate::store::bench::Bench::sqlite().await;
                super::$name(crate::delivery::stage::Stage::set(bench).await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let bench = crate::store::bench::Bench::postgres().await;
                super::$name(crate::delivery::stage::Stage::set(bench).await).await;
            })+
        }
    };
}

mod faults;
mod files;
mod replicas;
mod stage;
mod telling;

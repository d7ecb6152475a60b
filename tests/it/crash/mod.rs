//! Crashes: the real binary dies at random moments and named points under load, and a checker of another language says what was kept.
//!
//! Invariants: nothing here waits for a span of time to be right, it waits for what happened; the moments of death come from a seed.
//! Neighbours: `tests/checker` judges; `src/runtime/crash.rs` has the named points and the broken promises.

mod replicas;
mod rounds;
mod sabotage;
pub mod signed;
mod slow_line;
mod storm;
pub mod world;

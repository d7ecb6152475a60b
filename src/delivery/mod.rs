//! Tells what was decided: the outbox, out to the world.
//!
//! Invariants: at least once, and visibly flagged where it may be twice; no transaction is open while something is sent; every call to
//! the outside has a timeout; what gives up is an alarm and, for what people wait for, an entry of the timeline.
//! Neighbours: `store` leases rows and records attempts, `chat::speech` says it, `chat::platform` sends it.

pub mod address;
mod attempt;
mod digest;
pub mod dispatcher;
mod facts;
pub mod files;
mod outcome;
pub mod pace;
pub mod plan;
mod queue_channel;
pub mod recheck;
pub mod render;
pub mod retry;
pub mod watch;

pub use attempt::POSSIBLE_DUPLICATE;
pub use dispatcher::{Dispatcher, Pass, Settings};
pub use files::{Files, FilesPass};
pub use watch::{Readiness, Watch};

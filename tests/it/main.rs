//! The one integration binary: the harness, and the scenarios that talk to the bot through it.
//!
//! One binary, because linking the whole program once per test file costs more than the tests themselves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy allows these in test functions, but not in what they stand on"
)]

mod crash;
mod delivery;
mod discord;
mod faults;
#[macro_use]
mod harness;
mod installs;
mod page;
mod scenarios;
mod setting_up;
mod slack;
mod store;
mod tour;
mod workflow;

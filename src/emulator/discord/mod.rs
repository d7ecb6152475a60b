//! An emulated Discord: strict REST interface and gateway, signed interactions over HTTP, and the people in its guilds.
//!
//! Purpose: everything the product needs of Discord, on loopback, stricter than Discord where that costs nothing. Invariants: see each module; the
//! world (`model`, `permissions`, `writing`) knows no wire, the wire (`wire`, `rest`, `gateway`) keeps no state. Neighbours: tests and demo start a
//! [`DiscordEmulator`], act through a [`Door`](super::door::Door), and read its ledger.

mod admin;
mod answers;
mod cdn;
mod client;
mod control;
mod deliver;
mod emoji;
mod endpoint;
mod errors;
mod faults;
mod gateway;
mod guilds;
mod ids;
pub mod intents;
mod interactions;
mod kept;
mod limits;
mod markdown;
pub mod model;
mod objects;
pub mod permissions;
mod rate;
mod render;
mod rest;
pub mod seed;
mod server;
mod signing;
mod state;
mod threads;
mod wire;
mod writing;

#[cfg(test)]
mod tests;

pub use seed::Seed;
pub use server::{DiscordEmulator, ServeOptions, serve};

/// What every handler shares.
type Shared = super::shared::Shared<state::State>;

/// A snowflake in JSON: a text of digits, or a number.
fn snowflake(value: &serde_json::Value) -> Option<model::Id> {
    match value {
        serde_json::Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

//! An emulated Slack workspace: strict Web API, Socket Mode and signed HTTP, and the people in it.
//!
//! Purpose: everything the product needs of Slack, on loopback, stricter than Slack where that costs nothing. Invariants:
//! see each module; the world (`model`, `world`) knows no wire, the wire (`wire`, `link`, `respond`, `methods`) keeps no
//! state. Neighbours: tests and demo start a [`SlackEmulator`], act through a [`Door`], and read its ledger.

mod admin;
mod args;
mod changes;
mod client;
mod control;
mod deliver;
mod downloads;
mod errors;
mod events;
mod faults;
mod ids;
mod installs;
mod interactions;
pub mod kept;
mod limits;
mod link;
mod methods;
mod modal;
pub mod model;
mod oauth;
mod objects;
mod push;
mod rate;
mod render;
mod respond;
mod response_urls;
pub mod seed;
mod server;
mod sockets;
mod state;
mod triggers;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use super::door::{self, guard, http_client, seen};
use super::{ledger, listener};

/// What every handler shares.
type Shared = super::shared::Shared<state::State>;

pub use super::door::{
    Act, AtClient, Door, DoorError, Failure, MessageRef, Seen, SeenButton, SeenChannel,
    SeenDelivery, SeenField, SeenMessage, SeenView,
};
pub use seed::Seed;
pub use server::{ServeOptions, SlackEmulator, serve};

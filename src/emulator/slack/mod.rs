//! An emulated Slack workspace: strict Web API, Socket Mode and signed HTTP, and the people in it.
//!
//! Purpose: everything the product needs of Slack, on loopback, stricter than Slack where that costs nothing. Invariants:
//! see each module; the world (`model`, `world`) knows no wire, the wire (`wire`, `link`, `respond`, `methods`) keeps no
//! state. Neighbours: tests and demo start a [`SlackEmulator`], act through a [`Door`], and read its ledger.

mod admin;
mod args;
mod at_home;
mod changes;
mod client;
mod control;
mod deliver;
mod door;
mod downloads;
mod errors;
mod events;
mod faults;
mod guard;
mod http_client;
mod ids;
mod installs;
mod interactions;
pub mod kept;
mod ledger;
mod limits;
mod link;
mod listener;
mod methods;
mod modal;
pub mod model;
mod oauth;
mod objects;
mod person;
mod push;
mod rate;
mod render;
mod respond;
mod response_urls;
pub mod seed;
pub mod seen;
mod server;
mod shared;
mod sockets;
mod state;
mod triggers;
mod wire;
mod world;

#[cfg(test)]
mod tests;

pub use door::{Door, DoorError};
pub use http_client::Failure;
pub use person::AtClient;
pub use seed::Seed;
pub use seen::{
    Act, MessageRef, Seen, SeenButton, SeenChannel, SeenDelivery, SeenField, SeenMessage, SeenView,
};
pub use server::{ServeOptions, SlackEmulator, serve};

//! The Discord adapter: translates and nothing else.
//!
//! Invariants: everything that comes in passes `ingress`, whatever transport brought it; everything that goes out passes a limit of time; no
//! secret is logged, kept or shown, and the token of an interaction is one. Neighbours: `app` builds it and starts its parts, `delivery`
//! sends through it, the conversation is the handler.

pub mod api;
pub mod egress;
pub mod files;
pub mod gateway;
pub mod hosts;
pub mod http;
pub mod ingress;
pub mod manifest;
pub mod phrases;
pub mod rate;
pub mod render;
pub mod settings;
pub mod snapshot;
pub mod wire;

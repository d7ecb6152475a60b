//! Loopback stand-ins for the chat platforms, strict at the wire.
//!
//! Purpose: let the tests, the demo and a developer run the whole product against something that answers, limits and
//! fails as the real platform does. Invariants: nothing here imports anything else of this project, so that a mistake in
//! an adapter cannot cancel itself out; everything listens on the loopback interface only; every instant comes from
//! [`clock::EmulatorClock`]. What the emulators have in common
//! lies beside them: the doors, the ledger, the lock. Neighbours: `cli` and the tests start it; nothing else may name it.

mod base64_text;
pub mod clock;
pub mod discord;
pub mod door;
mod ledger;
mod listener;
mod random;
mod shared;
pub mod slack;

//! The way in from Discord, against the emulated one: the gateway under faults, and signed requests.

mod endpoint;
mod gateway;
mod seats;
mod stage;

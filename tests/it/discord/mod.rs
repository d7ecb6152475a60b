//! The way in from Discord, against the emulated one: the gateway under faults, and signed requests.

mod doctor;
mod egress;
mod endpoint;
mod files;
mod gateway;
mod seats;
mod stage;
mod threads;

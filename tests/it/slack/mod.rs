//! The Slack adapter on real parts: the emulator on one side, a conversation that says what it is told on the other.
//!
//! The whole product over Slack is the subject of the scenarios; here it is transports, faults and limits.

mod anger;
mod doors;
mod egress;
mod socket;
mod stage;

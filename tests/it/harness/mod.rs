//! What the scenarios stand on: real databases, and later the real app beside the emulators.

pub mod facts;
pub mod postgres;

//! secevent: security event reports from chat, turned into tracked, owned, provable cases.

pub mod app;
pub mod chat;
pub mod cli;
pub mod config;
pub mod delivery;
pub mod domain;
pub mod emulator;
pub mod http;
pub mod runtime;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod workflow;

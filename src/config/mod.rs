//! Technical settings, and the loading of the policy and of the directory; all validated across fields.
//!
//! Invariants: an unknown key is refused; a message names the place (file and line, or variable) and the way out; no secret is shown
//! by `Debug` or by a message. Neighbours: `app` and `cli` load; `domain::policy` has the rules of the policy.

mod database;
mod decide;
mod desk;
pub mod directory_file;
mod directory_words;
mod discord;
pub mod oauth;
pub mod policy_file;
mod problem;
mod raw;
mod settings;
mod slack;
mod source;
mod variables;

pub use decide::{load_config, parse_config};
pub use directory_file::{
    DirectoryFile, DirectoryPerson, LoadedDirectory, load_directory, parse_directory,
};
pub use policy_file::{LoadedPolicy, load_policy, parse_policy, policy_digest};
pub use problem::{LoadError, Place, Problem};
pub use raw::Environment;
pub use settings::{
    Config, DatabaseConfig, DatabaseKind, DiscordConfig, DiscordMode, IntakeConfig, OAuthConfig,
    OutboxConfig, SlackConfig, SlackMode,
};
pub use variables::Variables;

#[cfg(test)]
mod tests;

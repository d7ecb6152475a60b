//! Discord, asked by commands: examined, and given its commands. No door is opened.
//!
//! Invariants: connects to nothing but the API; a sentence that comes back holds no secret. Neighbours: `doctor` and `manifest` call it.

use super::slack_door::brand;
use crate::{
    chat::{
        discord::{api::Api, egress::DiscordPlatform, manifest, settings::DiscordSettings},
        platform::{Finding, Platform as _},
    },
    config::Config,
    domain::{clock::SystemClock, person::Voucher},
};
use std::sync::Arc;

/// The adapter's settings, from the section of the settings file.
pub(super) fn settings(config: &Config) -> Option<DiscordSettings> {
    let mut settings = DiscordSettings::from(config.discord.as_ref()?);
    // The adapter brands whatever it renders, answers and deliveries alike.
    settings.brand = brand(config);
    settings.body_bytes =
        usize::try_from(config.intake.body_bytes_max).unwrap_or(settings.body_bytes);
    settings.file_bytes = config.intake.file_bytes_max;
    settings.timeouts.confirm = config.intake.confirm_within;
    // A form's step asks for the draft twice, and the report needs time as well.
    settings.timeouts.draft = config.intake.confirm_within.mul_f64(0.35);
    Some(settings)
}

/// The role of the platform that stands for responders, if the settings name one.
pub(super) fn voucher(config: &Config) -> Option<Voucher> {
    settings(config)?.voucher()
}

/// Lets the Discord adapter of the settings examine itself. `None` without the section `discord`.
pub async fn examine_discord(config: &Config) -> Option<Result<Vec<Finding>, String>> {
    let settings = settings(config)?;
    let clock = Arc::new(SystemClock);
    let platform = Api::new(&settings, clock.clone())
        .and_then(|api| DiscordPlatform::new(&settings, api, clock));
    Some(match platform {
        Ok(platform) => Ok(platform.examine().await),
        Err(error) => Err(error.to_string()),
    })
}

/// Registers the commands in the server of the settings, and says what it did.
///
/// # Errors
/// A sentence that says what to do.
pub async fn register_discord(config: &Config) -> Result<String, String> {
    let settings = settings(config)
        .ok_or("no section [discord] in the settings: fill it in first (`secevent doctor`)")?;
    let api = Api::new(&settings, Arc::new(SystemClock)).map_err(|error| error.to_string())?;
    manifest::apply(&api, &settings).await
}

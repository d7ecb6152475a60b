//! What the app is shown of guilds, roles, the application and the gateway.
//!
//! Invariants: as in `objects`. Neighbours: `events` and `rest` send them.

use serde_json::{Value, json};

use super::model::{Guild, Id, Role, THREAD};
use super::objects;
use super::permissions;
use super::state::State;

/// A role.
pub fn role(role: &Role) -> Value {
    json!({
        "id": role.id.to_string(), "name": role.name, "description": null, "permissions": role.permissions.to_string(),
        "position": role.position, "color": 0, "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
        "hoist": false, "managed": false, "mentionable": role.mentionable, "icon": null, "unicode_emoji": null, "flags": 0,
    })
}

/// A guild as the REST interface gives it.
pub fn guild(guild: &Guild) -> Value {
    json!({
        "id": guild.id.to_string(), "name": guild.name, "icon": null, "description": null, "home_header": null, "splash": null,
        "discovery_splash": null, "features": [], "banner": null, "owner_id": guild.owner.to_string(), "application_id": null,
        "region": "deprecated", "afk_channel_id": null, "afk_timeout": 300, "system_channel_id": null, "system_channel_flags": 0,
        "widget_enabled": false, "widget_channel_id": null, "verification_level": 1, "roles": guild.roles.values().map(role).collect::<Vec<_>>(),
        "default_message_notifications": 1, "mfa_level": 0, "explicit_content_filter": 2, "max_presences": null, "max_members": 500_000,
        "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null, "premium_tier": 0,
        "premium_subscription_count": 0, "preferred_locale": "en-US", "rules_channel_id": null, "safety_alerts_channel_id": null,
        "public_updates_channel_id": null, "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [],
        "stickers": [], "incidents_data": null,
    })
}

/// A guild as `GUILD_CREATE` tells it: with channels, threads and the bot as the only member known.
pub fn created(state: &State, one: &Guild) -> Value {
    let world = &state.world;
    let bot = world.app.bot;
    let seen = world
        .channels
        .values()
        .filter(|channel| channel.guild == Some(one.id) && permissions::sees(world, channel, bot));
    let (threads, channels): (Vec<_>, Vec<_>) = seen.partition(|channel| channel.kind == THREAD);
    let threads = threads.iter().filter(|thread| !thread.archived);
    let mut shown = guild(one);
    let extra = json!({
        "joined_at": "2024-01-01T00:00:00.000000+00:00", "large": false, "unavailable": false, "member_count": one.members.len(),
        "voice_states": [], "members": objects::member(world, one.id, bot).into_iter().collect::<Vec<_>>(),
        "channels": channels.iter().map(|channel| objects::channel(state, channel)).collect::<Vec<_>>(),
        "threads": threads.map(|channel| objects::channel(state, channel)).collect::<Vec<_>>(), "presences": [], "stage_instances": [],
        "guild_scheduled_events": [], "soundboard_sounds": [],
    });
    if let (Some(shown), Value::Object(extra)) = (shown.as_object_mut(), extra) {
        shown.extend(extra);
    }
    shown
}

/// A guild in the list of the bot's guilds.
pub fn listed(state: &State, one: &Guild) -> Value {
    json!({
        "id": one.id.to_string(), "name": one.name, "icon": null, "banner": null, "owner": false, "features": [],
        "permissions": permissions::in_guild(&state.world, one.id, state.world.app.bot).to_string(),
    })
}

/// Guilds the bot is in.
pub fn own(state: &State) -> Vec<&Guild> {
    let bot = state.world.app.bot;
    let guilds = state.world.guilds.values();
    guilds
        .filter(|guild| guild.members.contains_key(&bot))
        .collect()
}

/// The bits by which an application says which privileged intents it has, as one that is not verified.
pub const fn application_flags(privileged: u64) -> u64 {
    let mut flags = 0;
    if privileged & super::intents::GUILD_PRESENCES != 0 {
        flags |= 1 << 13;
    }
    if privileged & super::intents::GUILD_MEMBERS != 0 {
        flags |= 1 << 15;
    }
    if privileged & super::intents::MESSAGE_CONTENT != 0 {
        flags |= 1 << 19;
    }
    flags
}

/// The application about itself.
pub fn application(state: &State) -> Value {
    let app = &state.world.app;
    let owner: Id = super::seed::OWNER;
    let flags = application_flags(app.privileged);
    json!({
        "id": app.id.to_string(), "name": app.name, "icon": null, "description": "", "type": null, "summary": "", "bot_public": false,
        "bot_require_code_grant": false, "verify_key": super::signing::public_key(&app.signing_seed), "flags": flags,
        "flags_new": flags.to_string(), "redirect_uris": [], "interactions_endpoint_url": app.endpoint,
        "role_connections_verification_url": null, "owner": objects::user_by_id(&state.world, owner), "team": null,
        "bot": objects::user_by_id(&state.world, app.bot), "approximate_guild_count": own(state).len(),
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0, "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"], "hook": true, "integration_types_config": { "0": {} },
    })
}

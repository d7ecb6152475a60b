//! Registered commands: read, and replaced as a whole.
//!
//! Invariants: a set replaces all of its scope; a command that keeps its name keeps its id. Neighbours: `limits::commands`.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::limits;
use super::super::model::{Command, Id};
use super::super::state::State;
use super::{Answer, Call, Route, ok, own_application};

pub(super) fn carry_out(
    state: &mut State,
    verb: &str,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    own_application(state, route)?;
    let guild = if verb.ends_with("guild") {
        let guild = route.id(1)?;
        let bot = state.world.app.bot;
        let member = state
            .world
            .guilds
            .get(&guild)
            .is_some_and(|one| one.members.contains_key(&bot));
        if !member {
            return Err(ApiError::known(50001));
        }
        Some(guild)
    } else {
        None
    };
    if verb.starts_with("put") {
        limits::commands::check(&call.body)?;
        put(state, guild, &call.body, now);
    }
    let own = state.world.commands.iter().filter(|one| one.guild == guild);
    ok(own.map(|one| one.body.clone()).collect())
}

fn put(state: &mut State, guild: Option<Id>, set: &Value, now: DateTime<Utc>) {
    let old: Vec<Command> = state
        .world
        .commands
        .iter()
        .filter(|one| one.guild == guild)
        .cloned()
        .collect();
    state.world.commands.retain(|one| one.guild != guild);
    for sent in set.as_array().into_iter().flatten() {
        let kind = sent["type"].as_u64().unwrap_or(1);
        let known = old
            .iter()
            .find(|one| one.body["name"] == sent["name"] && one.body["type"] == kind);
        let id = known.map_or_else(|| state.ids.next(now), |one| one.id);
        let body = shown(state, id, guild, sent, kind, now);
        state.world.commands.push(Command { id, guild, body });
    }
    let app = state.world.app.bot;
    state.wrote(
        "commands.put",
        app,
        now,
        None,
        json!({ "guild": guild.map(|id| id.to_string()), "commands": set }),
    );
}

fn shown(
    state: &mut State,
    id: Id,
    guild: Option<Id>,
    sent: &Value,
    kind: u64,
    now: DateTime<Utc>,
) -> Value {
    let or = |key: &str, usual: Value| limits::given(sent, key).cloned().unwrap_or(usual);
    let mut body = json!({
        "id": id.to_string(), "application_id": state.world.app.id.to_string(), "version": state.ids.next(now).to_string(), "type": kind,
        "name": sent["name"], "name_localizations": or("name_localizations", Value::Null), "description": or("description", json!("")),
        "description_localizations": or("description_localizations", Value::Null), "nsfw": or("nsfw", json!(false)),
        "default_member_permissions": limits::given(sent, "default_member_permissions").map(|bits| bits.as_str().map_or_else(|| bits.to_string(), ToOwned::to_owned)),
        "dm_permission": or("dm_permission", json!(true)), "contexts": or("contexts", Value::Null), "integration_types": or("integration_types", json!([0])),
    });
    if let Some(guild) = guild {
        body["guild_id"] = json!(guild.to_string());
    }
    if let Some(options) = limits::given(sent, "options").filter(|options| **options != json!([])) {
        body["options"] = options
            .as_array()
            .into_iter()
            .flatten()
            .map(option)
            .collect();
    }
    body
}

/// An option as read back: nothing null, no defaults.
fn option(sent: &Value) -> Value {
    let mut shown = sent.clone();
    if let Some(inner) = sent["options"].as_array() {
        shown["options"] = inner.iter().map(option).collect();
    }
    if let Some(map) = shown.as_object_mut() {
        map.retain(|key, value| !value.is_null() && (key != "required" || *value == true));
    }
    shown
}

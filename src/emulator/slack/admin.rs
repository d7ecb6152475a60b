//! What an administrator or owner would change, by the control door.
//!
//! Purpose: archive, share, remove, refuse, revoke, and switch the app's transport. Invariants: each change is in the
//! ledger; the events Slack sends about it go out. Neighbours: `control` calls it, `changes` holds the rules.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Shared;
use super::control::{Answer, Control, needed};
use super::deliver;
use super::model::Transport;
use super::state::{Delivery, State as Inner};

/// Changes an administrator would make. `None` when the name is not one of them.
pub(super) fn world_change(shared: &Arc<Shared>, name: &str, given: &Control) -> Option<Answer> {
    let result = shared.with(|state, now| {
        let result = change(state, name, given, now)?;
        if result.is_ok() {
            let mut fields = Map::new();
            fields.insert("change".into(), json!(name));
            for (key, value) in [
                ("channel", &given.channel),
                ("user", &given.user),
                ("error", &given.error),
            ] {
                fields.insert(key.into(), json!(value));
            }
            state.ledger.append("world", now, Value::Object(fields));
        }
        Some(result)
    });
    Some(result?.map(|deliveries| {
        for delivery in deliveries {
            drop(deliver::send(shared, delivery));
        }
        json!({})
    }))
}

/// The channel named by id or name.
fn channel_id(state: &Inner, given: &Control) -> Result<String, String> {
    let wanted = needed(given.channel.as_ref(), "channel")?;
    let name = wanted.trim_start_matches('#');
    let found = state
        .world
        .channels
        .values()
        .find(|one| one.id == wanted || (!one.is_im && one.name == name));
    found
        .map(|one| one.id.clone())
        .ok_or_else(|| format!("there is no channel {wanted}"))
}

fn user_id(state: &Inner, given: &Control) -> Result<String, String> {
    let wanted = needed(given.user.as_ref(), "user")?;
    let found = state
        .world
        .users
        .values()
        .find(|one| one.id == wanted || one.handle == wanted);
    found
        .map(|one| one.id.clone())
        .ok_or_else(|| format!("there is nobody called {wanted}"))
}

pub(super) fn app_id(state: &Inner, given: &Control) -> Result<String, String> {
    given
        .app
        .clone()
        .or_else(|| state.world.apps.keys().next().cloned())
        .ok_or_else(|| "there is no app".into())
}

fn change(
    state: &mut Inner,
    name: &str,
    given: &Control,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<Result<Vec<Delivery>, String>> {
    let mut apply = || -> Result<Option<Vec<Delivery>>, String> {
        let on = given.on.unwrap_or(true);
        Ok(Some(match name {
            "archive" => {
                let id = channel_id(state, given)?;
                state.archive(&id, on, now).map_err(|error| error.code)?
            }
            "membership" => {
                let (id, user) = (channel_id(state, given)?, user_id(state, given)?);
                if on {
                    state.join(&id, &user, now)
                } else {
                    state.leave(&id, &user, now)
                }
            }
            "share" => {
                let id = channel_id(state, given)?;
                let team = given
                    .team
                    .clone()
                    .or_else(|| state.world.partners.keys().next().cloned());
                state
                    .share(&id, &needed(team.as_ref(), "team")?, on, now)
                    .map_err(|error| error.code)?
            }
            "refuse_channel" => {
                let id = channel_id(state, given)?;
                if let Some(channel) = state.world.channels.get_mut(&id) {
                    channel.refused_with.clone_from(&given.error);
                }
                Vec::new()
            }
            "refuse_dm" => {
                let id = user_id(state, given)?;
                if let Some(user) = state.world.users.get_mut(&id) {
                    user.dm_refused.clone_from(&given.error);
                }
                Vec::new()
            }
            "deactivate" => {
                let id = user_id(state, given)?;
                if let Some(user) = state.world.users.get_mut(&id) {
                    user.deleted = on;
                }
                Vec::new()
            }
            "remove_file" => {
                let id = needed(given.file.as_ref(), "file")?;
                state
                    .world
                    .files
                    .get_mut(&id)
                    .ok_or("there is no such file")?
                    .deleted = on;
                Vec::new()
            }
            "withhold_file" => {
                let id = needed(given.file.as_ref(), "file")?;
                let what = needed(given.what.as_ref(), "what")?;
                let withheld = serde_json::from_value(json!(what))
                    .map_err(|_| format!("no file is withheld as {what}"))?;
                state
                    .world
                    .files
                    .get_mut(&id)
                    .ok_or("there is no such file")?
                    .withheld = withheld;
                Vec::new()
            }
            "edit_window" => {
                state.world.edit_window_minutes = given.minutes;
                Vec::new()
            }
            "scopes" => {
                let id = app_id(state, given)?;
                let scopes = needed(given.scopes.as_ref(), "scopes")?;
                if let Some(app) = state.world.apps.get_mut(&id) {
                    app.scopes = scopes.into_iter().collect();
                }
                Vec::new()
            }
            "revoke" => {
                let token = needed(given.token.as_ref(), "token")?;
                state
                    .world
                    .tokens
                    .get_mut(&token)
                    .ok_or("there is no such token")?
                    .revoked = on;
                Vec::new()
            }
            "uninstall" => {
                let id = app_id(state, given)?;
                let place = given.team.clone();
                let place = place.unwrap_or_else(|| state.world.team.id.clone());
                state.uninstall(&id, &place, now)?
            }
            "redirect_urls" => {
                let id = app_id(state, given)?;
                let urls = vec![needed(given.url.as_ref(), "url")?];
                if let Some(app) = state.world.apps.get_mut(&id) {
                    app.redirect_urls = urls;
                }
                Vec::new()
            }
            "socket_mode" => {
                let id = app_id(state, given)?;
                if let Some(app) = state.world.apps.get_mut(&id) {
                    app.socket_mode_off = !on;
                    app.transport = Transport::Socket;
                }
                Vec::new()
            }
            "http_mode" => {
                let id = app_id(state, given)?;
                let [events, interactions, commands] = match &given.urls {
                    Some(urls) => urls.clone(),
                    None => [(); 3].map(|()| given.url.clone().unwrap_or_default()),
                };
                if events.is_empty() {
                    return Err("url is missing".into());
                }
                if let Some(app) = state.world.apps.get_mut(&id) {
                    app.transport = Transport::Http {
                        events,
                        interactions,
                        commands,
                    };
                }
                Vec::new()
            }
            _ => return Ok(None),
        }))
    };
    apply().transpose()
}

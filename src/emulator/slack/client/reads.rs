//! What a person looks at: channels, threads, direct conversations, open forms, banners.
//!
//! Purpose: the readings of the client door. Invariants: nothing is read that the person could not see. Neighbours: `render`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::Shared;
use super::super::modal;
use super::super::render;
use super::super::seen::{Act, SeenMessage};
use super::super::state::State;
use super::{Refusal, channel, person};

/// Messages of a channel with the person's ephemerals, oldest first; of one thread, or those outside of threads.
fn messages(state: &State, channel: &str, user: &str, thread: Option<&str>) -> Vec<SeenMessage> {
    let belongs = |ts: &str, in_thread: Option<&String>| match thread {
        Some(root) => ts == root || in_thread.is_some_and(|one| one == root),
        None => in_thread.is_none_or(|one| one == ts),
    };
    let mut all: Vec<SeenMessage> = state
        .messages_of(channel)
        .filter(|one| belongs(&one.ts, one.thread_ts.as_ref()))
        .map(|one| render::message(state, one, false))
        .collect();
    let own = state
        .world
        .ephemerals
        .iter()
        .filter(|one| one.for_user == user && one.message.channel == channel);
    all.extend(
        own.filter(|one| belongs(&one.message.ts, one.message.thread_ts.as_ref()))
            .map(|one| render::message(state, &one.message, true)),
    );
    all.sort_by(|one, other| one.ts.cmp(&other.ts));
    all
}

pub(super) fn read(shared: &Arc<Shared>, what: &str, act: &Act) -> Result<Value, Refusal> {
    shared.look(|state, now| {
        let user = person(state, act)?;
        Ok(match what {
            "channels" => {
                let seen = state.world.channels.values().filter(|one| state.sees(one, &user.id));
                json!(seen.map(|one| render::channel(state, one, &user.id)).collect::<Vec<_>>())
            }
            "channel" => {
                let channel = channel(state, act, &user, now)?;
                json!(messages(state, &channel.id, &user.id, None))
            }
            "thread" => {
                let channel = channel(state, act, &user, now)?;
                let root = act.thread_ts.as_deref().or(act.ts.as_deref()).ok_or("say which thread, by its ts")?;
                json!(messages(state, &channel.id, &user.id, Some(root)))
            }
            "ephemerals" => {
                let own = state.world.ephemerals.iter().filter(|one| one.for_user == user.id);
                json!(own.map(|one| render::message(state, &one.message, true)).collect::<Vec<_>>())
            }
            "views" => {
                let stack = state.world.stacks.get(&user.id).cloned().unwrap_or_default();
                let open = stack.iter().filter_map(|id| state.world.views.get(id));
                json!(open.map(|view| render::view(state, view)).collect::<Vec<_>>())
            }
            "view" => json!(modal::top(state, &user.id).map(|view| render::view(state, view))),
            "home" => {
                let home = state.world.homes.get(&user.id).and_then(|id| state.world.views.get(id));
                json!(home.map(|view| render::view(state, view)))
            }
            "toasts" => json!(state.world.toasts.get(&user.id).cloned().unwrap_or_default()),
            "whoami" => {
                json!({
                    "id": user.id, "handle": user.handle, "name": user.real_name, "team": user.team_id, "title": user.title,
                    "external": !state.is_our_team(&user.team_id), "guest": user.is_restricted,
                })
            }
            "apps" => apps(state),
            _ => return Err(format!("there is nothing to do called {what}")),
        })
    })
}

/// What the client offers of the installed apps: commands with their hints, and shortcuts.
fn apps(state: &State) -> Value {
    let all = state.world.apps.values().map(|app| {
        let commands = app.commands.iter().map(|one| {
            json!({ "command": one.command, "description": one.description, "usage_hint": one.usage_hint })
        });
        let shortcuts = app.shortcuts.iter().map(|one| {
            json!({ "name": one.name, "callback_id": one.callback_id, "on_message": one.on_message })
        });
        let bot = state.world.users.get(&app.bot_user);
        json!({
            "name": app.name, "home_tab": app.home_tab, "bot_user": app.bot_user, "bot_handle": bot.map(|user| &user.handle),
            "commands": commands.collect::<Vec<_>>(), "shortcuts": shortcuts.collect::<Vec<_>>(),
        })
    });
    json!(all.collect::<Vec<_>>())
}

/// Waits until anything may look different from change `since` on, or until the time is over; names the present change.
pub(super) async fn changed(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let limit = Duration::from_millis(act.timeout_ms.unwrap_or(10_000));
    let change = shared.change_after(act.since, limit).await;
    Ok(json!({ "change": change }))
}

/// Waits until a message the person sees in a channel, in or out of threads, contains words.
pub(super) async fn wait(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let words = act.contains.clone().ok_or("say which words to wait for")?;
    let (user, channel) = shared.look(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let channel = channel(state, act, &user, now)?;
        Ok((user.id, channel.id))
    })?;
    let limit = Duration::from_millis(act.timeout_ms.unwrap_or(10_000));
    let found = shared.wait_for(limit, |state| {
        let mut all: Vec<SeenMessage> = state
            .messages_of(&channel)
            .map(|one| render::message(state, one, false))
            .collect();
        let own = state
            .world
            .ephemerals
            .iter()
            .filter(|one| one.for_user == user && one.message.channel == channel);
        all.extend(own.map(|one| render::message(state, &one.message, true)));
        all.retain(|one| one.shown.contains(&words) || one.text.contains(&words));
        all.pop()
    });
    let found = found
        .await
        .ok_or_else(|| format!("no message with {words:?} came up in {}", channel_name(act)))?;
    Ok(json!(found))
}

fn channel_name(act: &Act) -> &str {
    act.channel.as_deref().unwrap_or("the channel")
}

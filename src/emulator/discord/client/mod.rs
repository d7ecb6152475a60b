//! The client door: what a person with a Discord client can do and see, over HTTP.
//!
//! Purpose: the only way tests and demo act on the product. Invariants: an act waits until the app answered it, or received it; what a client
//! would not let a person do is refused with a sentence and causes nothing. Neighbours: `acts`, `slash`, `forms`, `reads` by kind of act.

mod acts;
mod forms;
mod reads;
mod slash;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Shared;
use super::deliver::{self, Receipt};
use super::gateway::Told;
use super::model::{Channel, DIRECT, Id, Message, THREAD, User};
use super::permissions as may;
use super::render;
use super::state::State as Inner;
use crate::emulator::door::{Act, MessageRef, Seen};

/// Why a person cannot do that, as a sentence.
type Refusal = String;

/// `POST /client/{act}`.
pub async fn act(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Json(act): Json<Act>,
) -> Response {
    let result: Result<Value, Refusal> = match name.as_str() {
        "slash" => slash::slash(&shared, &act).await,
        "autocomplete" => slash::autocomplete(&shared, &act).await,
        "message_shortcut" => slash::message_command(&shared, &act).await,
        "global_shortcut" => Err("Discord has no global shortcuts".into()),
        "open_home" | "home" => Err("Discord has no home of an app".into()),
        "press_in_view" => Err("a form on Discord has no buttons".into()),
        "react" => acts::react(&shared, &act, true).await,
        "unreact" => acts::react(&shared, &act, false).await,
        "post" => acts::post(&shared, &act).await,
        "edit" => acts::edit(&shared, &act).await,
        "delete" => acts::delete(&shared, &act).await,
        "upload" => acts::upload(&shared, &act).await,
        "press" => forms::press(&shared, &act).await,
        "submit" => forms::submit(&shared, &act).await,
        "close" => forms::close(&shared, &act),
        "wait" => reads::wait(&shared, &act).await,
        "changed" => reads::changed(&shared, &act).await,
        _ => reads::read(&shared, &name, &act),
    };
    match result {
        Ok(seen) => Json(seen).into_response(),
        Err(why) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({ "error": why })),
        )
            .into_response(),
    }
}

/// The person of an act, by id or handle.
fn person(state: &Inner, act: &Act) -> Result<User, Refusal> {
    let wanted = act.user.trim_start_matches('@');
    let mut users = state.world.users.values();
    let found = users.find(|user| user.name == wanted || user.id.to_string() == wanted);
    let user = found.filter(|user| !user.bot);
    user.cloned()
        .ok_or_else(|| format!("there is no person {wanted}"))
}

/// The channel of an act that the person sees; a direct conversation is opened.
fn channel(
    state: &mut Inner,
    act: &Act,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Channel, Refusal> {
    let wanted = act.channel.as_deref().ok_or("say in which channel")?;
    if let Some(handle) = wanted.strip_prefix('@') {
        let other = state.world.users.values().find(|one| one.name == handle);
        let other = other
            .ok_or_else(|| format!("there is nobody called {handle}"))?
            .id;
        if !state.share_guild(user.id, other) {
            return Err(format!("{} shares no server with {handle}", user.name));
        }
        let (id, _) = state.open_direct(user.id, other, now);
        return state.channel(id).cloned().map_err(|error| error.message);
    }
    let name = wanted.trim_start_matches('#');
    let mut all = state.world.channels.values();
    let found = all.find(|one| {
        let named = one.id.to_string() == wanted
            || (one.kind != DIRECT && one.kind != THREAD && one.name == name);
        named && may::sees(&state.world, one, user.id)
    });
    found
        .cloned()
        .ok_or_else(|| format!("{} sees no channel {wanted}", user.name))
}

/// The message of an act: in the channel, or in one of its threads.
fn existing(state: &Inner, channel: &Channel, act: &Act, user: &User) -> Result<Message, Refusal> {
    let wanted = act.ts.as_deref().ok_or("say which message, by its ts")?;
    let found = wanted.parse().ok().and_then(|id: Id| state.find(id));
    let here = |message: &&Message| {
        let place = state.world.channels.get(&message.channel);
        let here = message.channel == channel.id
            || place.is_some_and(|place| place.parent == Some(channel.id));
        here && message.only_for.is_none_or(|only| only == user.id)
    };
    found
        .filter(here)
        .cloned()
        .ok_or_else(|| format!("there is no message {wanted} in this channel"))
}

/// What a person's screen looked like before an act.
struct Before {
    user: Id,
    last: Id,
    toasts: usize,
}

impl Before {
    fn note(state: &Inner, user: Id) -> Self {
        Self {
            user,
            last: state.ids.last(),
            toasts: state.toasts.get(&user).map_or(0, Vec::len),
        }
    }

    /// What is new on the screen.
    fn seen(&self, state: &Inner) -> Seen {
        let new = state
            .only_for(self.user)
            .into_iter()
            .filter(|one| one.id > self.last);
        let toasts = state.toasts.get(&self.user);
        Seen {
            acknowledged: true,
            toast: toasts.and_then(|all| all.get(self.toasts..)?.last().cloned()),
            shown: new.map(|one| render::message(state, one)).collect(),
            view: state
                .modals
                .get(&self.user)
                .map(|modal| render::modal(state, modal)),
            ..Seen::default()
        }
    }
}

/// Where a message is, at the door.
fn at(state: &Inner, message: &Message) -> MessageRef {
    let (channel, _) = render::place(state, message);
    MessageRef {
        channel: channel.to_string(),
        ts: message.id.to_string(),
    }
}

/// Waits until the app received what an act caused, and tells what the person sees then.
async fn settle(
    shared: &Arc<Shared>,
    before: &Before,
    told: Vec<Told>,
    posted: Option<MessageRef>,
) -> Value {
    let deliveries = deliver::settle(shared, told).await;
    shared.look(|state, _| {
        let mut seen = before.seen(state);
        seen.acknowledged = deliveries.iter().all(|one| one.outcome == "acknowledged");
        seen.deliveries = deliveries;
        seen.posted = posted;
        json!(seen)
    })
}

/// What the person sees after an interaction; an error when it was not answered.
fn answered(shared: &Arc<Shared>, before: &Before, receipt: Option<Receipt>) -> Value {
    shared.with(|state, _| {
        let fine = receipt.as_ref().is_some_and(Receipt::answered);
        if !fine {
            state.toast(before.user, "The application did not respond");
        }
        let mut seen = before.seen(state);
        seen.acknowledged = fine;
        seen.deliveries = receipt.map(|receipt| receipt.seen).into_iter().collect();
        json!(seen)
    })
}

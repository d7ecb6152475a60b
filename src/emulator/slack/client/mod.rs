//! The client door: what a person with a Slack client can do and see, over HTTP.
//!
//! Purpose: the only way tests and demo act on the product. Invariants: an act that causes deliveries waits for their
//! acknowledgement; what a client would not let a person do is refused with a sentence and causes nothing. Neighbours:
//! `acts`, `forms`, `reads` by kind of act; `guard` protects the door.

mod acts;
mod fill;
mod forms;
mod reads;
mod typing;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Shared;
use super::deliver::{self, Outcome, Receipt};
use super::faults::Surface;
use super::interactions::Actor;
use super::modal;
use super::model::{App, Channel, User};
use super::render;
use super::seen::{Act, MessageRef, Seen, SeenDelivery};
use super::state::{Delivery, State as Inner};

/// Why a person cannot do that, as a sentence.
pub type Refusal = String;

/// `POST /client/{act}`.
pub async fn act(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Json(act): Json<Act>,
) -> Response {
    let result: Result<Value, Refusal> = match name.as_str() {
        "slash" => acts::slash(&shared, &act).await,
        "global_shortcut" => acts::global_shortcut(&shared, &act).await,
        "message_shortcut" => acts::message_shortcut(&shared, &act).await,
        "react" => acts::react(&shared, &act, true).await,
        "unreact" => acts::react(&shared, &act, false).await,
        "post" => acts::post(&shared, &act).await,
        "edit" => acts::edit(&shared, &act).await,
        "delete" => acts::delete(&shared, &act).await,
        "upload" => acts::upload(&shared, &act).await,
        "open_home" => acts::open_home(&shared, &act).await,
        "press" => forms::press(&shared, &act).await,
        "press_in_view" => forms::press_in_view(&shared, &act).await,
        "submit" => forms::submit(&shared, &act).await,
        "close" => forms::close(&shared, &act).await,
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
    let found = state
        .world
        .users
        .values()
        .find(|user| user.id == wanted || user.handle == wanted);
    let user = found
        .filter(|user| !user.is_bot)
        .ok_or_else(|| format!("there is no person {wanted}"))?;
    if user.deleted {
        Err(format!("{wanted} is deactivated"))
    } else {
        Ok(user.clone())
    }
}

/// The channel of an act that the person sees.
fn channel(
    state: &mut Inner,
    act: &Act,
    user: &User,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Channel, Refusal> {
    let wanted = act.channel.as_deref().ok_or("say in which channel")?;
    if let Some(handle) = wanted.strip_prefix('@') {
        let named = |one: &&User| one.handle == handle;
        let own = |one: &&User| named(one) && one.team_id == user.team_id;
        let users = &state.world.users;
        let other = users
            .values()
            .find(own)
            .or_else(|| users.values().find(named));
        let other = other
            .ok_or_else(|| format!("there is nobody called {handle}"))?
            .id
            .clone();
        // The bot's side names the conversation, so that both ways of opening it meet.
        let (one, two) = if state.world.users.get(&other).is_some_and(|one| one.is_bot) {
            (other, user.id.clone())
        } else {
            (user.id.clone(), other)
        };
        let (id, _) = state.open_im(&one, &two, now);
        return state.channel(&id).cloned().map_err(|error| error.code);
    }
    let name = wanted.trim_start_matches('#');
    let fits = |one: &&Channel| one.id == wanted || (!one.is_im && one.name == name);
    // Two workspaces may have channels of one name.
    let found = state
        .world
        .channels
        .values()
        .find(|one| fits(one) && state.sees(one, &user.id));
    found
        .cloned()
        .ok_or_else(|| format!("{} sees no channel {wanted}", user.handle))
}

/// The app that fits, as the person's workspace or organisation has installed it.
fn app_with(
    state: &Inner,
    user: &User,
    fits: impl Fn(&App) -> bool,
    what: &str,
) -> Result<App, Refusal> {
    state
        .app_for(&user.team_id, fits)
        .ok_or_else(|| format!("no app offers {what}"))
}

fn ours(state: &Inner, user: &User, what: &str) -> Result<(), Refusal> {
    if state.is_our_team(&user.team_id) {
        return Ok(());
    }
    Err(format!(
        "{what} of this workspace's apps are not available to people of another organisation"
    ))
}

/// What a person's screen looked like before an act.
struct Before {
    user: String,
    ephemerals: usize,
    toasts: usize,
}

impl Before {
    fn note(state: &Inner, user: &str) -> Self {
        Self {
            user: user.to_owned(),
            ephemerals: state.world.ephemerals.len(),
            toasts: state.world.toasts.get(user).map_or(0, Vec::len),
        }
    }

    /// What is new on the screen.
    fn seen(&self, state: &Inner, receipts: &[Receipt]) -> Seen {
        let new = state
            .world
            .ephemerals
            .iter()
            .skip(self.ephemerals.min(state.world.ephemerals.len()));
        Seen {
            acknowledged: receipts
                .iter()
                .all(|receipt| receipt.outcome == Outcome::Acknowledged),
            deliveries: receipts.iter().map(delivery).collect(),
            toast: state
                .world
                .toasts
                .get(&self.user)
                .and_then(|all| all.get(self.toasts..)?.last().cloned()),
            shown: new
                .filter(|one| one.for_user == self.user)
                .map(|one| render::message(state, &one.message, true))
                .collect(),
            view: modal::top(state, &self.user).map(|view| render::view(state, view)),
            ..Seen::default()
        }
    }
}

fn delivery(receipt: &Receipt) -> SeenDelivery {
    let surface = match receipt.surface {
        Surface::Event => "event",
        Surface::Interaction => "interaction",
        Surface::Command => "command",
    };
    SeenDelivery {
        id: receipt.id.clone(),
        surface: surface.into(),
        kind: receipt.kind.clone(),
        outcome: receipt.outcome.word(),
        millis: receipt.millis,
    }
}

/// Sends what an act caused and tells what the person sees then.
async fn settle(
    shared: &Arc<Shared>,
    before: &Before,
    deliveries: Vec<Delivery>,
    posted: Option<MessageRef>,
) -> Value {
    let receipts = deliver::send_all(shared, deliveries).await;
    told(shared, before, &receipts, posted)
}

fn told(
    shared: &Arc<Shared>,
    before: &Before,
    receipts: &[Receipt],
    posted: Option<MessageRef>,
) -> Value {
    shared.look(|state, _| {
        let mut seen = before.seen(state, receipts);
        seen.posted = posted;
        json!(seen)
    })
}

/// The banner for an interaction that failed.
fn failed(shared: &Arc<Shared>, actor: &Actor, receipt: &Receipt) {
    let text = match &receipt.outcome {
        Outcome::Acknowledged | Outcome::Dropped => return,
        Outcome::Status(code) => format!("{} responded with status code {code}.", actor.app.name),
        Outcome::Timeout | Outcome::NoConnection | Outcome::ConnectionFailed(_) => {
            format!(
                "We had some trouble connecting. {} did not respond. Try again?",
                actor.app.name
            )
        }
    };
    shared.with(|state, _| state.toast(&actor.user.id, &text));
}

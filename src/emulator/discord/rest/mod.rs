//! The routes of the REST interface, by name, and what carries them out.
//!
//! Invariants: a route is known by method and path; ids in a path are snowflakes; rights are checked before anything changes. Neighbours: `wire`
//! calls, the modules below do.

mod channels;
mod commands;
mod messages;
mod plain;
mod reactions;
mod threads;
mod webhooks;

use axum::http::Method;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::errors::ApiError;
use super::model::{Attachment, Channel, Id};
use super::permissions as may;
use super::state::State;

/// A file of a call.
#[derive(Clone, Debug)]
pub struct File {
    /// Its number in the form.
    pub index: String,
    /// Name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// What a call says.
#[derive(Clone, Debug)]
pub struct Call {
    /// Behind the question mark.
    pub query: String,
    /// Body.
    pub body: Value,
    /// Files.
    pub files: Vec<File>,
}

impl Call {
    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let mut found = pairs.filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.into_owned())
    }
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its name, for faults, pace and books.
    pub name: &'static str,
    /// What the path names, outermost first.
    pub ids: Vec<String>,
    /// Whether the bot's token is needed.
    pub needs_token: bool,
}

impl Route {
    /// The snowflake at a place of the path.
    pub fn id(&self, index: usize) -> Result<Id, ApiError> {
        let text = self.ids.get(index).map_or("", String::as_str);
        text.parse().map_err(|_| {
            let mut faults = super::errors::Faults::default();
            faults.note(
                "",
                "NUMBER_TYPE_COERCE",
                format!("Value \"{text}\" is not snowflake."),
            );
            faults
                .done()
                .err()
                .unwrap_or_else(|| ApiError::known(50035))
        })
    }

    /// Any text at a place of the path.
    pub fn text(&self, index: usize) -> &str {
        self.ids.get(index).map_or("", String::as_str)
    }
}

/// Status and body of an answer.
pub type Answer = Result<(u16, Option<Value>), ApiError>;

const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/gateway", "gateway.get"),
    ("GET", "/gateway/bot", "gateway.bot"),
    ("GET", "/users/@me", "users.me"),
    ("GET", "/users/@me/guilds", "users.guilds"),
    ("POST", "/users/@me/channels", "users.dm"),
    ("GET", "/users/{}", "users.get"),
    ("GET", "/applications/@me", "application.get"),
    ("GET", "/oauth2/applications/@me", "application.get"),
    ("PATCH", "/applications/@me", "application.edit"),
    ("GET", "/guilds/{}", "guilds.get"),
    ("GET", "/guilds/{}/channels", "guilds.channels"),
    ("GET", "/guilds/{}/roles", "guilds.roles"),
    ("GET", "/guilds/{}/members/{}", "guilds.member"),
    ("GET", "/guilds/{}/members", "guilds.members"),
    ("GET", "/guilds/{}/threads/active", "guilds.threads"),
    ("GET", "/channels/{}", "channels.get"),
    ("PATCH", "/channels/{}", "channels.edit"),
    ("POST", "/channels/{}/typing", "channels.typing"),
    ("GET", "/channels/{}/messages", "messages.list"),
    ("POST", "/channels/{}/messages", "messages.post"),
    ("GET", "/channels/{}/messages/{}", "messages.get"),
    ("PATCH", "/channels/{}/messages/{}", "messages.edit"),
    ("DELETE", "/channels/{}/messages/{}", "messages.delete"),
    ("POST", "/channels/{}/messages/{}/threads", "threads.start"),
    ("POST", "/channels/{}/threads", "threads.start_alone"),
    ("PUT", "/channels/{}/thread-members/@me", "threads.join"),
    (
        "GET",
        "/channels/{}/messages/{}/reactions/{}",
        "reactions.list",
    ),
    (
        "PUT",
        "/channels/{}/messages/{}/reactions/{}/@me",
        "reactions.add",
    ),
    (
        "DELETE",
        "/channels/{}/messages/{}/reactions/{}/@me",
        "reactions.remove",
    ),
    (
        "DELETE",
        "/channels/{}/messages/{}/reactions/{}/{}",
        "reactions.remove_other",
    ),
    ("GET", "/applications/{}/commands", "commands.list"),
    ("PUT", "/applications/{}/commands", "commands.put"),
    (
        "GET",
        "/applications/{}/guilds/{}/commands",
        "commands.list_guild",
    ),
    (
        "PUT",
        "/applications/{}/guilds/{}/commands",
        "commands.put_guild",
    ),
    (
        "POST",
        "/interactions/{}/{}/callback",
        "interactions.callback",
    ),
    ("POST", "/webhooks/{}/{}", "followups.post"),
    ("GET", "/webhooks/{}/{}/messages/{}", "followups.get"),
    ("PATCH", "/webhooks/{}/{}/messages/{}", "followups.edit"),
    ("DELETE", "/webhooks/{}/{}/messages/{}", "followups.delete"),
];

/// Finds a route. Of several that fit, the one with more words wins.
pub fn route(method: &Method, path: &str) -> Option<Route> {
    let decode = |part: &str| {
        // A plus is a plus in a path.
        let part = part.replace('+', "%2B");
        let pair = format!("x={part}");
        let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
        decoded.map_or_else(String::new, |(_, value)| value.into_owned())
    };
    let parts: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    let mut best: Option<Route> = None;
    for (wanted, pattern, name) in ROUTES {
        let pattern: Vec<&str> = pattern.trim_matches('/').split('/').collect();
        if *wanted != method.as_str() || pattern.len() != parts.len() {
            continue;
        }
        let fits = pattern
            .iter()
            .zip(&parts)
            .all(|(one, part)| *one == "{}" || one == part);
        if !fits {
            continue;
        }
        let ids = pattern.iter().zip(&parts).filter(|(one, _)| **one == "{}");
        let ids: Vec<String> = ids.map(|(_, part)| part.clone()).collect();
        if best.as_ref().is_none_or(|best| ids.len() < best.ids.len()) {
            let by_token = name.starts_with("interactions.") || name.starts_with("followups.");
            best = Some(Route {
                name,
                ids,
                needs_token: !by_token && *name != "gateway.get",
            });
        }
    }
    best
}

/// Carries out a call.
pub fn carry_out(state: &mut State, route: &Route, call: &Call, now: DateTime<Utc>) -> Answer {
    let (family, verb) = route.name.split_once('.').unwrap_or((route.name, ""));
    match family {
        "channels" => channels::carry_out(state, verb, route, call, now),
        "messages" => messages::carry_out(state, verb, route, call, now),
        "threads" => threads::carry_out(state, verb, route, call, now),
        "reactions" => reactions::carry_out(state, verb, route, call, now),
        "commands" => commands::carry_out(state, verb, route, call, now),
        "interactions" => webhooks::callback(state, route, call, now),
        "followups" => webhooks::carry_out(state, verb, route, call, now),
        _ => plain::carry_out(state, route, call, now),
    }
}

/// 200 with a body.
fn ok(body: Value) -> Answer {
    Ok((200, Some(body)))
}

/// A channel that the bot sees: 10003 when there is none, 50001 when it does not.
fn seen_channel(state: &State, id: Id) -> Result<Channel, ApiError> {
    let channel = state.channel(id)?;
    if may::sees(&state.world, channel, state.world.app.bot) {
        Ok(channel.clone())
    } else {
        Err(ApiError::known(50001))
    }
}

/// 50013 without all of these permissions.
fn needs(state: &State, channel: &Channel, bits: u64) -> Result<(), ApiError> {
    let has = may::in_channel(&state.world, channel, state.world.app.bot);
    if has & bits == bits {
        Ok(())
    } else {
        Err(ApiError::known(50013))
    }
}

/// Takes in the files of a call; those named in `attachments` with the number of a file get its words.
fn take_files(state: &mut State, call: &Call, body: &Value, now: DateTime<Utc>) -> Vec<Id> {
    let mut ids = Vec::new();
    for file in &call.files {
        let id = state.ids.next(now);
        let mut named = body["attachments"].as_array().into_iter().flatten();
        let named = named.find(|one| match &one["id"] {
            Value::String(text) => *text == file.index,
            other => other.as_u64().map(|id| id.to_string()).as_ref() == Some(&file.index),
        });
        let text = |key: &str| {
            named
                .and_then(|one| one[key].as_str())
                .map(ToOwned::to_owned)
        };
        let attachment = Attachment {
            id,
            name: text("filename").unwrap_or_else(|| file.name.clone()),
            content_type: file.content_type.clone(),
            bytes: file.bytes.clone(),
            channel: None,
            description: text("description"),
            deleted: false,
        };
        state.world.attachments.insert(id, attachment);
        ids.push(id);
    }
    ids
}

/// Whether the application has the intent to read what people write.
fn reads_content(state: &State) -> bool {
    state.world.app.privileged & super::intents::MESSAGE_CONTENT != 0
}

/// Refuses a path that names another application.
fn own_application(state: &State, route: &Route) -> Result<(), ApiError> {
    if route.id(0)? == state.world.app.id {
        Ok(())
    } else {
        Err(ApiError::known(20012))
    }
}

/// A body that must be an object.
fn object(body: &Value) -> Result<&Value, ApiError> {
    if body.is_object() {
        return Ok(body);
    }
    let mut faults = super::errors::Faults::default();
    faults.note(
        "",
        "MODEL_TYPE_CONVERT",
        "Only dictionaries may be used in a ModelType",
    );
    faults.done().map(|()| body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_and_ids_decoded() {
        let found =
            |method: Method, path: &str| route(&method, path).map(|one| (one.name, one.ids));
        assert_eq!(
            found(
                Method::PUT,
                "/channels/1/messages/2/reactions/%F0%9F%9A%A8/@me"
            ),
            Some(("reactions.add", vec!["1".into(), "2".into(), "🚨".into()]))
        );
        assert_eq!(
            found(Method::GET, "/users/@me").map(|one| one.0),
            Some("users.me")
        );
        assert_eq!(
            found(Method::GET, "/users/7").map(|one| one.0),
            Some("users.get")
        );
        let edited = found(Method::PATCH, "/webhooks/1/tok/messages/%40original");
        assert_eq!(edited.map(|one| one.1[2].clone()), Some("@original".into()));
        assert_eq!(found(Method::PATCH, "/nothing"), None);
    }
}

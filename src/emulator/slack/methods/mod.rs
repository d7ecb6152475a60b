//! The Web API: a table of methods, what each needs, and one file per group.
//!
//! Purpose: say in one place which methods exist, who may call them, with which scope, arguments and pace. Invariants: a
//! method not in the table is `unknown_method`; a call changes the world under one lock or not at all. Neighbours: `wire`
//! looks methods up and runs them, the groups implement them.

mod auth;
mod chat;
mod conversations;
mod history;
mod items;
mod users;
mod views;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::args::Args;
use super::errors::ApiError;
use super::model::{App, Channel, TokenKind};
use super::rate::Tier;
use super::state::{Delivery, State};

/// A call being carried out.
#[derive(Debug)]
pub struct Call<'a> {
    /// The locked state.
    pub state: &'a mut State,
    /// The instant of the call.
    pub now: DateTime<Utc>,
    /// The caller.
    pub app: App,
    /// What it asks.
    pub args: &'a Args,
    /// What the app will hear of because of this call.
    pub deliveries: Vec<Delivery>,
}

impl Call<'_> {
    /// Refuses unless the token has the scope.
    pub fn need(&self, scope: &str) -> Result<(), ApiError> {
        if self.app.scopes.contains(scope) {
            return Ok(());
        }
        Err(ApiError::missing_scope(scope, &provided(&self.app)))
    }

    /// Refuses unless the token has the scope that this kind of channel asks for, such as `groups:read`.
    pub fn need_for(&self, channel: &Channel, right: &str) -> Result<(), ApiError> {
        let noun = match (channel.is_im, channel.is_private) {
            (true, _) => "im",
            (false, true) => "groups",
            (false, false) => "channels",
        };
        self.need(&format!("{noun}:{right}"))
    }
}

/// The scopes of an app as Slack lists them.
pub fn provided(app: &App) -> String {
    app.scopes
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(",")
}

/// What is known of a method before it runs.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Token it asks for.
    pub token: TokenKind,
    /// Scope it asks for, if any; scopes that depend on the channel are checked inside.
    pub scope: Option<&'static str>,
    /// Arguments it knows.
    pub args: &'static [&'static str],
    /// Its pace.
    pub tier: Tier,
    /// What it does.
    pub run: fn(&mut Call<'_>) -> Result<Value, ApiError>,
}

const fn bot(
    name: &'static str,
    scope: Option<&'static str>,
    tier: Tier,
    args: &'static [&'static str],
    run: fn(&mut Call<'_>) -> Result<Value, ApiError>,
) -> Method {
    Method {
        name,
        token: TokenKind::Bot,
        scope,
        args,
        tier,
        run,
    }
}

const POST: &[&str] = &[
    "channel",
    "text",
    "blocks",
    "attachments",
    "markdown_text",
    "thread_ts",
    "reply_broadcast",
    "mrkdwn",
    "parse",
    "link_names",
    "unfurl_links",
    "unfurl_media",
    "metadata",
    "username",
    "icon_emoji",
    "icon_url",
];
const UPDATE: &[&str] = &[
    "channel",
    "ts",
    "text",
    "blocks",
    "attachments",
    "markdown_text",
    "parse",
    "link_names",
    "metadata",
    "reply_broadcast",
    "unfurl_links",
    "unfurl_media",
];
const EPHEMERAL: &[&str] = &[
    "channel",
    "user",
    "text",
    "blocks",
    "attachments",
    "markdown_text",
    "thread_ts",
    "parse",
    "link_names",
    "username",
    "icon_emoji",
    "icon_url",
];
const PAGE: &[&str] = &[
    "channel",
    "cursor",
    "limit",
    "latest",
    "oldest",
    "inclusive",
    "include_all_metadata",
];
const REPLIES: &[&str] = &[
    "channel",
    "ts",
    "cursor",
    "limit",
    "latest",
    "oldest",
    "inclusive",
    "include_all_metadata",
];

/// Every method there is.
static METHODS: &[Method] = &[
    Method {
        name: "apps.connections.open",
        token: TokenKind::App,
        scope: None,
        args: &[],
        tier: Tier::Connections,
        run: auth::connections_open,
    },
    bot("auth.test", None, Tier::Special, &[], auth::test),
    bot("auth.revoke", None, Tier::Three, &["test"], auth::revoke),
    bot(
        "team.info",
        Some("team:read"),
        Tier::Three,
        &["team", "domain"],
        auth::team_info,
    ),
    bot(
        "chat.postMessage",
        Some("chat:write"),
        Tier::Posting,
        POST,
        chat::post_message,
    ),
    bot(
        "chat.update",
        Some("chat:write"),
        Tier::Three,
        UPDATE,
        chat::update,
    ),
    bot(
        "chat.delete",
        Some("chat:write"),
        Tier::Three,
        &["channel", "ts"],
        chat::delete,
    ),
    bot(
        "chat.postEphemeral",
        Some("chat:write"),
        Tier::Four,
        EPHEMERAL,
        chat::post_ephemeral,
    ),
    bot(
        "chat.getPermalink",
        None,
        Tier::Special,
        &["channel", "message_ts"],
        chat::permalink,
    ),
    bot(
        "views.open",
        None,
        Tier::Four,
        &["trigger_id", "view"],
        views::open,
    ),
    bot(
        "views.push",
        None,
        Tier::Four,
        &["trigger_id", "view"],
        views::push,
    ),
    bot(
        "views.update",
        None,
        Tier::Four,
        &["view_id", "external_id", "hash", "view"],
        views::update,
    ),
    bot(
        "views.publish",
        None,
        Tier::Four,
        &["user_id", "hash", "view"],
        views::publish,
    ),
    bot(
        "conversations.open",
        Some("im:write"),
        Tier::Three,
        &["users", "channel", "return_im", "prevent_creation"],
        conversations::open,
    ),
    bot(
        "conversations.info",
        None,
        Tier::Three,
        &["channel", "include_locale", "include_num_members"],
        conversations::info,
    ),
    bot(
        "conversations.members",
        None,
        Tier::Four,
        &["channel", "cursor", "limit"],
        conversations::members,
    ),
    bot(
        "conversations.list",
        None,
        Tier::Two,
        &["types", "exclude_archived", "limit", "cursor", "team_id"],
        conversations::list,
    ),
    bot(
        "conversations.join",
        Some("channels:join"),
        Tier::Three,
        &["channel"],
        conversations::join,
    ),
    bot(
        "conversations.history",
        None,
        Tier::Three,
        PAGE,
        history::history,
    ),
    bot(
        "conversations.replies",
        None,
        Tier::Three,
        REPLIES,
        history::replies,
    ),
    bot(
        "users.info",
        Some("users:read"),
        Tier::Four,
        &["user", "include_locale"],
        users::info,
    ),
    bot(
        "users.lookupByEmail",
        Some("users:read.email"),
        Tier::Three,
        &["email"],
        users::lookup_by_email,
    ),
    bot(
        "reactions.get",
        Some("reactions:read"),
        Tier::Three,
        &["channel", "timestamp", "full", "file"],
        items::reactions_get,
    ),
    bot(
        "reactions.add",
        Some("reactions:write"),
        Tier::Three,
        &["channel", "timestamp", "name"],
        items::reactions_add,
    ),
    bot(
        "files.info",
        Some("files:read"),
        Tier::Four,
        &["file", "count", "cursor", "limit", "page"],
        items::file_info,
    ),
];

/// Looks a method up.
pub fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// A page of a list: what is on it, and where the next one starts.
pub fn page<T: Clone>(args: &Args, all: &[T], usual: usize) -> Result<(Vec<T>, String), ApiError> {
    let limit = args.count("limit", usual, 999)?;
    let start = match args.text("cursor").filter(|cursor| !cursor.is_empty()) {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("page-")
            .and_then(|at| at.parse::<usize>().ok())
            .ok_or_else(|| ApiError::new("invalid_cursor"))?,
    };
    let items: Vec<T> = all.iter().skip(start).take(limit).cloned().collect();
    let next = if start + limit < all.len() {
        format!("page-{}", start + limit)
    } else {
        String::new()
    };
    Ok((items, next))
}

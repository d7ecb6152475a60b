//! Gateway address, users, the application and guilds.
//!
//! Invariants: a guild is known only to those in it. Neighbours: `super`.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::errors::{ApiError, Faults};
use super::super::model::{Guild, Id, TEXT, THREAD};
use super::super::permissions as may;
use super::super::state::State;
use super::super::{guilds, objects};
use super::{Answer, Call, Route, ok};

fn guild<'a>(state: &'a State, route: &Route) -> Result<&'a Guild, ApiError> {
    let bot = state.world.app.bot;
    let found = state.world.guilds.get(&route.id(0)?);
    found
        .filter(|guild| guild.members.contains_key(&bot))
        .ok_or_else(|| ApiError::known(10004))
}

pub(super) fn carry_out(
    state: &mut State,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    let bot = state.world.app.bot;
    let url = format!("{}/gateway", state.base_url.replacen("http", "ws", 1));
    match route.name {
        "gateway.get" => ok(json!({ "url": url })),
        "gateway.bot" => {
            let used = state.sessions.identifies;
            ok(json!({
                "url": url, "shards": 1,
                "session_start_limit": { "total": 1000, "remaining": 1000_u64.saturating_sub(used), "reset_after": 86_400_000, "max_concurrency": 1 },
            }))
        }
        "users.me" => ok(objects::own_user(state)),
        "users.guilds" => {
            let own = guilds::own(state);
            ok(own
                .iter()
                .map(|guild| guilds::listed(state, guild))
                .collect())
        }
        "users.get" => {
            let id = route.id(0)?;
            let user = state
                .world
                .users
                .get(&id)
                .ok_or_else(|| ApiError::known(10013))?;
            ok(objects::user(user))
        }
        "users.dm" => direct(state, call, now),
        "application.get" => ok(guilds::application(state)),
        "application.edit" => {
            if let Some(url) = call.body.get("interactions_endpoint_url") {
                state.world.app.endpoint = url
                    .as_str()
                    .filter(|url| !url.is_empty())
                    .map(ToOwned::to_owned);
            }
            ok(guilds::application(state))
        }
        "guilds.get" => ok(guilds::guild(guild(state, route)?)),
        "guilds.roles" => ok(guild(state, route)?
            .roles
            .values()
            .map(guilds::role)
            .collect()),
        "guilds.channels" => {
            let guild = guild(state, route)?.id;
            let all = state
                .world
                .channels
                .values()
                .filter(|one| one.guild == Some(guild) && one.kind == TEXT);
            ok(all.map(|one| objects::channel(state, one)).collect())
        }
        "guilds.threads" => {
            let guild = guild(state, route)?.id;
            let all = state.world.channels.values().filter(|one| {
                one.guild == Some(guild)
                    && one.kind == THREAD
                    && !one.archived
                    && may::sees(&state.world, one, bot)
            });
            let threads: Vec<Value> = all.map(|one| objects::channel(state, one)).collect();
            ok(json!({ "threads": threads, "members": [] }))
        }
        "guilds.member" => {
            let guild = guild(state, route)?.id;
            let user = route.id(1)?;
            if !state.world.users.contains_key(&user) {
                return Err(ApiError::known(10013));
            }
            ok(objects::member(&state.world, guild, user).ok_or_else(|| ApiError::known(10007))?)
        }
        "guilds.members" => {
            let guild = guild(state, route)?;
            if state.world.app.privileged & super::super::intents::GUILD_MEMBERS == 0 {
                return Err(ApiError::known(50001));
            }
            let members = guild.members.keys();
            ok(members
                .filter_map(|user| objects::member(&state.world, guild.id, *user))
                .collect())
        }
        _ => Err(ApiError::known(404)),
    }
}

fn direct(state: &mut State, call: &Call, now: DateTime<Utc>) -> Answer {
    let mut faults = Faults::default();
    let recipient: Option<Id> = super::super::snowflake(&call.body["recipient_id"]);
    if recipient.is_none() {
        faults.required("recipient_id");
    }
    faults.done()?;
    let recipient = recipient.unwrap_or(0);
    let user = state
        .world
        .users
        .get(&recipient)
        .ok_or_else(|| ApiError::known(50033))?;
    if user.bot {
        return Err(ApiError::known(50007));
    }
    let (id, _) = state.open_direct(state.world.app.bot, recipient, now);
    let channel = state.channel(id)?.clone();
    ok(objects::channel(state, &channel))
}

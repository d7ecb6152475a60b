//! Who the caller is: `auth.test`, `team.info`, `apps.connections.open`.
//!
//! Purpose: identity of app, bot and workspace, and tickets for Socket Mode. Invariants: a ticket is given only while
//! Socket Mode is on. Neighbours: `link` redeems the tickets.

use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::model::Transport;
use super::Call;

pub(super) fn test(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let world = &call.state.world;
    let bot = world.users.get(&call.app.bot_user);
    let mut answer = json!({
        "url": format!("https://{}.slack.com/", world.team.domain), "team": world.team.name,
        "user": bot.map(|bot| &bot.handle), "team_id": world.team.id, "user_id": call.app.bot_user,
        "bot_id": call.app.bot_id, "is_enterprise_install": call.app.org_install,
    });
    if let Some(enterprise) = &world.enterprise {
        answer["enterprise_id"] = json!(enterprise.id);
    }
    Ok(answer)
}

pub(super) fn team_info(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let world = &call.state.world;
    if call
        .args
        .text("team")
        .is_some_and(|team| team != world.team.id)
    {
        return Err(ApiError::new("team_not_found"));
    }
    let mut team = json!({
        "id": world.team.id, "name": world.team.name, "domain": world.team.domain, "email_domain": "",
        "url": format!("https://{}.slack.com/", world.team.domain), "icon": { "image_default": true },
    });
    if let Some(enterprise) = &world.enterprise {
        team["enterprise_id"] = json!(enterprise.id);
        team["enterprise_name"] = json!(enterprise.name);
    }
    Ok(json!({ "team": team }))
}

pub(super) fn connections_open(call: &mut Call<'_>) -> Result<Value, ApiError> {
    if call.app.socket_mode_off || !matches!(call.app.transport, Transport::Socket) {
        return Err(ApiError::new("access_denied"));
    }
    let ticket = call.state.ids.next("ticket-");
    call.state
        .sockets
        .add_ticket(ticket.clone(), call.app.id.clone());
    let base = call.state.base_url.replacen("http", "ws", 1);
    Ok(json!({ "url": format!("{base}/link/?ticket={ticket}&app_id={}", call.app.id) }))
}

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
    let team = call.state.team_of(&call.app);
    let mut answer = json!({
        "url": format!("https://{}.slack.com/", team.domain), "team": team.name,
        "user": bot.map(|bot| &bot.handle), "team_id": team.id, "user_id": call.app.bot_user,
        "bot_id": call.app.bot_id, "is_enterprise_install": call.app.org_install,
    });
    if let Some(enterprise) = &world.enterprise {
        answer["enterprise_id"] = json!(enterprise.id);
    }
    Ok(answer)
}

/// Ends the token of every install of the app here, as the owner would.
pub(super) fn revoke(call: &mut Call<'_>) -> Result<Value, ApiError> {
    if call.args.flag("test") {
        return Ok(json!({ "revoked": false }));
    }
    for token in call.state.world.tokens.values_mut() {
        if token.is_bots() && token.app_id == call.app.id && token.install == call.app.team {
            token.revoked = true;
        }
    }
    let event = json!({
        "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [call.app.bot_user] },
        "event_ts": call.state.next_ts(call.now),
    });
    let app = call.app.clone();
    call.deliveries = call.state.emit_to(&app, "tokens_revoked", event, call.now);
    Ok(json!({ "revoked": true }))
}

pub(super) fn team_info(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let world = &call.state.world;
    let own = call.state.team_of(&call.app);
    if call.args.text("team").is_some_and(|team| team != own.id) {
        return Err(ApiError::new("team_not_found"));
    }
    let mut team = json!({
        "id": own.id, "name": own.name, "domain": own.domain, "email_domain": "",
        "url": format!("https://{}.slack.com/", own.domain), "icon": { "image_default": true },
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

//! People: `users.info` and `users.lookupByEmail`.
//!
//! Purpose: what a bot may learn of people. Invariants: a mail address needs its own scope and is never told of people of
//! another organisation. Neighbours: `objects`.

use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::objects;
use super::Call;

pub(super) fn info(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.state.user(call.args.required("user")?)?;
    let own = &call.state.team_of(&call.app).id;
    let mut channels = call.state.world.channels.values();
    // People of another workspace are known where a channel is shared with them, and nowhere else.
    let known = call.state.is_same_house(&user.team_id, own)
        || !call.state.is_our_team(&user.team_id)
        || channels
            .any(|one| one.members.contains(&user.id) && one.members.contains(&call.app.bot_user));
    if !known {
        return Err(ApiError::new("user_not_found"));
    }
    let with_email = call.app.scopes.contains("users:read.email");
    let mut rendered = objects::user(call.state, user, own, with_email);
    if call.args.flag("include_locale") {
        rendered["locale"] = json!(user.locale);
    }
    Ok(json!({ "user": rendered }))
}

pub(super) fn lookup_by_email(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.need("users:read")?;
    let email = call.args.required("email")?;
    let team = &call.state.team_of(&call.app).id;
    let found = call.state.world.users.values().find(|user| {
        !user.deleted
            && user.team_id == *team
            && user
                .email
                .as_deref()
                .is_some_and(|one| one.eq_ignore_ascii_case(email))
    });
    let user = found.ok_or_else(|| ApiError::new("users_not_found"))?;
    Ok(json!({ "user": objects::user(call.state, user, team, true) }))
}

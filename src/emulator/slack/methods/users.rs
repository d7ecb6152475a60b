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
    let with_email = call.app.scopes.contains("users:read.email");
    let mut rendered = objects::user(call.state, user, with_email);
    if call.args.flag("include_locale") {
        rendered["locale"] = json!(user.locale);
    }
    Ok(json!({ "user": rendered }))
}

pub(super) fn lookup_by_email(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.need("users:read")?;
    let email = call.args.required("email")?;
    let team = &call.state.world.team.id;
    let found = call.state.world.users.values().find(|user| {
        !user.deleted
            && user.team_id == *team
            && user
                .email
                .as_deref()
                .is_some_and(|one| one.eq_ignore_ascii_case(email))
    });
    let user = found.ok_or_else(|| ApiError::new("users_not_found"))?;
    Ok(json!({ "user": objects::user(call.state, user, true) }))
}

//! Accounts, as payloads show them.
//!
//! Invariants: the name that people see in the guild comes before the account's; who is no human says so. Neighbours: `interaction`, `event`.

use super::{Unread, id, items, required, text};
use serde_json::Value;

/// Most roles that are looked at; a guild has at most 250.
const ROLES: usize = 300;

/// Somebody who did something, as far as the payload says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The account.
    pub id: String,
    /// The name that people see.
    pub name: Option<String>,
    /// A bot's account, or Discord's own.
    pub is_bot: bool,
    /// The roles in the guild, where the payload shows the member.
    pub roles: Option<Vec<String>>,
}

/// The account in `user`, as the guild's member if the payload shows one.
///
/// # Errors
/// [`Unread`] if it has no id.
pub fn user(user: &Value, member: &Value) -> Result<User, Unread> {
    let name = text(member, "nick")
        .or_else(|| text(user, "global_name"))
        .or_else(|| text(user, "username"));
    Ok(User {
        id: required(user, "id")?,
        name: name.map(ToOwned::to_owned),
        is_bot: user["bot"] == true || user["system"] == true,
        roles: roles(member),
    })
}

/// The roles of the guild's member; `None` if the payload shows no list of them.
#[must_use]
pub fn roles(member: &Value) -> Option<Vec<String>> {
    member["roles"].is_array().then(|| {
        items(member, "roles", ROLES)
            .filter_map(super::plain_id)
            .collect()
    })
}

/// Whoever acted: a member in a guild, a bare user elsewhere.
///
/// # Errors
/// [`Unread`] if there is neither.
pub fn actor(raw: &Value) -> Result<User, Unread> {
    let member = &raw["member"];
    if id(&member["user"], "id").is_some() {
        return user(&member["user"], member);
    }
    user(&raw["user"], member).map_err(|_| Unread("nobody is named who acted".to_owned()))
}

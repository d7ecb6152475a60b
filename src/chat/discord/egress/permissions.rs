//! Who may do what in a channel, computed as Discord does: roles first, then the channel's exceptions for everybody, roles, and one member.
//!
//! Invariants: an answer that cannot be read grants the bot nothing and hides nothing. Pure. Neighbours: `channels` asks who sees the
//! queue, `examine` asks what the bot lacks.

use serde_json::Value;

/// Administrators may do everything, whatever a channel says.
const ADMINISTRATOR: u64 = 1 << 3;
/// Seeing a channel.
pub const VIEW_CHANNEL: u64 = 1 << 10;

/// Handing out roles.
const MANAGE_ROLES: u64 = 1 << 28;

/// Whether whoever has this role can hand out others.
#[must_use]
pub fn manages_roles(role: &Value) -> bool {
    bits(&role["permissions"]).is_some_and(|bits| bits & (ADMINISTRATOR | MANAGE_ROLES) != 0)
}

/// A permission that the bot needs.
#[derive(Debug, Clone, Copy)]
pub struct Needed {
    /// Its bit.
    pub bit: u64,
    /// Discord's name of it.
    pub name: &'static str,
    /// What stops working without it.
    pub without: &'static str,
}

const fn needed(bit: u32, name: &'static str, without: &'static str) -> Needed {
    Needed {
        bit: 1 << bit,
        name,
        without,
    }
}

/// What the bot needs in the queue channel.
pub const QUEUE: [Needed; 6] = [
    needed(10, "View Channel", "no case card can be posted"),
    needed(11, "Send Messages", "no case card can be posted"),
    needed(14, "Embed Links", "cards arrive without their content"),
    needed(
        16,
        "Read Message History",
        "cards cannot be brought up to date",
    ),
    needed(35, "Create Public Threads", "a case gets no thread"),
    needed(
        38,
        "Send Messages in Threads",
        "nothing can be said in a case's thread",
    ),
];

/// What the bot needs in a channel that is watched for reactions.
pub const WATCHED: [Needed; 2] = [
    needed(10, "View Channel", "reactions there are not seen"),
    needed(
        16,
        "Read Message History",
        "the message that somebody reacted to cannot be read",
    ),
];

/// All of them together, as the number that an invitation of the bot carries.
#[must_use]
pub fn invited() -> u64 {
    QUEUE
        .iter()
        .chain(&WATCHED)
        .fold(0, |all, one| all | one.bit)
}

fn bits(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

/// What the roles of a guild allow somebody who has these. `None` if it cannot be told.
fn by_roles(guild: &str, roles: &Value, has: &[&str]) -> Option<u64> {
    let mut all = None;
    for role in roles.as_array()? {
        let id = role["id"].as_str()?;
        if id == guild || has.contains(&id) {
            all = Some(all.unwrap_or(0) | bits(&role["permissions"])?);
        }
    }
    all
}

/// What somebody with these roles may do in a channel. `None` if it cannot be told.
#[must_use]
pub fn in_channel(
    guild: &str,
    roles: &Value,
    channel: &Value,
    has: &[&str],
    user: &str,
) -> Option<u64> {
    let mut may = by_roles(guild, roles, has)?;
    if may & ADMINISTRATOR != 0 {
        return Some(u64::MAX);
    }
    let exceptions = channel["permission_overwrites"].as_array()?;
    let sum = |of: &dyn Fn(&str) -> bool| {
        let mut found = (0, 0);
        for one in exceptions
            .iter()
            .filter(|one| one["id"].as_str().is_some_and(of))
        {
            found.0 |= bits(&one["allow"])?;
            found.1 |= bits(&one["deny"])?;
        }
        Some(found)
    };
    let of_roles = |id: &str| id != guild && has.contains(&id);
    for (allow, deny) in [
        sum(&|id| id == guild)?,
        sum(&of_roles)?,
        sum(&|id| id == user)?,
    ] {
        may = (may & !deny) | allow;
    }
    Some(may)
}

/// Whether everybody in the guild sees the channel. What cannot be told counts as yes.
#[must_use]
pub fn is_open_to_all(guild: &str, roles: &Value, channel: &Value) -> bool {
    in_channel(guild, roles, channel, &[], "").is_none_or(|may| may & VIEW_CHANNEL != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn roles(everyone: u64, bot: u64) -> Value {
        json!([{ "id": "1", "permissions": everyone.to_string() }, { "id": "2", "permissions": bot.to_string() }])
    }

    fn channel(exceptions: &[(&str, u64, u64)]) -> Value {
        let one = |(id, allow, deny): &(&str, u64, u64)| json!({ "id": id, "allow": allow.to_string(), "deny": deny.to_string() });
        json!({ "permission_overwrites": exceptions.iter().map(one).collect::<Vec<_>>() })
    }

    #[test]
    fn a_channel_is_private_if_everybody_is_kept_out() {
        let open = |roles: &Value, channel: &Value| is_open_to_all("1", roles, channel);
        let (sees, blind) = (roles(VIEW_CHANNEL, 0), roles(0, 0));
        assert!(open(&sees, &channel(&[])));
        assert!(!open(&sees, &channel(&[("1", 0, VIEW_CHANNEL)])));
        assert!(!open(&blind, &channel(&[])));
        assert!(open(&blind, &channel(&[("1", VIEW_CHANNEL, 0)])));
        assert!(open(
            &roles(ADMINISTRATOR, 0),
            &channel(&[("1", 0, VIEW_CHANNEL)])
        ));
        // Another role's exception lets nobody else in.
        assert!(!open(&blind, &channel(&[("2", VIEW_CHANNEL, 0)])));
    }

    #[test]
    fn what_cannot_be_read_is_open_and_grants_nothing() {
        let hidden = channel(&[("1", 0, VIEW_CHANNEL)]);
        assert!(is_open_to_all("1", &json!(null), &hidden));
        assert!(is_open_to_all("1", &json!([]), &hidden));
        assert!(is_open_to_all("1", &roles(0, 0), &json!({})));
        let odd = json!({ "permission_overwrites": [{ "id": "1", "allow": "0", "deny": 1024 }] });
        assert!(is_open_to_all("1", &roles(0, 0), &odd));
        assert_eq!(in_channel("1", &json!(7), &hidden, &["2"], "9"), None);
    }

    #[test]
    fn exceptions_go_from_the_many_to_the_one() {
        let of = |channel: &Value| in_channel("1", &roles(0, 0), channel, &["2"], "9").unwrap();
        let role = channel(&[("1", 0, VIEW_CHANNEL), ("2", VIEW_CHANNEL, 0)]);
        assert_eq!(of(&role), VIEW_CHANNEL);
        let member = channel(&[("2", VIEW_CHANNEL, 0), ("9", 0, VIEW_CHANNEL)]);
        assert_eq!(of(&member), 0);
        let of = in_channel("1", &roles(0, ADMINISTRATOR), &member, &["2"], "9");
        assert_eq!(of, Some(u64::MAX));
        for one in QUEUE.iter().chain(&WATCHED) {
            assert_eq!(invited() & one.bit, one.bit);
        }
    }
}

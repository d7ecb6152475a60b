//! Who may do what where.
//!
//! Invariants: Discord's order of roles and overwrites; a thread goes by its parent; who cannot see a channel can do nothing in it. Neighbours: `rest`
//! and `client` ask.

use super::model::{Channel, DIRECT, Id, Member, THREAD, World};

/// Everything, everywhere.
pub const ADMINISTRATOR: u64 = 1 << 3;
/// Change the guild.
pub const MANAGE_GUILD: u64 = 1 << 5;
/// React with an emoji nobody reacted with yet.
pub const ADD_REACTIONS: u64 = 1 << 6;
/// See a channel.
pub const VIEW_CHANNEL: u64 = 1 << 10;
/// Write.
pub const SEND_MESSAGES: u64 = 1 << 11;
/// Delete what others wrote.
pub const MANAGE_MESSAGES: u64 = 1 << 13;
/// Show embeds.
pub const EMBED_LINKS: u64 = 1 << 14;
/// Attach files.
pub const ATTACH_FILES: u64 = 1 << 15;
/// Read what was written before.
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
/// Ping everybody.
pub const MENTION_EVERYONE: u64 = 1 << 17;
/// Change threads of others.
pub const MANAGE_THREADS: u64 = 1 << 34;
/// Use commands.
pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
/// Start threads.
pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
/// Write in threads.
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;

/// What everybody may do in a new guild, as far as it matters here.
pub const USUAL: u64 = ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS;

/// All bits that exist.
pub const ALL: u64 = (1 << 50) - 1;

/// What somebody may do in a guild, channels aside.
pub fn in_guild(world: &World, guild: Id, user: Id) -> u64 {
    let Some(guild) = world.guilds.get(&guild) else {
        return 0;
    };
    let Some(member) = guild.members.get(&user) else {
        return 0;
    };
    if guild.owner == user {
        return ALL;
    }
    let own = member.roles.iter().chain([&guild.id]);
    let bits = own
        .filter_map(|role| guild.roles.get(role))
        .fold(0, |bits, role| bits | role.permissions);
    if bits & ADMINISTRATOR == 0 { bits } else { ALL }
}

/// What somebody may do in a channel.
pub fn in_channel(world: &World, channel: &Channel, user: Id) -> u64 {
    if channel.kind == DIRECT {
        return if channel.people.contains(&user) {
            USUAL
        } else {
            0
        };
    }
    let Some(guild) = channel.guild else {
        return 0;
    };
    let base = in_guild(world, guild, user);
    if base == ALL {
        return ALL;
    }
    let from = match channel.parent.and_then(|id| world.channels.get(&id)) {
        Some(parent) if channel.kind == THREAD => parent,
        _ => channel,
    };
    let none = Member::default();
    let member = world
        .guilds
        .get(&guild)
        .and_then(|one| one.members.get(&user));
    let member = member.unwrap_or(&none);
    let mut bits = base;
    let mut apply = |fits: &dyn Fn(Id, bool) -> bool| {
        let fitting = from
            .overwrites
            .iter()
            .filter(|one| fits(one.id, one.of_member));
        let (allow, deny) = fitting.fold((0, 0), |(allow, deny), one| {
            (allow | one.allow, deny | one.deny)
        });
        bits = (bits & !deny) | allow;
    };
    apply(&|id, of_member| !of_member && id == guild);
    apply(&|id, of_member| !of_member && member.roles.contains(&id));
    apply(&|id, of_member| of_member && id == user);
    if bits & VIEW_CHANNEL == 0 { 0 } else { bits }
}

/// Whether somebody sees a channel.
pub fn sees(world: &World, channel: &Channel, user: Id) -> bool {
    in_channel(world, channel, user) & VIEW_CHANNEL != 0
}

#[cfg(test)]
mod tests {
    use super::super::seed::{ALICE, BOB, BOT_USER, GENERAL, OLGA, OPS, QUEUE, RITA, Seed};
    use super::*;

    #[test]
    fn overwrites_go_from_everybody_over_roles_to_the_person() {
        let world = Seed::example_corp().world;
        let can = |channel: Id, user: Id| sees(&world, &world.channels[&channel], user);
        assert!(can(GENERAL, ALICE) && can(GENERAL, BOT_USER) && !can(GENERAL, OLGA));
        assert!(!can(QUEUE, ALICE) && can(QUEUE, RITA) && can(QUEUE, BOT_USER));
        assert!(can(OPS, BOB) && !can(OPS, BOT_USER) && !can(OPS, ALICE));
    }
}

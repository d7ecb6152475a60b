//! Gateway intents: what a session asked to hear.
//!
//! Invariants: unknown bits are no intents; privileged ones must have been switched on. Neighbours: `gateway` checks them, `events` goes by them.

/// Guilds, channels and threads.
pub const GUILDS: u64 = 1;
/// Members of guilds; privileged.
pub const GUILD_MEMBERS: u64 = 1 << 1;
/// Presences; privileged.
pub const GUILD_PRESENCES: u64 = 1 << 8;
/// Messages in guilds.
pub const GUILD_MESSAGES: u64 = 1 << 9;
/// Reactions in guilds.
pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
/// Direct messages.
pub const DIRECT_MESSAGES: u64 = 1 << 12;
/// Reactions in direct messages.
pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
/// What messages say; privileged.
pub const MESSAGE_CONTENT: u64 = 1 << 15;

/// Those that must be switched on for an application.
pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;

/// All that exist: 0 to 16, 20, 21, 24 and 25.
pub const ALL: u64 = ((1 << 17) - 1) | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

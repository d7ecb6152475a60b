//! What people meet on each platform, where that changes what is said or asked: one line per platform.
//!
//! Invariants: sentences and forms ask here and never for the platform itself; what only changes how something is drawn stays in the adapter.
//! Neighbours: `speech` and `forms` ask; `parity` is the table of doors, verbs and notices for people.

use crate::domain::person::PlatformId;

/// What a platform has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// A direct conversation has threads; elsewhere one answers a message there.
    pub direct_threads: bool,
    /// A form can grow by a button that it holds; elsewhere it asks for everything at once.
    pub forms_grow: bool,
    /// The home is a page of its own, which is drawn anew; elsewhere it is an answer like others.
    pub home_page: bool,
    /// Opens the form of a report.
    pub report_command: &'static str,
    /// Words can be typed right behind that command; elsewhere they go into a field of it.
    pub command_takes_words: bool,
    /// Commands are there in a direct conversation, too; elsewhere one writes their words there.
    pub direct_commands: bool,
    /// The way to report a message, as its menu shows it.
    pub message_menu: &'static str,
}

const SLACK: Traits = Traits {
    direct_threads: true,
    forms_grow: true,
    home_page: true,
    report_command: "/secevent",
    command_takes_words: true,
    direct_commands: true,
    message_menu: "Report security event",
};

const DISCORD: Traits = Traits {
    direct_threads: false,
    forms_grow: false,
    home_page: false,
    report_command: "/secevent report",
    command_takes_words: false,
    direct_commands: false,
    message_menu: "Apps, Report security event",
};

const TEAMS: Traits = Traits {
    direct_threads: false,
    home_page: false,
    ..SLACK
};

/// What this platform has.
#[must_use]
pub const fn of(platform: PlatformId) -> Traits {
    match platform {
        PlatformId::Slack => SLACK,
        PlatformId::Discord => DISCORD,
        PlatformId::Teams => TEAMS,
    }
}

/// What this installation was allowed to hear, by its settings: a platform may tell that somebody wrote, and not what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hearing {
    /// What people write in Discord without mentioning the bot.
    pub discord_messages: bool,
}

impl Hearing {
    /// Nothing is withheld.
    pub const ALL: Self = Self {
        discord_messages: true,
    };

    /// Whether replies in the thread of a case are read there.
    #[must_use]
    pub const fn threads(self, platform: PlatformId) -> bool {
        match platform {
            PlatformId::Discord => self.discord_messages,
            PlatformId::Slack | PlatformId::Teams => true,
        }
    }
}

impl Default for Hearing {
    fn default() -> Self {
        Self::ALL
    }
}

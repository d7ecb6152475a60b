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
}

/// What this platform has.
#[must_use]
pub const fn of(platform: PlatformId) -> Traits {
    let (direct_threads, forms_grow, home_page) = match platform {
        PlatformId::Slack => (true, true, true),
        PlatformId::Discord => (false, false, false),
        PlatformId::Teams => (false, true, false),
    };
    Traits {
        direct_threads,
        forms_grow,
        home_page,
    }
}

//! What is said of a date that cannot be read, wherever it is typed.
//!
//! Invariants: one sentence for adapters and forms, with the zone in which it is read. Neighbours: `chat/forms/reading.rs`, Discord's `render::entered`.

use super::reader::{Locale, filled};
use chrono_tz::Tz;

/// What was typed is no date and time.
#[must_use]
pub fn no_moment(locale: Locale, zone: Tz) -> String {
    let template = locale.template(
        "This is no date and time. Write it like 2026-03-31 14:05, in the time of {zone}, or leave it empty.",
    );
    filled(template, &[("zone", zone.name())])
}

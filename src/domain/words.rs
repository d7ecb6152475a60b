//! What people wrote, as it is stored: capped, so that no text can fill the record.
//!
//! Invariants: caps count code points, so a cut never breaks one. Neighbours: the rules that take text use these.

/// The first `cap` code points.
#[must_use]
pub fn capped(text: &str, cap: usize) -> String {
    text.chars().take(cap).collect()
}

/// A line of free text as it is stored: trimmed, one cap for all, absent if empty.
#[must_use]
pub fn line(text: Option<&str>) -> Option<String> {
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| capped(text, LINE_CAP))
}

/// How many code points of one line of free text (an asset's name, a link, an alert's id) are stored.
pub const LINE_CAP: usize = 500;
/// How many links are stored with a case.
pub const LINKS_CAP: usize = 50;

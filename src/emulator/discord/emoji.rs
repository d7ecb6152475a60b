//! Short names of emoji, as people type them, and the characters that go over the wire.
//!
//! Invariants: both directions agree; a character without a name here is its own name. Neighbours: `client` translates, `render` translates back.

const NAMES: &[(&str, &str)] = &[
    ("rotating_light", "🚨"),
    ("white_check_mark", "✅"),
    ("heavy_check_mark", "✔️"),
    ("x", "❌"),
    ("eyes", "👀"),
    ("thumbsup", "👍"),
    ("thumbsdown", "👎"),
    ("+1", "👍"),
    ("-1", "👎"),
    ("tada", "🎉"),
    ("fire", "🔥"),
    ("warning", "⚠️"),
    ("lock", "🔒"),
    ("shield", "🛡️"),
    ("question", "❓"),
    ("exclamation", "❗"),
    ("sos", "🆘"),
    ("bell", "🔔"),
    ("no_entry", "⛔"),
    ("no_entry_sign", "🚫"),
    ("mag", "🔍"),
    ("heart", "❤️"),
    ("joy", "😂"),
    ("smile", "😄"),
    ("thinking", "🤔"),
    ("wave", "👋"),
    ("pray", "🙏"),
    ("clap", "👏"),
    ("rocket", "🚀"),
    ("hourglass", "⌛"),
    ("red_circle", "🔴"),
    ("phone", "☎️"),
    ("fish", "🐟"),
    ("fishing_pole_and_fish", "🎣"),
];

/// The character of a short name; a character stays what it is. Nothing for an unknown name.
pub fn wire(name: &str) -> Option<String> {
    let name = name.trim_matches(':');
    let known = NAMES.iter().find(|(short, _)| *short == name);
    let custom = name
        .rsplit_once(':')
        .is_some_and(|(_, id)| id.parse::<u64>().is_ok());
    match known {
        Some((_, character)) => Some((*character).to_owned()),
        None if !name.is_ascii() || custom => Some(name.to_owned()),
        None => None,
    }
}

/// The short name of a character.
pub fn short(wire: &str) -> String {
    let known = NAMES.iter().find(|(_, character)| *character == wire);
    known.map_or_else(|| wire.to_owned(), |(short, _)| (*short).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_characters_meet() {
        assert_eq!(wire(":rotating_light:").as_deref(), Some("🚨"));
        assert_eq!(short("🚨"), "rotating_light");
        assert_eq!(wire("🦆").as_deref(), Some("🦆"));
        assert_eq!(wire("no_such_thing"), None);
        for (name, character) in NAMES {
            assert_eq!(wire(&short(character)), wire(name), "{name}");
        }
    }
}

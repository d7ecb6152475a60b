//! Discord's entities in texts turned into plain words, mentions of the bot found and taken away, and emoji named.
//!
//! Invariants: nothing is lost: what is no entity stays as it is; an instant is written so that it means the same in years.
//! Neighbours: `ingress::read`.

use crate::domain::clock::from_micros;

/// What ids are called here.
pub trait Names: Sync {
    /// An account's name.
    fn user(&self, id: &str) -> Option<String>;
    /// A channel's name.
    fn channel(&self, id: &str) -> Option<String>;
}

/// The text as somebody reads it: `<@1>` is `@bob`, `<#2>` is `#general`, `<:ok:3>` is `:ok:`, `<t:0>` is an instant.
#[must_use]
pub fn plain(text: &str, names: &dyn Names) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        words.push_str(&rest[..start]);
        let found = rest[start..]
            .find('>')
            .and_then(|length| Some((entity(&rest[start + 1..start + length], names)?, length)));
        match found {
            Some((word, length)) => {
                words.push_str(&word);
                rest = &rest[start + length + 1..];
            }
            None => {
                words.push('<');
                rest = &rest[start + 1..];
            }
        }
    }
    words.push_str(rest);
    words
}

fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn entity(inner: &str, names: &dyn Names) -> Option<String> {
    if let Some(role) = inner.strip_prefix("@&") {
        return is_id(role).then(|| format!("@role {role}"));
    }
    if let Some(user) = inner.strip_prefix('@') {
        let user = user.strip_prefix('!').unwrap_or(user);
        return is_id(user)
            .then(|| format!("@{}", names.user(user).unwrap_or_else(|| user.to_owned())));
    }
    if let Some(channel) = inner.strip_prefix('#') {
        return is_id(channel).then(|| {
            let name = names.channel(channel);
            format!("#{}", name.unwrap_or_else(|| channel.to_owned()))
        });
    }
    if let Some(instant) = inner.strip_prefix("t:") {
        let seconds: i64 = instant.split(':').next()?.parse().ok()?;
        let at = from_micros(seconds.checked_mul(1_000_000)?)?;
        return Some(at.format("%Y-%m-%d %H:%M UTC").to_string());
    }
    if let Some(command) = inner.strip_prefix('/') {
        let (name, id) = command.rsplit_once(':')?;
        return is_id(id).then(|| format!("/{name}"));
    }
    let emoji = inner
        .strip_prefix("a:")
        .or_else(|| inner.strip_prefix(':'))?;
    let (name, id) = emoji.split_once(':')?;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_name && !name.is_empty() && is_id(id)).then(|| format!(":{name}:"))
}

/// Whether the raw text mentions this account.
#[must_use]
pub fn mentions(text: &str, user: &str) -> bool {
    !user.is_empty()
        && (text.contains(&format!("<@{user}>")) || text.contains(&format!("<@!{user}>")))
}

/// The raw text without mentions of this account.
#[must_use]
pub fn without_mention(text: &str, user: &str) -> String {
    if user.is_empty() {
        return text.trim().to_owned();
    }
    text.replace(&format!("<@{user}>"), "")
        .replace(&format!("<@!{user}>"), "")
        .trim()
        .to_owned()
}

/// What a reaction is called, by its short names (`rotating_light`, `+1`); a guild's own emoji by its own name.
#[must_use]
pub fn emoji_names(emoji: &str, is_own: bool) -> Vec<String> {
    if is_own {
        return vec![emoji.to_lowercase()];
    }
    // With and without the mark that asks for the coloured form; a skin tone does not change what is meant.
    let bare: String = emoji
        .chars()
        .filter(|c| *c != '\u{fe0f}' && !('\u{1f3fb}'..='\u{1f3ff}').contains(c))
        .collect();
    let marked = format!("{bare}\u{fe0f}");
    let names = [bare.as_str(), marked.as_str(), emoji]
        .iter()
        .filter_map(|text| emojis::get(text))
        .map(|found| found.shortcodes().map(ToOwned::to_owned).collect())
        .find(|names: &Vec<String>| !names.is_empty());
    names.unwrap_or_else(|| vec![emoji.to_owned()])
}

//! Discord's markdown as a person sees it: words, links that can be followed, mentions.
//!
//! Invariants: what a backslash escapes is text; nothing inside code is a mention or a link; a masked link shows its label and leads to its
//! address. Neighbours: `render` shows by it, `writing` decides by it whom a message pings.

use std::collections::BTreeSet;

use super::model::{Id, World};

/// What a text shows and does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Words on the screen.
    pub text: String,
    /// Addresses that can be followed.
    pub links: BTreeSet<String>,
    /// People mentioned.
    pub users: BTreeSet<Id>,
    /// Roles mentioned.
    pub roles: BTreeSet<Id>,
    /// `everyone`, `here`.
    pub everyone: BTreeSet<String>,
}

/// Reads a text.
pub fn read(world: &World, text: &str) -> Shown {
    let mut reader = Reader {
        world,
        shown: Shown::default(),
    };
    reader.lines(text);
    reader.shown
}

struct Reader<'a> {
    world: &'a World,
    shown: Shown,
}

impl Reader<'_> {
    /// Code blocks first, then line by line: quotes, headings and lists lose their marks.
    fn lines(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("```") {
            let Some((code, behind)) = after.split_once("```") else {
                break;
            };
            if before.ends_with('\\') {
                let (shown, escaped) = rest.split_at(before.len() + 1);
                self.plain(shown.strip_suffix("\\`").unwrap_or(shown));
                self.shown.text.push('`');
                rest = escaped.strip_prefix('`').unwrap_or(escaped);
                continue;
            }
            self.plain(before);
            // The first line of a block may name a language.
            let code = match code.split_once('\n') {
                Some((first, code)) if first.chars().all(char::is_alphanumeric) => code,
                _ => code,
            };
            self.shown.text.push_str(code.trim_end_matches('\n'));
            rest = behind;
        }
        self.plain(rest);
    }

    fn plain(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.shown.text.push('\n');
            }
            let marks = [">>> ", "> ", "# ", "## ", "### ", "-# "];
            let line = marks
                .iter()
                .find_map(|mark| line.strip_prefix(mark))
                .unwrap_or(line);
            match line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
                Some(item) => {
                    self.shown.text.push_str("• ");
                    self.inline(item, true);
                }
                None => self.inline(line, true),
            }
        }
    }

    fn inline(&mut self, text: &str, links: bool) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let taken = match first {
                '\\' => self.escape(rest),
                '`' => self.code(rest),
                '<' => self.angle(rest),
                '[' if links => self.masked(rest),
                '@' => self.everyone(rest),
                'h' if links => self.bare(rest),
                '*' | '_' | '~' | '|' => self.mark(rest, links),
                _ => None,
            };
            let taken = taken.unwrap_or_else(|| {
                self.shown.text.push(first);
                first.len_utf8()
            });
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    fn escape(&mut self, rest: &str) -> Option<usize> {
        let next = rest.chars().nth(1).filter(char::is_ascii_punctuation)?;
        self.shown.text.push(next);
        Some(1 + next.len_utf8())
    }

    fn code(&mut self, rest: &str) -> Option<usize> {
        let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
        let fence = rest.get(..ticks)?;
        let inner = rest.get(ticks..)?;
        let end = inner.find(fence)?;
        self.shown
            .text
            .push_str(inner.get(..end)?.trim_matches('`'));
        Some(ticks + end + ticks)
    }

    /// Pairs of marks around words are not shown; `**`, `__`, `~~`, `||`, `*`, `_`.
    fn mark(&mut self, rest: &str, links: bool) -> Option<usize> {
        let first = rest.chars().next()?;
        let double = rest.chars().nth(1) == Some(first);
        let single_allowed = matches!(first, '*' | '_');
        let fence: String = if double {
            [first, first].iter().collect()
        } else if single_allowed {
            first.to_string()
        } else {
            return None;
        };
        let inner = rest.get(fence.len()..)?;
        let end = closing(inner, &fence)?;
        let words = inner.get(..end).filter(|words| !words.is_empty())?;
        // A single star opens only before a word; a single line below words within a word is no mark.
        if !double && (words.starts_with(' ') || words.ends_with(' ')) {
            return None;
        }
        let after = inner.get(end + fence.len()..)?.chars().next();
        let before = self.shown.text.chars().next_back();
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if fence == "_" && (word(before) || word(after)) {
            return None;
        }
        let words = words.to_owned();
        self.inline(&words, links);
        Some(fence.len() + end + fence.len())
    }

    fn angle(&mut self, rest: &str) -> Option<usize> {
        let end = rest.find('>')?;
        let inner = rest.get(1..end)?;
        let digits = |text: &str| text.parse::<Id>().ok();
        if let Some(role) = inner.strip_prefix("@&") {
            let id = digits(role)?;
            let mut guilds = self.world.guilds.values();
            let name = guilds
                .find_map(|guild| guild.roles.get(&id))
                .map(|role| role.name.clone());
            self.shown.roles.insert(id);
            self.shown
                .text
                .push_str(&format!("@{}", name.as_deref().unwrap_or("deleted-role")));
        } else if let Some(user) = inner.strip_prefix("@!").or_else(|| inner.strip_prefix('@')) {
            let id = digits(user)?;
            let name = self.world.users.get(&id).map(|user| user.name.clone());
            self.shown.users.insert(id);
            self.shown
                .text
                .push_str(&format!("@{}", name.as_deref().unwrap_or("unknown-user")));
        } else if let Some(channel) = inner.strip_prefix('#') {
            let id = digits(channel)?;
            let name = self.world.channels.get(&id).map(|one| one.name.clone());
            self.shown.text.push_str(&format!(
                "#{}",
                name.as_deref().unwrap_or("deleted-channel")
            ));
        } else if let Some(time) = inner.strip_prefix("t:") {
            let seconds = time.split(':').next()?.parse::<i64>().ok()?;
            let at = chrono::DateTime::from_timestamp(seconds, 0)?;
            self.shown
                .text
                .push_str(&at.format("%Y-%m-%d %H:%M UTC").to_string());
        } else if inner.starts_with("https://") || inner.starts_with("http://") {
            if inner.contains(char::is_whitespace) {
                return None;
            }
            self.shown.links.insert(inner.to_owned());
            self.shown.text.push_str(inner);
        } else if let Some(command) = inner.strip_prefix('/') {
            let (name, id) = command.rsplit_once(':')?;
            digits(id)?;
            self.shown.text.push_str(&format!("/{name}"));
        } else {
            let emoji = inner
                .strip_prefix("a:")
                .or_else(|| inner.strip_prefix(':'))?;
            let (name, id) = emoji.split_once(':')?;
            digits(id)?;
            self.shown.text.push_str(&format!(":{name}:"));
        }
        Some(end + 1)
    }

    fn masked(&mut self, rest: &str) -> Option<usize> {
        let middle = closing(rest.get(1..)?, "](")? + 1;
        let label = rest.get(1..middle)?;
        let behind = rest.get(middle + 2..)?;
        let end = behind.find(')')?;
        let target = behind.get(..end)?;
        let url = target.split_whitespace().next()?.trim_matches(['<', '>']);
        if !(url.starts_with("https://") || url.starts_with("http://")) || label.trim().is_empty() {
            return None;
        }
        self.shown.links.insert(url.to_owned());
        let label = label.to_owned();
        self.inline(&label, false);
        Some(middle + 2 + end + 1)
    }

    fn bare(&mut self, rest: &str) -> Option<usize> {
        if !(rest.starts_with("https://") || rest.starts_with("http://")) {
            return None;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>'))
            .unwrap_or(rest.len());
        let url = rest
            .get(..end)?
            .trim_end_matches(['.', ',', ':', ';', '"', '\'', ')', ']', '*', '_']);
        if url.len() <= "https://".len() {
            return None;
        }
        self.shown.links.insert(url.to_owned());
        self.shown.text.push_str(url);
        Some(url.len())
    }

    fn everyone(&mut self, rest: &str) -> Option<usize> {
        for name in ["everyone", "here"] {
            if rest.get(1..).is_some_and(|rest| rest.starts_with(name)) {
                self.shown.everyone.insert(name.to_owned());
                self.shown.text.push('@');
                self.shown.text.push_str(name);
                return Some(1 + name.len());
            }
        }
        None
    }
}

/// Where a mark closes that is not escaped.
fn closing(text: &str, mark: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(mark)?;
        let slashes = text
            .get(..at)?
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count();
        if slashes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::seed::{ALICE, RESPONDER_ROLE, Seed};
    use super::*;

    fn seen(text: &str) -> Shown {
        read(&Seed::example_corp().world, text)
    }

    #[test]
    fn marks_vanish_and_escaped_ones_stay() {
        for (typed, shown) in [
            ("**a** *b* __c__ _d_ ~~e~~ ||f||", "a b c d e f"),
            (r"\*a\* \_b\_ \|\|c\|\| \~\~d\~\~", "*a* _b_ ||c|| ~~d~~"),
            ("snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4"),
            (
                "> quote\n# Big\n-# small\n- item",
                "quote\nBig\nsmall\n• item",
            ),
            (r"\> no \# no \- no", "> no # no - no"),
            ("`*a* <@1>` ```\n**b**\n```", "*a* <@1> **b**"),
            (
                "<t:0:R> </secevent report:1>",
                "1970-01-01 00:00 UTC /secevent report",
            ),
            (
                "unclosed ** and [ and < stay",
                "unclosed ** and [ and < stay",
            ),
            (r"a\\b 3 < 4", r"a\b 3 < 4"),
        ] {
            assert_eq!(seen(typed).text, shown, "{typed}");
        }
    }

    #[test]
    fn links_that_can_be_followed_are_named() {
        let one = seen("[click](https://evil.test/x) and https://a.test/b, <https://c.test>");
        assert_eq!(one.text, "click and https://a.test/b, https://c.test");
        let links: Vec<&str> = one.links.iter().map(String::as_str).collect();
        assert_eq!(
            links,
            ["https://a.test/b", "https://c.test", "https://evil.test/x"]
        );
        let none = seen(r"\[click\](x) \[click](ftp://x) `https://a.test` hxxps://b.test");
        assert!(none.links.is_empty(), "{none:?}");
        assert!(!seen(r"\[click\]\(https://evil.test\)").text.is_empty());
    }

    #[test]
    fn only_live_mentions_count() {
        let live = seen(&format!("<@{ALICE}> <@&{RESPONDER_ROLE}> @everyone @here"));
        assert_eq!(live.text, "@alice @Responder @everyone @here");
        assert!(live.users.contains(&ALICE) && live.roles.contains(&RESPONDER_ROLE));
        assert_eq!(live.everyone.len(), 2);
        let dead = seen(&format!("\\<@{ALICE}> `<@{ALICE}>` @\u{200b}everyone"));
        assert!(
            dead.users.is_empty() && dead.everyone.is_empty(),
            "{dead:?}"
        );
    }
}

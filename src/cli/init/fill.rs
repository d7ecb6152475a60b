//! Puts an answer into a commented TOML text, in the place where the text already explains it.
//!
//! Invariants: comments and order stay; a key that the text does not have is an error of ours, never silently added elsewhere.
//! Neighbours: `files`.

/// A key that the text does not have: its templates and its filling have parted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a fault of ours: the template has no {0}")]
pub struct NoSuchKey(pub String);

/// A text as TOML writes it.
pub fn text(value: &str) -> String {
    toml::Value::from(value).to_string()
}

/// Sets `key` in `[section]` (the top for an empty name; the first of a list of tables) to `value`, also where it is commented out.
pub fn set(template: &str, section: &str, key: &str, value: &str) -> Result<String, NoSuchKey> {
    rewrite(template, section, key, &format!("{key} = {value}"))
}

/// Comments a key out.
pub fn unset(template: &str, section: &str, key: &str) -> Result<String, NoSuchKey> {
    rewrite(template, section, key, &format!("# {key} = \"\""))
}

/// Takes the comment sign from the heading of a section that stands commented out; its keys are set one by one.
pub fn open(template: &str, section: &str) -> Result<String, NoSuchKey> {
    let heading = format!("[{section}]");
    let mut lines: Vec<&str> = template.lines().collect();
    let commented = |line: &&mut &str| {
        line.strip_prefix('#')
            .is_some_and(|rest| rest.trim() == heading)
    };
    let line = lines.iter_mut().find(commented);
    *line.ok_or_else(|| NoSuchKey(section.to_owned()))? = &heading;
    Ok(lines.join("\n") + "\n")
}

/// Comments a section out, with all of its keys.
pub fn close(template: &str, section: &str) -> Result<String, NoSuchKey> {
    let (mut is_in, mut is_done) = (false, false);
    let mut lines = Vec::new();
    for line in template.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with('[') && trimmed.ends_with(']') {
            is_in = trimmed.trim_matches(['[', ']']) == section;
            is_done |= is_in;
        }
        lines.push(
            if is_in && !trimmed.is_empty() && !trimmed.starts_with('#') {
                format!("# {line}")
            } else {
                line.to_owned()
            },
        );
    }
    if !is_done {
        return Err(NoSuchKey(section.to_owned()));
    }
    Ok(lines.join("\n") + "\n")
}

fn rewrite(template: &str, section: &str, key: &str, line: &str) -> Result<String, NoSuchKey> {
    let mut here = String::new();
    let mut is_done = false;
    let mut lines = Vec::new();
    for old in template.lines() {
        let trimmed = old.trim();
        if trimmed.starts_with('[') && trimmed.ends_with(']') {
            here = trimmed.trim_matches(['[', ']']).to_owned();
        }
        let bare = trimmed.trim_start_matches('#').trim_start();
        let is_key = bare
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='));
        if is_key && !is_done && here == section {
            lines.push(line.to_owned());
            is_done = true;
        } else {
            lines.push(old.to_owned());
        }
    }
    if !is_done {
        return Err(NoSuchKey(format!("{section}.{key}")));
    }
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "# Top.\nname = \"x\"\n\n[a]\n# Why.\n# key = 1\nname = 2\n\n[[b]]\nname = 3\n\n[[b]]\nname = 4\n";

    #[test]
    fn a_key_is_set_where_it_stands() {
        let set = |section, key| set(TEMPLATE, section, key, "9").unwrap();
        assert_eq!(
            set("", "name"),
            TEMPLATE.replace("name = \"x\"", "name = 9")
        );
        assert_eq!(set("a", "key"), TEMPLATE.replace("# key = 1", "key = 9"));
        assert_eq!(set("a", "name"), TEMPLATE.replace("name = 2", "name = 9"));
        assert_eq!(set("b", "name"), TEMPLATE.replace("name = 3", "name = 9"));
        assert_eq!(
            unset(TEMPLATE, "a", "name").unwrap(),
            TEMPLATE.replace("name = 2", "# name = \"\"")
        );
        assert_eq!(
            super::set(TEMPLATE, "a", "nam", "9"),
            Err(NoSuchKey("a.nam".to_owned()))
        );
    }

    #[test]
    fn a_section_is_opened_and_closed_where_it_stands() {
        let text = "a = 1\n\n[b]\n# Why.\nc = 2\n\n# [d]\n# e = 3\n\n[f]\ng = 4\n";
        assert_eq!(
            super::open(text, "d").unwrap(),
            text.replace("# [d]", "[d]")
        );
        assert_eq!(
            super::close(text, "b").unwrap(),
            text.replace("[b]", "# [b]").replace("c = 2", "# c = 2")
        );
        for missing in [super::open(text, "b"), super::close(text, "d")] {
            assert!(missing.is_err());
        }
    }

    #[test]
    fn a_text_cannot_end_its_quotes() {
        let odd = "x\" # \\ \u{202e}\n[slack]";
        let read: toml::Table = format!("key = {}", text(odd)).parse().unwrap();
        assert_eq!(read["key"].as_str(), Some(odd));
    }
}

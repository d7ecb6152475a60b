//! The house rules that no compiler checks: import directions, homes of crates and calls, headers, lengths, docs.
//!
//! The tables at the top are the rules; an exception is a line there with its reason. The tests at the bottom feed
//! wrong samples to each check, so that a check which sees nothing cannot pass for a clean house.
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, but not in what they stand on"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room of the house: its folder or file under `src/`, and the rooms that it may import besides itself.
struct Room {
    name: &'static str,
    may_import: &'static [&'static str],
}

const fn room(name: &'static str, may_import: &'static [&'static str]) -> Room {
    Room { name, may_import }
}

/// From the ground up: a room may import only rooms above its line in this table (a test checks that too).
/// The room of a file is the longest name that its path begins with.
const ROOMS: &[Room] = &[
    // Pure rules: no I/O, nothing of ours.
    room("domain", &[]),
    // Shares no type with the adapters, so that a mistake cannot cancel itself out.
    room("emulator", &[]),
    room("telemetry", &[]),
    room("runtime", &["telemetry"]),
    room("config", &["domain", "runtime", "telemetry"]),
    room("store", &["domain", "config", "runtime", "telemetry"]),
    room("workflow", &["domain", "store", "runtime", "telemetry"]),
    room("assurance", &["domain", "store", "runtime", "telemetry"]),
    room("chat", &["domain", "workflow", "runtime", "telemetry"]),
    // An adapter reads its own section of the settings, and never another adapter.
    room(
        "chat/slack",
        &["chat", "domain", "config", "runtime", "telemetry"],
    ),
    room(
        "chat/discord",
        &["chat", "domain", "config", "runtime", "telemetry"],
    ),
    room(
        "chat/teams",
        &["chat", "domain", "config", "runtime", "telemetry"],
    ),
    room("intake", &["domain", "workflow", "runtime", "telemetry"]),
    room(
        "delivery",
        &["domain", "store", "chat", "runtime", "telemetry"],
    ),
    room(
        "web",
        &[
            "domain",
            "store",
            "workflow",
            "assurance",
            "runtime",
            "telemetry",
        ],
    ),
    room("http", &["runtime", "telemetry"]),
    room(
        "app",
        &[
            "domain",
            "config",
            "store",
            "workflow",
            "assurance",
            "chat",
            "chat/slack",
            "chat/discord",
            "chat/teams",
            "intake",
            "delivery",
            "web",
            "http",
            "runtime",
            "telemetry",
        ],
    ),
    // Commands about a case call its verbs; settings are read, rows of the record listed, and words of the domain printed, without an app.
    room(
        "cli",
        &[
            "app",
            "workflow",
            "store",
            "chat/slack",
            "chat/discord",
            "config",
            "domain",
            "runtime",
            "telemetry",
            "cli/demo",
            "cli/emulator",
        ],
    ),
    // The only two commands that may start an emulator. The demo's page frames the record's pages, and asks the store what was done already.
    room(
        "cli/demo",
        &[
            "cli",
            "app",
            "web",
            "store",
            "config",
            "domain",
            "emulator",
            "runtime",
            "telemetry",
        ],
    ),
    room("cli/emulator", &["cli", "emulator", "runtime", "telemetry"]),
];

/// Where a room may import only part of another: (the room, the other, the modules of the other).
const PARTS: &[(&str, &str, &[&str])] = &[
    // What is sent: the platform that sends it, the words, and the card that holds them. Not what comes in.
    ("delivery", "chat", &["platform", "speech", "card"]),
    // `secevent manifest slack` prints it; nothing else of a platform is a command's business.
    ("cli", "chat/slack", &["manifest"]),
    ("cli", "chat/discord", &["manifest"]),
];

/// A crate, or a path of calls, that only its homes (path prefixes under `src/`) may name.
struct Home {
    path: &'static [&'static str],
    homes: &'static [&'static str],
}

const fn home(path: &'static [&'static str], homes: &'static [&'static str]) -> Home {
    Home { path, homes }
}

const CLOCKS: &[&str] = &["domain/clock.rs", "emulator/clock.rs"];

const HOMES: &[Home] = &[
    // The judge of the tour reads the record by SQL of its own, so that it does not ask the judged.
    home(&["sea_orm"], &["store/", "cli/demo/tour/record.rs"]),
    home(&["sea_query"], &["store/"]),
    home(&["sqlx"], &["store/"]),
    home(&["slack_morphism"], &["chat/slack/"]),
    home(&["serenity"], &["chat/discord/"]),
    // Not below chat: the listeners of platforms, operators and console, and what stands in for platforms.
    home(
        &["axum"],
        &[
            "chat/slack/http.rs",
            "chat/discord/http.rs",
            // The two pages by which the bot is installed.
            "chat/slack/oauth/",
            "http.rs",
            "intake/",
            "web/",
            "emulator/",
            "cli/",
        ],
    ),
    home(&["Utc", "now"], CLOCKS),
    home(&["Local", "now"], &[]),
    home(&["SystemTime", "now"], CLOCKS),
    home(&["Uuid", "now_v7"], CLOCKS),
    home(&["Uuid", "new_v4"], CLOCKS),
    // The emulator imports nothing of ours, so it makes its own tokens.
    home(&["getrandom"], &["domain/clock.rs", "emulator/"]),
    home(&["tokio", "spawn"], &["runtime.rs"]),
    home(&["task", "spawn"], &["runtime.rs"]),
    home(&["Client", "new"], &[]),
    // The library names itself `crate`; only the thin binary names it from outside.
    home(&["secevent"], &["main.rs"]),
];

/// Lines of a file above its tests. Files that may be longer: none.
const LONGEST: usize = 400;

/// Top-level names that make a word in backticks a path of this repository.
const TOP: &[&str] = &[
    "src",
    "tests",
    "docs",
    "migrations",
    "manifests",
    "benches",
    ".ci",
];

// --- reading sources -----------------------------------------------------------------------------------------------

/// The source without comments, strings and characters, line breaks kept.
fn code_of(source: &str) -> String {
    let text: Vec<char> = source.chars().collect();
    let at = |i: usize| text.get(i).copied().unwrap_or('\0');
    let mut code = String::new();
    let mut i = 0;
    while i < text.len() {
        let start = i;
        if at(i) == '/' && at(i + 1) == '/' {
            while i < text.len() && at(i) != '\n' {
                i += 1;
            }
        } else if at(i) == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= text.len() {
                    break;
                }
            }
        } else if let Some(hashes) = raw_string(&text, i) {
            let end: String = std::iter::once('"')
                .chain(std::iter::repeat_n('#', hashes))
                .collect();
            i += 2 + hashes;
            while i < text.len()
                && !text[i..]
                    .iter()
                    .take(end.len())
                    .collect::<String>()
                    .eq(&end)
            {
                i += 1;
            }
            i += end.len();
        } else if at(i) == '"' || at(i) == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            let quote = at(i);
            i += 1;
            while i < text.len() && at(i) != quote {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else {
            code.push(at(i));
            i += 1;
            continue;
        }
        code.push(' ');
        code.extend(
            text[start..i.min(text.len())]
                .iter()
                .filter(|c| **c == '\n'),
        );
    }
    code
}

/// How many `#` open the raw string that begins at `i`, if one does.
fn raw_string(text: &[char], i: usize) -> Option<usize> {
    if text[i] != 'r'
        || i > 0 && (text[i - 1].is_alphanumeric() && text[i - 1] != 'b' || text[i - 1] == '_')
    {
        return None;
    }
    let hashes = text[i + 1..].iter().take_while(|c| **c == '#').count();
    (text.get(i + 1 + hashes) == Some(&'"')).then_some(hashes)
}

/// The lines above the module of tests, and the rest.
fn split_tests(code: &str) -> (String, String) {
    let lines: Vec<&str> = code.lines().collect();
    let is_start = |i: usize| {
        lines[i].trim() == "#[cfg(test)]"
            && lines
                .get(i + 1)
                .is_some_and(|next| next.trim_start().starts_with("mod "))
    };
    let cut = (0..lines.len())
        .find(|i| is_start(*i))
        .unwrap_or(lines.len());
    (lines[..cut].join("\n"), lines[cut..].join("\n"))
}

fn tokens(code: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut glued = false;
    for c in code.chars() {
        let word = c.is_alphanumeric() || c == '_';
        let last = found.last_mut().filter(|_| glued);
        match last {
            Some(last) if word && last.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                last.push(c)
            }
            Some(last) if c == ':' && last == ":" => last.push(c),
            _ if c.is_whitespace() => {}
            _ => found.push(c.to_string()),
        }
        glued = !c.is_whitespace();
    }
    found
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Every path in the code, `use` trees spread out: `a::{b, c::d}` gives `a::b` and `a::c::d`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        i = if is_word(&tokens[i]) {
            spread(&tokens, i, &[], &mut found)
        } else {
            i + 1
        };
    }
    found
}

fn spread(
    tokens: &[String],
    mut i: usize,
    before: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(i).map(String::as_str) {
            Some("{") => {
                i += 1;
                while tokens.get(i).is_some_and(|token| token != "}") {
                    i = if tokens[i] == "," {
                        i + 1
                    } else {
                        spread(tokens, i, &path, found)
                    };
                }
                return i + 1;
            }
            Some(word) if is_word(word) || word == "*" => path.push(word.to_owned()),
            _ => return i.max(1) + usize::from(path.len() == before.len()),
        }
        i += 1;
        if tokens.get(i).is_none_or(|token| token != "::") {
            found.push(path);
            return i;
        }
        i += 1;
        if tokens.get(i).is_some_and(|token| token == "<") {
            found.push(path);
            return i;
        }
    }
}

// --- the checks ----------------------------------------------------------------------------------------------------

fn room_of(path: &[&str]) -> Option<&'static Room> {
    let begins = |room: &&Room| {
        let parts: Vec<&str> = room.name.split('/').collect();
        path.starts_with(&parts)
    };
    ROOMS
        .iter()
        .filter(begins)
        .max_by_key(|room| room.name.len())
}

/// The module path of a file under `src/`.
fn module_of(file: &str) -> Vec<&str> {
    let trimmed = file.trim_end_matches(".rs").trim_end_matches("/mod");
    trimmed
        .split('/')
        .filter(|part| !["lib", "main"].contains(part))
        .collect()
}

/// Wrong imports of the production part of a file (`file` is relative to `src/`).
fn wrong_imports(file: &str, source: &str) -> Vec<String> {
    let module = module_of(file);
    if module.is_empty() || file.ends_with("tests.rs") || file.contains("/tests/") {
        return Vec::new();
    }
    let Some(own) = room_of(&module) else {
        return vec![format!(
            "src/{file}: in no room; give it a line in ROOMS of tests/tidy.rs"
        )];
    };
    let (production, _) = split_tests(&code_of(source));
    let mut wrong = BTreeSet::new();
    for path in paths(&production) {
        let segments: Vec<&str> = path.iter().map(String::as_str).collect();
        let ups = segments
            .iter()
            .take_while(|segment| **segment == "super")
            .count();
        let target: Vec<&str> = if segments[0] == "crate" {
            segments[1..].to_vec()
        } else if ups > 0 && ups <= module.len() {
            module[..module.len() - ups]
                .iter()
                .chain(&segments[ups..])
                .copied()
                .collect()
        } else {
            continue;
        };
        let Some(other) = room_of(&target) else {
            continue;
        };
        let path = path.join("::");
        if other.name != own.name && !own.may_import.contains(&other.name) {
            wrong.insert(format!(
                "src/{file}: {path}: {} may not import {}",
                own.name, other.name
            ));
        }
        for (from, to, parts) in PARTS {
            if (own.name, other.name) == (from, to)
                && !target
                    .get(to.split('/').count())
                    .is_some_and(|part| parts.contains(part))
            {
                let parts = parts.join(", ");
                wrong.insert(format!(
                    "src/{file}: {path}: {from} may import only {parts} of {to}"
                ));
            }
        }
    }
    wrong.into_iter().collect()
}

/// Crates and calls named outside their homes.
fn wrong_homes(file: &str, source: &str) -> Vec<String> {
    if file.ends_with("tests.rs") || file.contains("/tests/") {
        return Vec::new();
    }
    let (production, _) = split_tests(&code_of(source));
    let mut wrong = BTreeSet::new();
    for path in paths(&production) {
        for home in HOMES {
            let names = if home.path.len() == 1 {
                path[0] == home.path[0]
            } else {
                path.windows(home.path.len())
                    .any(|window| window.iter().eq(home.path))
            };
            if names && !home.homes.iter().any(|prefix| file.starts_with(prefix)) {
                let (name, homes) = (home.path.join("::"), home.homes.join(", "));
                wrong.insert(format!("src/{file}: names {name}, whose home is: {homes}"));
            }
        }
    }
    wrong.into_iter().collect()
}

fn wrong_header(file: &str, source: &str) -> Option<String> {
    let text: String = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .collect();
    (text.len() < 40).then(|| format!("{file}: opens without a `//!` that says what it is for"))
}

fn wrong_length(file: &str, source: &str) -> Option<String> {
    let lines = split_tests(source).0.lines().count();
    (lines > LONGEST && !file.ends_with("tests.rs"))
        .then(|| format!("{file}: {lines} lines above its tests; split it (at most {LONGEST})"))
}

/// What no file may hold, and in tests: no sleeping, no skipping.
fn wrong_words(file: &str, source: &str) -> Vec<String> {
    let code = code_of(source);
    let mut words = vec![
        ("#[allow(", "write #[expect(..., reason = ...)]"),
        ("#![allow(", "write #![expect]"),
    ];
    words.push(("#[ignore", "a test that does not run proves nothing"));
    let (production, tests) = split_tests(&code);
    let code = code.replace(' ', "");
    let tests = if file.starts_with("tests/") || file.ends_with("tests.rs") {
        production
    } else {
        tests
    };
    let mut wrong: Vec<String> = words
        .iter()
        .filter(|(word, _)| code.contains(word))
        .map(|(word, why)| format!("{file}: {word}: {why}"))
        .collect();
    // A method of that name belongs to a clock that the test steps.
    let sleeps =
        |before: &str| before.ends_with(|c: char| c != '.' && !c.is_alphanumeric() && c != '_');
    if tests
        .match_indices("sleep(")
        .any(|(at, _)| sleeps(&tests[..at]))
    {
        wrong.push(format!(
            "{file}: sleeps in a test; step the machine and its clock"
        ));
    }
    wrong
}

/// The paths of this repository that a text names in backticks, outside fenced blocks.
fn named_paths(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        for word in line.split('`').skip(1).step_by(2) {
            let path = word.split([':', '*', '<', '{']).next().unwrap_or_default();
            let whole = if path.len() == word.len() || word[path.len()..].starts_with(':') {
                path
            } else {
                // A pattern: what stands before it must exist.
                path.rsplit_once('/').map_or(path, |(folder, _)| folder)
            };
            let is_path = word
                .split_once('/')
                .is_some_and(|(top, _)| TOP.contains(&top));
            if is_path && !word.contains(char::is_whitespace) {
                found.push(whole.to_owned());
            }
        }
    }
    found
}

/// The relative targets of the links of a Markdown page.
fn links(text: &str) -> Vec<String> {
    let target = |rest: &str| rest.split([')', '#', ' ']).next().map(str::to_owned);
    let is_local = |target: &String| {
        !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")
    };
    text.split("](")
        .skip(1)
        .filter_map(target)
        .filter(is_local)
        .collect()
}

// --- the house -----------------------------------------------------------------------------------------------------

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder with this ending, as (path relative to the root, text), in order.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(String, String)> {
    ["src", "migrations/src", "tests", "benches"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
        .collect()
}

fn pages() -> Vec<(String, String)> {
    let mut pages = files("docs", ".md");
    pages.extend(
        fs::read_to_string(root().join("README.md")).map(|text| ("README.md".to_owned(), text)),
    );
    pages
}

fn report(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn check_src(check: impl Fn(&str, &str) -> Vec<String>) {
    let files = files("src", ".rs");
    assert!(!files.is_empty());
    report(
        files
            .iter()
            .flat_map(|(file, source)| check(file.trim_start_matches("src/"), source))
            .collect(),
    );
}

#[test]
fn imports_point_down() {
    check_src(wrong_imports);
}

#[test]
fn crates_and_calls_stay_at_home() {
    check_src(wrong_homes);
}

#[test]
fn the_table_of_rooms_points_down() {
    for (i, room) in ROOMS.iter().enumerate() {
        for target in room.may_import {
            let place = ROOMS.iter().position(|other| other.name == *target);
            // A command and its subcommands are one house of their own.
            let inside = room.name.starts_with("cli") && target.starts_with("cli");
            assert!(
                inside || place.is_some_and(|place| place < i),
                "{} -> {target} points up",
                room.name
            );
        }
    }
}

#[test]
fn every_file_opens_with_its_purpose() {
    report(
        sources()
            .iter()
            .filter_map(|(file, source)| wrong_header(file, source))
            .collect(),
    );
}

#[test]
fn no_file_is_too_long() {
    let long = |(file, source): &(String, String)| wrong_length(file, source);
    report(
        sources()
            .iter()
            .filter(|(file, _)| !file.starts_with("tests/"))
            .filter_map(long)
            .collect(),
    );
}

#[test]
fn no_file_holds_forbidden_words() {
    report(
        sources()
            .iter()
            .flat_map(|(file, source)| wrong_words(file, source))
            .collect(),
    );
}

/// The settings that nothing outside `src/config` reads: fields of the structs in `settings`, looked for as `.field` or as a pattern's `field`.
fn unread_settings(settings: &str, others: &[(String, String)]) -> Vec<String> {
    let (settings, _) = split_tests(&code_of(settings));
    let settings = tokens(&settings);
    let fields = settings.windows(3).filter_map(|three| match three {
        [public, field, colon] if public == "pub" && colon == ":" => Some(field.as_str()),
        _ => None,
    });
    let read: BTreeSet<String> = others
        .iter()
        .flat_map(|(_, source)| {
            let tokens = tokens(&split_tests(&code_of(source)).0);
            let used = tokens.windows(2).filter(|two| two[0] == ".");
            used.map(|two| two[1].clone()).collect::<Vec<_>>()
        })
        .collect();
    fields
        .filter(|field| !read.contains(*field))
        .map(|field| {
            format!("{field}: a setting that nothing reads promises something and does nothing")
        })
        .collect()
}

#[test]
fn every_setting_is_read() {
    let settings = fs::read_to_string(root().join("src/config/settings.rs")).unwrap();
    let mut others = files("src", ".rs");
    others.retain(|(file, _)| !file.starts_with("src/config"));
    report(unread_settings(&settings, &others));
}

#[test]
fn paths_named_in_pages_and_comments_exist() {
    let comments = |source: &str| -> String {
        let is_comment = |line: &&str| line.trim_start().starts_with("//");
        source
            .lines()
            .filter(is_comment)
            .map(|line| format!("{line}\n"))
            .collect()
    };
    let mut texts = pages();
    // This file is full of samples.
    let sources = sources()
        .into_iter()
        .filter(|(file, _)| file != "tests/tidy.rs");
    texts.extend(sources.map(|(file, source)| (file, comments(&source))));
    let missing = |(file, text): &(String, String)| -> Vec<String> {
        let gone = named_paths(text)
            .into_iter()
            .filter(|path| !root().join(path).exists());
        gone.map(|path| format!("{file}: `{path}` does not exist"))
            .collect()
    };
    report(texts.iter().flat_map(missing).collect());
}

#[test]
fn pages_link_to_pages_that_exist_and_every_page_is_linked() {
    let pages = pages();
    let mut wrong = Vec::new();
    let mut linked = BTreeSet::new();
    for (file, text) in &pages {
        let folder = root().join(file).parent().map(Path::to_owned).unwrap();
        for link in links(text) {
            match fs::canonicalize(folder.join(&link)) {
                Ok(target) if target != root().join(file) => {
                    linked.insert(target);
                }
                Ok(_) => {}
                Err(_) => wrong.push(format!("{file}: link to {link}, which does not exist")),
            }
        }
    }
    // An index is found by its name.
    for (file, _) in pages
        .iter()
        .filter(|(file, _)| !file.ends_with("README.md"))
    {
        if !linked.contains(&fs::canonicalize(root().join(file)).unwrap()) {
            wrong.push(format!("{file}: no other page links to it"));
        }
    }
    report(wrong);
}

// --- the checks see what is wrong ----------------------------------------------------------------------------------

#[test]
fn a_wrong_import_is_caught_in_every_spelling() {
    for wrong in [
        "use crate::store::Store;",
        "use crate::{domain::ids, store::Store};",
        "use crate::{\n    domain::{ids::{CaseId, PersonId}, case},\n    store,\n};",
        "fn f() { let x = crate::store::open(); }",
        "use super::super::store::Store;",
        "pub use crate :: store :: *;",
        "fn g(x: &'static str, c: char) { if c == '\"' { crate::store::open() } }",
    ] {
        let found = wrong_imports("domain/policy/mod.rs", wrong);
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
        assert!(
            found[0].contains("domain may not import store"),
            "{found:?}"
        );
    }
    assert_eq!(
        wrong_imports("chat/slack/api.rs", "use crate::chat::discord::X;").len(),
        1
    );
    assert_eq!(
        wrong_imports("chat/slack/api.rs", "use super::super::teams::X;").len(),
        1
    );
    assert_eq!(
        wrong_imports("chat/card.rs", "use crate::chat::slack::X;").len(),
        1
    );
    assert_eq!(
        wrong_imports("delivery/mod.rs", "use crate::chat::slack::X;").len(),
        1
    );
    assert_eq!(
        wrong_imports("emulator/slack/mod.rs", "use crate::domain::ids::CaseId;").len(),
        1
    );
    assert_eq!(
        wrong_imports("cli/serve.rs", "use crate::emulator::slack;").len(),
        1
    );
    assert_eq!(
        wrong_imports("newroom/mod.rs", "").len(),
        1,
        "an unknown room is wrong"
    );
}

#[test]
fn a_right_import_is_left_alone() {
    for (file, right) in [
        (
            "domain/case.rs",
            "use super::ids::CaseId; use crate::domain::person;",
        ),
        (
            "domain/case.rs",
            "//! Not `crate::store`.\n/* crate::store::X /* nested */ */ const A: &str = \"crate::store::X\";",
        ),
        (
            "domain/case.rs",
            "const A: &str = r#\"crate::store::\"X\"#; const B: char = '\\'';",
        ),
        (
            "domain/case.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests { use crate::store::Store; }",
        ),
        (
            "chat/slack/api.rs",
            "use super::super::card::Card; use crate::chat::{Platform, card};",
        ),
        (
            "store/mod.rs",
            "mod entity { use super::super::domain::ids::CaseId; }",
        ),
        ("cli/demo.rs", "use crate::{app::App, emulator};"),
        (
            "cli/mod.rs",
            "mod demo; use self::demo::run; use demo::other;",
        ),
        ("runtime/tests.rs", "use super::*; use crate::store;"),
        ("lib.rs", "pub mod store; pub use crate::store::Store;"),
    ] {
        assert_eq!(wrong_imports(file, right), Vec::<String>::new());
    }
}

#[test]
fn a_crate_or_call_away_from_home_is_caught() {
    for (file, wrong) in [
        ("workflow/open.rs", "use sea_orm::DbErr;"),
        ("workflow/open.rs", "use sea_orm as orm;"),
        ("chat/card.rs", "fn f() -> slack_morphism::SlackTs {}"),
        ("workflow/open.rs", "use axum::{Json, Router};"),
        ("chat/slack/socket.rs", "axum::serve()"),
        ("workflow/open.rs", "let now = chrono::Utc::now();"),
        (
            "workflow/open.rs",
            "let now = DateTime::<Utc>::from(std::time::SystemTime::now());",
        ),
        ("workflow/open.rs", "tokio::spawn(async {});"),
        ("workflow/open.rs", "use tokio::{sync::Mutex, spawn};"),
        ("workflow/open.rs", "use tokio::task::{JoinSet, spawn};"),
        ("emulator/mod.rs", "tokio::task::spawn(x)"),
        ("config/mod.rs", "getrandom::fill(&mut x)"),
        ("chat/slack/api.rs", "reqwest::Client::new()"),
        ("workflow/open.rs", "use secevent::domain::ids;"),
    ] {
        assert_eq!(wrong_homes(file, wrong).len(), 1, "{file}: {wrong}");
    }
    for (file, right) in [
        ("store/open.rs", "use sea_orm::DbErr;"),
        ("domain/clock.rs", "Utc::now()"),
        ("runtime.rs", "tokio::spawn(x)"),
        (
            "workflow/open.rs",
            "crate::runtime::spawn(\"x\", y); clock.now(); tokio::task::spawn_blocking(f);",
        ),
        (
            "workflow/open.rs",
            "// tokio::spawn\nlet a = \"sea_orm::x\"; let b = self.axum;"
                .split("; let b")
                .next()
                .unwrap(),
        ),
        ("main.rs", "secevent::cli::main()"),
    ] {
        assert_eq!(wrong_homes(file, right), Vec::<String>::new());
    }
}

#[test]
fn headers_lengths_and_words_are_seen() {
    assert!(wrong_header("src/x.rs", "use std::fs;").is_some());
    assert!(wrong_header("src/x.rs", "//! Short.").is_some());
    assert!(
        wrong_header(
            "src/x.rs",
            "//! What for.\n//!\n//! And now in a whole sentence, with neighbours.\n"
        )
        .is_none()
    );
    let lines = "let x = 1;\n".repeat(LONGEST);
    assert!(wrong_length("src/x.rs", &lines).is_none());
    assert!(wrong_length("src/x.rs", &format!("{lines}fn f() {{}}\n")).is_some());
    assert!(
        wrong_length(
            "src/x.rs",
            &format!("{lines}#[cfg(test)]\nmod tests {{\n{lines}}}\n")
        )
        .is_none()
    );
    assert!(
        wrong_length(
            "src/x.rs",
            &format!("{lines}#[cfg(test)]\nfn only_for_tests() {{}}\n")
        )
        .is_some()
    );
    assert_eq!(
        wrong_words("src/x.rs", "#[ allow(dead_code)]\nfn f() {}").len(),
        1
    );
    assert_eq!(
        wrong_words("tests/x.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}").len(),
        1
    );
    assert_eq!(
        wrong_words("tests/x.rs", "emulator.clock.sleep(SECOND).await"),
        Vec::<String>::new()
    );
    assert_eq!(
        wrong_words("tests/x.rs", "tokio::time::sleep(SECOND).await").len(),
        1
    );
    assert_eq!(
        wrong_words(
            "src/x.rs",
            "#[cfg(test)]\nmod tests { fn f() { thread::sleep(x) } }"
        )
        .len(),
        1
    );
    assert_eq!(
        wrong_words("src/x.rs", "tokio::time::sleep(SECOND).await"),
        Vec::<String>::new()
    );
}

#[test]
fn a_setting_that_nothing_reads_is_seen() {
    let settings = "pub struct Config { pub read: u8, pub forgotten: u8 }";
    let others = [(
        "src/a.rs".to_owned(),
        "fn f(c: Config) { c.read }".to_owned(),
    )];
    let found = unread_settings(settings, &others);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("forgotten:"));
}

#[test]
fn paths_and_links_are_seen() {
    let text = "See `src/app.rs`, `src/store/*.rs`, `docs/a.md:12`, `cargo run`, `/etc/x`, `src/gone/<name>.rs`.\n\
        ```\nls `src/fenced`\n```\n[a](docs/a.md#part) [b](https://example.org) [c](#here)";
    assert_eq!(
        named_paths(text),
        ["src/app.rs", "src/store", "docs/a.md", "src/gone"]
    );
    assert_eq!(links(text), ["docs/a.md"]);
}

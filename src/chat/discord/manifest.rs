//! The commands that Discord shows, and what is registered there.
//!
//! Invariants: the file in `manifests/discord/` is what this module writes (a test keeps them equal); registering replaces all commands of
//! the bot in the server and nothing else. Who may use what is decided by the record, never by Discord's switches.
//! Neighbours: `secevent manifest discord` prints and applies, `egress::examine` compares, the inbound side reads what is called.

use super::{
    api::{Api, CallError},
    settings::DiscordSettings,
};
use serde_json::Value;
use serenity::{
    all::{CommandOptionType, CommandType, InteractionContext},
    builder::{CreateCommand, CreateCommandOption},
};

/// The chat command.
pub const COMMAND: &str = "secevent";
/// The message command.
pub const ON_MESSAGE: &str = "Report security event";

/// Sub-commands: name and what Discord says of it.
const SUB_COMMANDS: [(&str, &str); 8] = [
    (
        "report",
        "Report something odd. Suspicion suffices; without words a form opens.",
    ),
    ("help", "What this is, and how to report."),
    ("mine", "What became of your reports."),
    ("status", "How it stands with a case."),
    ("oncall", "Who is on call now."),
    ("contacts", "Whom to call, also when chat is down."),
    ("link", "Say that an account elsewhere is yours, too."),
    (
        "home",
        "Your cases, what is due, and everything that you can do.",
    ),
];

/// Most characters of a report's words: those that a form takes.
const WORDS: u16 = 3_000;

/// All commands, as Discord is told them.
#[must_use]
pub fn commands() -> Value {
    let option = |kind, name: &str, about: &str| CreateCommandOption::new(kind, name, about);
    let sub = |(name, about): (&str, &str)| {
        let sub = option(CommandOptionType::SubCommand, name, about);
        match name {
            "report" => sub
                .add_sub_option(
                    option(
                        CommandOptionType::String,
                        "text",
                        "What you saw, in your words.",
                    )
                    .required(false)
                    .max_length(WORDS),
                )
                .add_sub_option(
                    option(
                        CommandOptionType::Attachment,
                        "file",
                        "A screenshot or another file.",
                    )
                    .required(false),
                ),
            "status" => sub.add_sub_option(
                option(
                    CommandOptionType::String,
                    "case",
                    "The number of the case, such as SE-2026-0001.",
                )
                .required(true)
                .max_length(100)
                .set_autocomplete(true),
            ),
            "link" => sub.add_sub_option(
                option(
                    CommandOptionType::String,
                    "code",
                    "The code that your other account was told; without it you get one.",
                )
                .required(false)
                .max_length(20),
            ),
            _ => sub,
        }
    };
    let chat = CreateCommand::new(COMMAND)
        .kind(CommandType::ChatInput)
        .description("Report a security event, or see what became of one.")
        .contexts(vec![InteractionContext::Guild])
        .set_options(SUB_COMMANDS.map(sub).to_vec());
    let on_message = CreateCommand::new(ON_MESSAGE)
        .kind(CommandType::Message)
        .contexts(vec![InteractionContext::Guild]);
    bare(serde_json::to_value([chat, on_message]).unwrap_or_default())
}

/// The checked-in text.
#[must_use]
pub fn text() -> String {
    let text = serde_json::to_string_pretty(&commands()).unwrap_or_default();
    format!("{text}\n")
}

/// Without what the builders say of things that nobody asked for.
fn bare(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(key, value)| {
                let is_empty = value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(serde_json::Map::is_empty);
                let is_unsaid = value.is_null() || value == &Value::Bool(false);
                let is_nameless = key == "description" && value == "";
                !(is_unsaid || is_empty || is_nameless)
            });
            kept.map(|(key, value)| (key, bare(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(bare).collect(),
        other => other,
    }
}

/// What differs between our commands and those that are registered; empty if nothing does.
#[must_use]
pub fn differences(registered: &Value) -> Vec<String> {
    let ours = commands();
    let ours = ours.as_array().map(Vec::as_slice).unwrap_or_default();
    let theirs = registered.as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for one in ours {
        let same = |other: &&Value| other["name"] == one["name"] && other["type"] == one["type"];
        match theirs.iter().find(same) {
            None => found.push(format!("{} is missing", name(one))),
            Some(other) if !is_same(one, other) => found.push(format!("{} differs", name(one))),
            Some(_) => {}
        }
    }
    let is_ours = |other: &&Value| {
        let same = |one: &Value| other["name"] == one["name"] && other["type"] == one["type"];
        ours.iter().any(same)
    };
    for other in theirs.iter().filter(|other| !is_ours(other)) {
        found.push(format!("{} is none of ours", name(other)));
    }
    found
}

/// Discord adds ids and defaults, and leaves out where a server's command can be used.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    let plain = |key: &str| {
        let default = |value: &Value| value.is_null() || value == false || value == "";
        ours[key] == theirs[key] || (default(&ours[key]) && default(&theirs[key]))
    };
    let keys = [
        "name",
        "type",
        "description",
        "required",
        "autocomplete",
        "max_length",
        "min_length",
    ];
    let options = |of: &Value| of["options"].as_array().cloned().unwrap_or_default();
    let (mine, other) = (options(ours), options(theirs));
    keys.into_iter().all(plain)
        && mine.len() == other.len()
        && mine.iter().zip(&other).all(|(a, b)| is_same(a, b))
}

/// What is registered in the server.
///
/// # Errors
/// [`CallError`].
pub async fn registered(api: &Api, settings: &DiscordSettings) -> Result<Value, CallError> {
    let (application, guild) = (&settings.application_id, &settings.guild);
    api.get(
        &["applications", application, "guilds", guild, "commands"],
        &[],
    )
    .await
}

/// Registers the commands in the server, in place of whatever the bot had there, and says what it did.
///
/// # Errors
/// A sentence that says what to do.
pub async fn apply(api: &Api, settings: &DiscordSettings) -> Result<String, String> {
    let before = registered(api, settings)
        .await
        .map_err(|error| mend(&error))?;
    let differ = differences(&before);
    if differ.is_empty() {
        return Ok(format!(
            "The commands of server {} are up to date; nothing was changed.",
            settings.guild
        ));
    }
    let (application, guild) = (&settings.application_id, &settings.guild);
    let path = ["applications", application, "guilds", guild, "commands"];
    let after = api.put(&path, &commands()).await;
    let after = after.map_err(|error| mend(&error))?;
    let left = differences(&after);
    if left.is_empty() {
        Ok(format!(
            "The commands of server {guild} were registered anew ({}).",
            differ.join("; ")
        ))
    } else {
        Err(format!(
            "Discord took the commands and tells others back ({}); try again, and report it if that does not help",
            left.join("; ")
        ))
    }
}

/// What to do about a refusal.
pub(super) fn mend(error: &CallError) -> String {
    if let CallError::Limited { after, .. } = error {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        return format!("{error}; try again in {seconds} seconds");
    }
    match (error.code(), error.status()) {
        (_, Some(401)) => format!(
            "{error}; reset the bot's token in the developer portal and configure the new one"
        ),
        (Some(50_001), _) => format!(
            "{error}; invite the bot with the scope applications.commands, and check discord.guild"
        ),
        (Some(10_002 | 20_012), _) => {
            format!("{error}; the token is not of discord.application_id")
        }
        (Some(10_004), _) => format!(
            "{error}; there is no such server, or the bot is not in it: check discord.guild"
        ),
        (Some(30_034), _) => {
            format!("{error}; Discord allows 200 new commands a day: try again tomorrow")
        }
        (Some(50_035), _) => format!("{error}; report this as a bug"),
        // Without a code it is not Discord that answers, but something before it.
        (None, None | Some(403)) => {
            format!("{error}; check the network, the proxy and discord.api_url")
        }
        _ => format!("{error}; try again later"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_checked_in_file_is_what_the_code_says() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/manifests/discord/commands.json"
        );
        let kept = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(
            kept,
            text(),
            "write it anew: secevent manifest discord > manifests/discord/commands.json"
        );
    }

    #[test]
    fn the_commands_keep_discords_limits() {
        let name = regex::Regex::new(r"^[-_a-z0-9]{1,32}$").unwrap();
        let mut all = 0;
        let mut look = |one: &Value| {
            let (called, about) = (
                one["name"].as_str().unwrap(),
                one["description"].as_str().unwrap(),
            );
            assert!(name.is_match(called), "{called}");
            assert!((1..=100).contains(&about.chars().count()), "{about}");
            all += called.len() + about.chars().count();
        };
        let commands = commands();
        look(&commands[0]);
        let subs = commands[0]["options"].as_array().unwrap();
        assert_eq!(subs.len(), SUB_COMMANDS.len());
        for sub in subs {
            look(sub);
            sub["options"]
                .as_array()
                .into_iter()
                .flatten()
                .for_each(&mut look);
        }
        assert!(all <= 8_000);
        assert!(commands[1]["name"].as_str().unwrap().len() <= 32);
        assert_eq!(
            commands[1].get("description"),
            None,
            "a message command has none"
        );
        let status = subs.iter().find(|sub| sub["name"] == "status").unwrap();
        assert_eq!(status["options"][0]["autocomplete"], true);
        assert_eq!(commands[0]["contexts"], json!([0]));
    }

    #[test]
    fn differences_are_found_and_what_discord_adds_is_none() {
        let mut registered = commands();
        for one in registered.as_array_mut().unwrap() {
            one["id"] = json!("7");
            one["default_member_permissions"] = Value::Null;
            one["contexts"] = Value::Null;
        }
        registered[1]["description"] = json!("");
        registered[0]["options"][1]["required"] = json!(false);
        assert_eq!(differences(&registered), Vec::<String>::new());
        let mut changed = registered.clone();
        changed[0]["options"][3]["options"][0]["autocomplete"] = json!(false);
        assert_eq!(differences(&changed), ["secevent differs"]);
        let mut other = registered.clone();
        other[1]["name"] = json!("Old");
        assert_eq!(
            differences(&other),
            ["Report security event is missing", "Old is none of ours"]
        );
        assert_eq!(differences(&json!(null)).len(), 2);
    }
}

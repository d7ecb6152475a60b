//! `secevent init`: asks what an installation needs and writes its settings, policy and directory, with every comment that explains them.
//!
//! Invariants: nothing that exists is overwritten; nothing is written before all answers are there and the texts were read back by the
//! same code that reads them at a start; no secret is asked for, so none stands in a terminal's history: each gets an
//! empty file that only its owner may read. Neighbours: `ask` talks, `answers` knows the questions, `files` makes the texts.

mod answers;
mod ask;
mod files;
mod fill;

use super::{Failure, Outcome};
use answers::{Answers, Discord, Slack};
use ask::Interview;
use clap::Args;
use files::Files;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Where to write.
#[derive(Debug, Args)]
pub struct Init {
    /// The folder for the files; it is made if it is not there.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

impl Init {
    /// Asks, writes, and says what comes next.
    pub fn run(self) -> Outcome {
        let taken: Vec<String> = files::NAMES
            .iter()
            .map(|name| self.folder.join(name))
            .filter(|path| path.exists())
            .map(|path| path.display().to_string())
            .collect();
        if !taken.is_empty() {
            return Err(Failure::Stopped(format!(
                "nothing was asked and nothing written, because this is there already: {}. Name another folder with --folder, or move it away",
                taken.join(", ")
            )));
        }
        let mut interview = Interview::new(io::stdin().lock(), io::stdout());
        let answers = Answers::ask(&mut interview).map_err(Failure::stopped)?;
        let files = Files::of(&answers).map_err(Failure::stopped)?;
        write(&self.folder, &files).map_err(|(path, error)| {
            Failure::Stopped(format!(
                "{} could not be written: {error}. What was written before it may be removed; then start again",
                path.display()
            ))
        })?;
        println!("\n{}", next(&self.folder, &answers));
        Ok(())
    }
}

fn write(folder: &Path, files: &Files) -> Result<(), (PathBuf, io::Error)> {
    let make = |path: &Path| fs::create_dir_all(path).map_err(|error| (path.to_owned(), error));
    make(folder)?;
    make(&folder.join("secrets"))?;
    for (name, text) in &files.plain {
        save(&folder.join(name), text, false)?;
    }
    for (name, text) in &files.secret {
        save(&folder.join(name), text, true)?;
    }
    Ok(())
}

fn save(path: &Path, text: &str, is_secret: bool) -> Result<(), (PathBuf, io::Error)> {
    let mut options = OpenOptions::new();
    // Never over something that came meanwhile.
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| (path.to_owned(), error))
}

/// What the operator does next, in order.
fn next(folder: &Path, answers: &Answers) -> String {
    let settings = folder.join(files::SETTINGS);
    let secret = |name: &str| folder.join(name).display().to_string();
    let mut steps = Vec::new();
    if let Some(slack) = &answers.slack {
        steps.extend(slack_steps(slack, secret));
    }
    if let Some(discord) = &answers.discord {
        steps.extend(discord_steps(discord, secret, &settings));
    }
    steps.push(format!(
        "`secevent --config {0} doctor` says what is still wrong and how to mend it; repeat it until all is well. Then `secevent --config {0} serve`.",
        settings.display()
    ));
    let mut text = format!("Written to {}. What comes next:\n", folder.display());
    for (n, step) in steps.iter().enumerate() {
        text.push_str(&format!("{}. {step}\n", n + 1));
    }
    text.push_str("The policy is the built-in one with your names in it: read it, change it, and `secevent policy check` it before many people rely on it.");
    text
}

fn slack_steps(slack: &Slack, secret: impl Fn(&str) -> String) -> Vec<String> {
    let manifest = match &slack.public_url {
        None => "secevent manifest slack".to_owned(),
        Some(url) => format!("secevent manifest slack --mode http --url {url}"),
    };
    vec![
        format!(
            "Make the app: `{manifest}` prints its manifest; on api.slack.com/apps choose \"Create New App\", \"From a manifest\", paste it, and install it to your workspace."
        ),
        format!(
            "Put the bot token (OAuth & Permissions, xoxb-...) into {}.",
            secret(files::BOT_TOKEN)
        ),
        match &slack.public_url {
            None => format!(
                "Make an app-level token with the scope connections:write (Basic Information, xapp-...) and put it into {}.",
                secret(files::APP_TOKEN)
            ),
            Some(_) => format!(
                "Put the signing secret (Basic Information) into {}.",
                secret(files::SIGNING_SECRET)
            ),
        },
        format!(
            "In Slack, invite the app into the queue channel {} and into the channels where reactions shall report.",
            slack.queue_channel
        ),
    ]
}

fn discord_steps(
    discord: &Discord,
    secret: impl Fn(&str) -> String,
    settings: &Path,
) -> Vec<String> {
    let intent = if discord.message_content {
        "In Discord's developer portal, under Bot, switch on Message Content Intent, press \"Reset Token\" and put the token"
    } else {
        "In Discord's developer portal, under Bot, press \"Reset Token\" and put the token"
    };
    vec![
        format!("{intent} into {}.", secret(files::DISCORD_TOKEN)),
        "Invite the bot into your server: `doctor` (below) prints the address with the permissions that it needs.".to_owned(),
        format!(
            "Let the bot and your responders see the channel {}, and nobody else.",
            discord.queue_channel
        ),
        format!(
            "`secevent --config {} manifest discord --apply` registers the commands.",
            settings.display()
        ),
    ]
}

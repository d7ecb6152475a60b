//! The show: people act on the stage, and what everybody sees of it is printed.
//!
//! Invariants: people act through the platforms' client doors and nothing else; what is printed is what they see, shortened only where
//! the same lines were printed before. Neighbours: `tour` plays a story with it, `shell` lets a person play.

use super::{
    eyes::{BOT, Eyes, Place, Sight},
    screen::{INDENT, Ink, Screen},
    stage::{CAST, Stage},
    stands::Host,
};
use crate::{
    cli::{Failure, Outcome},
    domain::clock::Timestamp,
    emulator::door::{
        Act, AtClient, Door, DoorError, MessageRef, Seen, SeenButton, SeenMessage, SeenView,
    },
};
use chrono::TimeDelta;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

/// On each of the bot's messages here; said once, then left out.
pub const BRAND: &str = "DEMO: nothing here is real";
/// Before what somebody sees.
const MARGIN: &str = "         | ";

/// A show.
#[derive(Debug)]
pub struct Show {
    /// Where it plays.
    pub stage: Stage,
    /// Where it is printed.
    pub screen: Screen,
    /// What everybody saw.
    pub eyes: Eyes,
    /// Whether messages are printed with their numbers, to be named by.
    pub numbered: bool,
    here: Host,
    doors: Vec<(Host, Door)>,
    printed: BTreeSet<String>,
    forms: BTreeMap<(Host, String), SeenView>,
}

impl Show {
    /// A show on this stage; it begins on the first platform.
    pub fn new(stage: Stage, screen: Screen, numbered: bool) -> Result<Self, Failure> {
        let hosts = stage.stands().hosts().iter();
        let doors = hosts.map(|host| Ok((*host, stage.door(*host)?)));
        Ok(Self {
            here: stage.stands().first(),
            doors: doors.collect::<Result<_, Failure>>()?,
            stage,
            screen,
            eyes: Eyes::default(),
            numbered,
            printed: BTreeSet::new(),
            forms: BTreeMap::new(),
        })
    }

    /// The platform on which people act now.
    pub const fn here(&self) -> Host {
        self.here
    }

    /// From now on people act on this platform.
    pub fn goes_to(&mut self, host: Host) -> Outcome {
        self.stage.door(host)?;
        self.here = host;
        Ok(())
    }

    /// Somebody at a client of the present platform.
    pub fn at(&self, who: &str) -> Result<AtClient, Failure> {
        Ok(self.stage.door(self.here)?.as_user(who))
    }

    /// " on Discord", where there is more than one platform to be on.
    fn on(&self, host: Host) -> String {
        if self.doors.len() > 1 {
            format!(" on {}", host.name())
        } else {
            String::new()
        }
    }

    /// Prints an act, lets it happen, prints what came of it at once. Nothing is sent yet: [`Show::settle`] does that.
    pub async fn begins<F>(&mut self, who: &str, what: &str, act: F) -> Result<Seen, Failure>
    where
        F: Future<Output = Result<Seen, DoorError>>,
    {
        let when = format!("{:<9}", clock(self.stage.now()));
        let text = format!("{}{} {what}", name(who), self.on(self.here));
        self.screen.hanging(&when, INDENT, &text, Ink::Strong);
        self.happens(who, act).await
    }

    /// Lets an act happen and prints what came of it at once.
    pub async fn happens<F>(&mut self, who: &str, act: F) -> Result<Seen, Failure>
    where
        F: Future<Output = Result<Seen, DoorError>>,
    {
        self.stage.beat()?;
        let seen = Box::pin(act)
            .await
            .map_err(|error| Failure::Stopped(format!("{} cannot do that: {error}", name(who))))?;
        self.stage.quiet().await;
        if let Some(toast) = &seen.toast {
            let text = format!("{}'s client says: {toast}", name(who));
            self.screen.block(INDENT, &text, Ink::Bad);
        }
        self.form(who, &seen).await?;
        self.look().await?;
        Ok(seen)
    }

    /// An act with all that follows from it.
    pub async fn does<F>(&mut self, who: &str, what: &str, act: F) -> Result<Seen, Failure>
    where
        F: Future<Output = Result<Seen, DoorError>>,
    {
        let seen = self.begins(who, what, act).await?;
        self.settle().await?;
        Ok(seen)
    }

    /// What is due is sent; what everybody sees of it is printed.
    pub async fn settle(&mut self) -> Result<(), Failure> {
        self.stage.settle().await?;
        self.look().await
    }

    /// Lets minutes pass.
    pub async fn advance(&mut self, minutes: i64) -> Result<(), Failure> {
        self.stage.advance(TimeDelta::minutes(minutes)).await?;
        self.look().await
    }

    /// The newest message that somebody sees with these words.
    pub fn find(&self, who: &str, words: &str) -> Result<MessageRef, Failure> {
        let found = self.eyes.find(self.here, who, words);
        found.map(|sight| sight.message.at()).ok_or_else(|| {
            let on = self.on(self.here);
            Failure::Stopped(format!(
                "{} sees nothing{on} that says {words:?}",
                name(who)
            ))
        })
    }

    /// Prints what everybody sees and did not see before.
    pub async fn look(&mut self) -> Result<(), Failure> {
        for sight in self.eyes.look(&self.doors).await? {
            self.sight(&sight);
        }
        Ok(())
    }

    fn sight(&mut self, sight: &Sight) {
        let people: Vec<&str> = sight.who.iter().map(|who| name(who)).collect();
        let people = people.join(", ");
        let card = card_of(&sight.message.shown);
        let on = self.on(sight.host);
        let whom = match (&sight.place, sight.before.is_some()) {
            (Place::Alone, _) => format!("Only {people} sees{on}:"),
            (Place::Direct, true) => format!("The direct message to {people}{on} now says:"),
            (Place::Direct, false) => format!("{people} gets a direct message{on}:"),
            (Place::DirectThread, _) => {
                format!("{people} gets a reply in the thread there{on}:")
            }
            (Place::Channel(channel), true) => {
                format!("{card} in #{channel}{on} now says:")
            }
            (Place::Channel(channel), false) => format!("In #{channel}{on} ({people}):"),
            (Place::Thread(channel), _) => format!("In the card's thread in #{channel}{on}:"),
        };
        let whom = if self.numbered {
            let number = self.eyes.number(sight.host, &sight.message.at());
            format!("[{number}] {whom}")
        } else {
            whom
        };
        let names = names(&sight.message.blocks);
        let before = sight.before.iter();
        let before = before.flat_map(|text| lines(text, &names)).collect();
        self.screen.block(INDENT, &whom, Ink::Quiet);
        self.body(&sight.message, &before, &names);
    }

    fn body(&mut self, message: &SeenMessage, before: &BTreeSet<String>, names: &BTreeSet<String>) {
        self.print(lines(&message.shown, names), before);
        for file in &message.files {
            self.screen
                .block(MARGIN, &format!("(file {file})"), Ink::Plain);
        }
        let buttons = buttons(&message.buttons);
        if !buttons.is_empty() {
            self.screen.block(MARGIN, &buttons, Ink::Quiet);
        }
    }

    /// What can be read: of a changed message what is new in it, of another what was not printed before, and its first lines.
    fn print(&mut self, shown: Vec<String>, before: &BTreeSet<String>) {
        let mut left_out = false;
        for (index, line) in shown.into_iter().enumerate() {
            if before.contains(&line) {
                continue;
            }
            let is_new = self.printed.insert(line.clone());
            if !is_new && !self.numbered && index > 1 && before.is_empty() {
                if !left_out {
                    self.screen.block(MARGIN, "...", Ink::Quiet);
                }
                left_out = true;
                continue;
            }
            left_out = false;
            let hang = if line.starts_with("• ") { "  " } else { "" };
            let rest = format!("{MARGIN}{hang}");
            self.screen.hanging(MARGIN, &rest, &line, Ink::Plain);
        }
    }

    /// The form on top, if it is new or complains; a card that took the place of a form is read and put away.
    async fn form(&mut self, who: &str, seen: &Seen) -> Result<(), Failure> {
        let (client, here) = (self.at(who)?, (self.here, who.to_owned()));
        let Some(view) = client.views().await.map_err(Failure::stopped)?.pop() else {
            self.forms.remove(&here);
            return Ok(());
        };
        if view.submit.is_empty() {
            self.screen.block(
                INDENT,
                &format!("Only {} sees{}:", name(who), self.on(self.here)),
                Ink::Quiet,
            );
            self.print(lines(&view.shown, &BTreeSet::new()), &BTreeSet::new());
            self.eyes.note_alone(self.here, who, &view.shown);
            let away = Act {
                all: true,
                ..Act::default()
            };
            let _: Seen = client.act("close", away).await.map_err(Failure::stopped)?;
            return Ok(());
        }
        self.eyes.note_alone(self.here, who, &view.shown);
        let before = self.forms.insert(here, view.clone());
        let before = before.filter(|before| before.title == view.title);
        if before.as_ref() != Some(&view) {
            self.fields(who, &view, before.as_ref());
        }
        for (field, error) in &seen.errors {
            let label = view.fields.iter().find(|one| one.block_id == *field);
            let label = label.map_or(field.as_str(), |one| one.label.as_str());
            self.screen
                .block(MARGIN, &format!("! {label}: {error}"), Ink::Bad);
        }
        Ok(())
    }

    /// A form, or what is new in it.
    fn fields(&mut self, who: &str, view: &SeenView, before: Option<&SeenView>) {
        let now = if before.is_some() {
            "now says"
        } else {
            "opens"
        };
        let text = format!("The form \"{}\" {now} for {}:", view.title, name(who));
        self.screen.block(INDENT, &text, Ink::Quiet);
        let read = |view: &SeenView| lines(&view.shown, &BTreeSet::new());
        let known: BTreeSet<String> = before.into_iter().flat_map(read).collect();
        self.print(read(view), &known);
        let asked = |label: &str| {
            before.is_some_and(|view| view.fields.iter().any(|field| field.label == label))
        };
        let asks: Vec<String> = view
            .fields
            .iter()
            .filter(|field| !asked(&field.label))
            .map(|field| {
                let optional = if field.optional { " (optional)" } else { "" };
                match (self.numbered, field.options.is_empty()) {
                    (true, false) => {
                        format!("{}{optional}: {}", field.label, field.options.join(" / "))
                    }
                    _ => format!("{}{optional}", field.label),
                }
            })
            .collect();
        if self.numbered {
            for field in asks {
                self.screen
                    .hanging(MARGIN, "         |   ", &field, Ink::Plain);
            }
        } else if !asks.is_empty() {
            let also = if before.is_some() { "also " } else { "" };
            let asks = format!("It {also}asks: {}", asks.join("; "));
            self.screen.block(MARGIN, &asks, Ink::Plain);
        }
        let mut below = buttons(&view.buttons);
        below.push_str(&format!(" [{}]", view.submit));
        self.screen.block(MARGIN, below.trim(), Ink::Quiet);
    }
}

fn buttons(buttons: &[SeenButton]) -> String {
    let labels: Vec<String> = buttons
        .iter()
        .map(|button| format!("[{}]", button.label))
        .collect();
    labels.join(" ")
}

/// What a message in the queue is called: the card of a case names it in its first line.
fn card_of(shown: &str) -> String {
    let title = shown.lines().next().unwrap_or_default();
    let number = title
        .split_once(": ")
        .and_then(|(before, _)| before.split(' ').find(|word| word.contains("SE-")));
    number.map_or_else(
        || "The message".to_owned(),
        |number| format!("The card of {}", number.trim_matches('*')),
    )
}

/// The names of the fields of a message whose platform sets them apart without any mark in the text.
fn names(blocks: &Value) -> BTreeSet<String> {
    let embeds = blocks["embeds"].as_array().into_iter().flatten();
    let fields = embeds.flat_map(|embed| embed["fields"].as_array().into_iter().flatten());
    let names = fields.filter_map(|field| field["name"].as_str());
    names.map(str::to_owned).collect()
}

/// The lines of a message, without the brand and without empty ones; a field's name and value on one line, and nothing twice in a row.
fn lines(shown: &str, names: &BTreeSet<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut name = None;
    for line in shown.lines() {
        let text = line.replace(['*', '`'], "");
        // Small print has a mark of its own on Discord.
        let text = text.trim().trim_start_matches("-# ").to_owned();
        if text.is_empty() || text == BRAND {
            continue;
        }
        if let Some(name) = name.take() {
            all.push(format!("{name}: {text}"));
            continue;
        }
        // A field is shown as its name in bold, and its value below.
        let is_name =
            line.starts_with('*') && line.ends_with('*') && line.matches('*').count() == 2;
        if is_name || names.contains(&text) {
            name = Some(text);
        } else if all.last() != Some(&text) {
            all.push(text);
        }
    }
    all.extend(name);
    all
}

/// Hours and minutes.
pub fn clock(at: Timestamp) -> String {
    at.format("%H:%M").to_string()
}

/// What the transcript calls somebody.
pub fn name(handle: &str) -> &str {
    if handle == BOT {
        return "The bot";
    }
    CAST.iter()
        .find(|one| one.handle == handle)
        .map_or(handle, |one| one.name)
}

//! `secevent demo --terminal`: the same platforms, played from the terminal, one line at a time.
//!
//! Invariants: a line that cannot be understood or done is answered with what could be typed instead, and nothing else happens; works with
//! piped input as at a terminal; time moves only by `advance`. The record stays in its folder between runs, the platforms' messages do not.
//! Neighbours: `show` acts and prints, `line` understands, `tour` reads the record.

mod form;
mod help;

use super::{
    eyes::BOT,
    folder::{alone, before, forget, home},
    line::{self, Line},
    make,
    screen::{INDENT, Ink, Screen},
    show::{Show, clock, name},
    stage::{CAST, Stage},
    stands::Wanted,
    tour::{Record, cases, timeline},
};
use crate::{
    cli::{Failure, Outcome},
    domain::clock::{Clock, SystemClock, Timestamp},
    emulator::door::{Act, MessageRef, SeenMessage},
};
use chrono::TimeDelta;
use serde_json::{Map, Value};
use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

/// Runs until the input ends.
pub async fn run(
    wanted: Wanted,
    data: Option<PathBuf>,
    fresh: bool,
    ledger: Option<PathBuf>,
) -> Outcome {
    let folder = match data {
        Some(folder) => folder,
        None => home()?,
    };
    make(&folder)?;
    let _lock = alone(&folder)?;
    if fresh {
        forget(&folder)?;
    }
    let before = before(&folder).await?;
    let now = SystemClock.now();
    let start = before.map_or(now, |last| now.max(last + TimeDelta::seconds(1)));
    let stage = Box::pin(Stage::open(wanted, &folder, ledger.as_deref(), start)).await?;
    let screen = Screen::of_process();
    let mut shell = Shell {
        show: Show::new(stage, screen, true)?,
        who: "alice",
        channel: "general".to_owned(),
        draft: Map::new(),
        echo: !std::io::stdin().is_terminal(),
    };
    shell.welcome(&folder, before);
    let outcome = Box::pin(shell.talk()).await;
    shell.show.stage.close().await;
    screen.say(&format!(
        "The record is kept in {}; `secevent demo --terminal --fresh` begins anew.",
        folder.display()
    ));
    outcome
}

struct Shell {
    show: Show,
    who: &'static str,
    channel: String,
    draft: Map<String, Value>,
    echo: bool,
}

impl Shell {
    fn welcome(&self, folder: &Path, before: Option<Timestamp>) {
        let screen = self.show.screen;
        screen.block("", "secevent, to play with", Ink::Strong);
        let stands = match self.show.stage.stands().wanted() {
            Wanted::Slack => "A stand-in of Slack with the bot connected to it",
            Wanted::Discord => "A stand-in of Discord with the bot connected to it",
            Wanted::All => "Stand-ins of Slack and of Discord, with one bot connected to both",
        };
        screen.say(&format!(
            "{stands}; nothing leaves this machine. It is {} UTC, and but for seconds time stands still until you \
             say `advance`. You are Alice in #general{}; `as rita` makes you a responder, `help` lists what can be typed.",
            self.show.stage.now().format("%A, %H:%M"),
            if self.has_both() { " on Slack, and `on discord` takes you there" } else { "" },
        ));
        if before.is_some() {
            screen.say(&format!(
                "The cases of earlier demos are on record in {} (`cases`); the messages of the stand-in began anew.",
                folder.display()
            ));
        } else {
            screen.say(&format!("Begin with: {}", self.beginning()));
        }
    }

    async fn talk(&mut self) -> Outcome {
        // What an earlier demo left to be told.
        self.show.settle().await?;
        let mut typed = String::new();
        loop {
            let on = if self.has_both() {
                format!(" on {}", self.show.here().word())
            } else {
                String::new()
            };
            self.show
                .screen
                .prompt(&format!("{}{on} #{}> ", self.who, self.channel));
            typed.clear();
            // Blocking is fine here: the bot works on other threads, and nothing else is to be done meanwhile.
            let read = std::io::stdin()
                .read_line(&mut typed)
                .map_err(Failure::stopped)?;
            if self.echo || read == 0 {
                self.show.screen.say(typed.trim());
            }
            if read == 0 {
                return Ok(());
            }
            match line::understand(typed.trim()) {
                Ok(Line::Quit) => return Ok(()),
                Ok(line) => {
                    if let Err(Failure::Stopped(why)) = Box::pin(self.obey(line)).await {
                        self.show.screen.block(INDENT, &why, Ink::Bad);
                    }
                }
                Err(why) => self.show.screen.block(INDENT, &why, Ink::Bad),
            }
        }
    }

    async fn obey(&mut self, line: Line) -> Outcome {
        let (who, channel) = (self.who, self.channel.clone());
        let me = self.show.at(who)?;
        let said = match line {
            Line::Nothing | Line::Quit => return Ok(()),
            Line::Help => return self.help(),
            Line::People => return self.people(),
            Line::As(wanted) => return self.becomes(&wanted),
            Line::On(wanted) => return self.goes_on(&wanted),
            Line::In(wanted) => return self.goes_to(&wanted).await,
            Line::Read => return self.read().await,
            Line::Cases => return self.cases().await,
            Line::Timeline(number) => return self.timeline(&number).await,
            Line::Advance(minutes) => return self.advance(minutes).await,
            Line::Fill(values) => return self.fill(values).await,
            Line::Cancel => {
                self.draft.clear();
                let all = Act {
                    all: true,
                    ..Act::default()
                };
                self.show.happens(who, me.act("close", all)).await?
            }
            Line::Slash(text) => self.show.happens(who, me.slash(&channel, &text)).await?,
            Line::Say(text) => self.show.happens(who, me.post(&channel, &text)).await?,
            Line::Dm(text) => {
                let to = format!("@{BOT}");
                self.show.happens(who, me.post(&to, &text)).await?
            }
            Line::React(number, emoji) => {
                let message = self.message(number)?;
                self.show.happens(who, me.react(&message, &emoji)).await?
            }
            Line::Reply(number, text) => {
                let message = self.message(number)?;
                self.show.happens(who, me.reply(&message, &text)).await?
            }
            Line::Press(number, label) => return self.press(number, &label).await,
            Line::Submit => return self.submit().await,
        };
        if let Some(posted) = &said.posted {
            let number = self.show.eyes.number(self.show.here(), posted);
            self.show
                .screen
                .block(INDENT, &format!("This is message {number}."), Ink::Quiet);
        }
        self.show.settle().await
    }

    fn becomes(&mut self, wanted: &str) -> Outcome {
        let wanted = wanted.trim_start_matches('@').to_lowercase();
        let found = CAST.iter().find(|one| one.handle == wanted);
        let found = found.ok_or_else(|| {
            let all: Vec<&str> = CAST.iter().map(|one| one.handle).collect();
            Failure::Stopped(format!(
                "there is nobody called {wanted}; there is {}",
                all.join(", ")
            ))
        })?;
        self.who = found.handle;
        self.draft.clear();
        let text = format!("You are {} now: {}.", found.full, found.what);
        self.show.screen.block(INDENT, &text, Ink::Quiet);
        Ok(())
    }

    fn goes_on(&mut self, wanted: &str) -> Outcome {
        let hosts = self.show.stage.stands().hosts();
        let found = hosts
            .iter()
            .find(|host| wanted.eq_ignore_ascii_case(host.word()));
        let found = found.ok_or_else(|| {
            let all: Vec<&str> = hosts.iter().map(|host| host.word()).collect();
            Failure::Stopped(format!(
                "there is no {wanted} in this demo; there is {}. `--platform all` has both",
                all.join(", ")
            ))
        })?;
        self.show.goes_to(*found)?;
        // Both have it, and everybody is in it.
        "general".clone_into(&mut self.channel);
        self.draft.clear();
        Ok(())
    }

    async fn goes_to(&mut self, wanted: &str) -> Outcome {
        let wanted = wanted.trim_start_matches('#');
        let seen = self.show.at(self.who)?.channels().await;
        let all: Vec<String> = seen
            .map_err(Failure::stopped)?
            .into_iter()
            .filter(|channel| channel.member && !channel.direct)
            .map(|channel| channel.name)
            .collect();
        if all.iter().any(|one| one == wanted) {
            wanted.clone_into(&mut self.channel);
            return Ok(());
        }
        Err(Failure::Stopped(format!(
            "{} is in no channel #{wanted}; there is #{}",
            name(self.who),
            all.join(", #")
        )))
    }

    fn message(&self, number: usize) -> Result<MessageRef, Failure> {
        match self.show.eyes.numbered(number) {
            Some((host, at)) if *host == self.show.here() => Ok(at.clone()),
            Some((host, _)) => Err(Failure::Stopped(format!(
                "message {number} is on {}; `on {}` takes you there",
                host.name(),
                host.word()
            ))),
            None => Err(Failure::Stopped(format!(
                "there is no message {number}; `read` shows the numbers"
            ))),
        }
    }

    async fn read(&mut self) -> Outcome {
        let me = self.show.at(self.who)?;
        let mut any = false;
        for channel in me.channels().await.map_err(Failure::stopped)? {
            if !channel.member {
                continue;
            }
            let all = me.read_channel(&channel.id).await;
            let all = all.map_err(Failure::stopped)?;
            if all.is_empty() {
                continue;
            }
            any = true;
            let place = if channel.direct {
                format!("With {}", channel.name)
            } else {
                format!("#{}", channel.name)
            };
            self.show.screen.block("", &place, Ink::Strong);
            for message in all {
                self.one(&message, "");
                if message.reply_count > 0 {
                    let thread = me.read_thread(&message.at()).await;
                    for reply in thread.map_err(Failure::stopped)? {
                        if reply.ts != message.ts {
                            self.one(&reply, "  > ");
                        }
                    }
                }
            }
        }
        if !any {
            self.nothing("Nothing yet.");
        }
        Ok(())
    }

    fn one(&mut self, message: &SeenMessage, margin: &str) {
        let number = self.show.eyes.number(self.show.here(), &message.at());
        let alone = if message.ephemeral {
            " (only you see it)"
        } else {
            ""
        };
        let first = message.shown.lines().find(|line| !line.trim().is_empty());
        let text = format!(
            "[{number}] {}{alone}: {}",
            name(&message.author_name),
            first.unwrap_or_default().replace(['*', '`'], "")
        );
        self.show
            .screen
            .hanging(&format!("  {margin}"), INDENT, &text, Ink::Plain);
        let buttons: Vec<String> = message
            .buttons
            .iter()
            .map(|button| format!("[{}]", button.label))
            .collect();
        if !buttons.is_empty() {
            self.show
                .screen
                .block(INDENT, &buttons.join(" "), Ink::Quiet);
        }
    }

    async fn cases(&mut self) -> Outcome {
        let record = Record::read(self.show.stage.record()).await?;
        if !cases(self.show.screen, &record) {
            self.nothing("No case yet.");
        }
        Ok(())
    }

    async fn timeline(&mut self, number: &str) -> Outcome {
        let record = Record::read(self.show.stage.record()).await?;
        if timeline(self.show.screen, &record, number) {
            return Ok(());
        }
        Err(Failure::Stopped(format!(
            "there is no case {number}; `cases` lists those there are"
        )))
    }

    async fn advance(&mut self, minutes: i64) -> Outcome {
        self.show.advance(minutes).await?;
        let text = format!("It is {} now.", clock(self.show.stage.now()));
        self.show.screen.block(INDENT, &text, Ink::Quiet);
        Ok(())
    }
}

//! Somebody who talks to the bot.
//!
//! Invariants: no shape of a platform leaks out, so that the next platform is a parameter; every act returns when the bot has answered;
//! what is read is remembered, so that what nobody read can be found at the end.
//!
//! Neighbours: [`super::world`] gives people out, [`super::heard`] is what they hear, [`super::message`] what they read.

use super::heard::Heard;
use super::home::Home;
use super::message::Message;
use super::stand::{Host, Stand};
use super::world::{BOT, QUEUE, World};
use chrono::TimeDelta;
use secevent::emulator::door::{Act, AtClient, DoorError, MessageRef, Seen, SeenMessage};
use serde_json::Value;
use std::future::Future;

/// Somebody.
#[derive(Clone)]
pub struct Person<'w> {
    world: &'w World,
    host: Host,
    client: AtClient,
}

impl<'w> Person<'w> {
    pub(super) fn new(world: &'w World, stand: &Stand, handle: &str) -> Self {
        Self {
            world,
            host: stand.host(),
            client: stand.door().as_user(handle),
        }
    }

    fn name(&self) -> &str {
        self.client.user()
    }

    // ---- what a person does

    /// Reports by a command with text.
    pub async fn reports(&self, text: &str) -> Heard {
        self.commands(text).await
    }

    /// Types the command with these words behind it.
    pub async fn commands(&self, words: &str) -> Heard {
        let typed = match self.host {
            Host::Slack => format!("/{BOT} {words}"),
            Host::Discord => sub_command(words),
        };
        self.does(self.client.slash("general", typed.trim())).await
    }

    /// What the client itself refuses to do.
    pub async fn cannot_command(&self, channel: &str) -> String {
        match self.client.slash(channel, "/secevent help").await {
            Err(DoorError::Refused(why)) => why,
            other => panic!("{} could: {other:?}", self.name()),
        }
    }

    /// Opens the report form by the command without words.
    pub async fn opens_report_form(&self) -> Heard {
        self.commands("").await
    }

    /// Picks "Report security event" in the menu of the client.
    pub async fn picks_report(&self) -> Heard {
        self.does(self.client.global_shortcut("Report security event"))
            .await
    }

    /// Picks "Report security event" in the menu of a message.
    pub async fn picks_report_on(&self, message: &Message) -> Heard {
        let (at, shortcut) = (message.at(), "Report security event");
        self.does(self.client.message_shortcut(&at, shortcut)).await
    }

    /// Posts in a channel.
    pub async fn says(&self, channel: &str, text: &str) -> Heard {
        self.does(self.client.post(channel, text)).await
    }

    /// Posts in a channel, addressed to the bot.
    pub async fn mentions_bot(&self, channel: &str, text: &str) -> Heard {
        let text = format!("@{BOT} {text}");
        self.does(self.client.post(channel, &text)).await
    }

    /// Writes to the bot directly.
    pub async fn writes(&self, text: &str) -> Heard {
        // An answer comes as a message there, and is read like any other.
        let bot = format!("@{BOT}");
        self.hears(self.client.post(&bot, text), false).await
    }

    /// Marks a message with the reaction that reports.
    pub async fn reacts(&self, message: &Message) -> Heard {
        self.reacts_with(message, "rotating_light").await
    }

    /// Marks a message with some reaction.
    pub async fn reacts_with(&self, message: &Message, emoji: &str) -> Heard {
        let at = message.at();
        self.does(self.client.react(&at, emoji)).await
    }

    /// Takes a reaction back.
    pub async fn unreacts(&self, message: &Message) -> Heard {
        let at = message.at();
        self.does(self.client.unreact(&at, "rotating_light")).await
    }

    /// Replies in the thread of a message.
    pub async fn replies(&self, message: &Message, text: &str) -> Heard {
        let at = message.at();
        self.does(self.client.reply(&at, text)).await
    }

    /// Replies in the thread of a message, addressed to the bot.
    pub async fn tells_bot(&self, message: &Message, text: &str) -> Heard {
        if self.world.host() == Host::Discord {
            // It answers directly, and Discord takes five messages in five seconds.
            self.world.pass(TimeDelta::seconds(1)).await;
        }
        self.replies(message, &format!("@{BOT} {text}")).await
    }

    /// Edits an own message.
    pub async fn edits(&self, message: &Message, text: &str) -> Heard {
        let at = message.at();
        if self.world.host() == Host::Discord {
            // An edit is known by its instant: two at the same one would be one.
            self.world.pass(TimeDelta::seconds(1)).await;
        }
        self.does(self.client.edit(&at, text)).await
    }

    /// Deletes an own message.
    pub async fn deletes(&self, message: &Message) -> Heard {
        let at = message.at();
        self.does(self.client.delete(&at)).await
    }

    /// Sends a file into the thread of a message.
    pub async fn sends_file(&self, message: &Message, name: &str, bytes: &[u8]) -> Heard {
        let at = message.at();
        let file = self.has_file(name, bytes).await;
        let act = Act {
            channel: Some(at.channel),
            thread_ts: Some(at.ts),
            text: Some("see this".into()),
            files: vec![file],
            ..Act::default()
        };
        self.does(self.client.act("post", act)).await
    }

    /// Posts in a channel with files that are ready.
    pub async fn posts_files(&self, channel: &str, text: &str, files: &[String]) -> Heard {
        let act = Act {
            channel: Some(channel.to_owned()),
            text: Some(text.to_owned()),
            files: files.to_vec(),
            ..Act::default()
        };
        self.does(self.client.act("post", act)).await
    }

    /// Has a file ready to be put into a form.
    pub async fn has_file(&self, name: &str, bytes: &[u8]) -> String {
        let uploaded = self.client.upload(None, name, "image/png", bytes).await;
        uploaded.unwrap().file.unwrap()
    }

    /// Presses a button.
    pub async fn presses(&self, message: &Message, button: &str) -> Heard {
        let at = message.at();
        self.does(self.client.press(&at, button)).await
    }

    /// Presses a button in the open form.
    pub async fn presses_in_form(&self, button: &str) -> Heard {
        self.does(self.client.press_in_view(button, None)).await
    }

    /// Has the report form ask whether it concerns a colleague. Where a form cannot grow, it asks at once.
    pub async fn wants_to_say_more(&self) {
        if self.host == Host::Slack {
            let more = self.presses_in_form("Add details").await;
            more.opens("Report a security event");
        }
    }

    /// Types into the open form without sending it, and presses a button in it. A required field must stay empty: then the
    /// client keeps what is typed and sends nothing.
    pub async fn types_and_presses(&self, values: Value, button: &str) -> Heard {
        let typed = self.client.submit(values).await.unwrap();
        assert!(typed.deliveries.is_empty(), "the form was sent: {typed:?}");
        self.presses_in_form(button).await
    }

    /// Opens the app's home and looks at it.
    pub async fn opens_home(&self) -> Home {
        self.does(self.client.open_home()).await.is_acknowledged();
        self.sees_home().await
    }

    /// Opens the app's home, and nothing comes up that was not there before.
    pub async fn opens_home_in_vain(&self) -> Option<Home> {
        self.does(self.client.open_home()).await.is_acknowledged();
        self.client.home().await.unwrap().map(Home::of)
    }

    /// Looks at the app's home as it stands there.
    #[track_caller]
    pub fn sees_home(&self) -> impl Future<Output = Home> {
        let place = std::panic::Location::caller();
        async move {
            let home = self.client.home().await.unwrap();
            Home::of(home.unwrap_or_else(|| panic!("{} has no home ({place})", self.name())))
        }
    }

    /// Presses a button of the home; with a case number, the one beside that case.
    pub async fn presses_at_home(&self, home: &Home, button: &str, case: Option<&str>) -> Heard {
        let action = home.action(button, case);
        self.does(self.client.press_on(&home.seen, &action)).await
    }

    /// Fills in the open form, by the labels of its fields, and sends it. Where the platform shows it in steps, all of them.
    pub async fn fills(&self, values: Value) -> Heard {
        match self.host {
            Host::Slack => self.does(self.client.submit(values)).await,
            Host::Discord => self.fills_in_steps(values).await,
        }
    }

    /// A form with errors, or with another step, is opened by the button of the message that took its place.
    async fn fills_in_steps(&self, values: Value) -> Heard {
        let Value::Object(mut values) = values else {
            panic!("values are given by the labels of fields")
        };
        loop {
            if self.client.views().await.unwrap().is_empty() {
                let button = self.next_step().await;
                let (message, label) =
                    button.unwrap_or_else(|| panic!("{} has no form open", self.name()));
                self.does(self.client.press(&message, &label))
                    .await
                    .is_acknowledged();
            }
            let form = self.client.views().await.unwrap().pop();
            let form = form.unwrap_or_else(|| panic!("{}: no form came up", self.name()));
            let mut here = serde_json::Map::new();
            for field in &form.fields {
                here.extend(values.remove_entry(&field.label));
            }
            let heard = self.does(self.client.submit(Value::Object(here))).await;
            let goes_on = heard
                .told
                .iter()
                .any(|told| step_of(told, &["Continue"]).is_some());
            if !goes_on {
                let left: Vec<&String> = values.keys().collect();
                assert!(
                    left.is_empty(),
                    "the form does not ask for {left:?}:\n{}",
                    heard.all()
                );
                return heard;
            }
        }
    }

    /// The button that opens a form again or its next step, on the newest message that only this person sees.
    async fn next_step(&self) -> Option<(MessageRef, String)> {
        let shown = self.client.ephemerals().await.unwrap();
        let last = Message::of(shown.last()?.clone());
        let label = step_of(&last, &["Continue", "Correct"])?;
        Some((last.at(), label))
    }

    /// Leaves the open form.
    pub async fn leaves_form(&self) {
        // A form that was sent is gone there, errors or not.
        let is_gone = self.client.views().await.unwrap().is_empty();
        if !(is_gone && self.host == Host::Discord) {
            self.client.close().await.unwrap();
        }
    }

    async fn does(&self, act: impl Future<Output = Result<Seen, DoorError>>) -> Heard {
        self.hears(act, true).await
    }

    /// Does something; `directly` says whether what the bot then writes directly is the answer, and read.
    async fn hears(
        &self,
        act: impl Future<Output = Result<Seen, DoorError>>,
        directly: bool,
    ) -> Heard {
        let before = self.client.ephemerals().await.unwrap().len();
        let direct = self.told_directly().await;
        let seen = act
            .await
            .unwrap_or_else(|why| panic!("{} could not do that: {why}", self.name()));
        self.world.quiet().await;
        let shown = self.client.ephemerals().await.unwrap();
        let mut told: Vec<Message> = shown.into_iter().skip(before).map(Message::of).collect();
        if directly {
            told.extend(self.told_directly().await.into_iter().skip(direct.len()));
        }
        for message in &told {
            self.world.mark_read(message.at());
        }
        let top = self.client.views().await.unwrap().pop();
        let (card, form) = match top {
            // A card in place of a form: it is read, and put away.
            Some(view) if view.submit.is_empty() => {
                self.put_away().await;
                (Some(view.shown), None)
            }
            form => (None, form),
        };
        Heard {
            seen,
            told,
            card,
            form,
        }
    }

    /// What the bot wrote directly so far, where an answer to a message in a channel comes that way.
    async fn told_directly(&self) -> Vec<Message> {
        match self.host {
            Host::Slack => Vec::new(),
            // Whoever shares no guild with the bot has no conversation with it.
            Host::Discord => {
                let all = self.client.read_channel(&format!("@{BOT}")).await;
                let all = all.unwrap_or_default().into_iter();
                all.filter(|one| one.author_name == BOT && !one.ephemeral)
                    .map(Message::of)
                    .collect()
            }
        }
    }

    async fn put_away(&self) {
        let act = Act {
            all: true,
            ..Act::default()
        };
        let _: Seen = self.client.act("close", act).await.unwrap();
    }

    // ---- what a person reads

    /// Reads what the bot wrote directly since the last time: exactly these messages, in this order, each with these words.
    #[track_caller]
    pub fn reads(&self, expected: &[&str]) -> impl Future<Output = Vec<Message>> {
        let place = std::panic::Location::caller();
        async move {
            self.world.settle().await;
            let messages = self.by_bot(&format!("@{BOT}"), None).await;
            self.takes_in(messages, expected, place)
        }
    }

    /// Reads what the bot wrote directly since the last time, all of it with these words, however many there are.
    pub async fn reads_some(&self, words: &str) -> Vec<Message> {
        self.world.settle().await;
        let mut messages = self.by_bot(&format!("@{BOT}"), None).await;
        messages.retain(|one| !self.world.is_read(&one.at()));
        for message in &messages {
            assert!(
                message.text().contains(words),
                "not {words:?}:\n{}",
                message.text()
            );
            self.world.mark_read(message.at());
        }
        messages
    }

    /// Reads what is new in the thread of a message: exactly these, in this order.
    #[track_caller]
    pub fn reads_thread(
        &self,
        message: &Message,
        expected: &[&str],
    ) -> impl Future<Output = Vec<Message>> {
        let place = std::panic::Location::caller();
        async move {
            self.world.settle().await;
            let at = message.at();
            let messages = self.by_bot(&at.channel, Some(&at)).await;
            self.takes_in(messages, expected, place)
        }
    }

    /// Reads all that is new in the thread of a message.
    pub async fn reads_thread_all(&self, message: &Message) {
        self.world.settle().await;
        let at = message.at();
        for message in self.by_bot(&at.channel, Some(&at)).await {
            self.world.mark_read(message.at());
        }
    }

    /// Reads what is new in the queue channel, outside of threads: exactly these, in this order.
    #[track_caller]
    pub fn reads_queue(&self, expected: &[&str]) -> impl Future<Output = Vec<Message>> {
        let place = std::panic::Location::caller();
        async move {
            self.world.settle().await;
            let messages = self.by_bot(QUEUE, None).await;
            self.takes_in(messages, expected, place)
        }
    }

    /// All that the bot wrote in the queue channel about a case, outside of threads, read before or not.
    pub async fn reads_queue_about(&self, number: &str) -> Vec<Message> {
        self.reads_about(QUEUE, number).await
    }

    /// All that the bot wrote in a channel about a case, outside of threads, read before or not.
    pub async fn reads_about(&self, channel: &str, number: &str) -> Vec<Message> {
        let mut messages = self.by_bot(channel, None).await;
        messages.retain(|one| one.text().contains(number));
        for message in &messages {
            self.world.mark_read(message.at());
        }
        messages
    }

    /// The last direct message of the bot with these words, read before or not.
    pub async fn finds(&self, words: &str) -> Message {
        let mut messages = self.by_bot(&format!("@{BOT}"), None).await;
        messages.retain(|one| one.text().contains(words));
        let found = messages.pop();
        let found = found.unwrap_or_else(|| panic!("{} finds no {words:?}", self.name()));
        self.world.mark_read(found.at());
        found
    }

    /// The card of a case as it stands in the queue channel now.
    pub async fn sees_card(&self, number: &str) -> Message {
        self.world.settle().await;
        let messages = self.by_bot(QUEUE, None).await;
        let title = format!("{number}: ");
        let card = messages.iter().find(|one| one.text().contains(&title));
        let card = card.unwrap_or_else(|| {
            let all: Vec<&str> = messages.iter().map(Message::text).collect();
            panic!("no card of {number} among:\n{}", all.join("\n---\n"))
        });
        self.world.mark_read(card.at());
        card.clone()
    }

    /// Every message this person can see anywhere: channels, threads, direct conversations, private answers.
    pub async fn screens(&self) -> Vec<SeenMessage> {
        let mut all = Vec::new();
        for channel in self.client.channels().await.unwrap() {
            all.extend(self.everything(&channel.id).await);
        }
        all.extend(self.client.ephemerals().await.unwrap());
        all
    }

    /// Every text this person can see anywhere.
    pub async fn sees_anywhere(&self) -> Vec<String> {
        let all = self.screens().await.into_iter();
        all.map(|one| format!("{}\n{}", one.shown, one.text))
            .collect()
    }

    /// What the bot wrote that this person could read and nobody read.
    pub(super) async fn unread(&self) -> Vec<SeenMessage> {
        let mut all = self.screens().await;
        all.retain(|one| one.author_name == BOT && !self.world.is_read(&one.at()));
        all
    }

    async fn everything(&self, channel: &str) -> Vec<SeenMessage> {
        let mut all = Vec::new();
        for message in self.client.read_channel(channel).await.unwrap() {
            if message.reply_count > 0 {
                all.extend(self.client.read_thread(&message.at()).await.unwrap());
            } else {
                all.push(message);
            }
        }
        all
    }

    /// What the bot wrote in a channel, or in a thread of it.
    async fn by_bot(&self, channel: &str, thread: Option<&MessageRef>) -> Vec<Message> {
        let messages = match thread {
            None => self.client.read_channel(channel).await,
            Some(root) => self.client.read_thread(root).await,
        };
        messages
            .unwrap()
            .into_iter()
            .filter(|one| one.author_name == BOT && !one.ephemeral)
            .filter(|one| thread.is_none_or(|root| root.ts != one.ts))
            .map(Message::of)
            .collect()
    }

    fn takes_in(
        &self,
        mut messages: Vec<Message>,
        expected: &[&str],
        place: &std::panic::Location<'_>,
    ) -> Vec<Message> {
        messages.retain(|one| !self.world.is_read(&one.at()));
        let all: Vec<&str> = messages.iter().map(Message::text).collect();
        let fits = messages.len() == expected.len()
            && all
                .iter()
                .zip(expected)
                .all(|(text, words)| text.contains(words));
        assert!(
            fits,
            "{} reads {} messages, not {expected:?} ({place}):\n{}",
            self.name(),
            all.len(),
            all.join("\n---\n")
        );
        for message in &messages {
            self.world.mark_read(message.at());
        }
        messages
    }
}

/// The words of a button that goes on with a form.
fn step_of(message: &Message, begins: &[&str]) -> Option<String> {
    let buttons = message.buttons();
    let found = buttons
        .into_iter()
        .find(|label| begins.iter().any(|begin| label.starts_with(begin)));
    found.map(str::to_owned)
}

/// What a person types for these words where a command has sub-commands: a word that is none is a report.
fn sub_command(words: &str) -> String {
    let first = words.split_whitespace().next().unwrap_or_default();
    // A sub-command with an option that must be given cannot be sent without it.
    if words == "status" {
        return format!("/{BOT} mine");
    }
    let alone = ["help", "mine", "oncall", "contacts", "home", "link"].contains(&words);
    let with_option = ["status", "link"].contains(&first) && words.split_whitespace().count() == 2;
    if alone || with_option {
        format!("/{BOT} {words}")
    } else {
        format!("/{BOT} report {words}")
    }
}

//! How people of the story act: by command, by button, by form, each as their platform has it.
//!
//! Invariants: a command and a form are what that platform's client offers; a form that is shown in steps is gone through step by step, by the
//! buttons that somebody sees. Neighbours: `story` says who does what, `show` prints what comes of it.

use super::Story;
use crate::{
    cli::{
        Failure, Outcome,
        demo::{show::name, stands::Host},
    },
    emulator::door::{AtClient, MessageRef, Seen},
};
use serde_json::{Map, Value};

/// What a button says that goes on with a form in steps.
const NEXT: &str = "Continue";

impl Story<'_> {
    /// Somebody at a client of the present platform.
    pub(super) fn at(&self, who: &str) -> Result<AtClient, Failure> {
        self.show.at(who)
    }

    /// What is typed to report these words; without words, what opens the form.
    pub(super) fn report(&self, words: &str) -> String {
        let typed = match self.show.here() {
            Host::Slack => format!("/secevent {words}"),
            Host::Discord => format!("/secevent report {words}"),
        };
        typed.trim_end().to_owned()
    }

    /// Types a command in #general, and all that follows from it.
    pub(super) async fn types(&mut self, who: &str, typed: &str) -> Outcome {
        let what = format!("types in #general: {typed}");
        let client = self.at(who)?;
        self.show
            .does(who, &what, client.slash("general", typed))
            .await
            .map(drop)
    }

    /// Presses a button of the newest message with these words; they begin with the number of a case.
    pub(super) async fn presses(&mut self, who: &str, words: &str, button: &str) -> Outcome {
        let number = words.get(..12).unwrap_or(words);
        let what = format!("presses [{button}] on {number}");
        self.presses_as(who, words, button, &what).await
    }

    /// Presses a button of the newest message with these words, and calls it so.
    pub(super) async fn presses_as(
        &mut self,
        who: &str,
        words: &str,
        button: &str,
        what: &str,
    ) -> Outcome {
        let message: MessageRef = self.show.find(who, words)?;
        let client = self.at(who)?;
        self.show
            .does(who, what, client.press(&message, button))
            .await
            .map(drop)
    }

    /// Fills in and submits the open form.
    pub(super) async fn fills(&mut self, who: &str, values: &[(&str, Value)]) -> Outcome {
        self.begins_to_fill(who, values).await?;
        self.show.settle().await
    }

    /// The same, and nothing is sent yet. Where the form is shown in steps, all of them.
    pub(super) async fn begins_to_fill(&mut self, who: &str, values: &[(&str, Value)]) -> Outcome {
        if self.show.here() == Host::Slack {
            return self.submits(who, values).await;
        }
        let mut left = values.to_vec();
        loop {
            let asked = self.asked(who).await?;
            let (here, later) = left
                .into_iter()
                .partition(|(label, _)| asked.iter().any(|one| one == label));
            left = later;
            self.submits(who, &here).await?;
            let Some((message, button)) = self.next_step(who) else {
                break;
            };
            let client = self.at(who)?;
            let what = format!("presses [{button}]");
            let press = client.press(&message, &button);
            self.show.begins(who, &what, press).await?;
        }
        match left.first() {
            None => Ok(()),
            Some((label, _)) => Err(Failure::Stopped(format!(
                "no step of the form asks for {label:?}"
            ))),
        }
    }

    /// The labels of the open form.
    async fn asked(&self, who: &str) -> Result<Vec<String>, Failure> {
        let views = self.at(who)?.views().await.map_err(Failure::stopped)?;
        let form = views
            .last()
            .ok_or_else(|| Failure::Stopped(format!("{} has no form open", name(who))))?;
        Ok(form
            .fields
            .iter()
            .map(|field| field.label.clone())
            .collect())
    }

    /// The button that goes on, if the last thing that somebody was told is that there is another step.
    fn next_step(&self, who: &str) -> Option<(MessageRef, String)> {
        let here = self.show.here();
        let last = self.show.eyes.latest(|sight| {
            sight.host == here && sight.message.ephemeral && sight.who.iter().any(|one| one == who)
        })?;
        let mut buttons = last.message.buttons.iter();
        let button = buttons.find(|button| button.label.starts_with(NEXT))?;
        Some((last.message.at(), button.label.clone()))
    }

    async fn submits(&mut self, who: &str, values: &[(&str, Value)]) -> Outcome {
        let filled: Vec<String> = values.iter().map(filled).collect();
        let what = if filled.is_empty() {
            "has nothing to say here, and submits".to_owned()
        } else {
            format!("fills in and submits: {}", filled.join(", "))
        };
        let values: Map<String, Value> = values
            .iter()
            .map(|(label, value)| ((*label).to_owned(), value.clone()))
            .collect();
        let client = self.at(who)?;
        let submit = client.submit(Value::Object(values));
        let seen: Seen = self.show.begins(who, &what, submit).await?;
        if seen.errors.is_empty() {
            Ok(())
        } else {
            Err(Failure::Stopped("the form was not taken".to_owned()))
        }
    }
}

/// A field as the transcript has it.
fn filled((label, value): &(&str, Value)) -> String {
    match value {
        Value::String(text) => format!("{label} {text:?}"),
        Value::Array(all) => {
            let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            format!("{label} {:?}", all.join("; "))
        }
        other => format!("{label} {other}"),
    }
}

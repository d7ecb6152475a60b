//! The story of the tour: who does what, in which order.
//!
//! Invariants: everything is done through the client door, by the labels that a person sees; nothing is asserted here, `promises` judges
//! afterwards. Neighbours: `show` prints what comes of it.

use super::{
    Report, Secret, Told,
    sabotage::{Moment, Sabotage},
};
use crate::cli::{Failure, Outcome, demo::show::Show};
use crate::emulator::door::{MessageRef, Seen};
use serde_json::{Map, Value, json};

const CLICKED: &str = "I clicked a link in a strange mail and typed my password";
const CALLED: &str =
    "The helpdesk just called me and wanted the code from my phone. Is that normal?";
const COLLEAGUE: &str =
    "Somebody of our team copies the customer list to a private stick every evening";
const PHISHING: &str = "Phishing, or somebody pretending to be somebody";
const USED: &str = "Has somebody without permission used an account, system or area?";
const NOTES: &str = "Password changed, sessions ended, no payment was made.";
const WHY: &str = "The account was used from abroad eleven minutes later.";

const REPORTERS: &[&str] = &["alice", "bob", "max", "gwen"];
const RESPONDERS: &[&str] = &["rita", "ivy", "pia", "ben"];

/// What is known while the story goes on.
struct Story<'s> {
    show: &'s mut Show,
    sabotage: Option<Sabotage>,
}

/// Plays it.
pub async fn play(show: &mut Show, told: &mut Told, sabotage: Option<Sabotage>) -> Outcome {
    let mut story = Story { show, sabotage };
    Box::pin(story.reports(told)).await?;
    Box::pin(story.restricted(told)).await?;
    Box::pin(story.work()).await?;
    Box::pin(story.pages()).await?;
    told.secrets.push(Secret {
        words: NOTES,
        may: RESPONDERS,
    });
    told.secrets.push(Secret {
        words: WHY,
        may: RESPONDERS,
    });
    Box::pin(story.closes()).await
}

impl Story<'_> {
    fn part(&self, title: &str) {
        self.show.screen.heading(title);
    }

    async fn spoil(&self, moment: Moment) -> Outcome {
        match self.sabotage {
            Some(sabotage) => sabotage.at(moment, &self.show.stage).await,
            None => Ok(()),
        }
    }

    async fn reports(&mut self, told: &mut Told) -> Outcome {
        self.part("1. Alice reports with one line; Bob and Max mark a message");
        told.reports.push(Report {
            who: "alice",
            words: CLICKED,
        });
        let typed = format!("/secevent {CLICKED}");
        let alice = self.show.at("alice")?;
        let what = format!("types in #general: {typed}");
        self.show
            .begins("alice", &what, alice.slash("general", &typed))
            .await?;
        self.spoil(Moment::Reported).await?;
        self.show.settle().await?;
        self.show.advance(1).await?;

        let gwen = self.show.at("gwen")?;
        let what = format!("posts in #general: {CALLED}");
        let posted = self
            .show
            .does("gwen", &what, gwen.post("general", CALLED))
            .await?;
        let message = posted
            .posted
            .ok_or_else(|| Failure::Stopped("Gwen's message was not posted".to_owned()))?;
        for (who, what) in [
            ("bob", "puts :rotating_light: on Gwen's message"),
            ("max", "does so too: his report joins the same case"),
        ] {
            told.reports.push(Report { who, words: CALLED });
            let client = self.show.at(who)?;
            self.show
                .does(who, what, client.react(&message, "rotating_light"))
                .await?;
        }
        Ok(())
    }

    async fn restricted(&mut self, told: &mut Told) -> Outcome {
        self.part("2. Max reports something about a colleague: only its number is shown");
        told.reports.push(Report {
            who: "max",
            words: COLLEAGUE,
        });
        told.secrets.push(Secret {
            words: COLLEAGUE,
            may: &["max", "ivy"],
        });
        let max = self.show.at("max")?;
        self.show
            .does(
                "max",
                "types /secevent alone and gets the form",
                max.slash("general", "/secevent"),
            )
            .await?;
        self.show
            .does(
                "max",
                "asks for more fields",
                max.press_in_view("Add details", None),
            )
            .await?;
        let filled = [
            ("What happened?", json!(COLLEAGUE)),
            (
                "Does it concern a colleague?",
                json!(["Yes, it concerns a colleague"]),
            ),
        ];
        self.fills("max", &filled).await?;
        self.presses("ivy", "SE-2026-0003: ", "Take").await?;
        self.show.advance(1).await
    }

    async fn work(&mut self) -> Outcome {
        self.part("3. Rita takes the other two, triages and assesses Alice's case");
        self.presses("rita", "SE-2026-0002: ", "Take").await?;
        self.presses("rita", "SE-2026-0001: ", "Take").await?;
        self.presses("rita", "SE-2026-0001: ", "Triage").await?;
        let triage = [
            ("Category", json!(PHISHING)),
            ("Severity", json!("SEV2")),
            ("Provider", json!("Microsoft 365")),
            (
                "Account, subscription or project",
                json!("alice@example-corp.test"),
            ),
            ("What may be affected?", json!(["Confidentiality"])),
        ];
        self.fills("rita", &triage).await?;
        self.presses("rita", "SE-2026-0001: ", "Assess").await?;
        let assessment = [
            ("Which of these are true?", json!([USED])),
            ("What is it?", json!("Incident")),
            ("Why?", json!(WHY)),
        ];
        self.fills("rita", &assessment).await
    }

    async fn pages(&mut self) -> Outcome {
        self.part("4. Ivy escalates; Pia, on call, does not answer");
        self.presses("ivy", "SE-2026-0001: ", "Escalate").await?;
        let reason = (
            "Why do you escalate?",
            json!("The account can release payments."),
        );
        self.fills("ivy", &[reason]).await?;
        self.passes(15, "Nobody answers. Fifteen minutes pass.")
            .await?;
        self.passes(15, "Still nobody. Another fifteen minutes pass.")
            .await?;
        self.spoil(Moment::Acknowledging).await?;
        self.presses("ben", "SE-2026-0001 needs you", "Acknowledge")
            .await
    }

    async fn closes(&mut self) -> Outcome {
        self.part("5. Rita closes, and each reporter hears the outcome");
        self.presses("rita", "SE-2026-0001: ", "Close").await?;
        let rita = self.show.at("rita")?;
        let half = json!({ "Outcome": "Incident, contained and resolved" });
        // The notes are still missing: the client keeps what is chosen and sends nothing.
        rita.submit(half).await.map_err(Failure::stopped)?;
        let what = "chooses \"Incident, contained and resolved\" and asks for a preview";
        let preview = rita.press_in_view("Preview the answer to reporters", None);
        self.show.does("rita", what, preview).await?;
        self.begins_to_fill("rita", &[("Closure notes", json!(NOTES))])
            .await?;
        self.spoil(Moment::Closed).await?;
        self.show.settle().await?;

        self.presses("rita", "SE-2026-0002: ", "Close").await?;
        let closing = [
            ("What is it?", json!("Event, not an incident")),
            ("Why?", json!("Gwen did not give the code.")),
            ("Outcome", json!("Phishing, blocked or removed")),
            (
                "Closure notes",
                json!("The number is blocked, everybody was warned."),
            ),
        ];
        self.fills("rita", &closing).await
    }

    async fn passes(&mut self, minutes: i64, what: &str) -> Outcome {
        self.show.screen.gap();
        self.show.screen.say(what);
        self.show.advance(minutes).await
    }

    /// Presses a button of the newest message with these words.
    async fn presses(&mut self, who: &str, words: &str, button: &str) -> Outcome {
        let message: MessageRef = self.show.find(who, words)?;
        let number = words.get(..12).unwrap_or(words);
        let what = format!("presses [{button}] on {number}");
        let client = self.show.at(who)?;
        self.show
            .does(who, &what, client.press(&message, button))
            .await
            .map(drop)
    }

    /// Fills in and submits the open form.
    async fn fills(&mut self, who: &str, values: &[(&str, Value)]) -> Outcome {
        self.begins_to_fill(who, values).await?;
        self.show.settle().await
    }

    async fn begins_to_fill(
        &mut self,
        who: &str,
        values: &[(&str, Value)],
    ) -> Result<Seen, Failure> {
        let filled: Vec<String> = values
            .iter()
            .map(|(label, value)| match value {
                Value::String(text) => format!("{label} {text:?}"),
                Value::Array(all) => {
                    let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                    format!("{label} {:?}", all.join("; "))
                }
                other => format!("{label} {other}"),
            })
            .collect();
        let what = format!("fills in and submits: {}", filled.join(", "));
        let client = self.show.at(who)?;
        let values: Map<String, Value> = values
            .iter()
            .map(|(label, value)| ((*label).to_owned(), value.clone()))
            .collect();
        let submit = client.submit(Value::Object(values));
        let seen = self.show.begins(who, &what, submit).await?;
        if seen.errors.is_empty() {
            Ok(seen)
        } else {
            Err(Failure::Stopped("the form was not taken".to_owned()))
        }
    }
}

/// Whether somebody is a reporter of this story and no responder.
pub fn is_reporter(handle: &str) -> bool {
    REPORTERS.contains(&handle)
}

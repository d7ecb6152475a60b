//! The story of the tour: who does what, in which order.
//!
//! Invariants: everything is done through the client doors, by the labels that a person sees; nothing is asserted here, `promises` judges
//! afterwards. The same story on each platform; on both, Alice reports on one of them and the work is done on the other. Neighbours: `acting` is
//! how people act, `crossing` what only two platforms have, `show` prints what comes of it.

mod acting;
mod crossing;

use super::{
    Report, Secret, Told,
    sabotage::{Moment, Sabotage},
};
use crate::cli::{
    Failure, Outcome,
    demo::{
        show::Show,
        stands::{Host, Wanted},
    },
};
use serde_json::json;

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

/// Where it plays.
#[derive(Debug, Clone, Copy)]
struct Scene {
    /// Where Alice reports, and her case's card is.
    alice: Host,
    /// Where everybody else is, and the work is done.
    others: Host,
}

impl Scene {
    const fn of(wanted: Wanted) -> Self {
        let (alice, others) = match wanted {
            Wanted::Slack => (Host::Slack, Host::Slack),
            Wanted::Discord => (Host::Discord, Host::Discord),
            Wanted::All => (Host::Discord, Host::Slack),
        };
        Self { alice, others }
    }

    fn crosses(self) -> bool {
        self.alice != self.others
    }
}

/// What is known while the story goes on.
struct Story<'s> {
    show: &'s mut Show,
    sabotage: Option<Sabotage>,
    scene: Scene,
    parts: usize,
}

/// Plays it.
pub async fn play(show: &mut Show, told: &mut Told, sabotage: Option<Sabotage>) -> Outcome {
    let scene = Scene::of(show.stage.stands().wanted());
    let mut story = Story {
        show,
        sabotage,
        scene,
        parts: 0,
    };
    Box::pin(story.reports(told)).await?;
    if scene.crosses() {
        story.part("Bob says that his account on Discord is his, too: a code here, typed there, confirmed here");
        Box::pin(story.links("bob", scene.others, scene.alice, told)).await?;
    }
    Box::pin(story.restricted(told)).await?;
    Box::pin(story.work()).await?;
    Box::pin(story.pages()).await?;
    told.secrets.push(Secret {
        words: NOTES.to_owned(),
        may: RESPONDERS.to_vec(),
    });
    told.secrets.push(Secret {
        words: WHY.to_owned(),
        may: RESPONDERS.to_vec(),
    });
    Box::pin(story.closes()).await
}

impl Story<'_> {
    fn part(&mut self, title: &str) {
        self.parts += 1;
        let text = format!("{}. {title}", self.parts);
        self.show.screen.heading(&text);
    }

    async fn spoil(&self, moment: Moment) -> Outcome {
        match self.sabotage {
            Some(sabotage) => {
                sabotage
                    .at(moment, &self.show.stage, self.show.here())
                    .await
            }
            None => Ok(()),
        }
    }

    async fn reports(&mut self, told: &mut Told) -> Outcome {
        self.part("Alice reports with one line; Bob and Max mark a message");
        told.reports.push(Report {
            who: "alice",
            words: CLICKED,
        });
        self.show.goes_to(self.scene.alice)?;
        let typed = self.report(CLICKED);
        let alice = self.at("alice")?;
        let what = format!("types in #general: {typed}");
        self.show
            .begins("alice", &what, alice.slash("general", &typed))
            .await?;
        self.spoil(Moment::Reported).await?;
        self.show.settle().await?;
        self.show.advance(1).await?;

        self.show.goes_to(self.scene.others)?;
        let gwen = self.at("gwen")?;
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
            let client = self.at(who)?;
            self.show
                .does(who, what, client.react(&message, "rotating_light"))
                .await?;
        }
        Ok(())
    }

    async fn restricted(&mut self, told: &mut Told) -> Outcome {
        self.part("Max reports something about a colleague: only its number is shown");
        self.show.goes_to(self.scene.others)?;
        told.reports.push(Report {
            who: "max",
            words: COLLEAGUE,
        });
        told.secrets.push(Secret {
            words: COLLEAGUE.to_owned(),
            may: vec!["max", "ivy"],
        });
        let alone = self.report("");
        let max = self.at("max")?;
        let what = format!("types {alone} alone and gets the form");
        self.show
            .does("max", &what, max.slash("general", &alone))
            .await?;
        let colleague = (
            "Does it concern a colleague?",
            json!(["Yes, it concerns a colleague"]),
        );
        // Where a form cannot grow, it asks for that at once.
        if self.scene.others == Host::Slack {
            let more = max.press_in_view("Add details", None);
            self.show.does("max", "asks for more fields", more).await?;
        }
        let filled = [("What happened?", json!(COLLEAGUE)), colleague];
        self.fills("max", &filled).await?;
        self.presses("ivy", "SE-2026-0003: ", "Take").await?;
        self.show.advance(1).await
    }

    async fn work(&mut self) -> Outcome {
        self.part("Rita takes the other two, triages and assesses Alice's case");
        self.presses("rita", "SE-2026-0002: ", "Take").await?;
        self.show.goes_to(self.scene.alice)?;
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
        self.goes_to_work("rita", "SE-2026-0001").await?;
        self.presses("rita", "SE-2026-0001: ", "Assess").await?;
        let assessment = [
            ("Which of these are true?", json!([USED])),
            ("What is it?", json!("Incident")),
            ("Why?", json!(WHY)),
        ];
        self.fills("rita", &assessment).await
    }

    async fn pages(&mut self) -> Outcome {
        self.part("Ivy escalates; Pia, on call, does not answer");
        self.goes_to_work("ivy", "SE-2026-0001").await?;
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
        self.goes_where("ben", "SE-2026-0001 needs you")?;
        self.spoil(Moment::Acknowledging).await?;
        self.presses("ben", "SE-2026-0001 needs you", "Acknowledge")
            .await
    }

    async fn closes(&mut self) -> Outcome {
        self.part("Rita closes, and each reporter hears the outcome");
        self.goes_to_work("rita", "SE-2026-0001").await?;
        self.presses("rita", "SE-2026-0001: ", "Close").await?;
        let outcome = ("Outcome", json!("Incident, contained and resolved"));
        let notes = ("Closure notes", json!(NOTES));
        match self.scene.others {
            Host::Slack => {
                let rita = self.at("rita")?;
                let half = json!({ "Outcome": outcome.1 });
                // The notes are still missing: the client keeps what is chosen and sends nothing.
                rita.submit(half).await.map_err(Failure::stopped)?;
                let what = "chooses \"Incident, contained and resolved\" and asks for a preview";
                let preview = rita.press_in_view("Preview the answer to reporters", None);
                self.show.does("rita", what, preview).await?;
                self.begins_to_fill("rita", &[notes]).await?;
            }
            Host::Discord => self.begins_to_fill("rita", &[outcome, notes]).await?,
        }
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
}

/// Whether somebody is a reporter of this story and no responder.
pub fn is_reporter(handle: &str) -> bool {
    REPORTERS.contains(&handle)
}

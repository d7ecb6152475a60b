//! What only two platforms over one record have: accounts that are linked, and a case that is worked on where it was not reported.
//!
//! Invariants: as `story`; a case from elsewhere is reached by asking for its number, as a person would. Neighbours: `promises/crossing` judges it.

use super::Story;
use crate::cli::{
    Failure, Outcome,
    demo::{
        stands::Host,
        tour::{Secret, Told},
    },
};

/// Asks for a code, and takes the one that the other account was told.
const COMMAND: &str = "/secevent link";
/// Before the code, where it is told.
const TOLD: &str = "With your other account";
/// What only the one who is asked reads.
const ASKED: &str = "typed the code that you asked for";

impl Story<'_> {
    /// Somebody whom the directory does not know says that both accounts are theirs.
    pub(super) async fn links(
        &mut self,
        who: &'static str,
        here: Host,
        there: Host,
        told: &mut Told,
    ) -> Outcome {
        self.show.goes_to(here)?;
        self.types(who, COMMAND).await?;
        let code = self.code(who)?;
        told.secrets.push(Secret {
            words: code.clone(),
            may: vec![who],
        });
        self.show.goes_to(there)?;
        self.types(who, &format!("{COMMAND} {code}")).await?;
        self.show.goes_to(here)?;
        let yes = "Yes, that is me";
        self.presses_as(who, ASKED, yes, &format!("presses [{yes}]"))
            .await?;
        self.show.goes_to(there)?;
        self.types(who, "/secevent mine").await
    }

    /// Goes to where somebody sees a message with these words.
    pub(super) fn goes_where(&mut self, who: &str, words: &str) -> Outcome {
        let hosts = self.show.stage.stands().hosts().iter();
        let mut seen = hosts.filter(|host| self.show.eyes.find(**host, who, words).is_some());
        // Nowhere: then whoever looks for it says so.
        let host = seen.next().copied().unwrap_or(self.show.here());
        self.show.goes_to(host)
    }

    /// The code that somebody was told.
    fn code(&self, who: &str) -> Result<String, Failure> {
        let told = self.show.eyes.find(self.show.here(), who, TOLD);
        let shown = told.map_or("", |sight| sight.message.shown.as_str());
        let mut words = shown.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let is_half = |half: &str| half.len() == 4 && half.chars().all(char::is_alphanumeric);
        let is_code = |word: &&str| {
            let halves = word.split_once('-');
            halves.is_some_and(|(head, tail)| is_half(head) && is_half(tail))
        };
        let found = words.find(is_code);
        found
            .map(ToOwned::to_owned)
            .ok_or_else(|| Failure::Stopped("no code was told".to_owned()))
    }

    /// Goes to where the responders of this story work; a case that was reported elsewhere is asked for by its number there.
    pub(super) async fn goes_to_work(&mut self, who: &str, number: &str) -> Outcome {
        let scene = self.scene;
        self.show.goes_to(scene.others)?;
        if scene.crosses() {
            self.types(who, &format!("/secevent status {number}"))
                .await?;
        }
        Ok(())
    }
}

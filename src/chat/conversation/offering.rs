//! What may be meant by the number that somebody is typing: the cases that concern exactly them.
//!
//! Invariants: only what the person's home would show is offered, read through `visible`, so that a guess finds nothing; a fault offers nothing,
//! because nobody waits for it. Neighbours: [`super::home`] shows the same cases, [`super::asking`] answers what is chosen.

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::answer::Answer;
use crate::chat::speech;
use crate::domain::{event_report::Door, visible::View};
use crate::workflow::Fault;
use std::collections::BTreeSet;

/// Most cases that are offered; no platform shows more than 25.
const MOST: usize = 20;
/// Most code points of what is shown for a case.
const LABEL: usize = 90;

impl Conversation {
    pub(super) async fn offer(&self, turn: &Turn, typed: &str) -> Result<Told, Fault> {
        let home = self.workflow.home(&turn.cx(Door::SlashCommand)).await?;
        let owned = home.owned.iter().flatten().map(|one| (&one.view, None));
        let reports = home
            .reports
            .iter()
            .map(|one| (&one.view, Some(one.said.as_str())));
        let wanted = typed.trim().to_lowercase();
        let mut seen = BTreeSet::new();
        let mut offered = Vec::new();
        for (view, said) in owned.chain(reports) {
            let number = view.number.to_string();
            let label = label(turn, view, said);
            let fits = wanted.is_empty() || label.to_lowercase().contains(&wanted);
            if fits && offered.len() < MOST && seen.insert(number.clone()) {
                offered.push((number, label));
            }
        }
        Ok(Told::answered(Answer::Offer(offered)))
    }
}

fn label(turn: &Turn, view: &View, said: Option<&str>) -> String {
    let status = speech::labels::status(&turn.reader, view.status);
    let about = said.or(view.title.as_deref()).unwrap_or_default();
    let label = format!("{} ({status}) {about}", view.number);
    label.trim_end().chars().take(LABEL).collect()
}

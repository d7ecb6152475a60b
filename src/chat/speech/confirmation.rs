//! What somebody hears privately after a verb: that it is done, and the step that usually follows.
//!
//! Invariants: said only after the commit; names the number and nothing of the substance, so it is fit for restricted cases.
//! Neighbours: receipts answer reports; this answers everything else.

use super::labels;
use super::reader::{Reader, code};
use crate::chat::card::{Action, Button, Card, Part, Style, Tone};
use crate::domain::{
    authority::Verb,
    ids::{CaseId, CaseNumber},
};

/// The confirmation of `verb`; `None` where nothing needs to be said.
#[must_use]
pub fn done(reader: &Reader, verb: Verb, case: CaseId, number: CaseNumber) -> Option<Card> {
    let template = sentence(verb)?;
    let mut parts = vec![reader.text(template, &[("number", code(number))])];
    let buttons: Vec<Button> = follows(verb)
        .iter()
        .enumerate()
        .map(|(place, next)| Button {
            label: labels::verb(reader, *next),
            action: Action {
                verb: next.as_str().to_owned(),
                id: case.to_string(),
            },
            style: if place == 0 {
                Style::Primary
            } else {
                Style::Normal
            },
        })
        .collect();
    if !buttons.is_empty() {
        parts.push(Part::Buttons { buttons });
    }
    Some(Card {
        title: None,
        parts,
        tone: Tone::Good,
        summary: reader.fill(template, &[("number", &number.to_string())]),
    })
}

const fn sentence(verb: Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::AddDetails => "Thank you, added to {number}. The responders see it.",
        Verb::Withdraw => {
            "Your report of {number} is withdrawn, and the responders are told. The case itself stays until they close it. If it worries you again, report again."
        }
        Verb::Take => "{number} is yours now. Triage it as soon as you can.",
        Verb::Triage => "{number} is triaged. Next: is it an incident?",
        Verb::Assess => "Your assessment of {number} is recorded.",
        Verb::SetSeverity => {
            "The severity of {number} is changed; the first rating and your reason stay on record."
        }
        Verb::Escalate => {
            "{number} is escalated. The page goes out now; I tell you if nobody answers."
        }
        Verb::Acknowledge => {
            "Thank you. You acknowledged {number}, and everybody concerned sees it."
        }
        Verb::Note => "Your note is in the record of {number}.",
        Verb::Close => "{number} is closed. Each reporter is told the outcome now.",
        Verb::Reopen => "{number} is open again and in triage.",
        Verb::Merge => {
            "{number} is merged. Its reporters are told, and hear the outcome of the case that goes on."
        }
        Verb::Unmerge => {
            "{number} is open again and worked on by itself; its reporters are told. Decide anew what it is."
        }
        Verb::Open
        | Verb::Join
        | Verb::Attach
        | Verb::MessageChanged
        | Verb::MessageDeleted
        | Verb::Link
        | Verb::View
        | Verb::Tick
        | Verb::AdoptPolicy
        | Verb::SeedDirectory => return None,
    })
}

const fn follows(verb: Verb) -> &'static [Verb] {
    match verb {
        Verb::Take => &[Verb::Triage, Verb::Escalate, Verb::Close],
        Verb::Acknowledge => &[Verb::Take, Verb::Note],
        Verb::Triage => &[Verb::Assess, Verb::Escalate, Verb::Close],
        Verb::Assess => &[Verb::Close, Verb::Escalate],
        Verb::Reopen | Verb::Unmerge => &[Verb::Triage],
        _ => &[],
    }
}

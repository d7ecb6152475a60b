//! The receipt: the first answer to a reporter.
//!
//! Invariants: said only of what is stored (promise 1); holds the number, what to do and what not to do (R13), the point of contact (R16), and the
//! urgent path; an outsider gets no phone numbers. Neighbours: said in line by the conversation and sent by `delivery`.

use super::contacts::urgent_items;
use super::reader::{Reader, code, plain, strong};
use crate::chat::{
    card::{Action, Button, Card, Part, Span, Style, Tone},
    traits,
};
use crate::domain::{
    clock::Timestamp,
    ids::{CaseId, CaseNumber, ReportId},
    policy::{NOT_SURE, Policy},
};

/// What a receipt is made from.
#[derive(Debug, Clone, Copy)]
pub struct Receipt<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// The report that is answered.
    pub report: ReportId,
    /// Category whose advice is shown; an unknown one gets the advice of "not sure".
    pub category: &'a str,
    /// Somebody had reported the same: the report joined that case.
    pub joined: bool,
    /// Until when the reporter may withdraw; the button is left out without it.
    pub withdraw_until: Option<Timestamp>,
    /// Concerns a colleague.
    pub restricted: bool,
    /// The reporter is a guest or of another organisation.
    pub outsider: bool,
    /// Said in the direct conversation, whose thread belongs to the case; not so for the answer in line.
    pub direct: bool,
}

/// The receipt.
#[must_use]
pub fn receipt(reader: &Reader, receipt: &Receipt<'_>) -> Card {
    let policy = receipt.policy;
    let number = receipt.number.to_string();
    let mut parts = vec![opening(reader, receipt)];
    if receipt.restricted {
        parts.push(reader.text(
            "It is restricted: beyond its number, only the few people who handle it can see anything.",
            &[],
        ));
    }
    let advice = policy
        .category(receipt.category)
        .or_else(|| policy.category(NOT_SURE));
    if let Some(advice) = advice {
        for (heading, items) in [
            ("What to do now", &advice.advice_do),
            ("What not to do", &advice.advice_dont),
        ] {
            if items.is_empty() {
                continue;
            }
            parts.push(Part::Text {
                line: vec![strong(reader.say(heading))],
            });
            parts.push(Part::List {
                items: items
                    .iter()
                    .map(|item| vec![plain(item.as_str())])
                    .collect(),
            });
        }
    }
    parts.push(reader.text(
        "Your point of contact: {contact}.",
        &[("contact", strong(policy.contacts.point_of_contact.as_str()))],
    ));
    if !receipt.outsider && !policy.contacts.urgent.is_empty() {
        parts.push(reader.text("If it gets urgent, call:", &[]));
        parts.push(Part::List {
            items: urgent_items(policy),
        });
    }
    let more = match (receipt.direct, traits::of(reader.platform).direct_threads) {
        (true, true) => {
            "Something to add? Reply in the thread of this message, files too. The outcome will follow here."
        }
        (true, false) => {
            "Something to add? Choose Reply in the menu of this message, files too. The outcome will follow here."
        }
        (false, true) => {
            "The outcome will follow in our direct conversation; reply in the thread there to add something."
        }
        (false, false) => {
            "The outcome will follow in our direct conversation; choose Reply in the menu of the receipt there to add something."
        }
    };
    parts.push(reader.text(more, &[]));
    parts.push(Part::Buttons {
        buttons: buttons(reader, receipt),
    });
    if let Some(until) = receipt.withdraw_until {
        parts.push(reader.small(
            "You can withdraw this report until {until}; the case then stays, and the responders are told.",
            &[("until", Span::Time(until))],
        ));
    }
    Card {
        title: Some(reader.say("Thank you for telling us")),
        parts,
        tone: Tone::Good,
        summary: reader.fill(
            "Your report is recorded as {number}.",
            &[("number", &number)],
        ),
    }
}

fn opening(reader: &Reader, receipt: &Receipt<'_>) -> Part {
    let values = [
        ("number", code(receipt.number)),
        ("team", plain(receipt.policy.queue.team.as_str())),
    ];
    let template = if receipt.joined {
        "This was reported already, and your report now belongs to {number}. {team} has it."
    } else {
        "Your report is recorded as {number}. {team} has it."
    };
    reader.text(template, &values)
}

fn buttons(reader: &Reader, receipt: &Receipt<'_>) -> Vec<Button> {
    let mut buttons = vec![Button {
        label: reader.say("Add details"),
        action: Action {
            verb: "add_details".to_owned(),
            id: receipt.case.to_string(),
        },
        style: Style::Normal,
    }];
    if receipt.withdraw_until.is_some() {
        buttons.push(Button {
            label: reader.say("Withdraw"),
            action: Action {
                verb: "withdraw".to_owned(),
                id: receipt.report.to_string(),
            },
            style: Style::Normal,
        });
    }
    buttons
}

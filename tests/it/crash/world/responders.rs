//! The responders of Example Corp under load: they work whole cases, from Take to Close, and answer the pages that reach them.
//!
//! Invariants: what stands in their ledger is what the bot told them in words; an act without such words promised nothing, because the bot may
//! still be writing that it was not stored. What did not come off is tried again, and left out after a few tries. Neighbours: `people`
//! sets them to work; the stand-in's door.

use std::collections::{BTreeMap, BTreeSet};

use secevent::emulator::slack::{Act, AtClient, Seen, SeenMessage, SeenView};
use serde_json::{Map, Value, json};

use super::ledger::Ledger;
use super::people::{has_button, number_in};

/// The steps of a case: the button, the words that say that it is done, and the kind of its entry.
const STEPS: [(&str, &str, &str); 6] = [
    ("Take", "is yours now", "taken"),
    ("Triage", "is triaged", "triaged"),
    ("Assess", "is recorded", "assessed"),
    ("Escalate", "is escalated", "escalated"),
    (ACKNOWLEDGE, "You acknowledged", "acknowledged"),
    ("Close", "is closed. Each reporter", "closed"),
];
/// The button of a page.
const ACKNOWLEDGE: &str = "Acknowledge";
/// How often a step is tried on a bot that answers, before it is left out.
const TRIES: u32 = 4;
/// How many turns are spent on waiting for somebody to acknowledge.
const TURNS_OF_WAITING: u32 = 20;

/// A responder at work.
#[derive(Debug)]
pub struct Responder {
    client: AtClient,
    ledger: Ledger,
    /// Which of the cases are this responder's: those whose number leaves this rest when divided by two.
    share: u64,
    current: Option<Current>,
    finished: BTreeSet<String>,
    noted: BTreeSet<(String, &'static str)>,
    /// How often each page was answered, by its place.
    pages: BTreeMap<String, u32>,
}

/// The case in hand.
#[derive(Debug)]
struct Current {
    number: String,
    step: usize,
    tries: u32,
}

impl Responder {
    /// One who has done nothing yet.
    pub fn new(client: AtClient, ledger: Ledger, share: u64) -> Self {
        Self {
            client,
            ledger,
            share,
            current: None,
            finished: BTreeSet::new(),
            noted: BTreeSet::new(),
            pages: BTreeMap::new(),
        }
    }

    /// Does the next thing: a step of the case in hand, or the first of another one.
    pub async fn turn(&mut self) {
        let cards = self.client.read_channel("#security-queue").await;
        let cards = cards.unwrap_or_default();
        let current = match self.current.take() {
            Some(current) => current,
            None => match self.next_case(&cards) {
                Some(number) => Current {
                    number,
                    step: 0,
                    tries: 0,
                },
                None => return,
            },
        };
        let title = format!("{}: ", current.number);
        let Some(card) = cards.iter().find(|card| card.shown.contains(&title)) else {
            return;
        };
        self.current = self.step(current, card).await;
    }

    /// The newest of this responder's cases that nobody has closed.
    fn next_case(&self, cards: &[SeenMessage]) -> Option<String> {
        cards.iter().rev().find_map(|card| {
            let number = number_in(&card.shown)?;
            let is_mine = n_of(&number) % 2 == self.share;
            (is_mine && has_button(card, "Close") && !self.finished.contains(&number))
                .then_some(number)
        })
    }

    /// Tries the step that is due; what comes next, or `None` when the case is done with.
    async fn step(&mut self, mut current: Current, card: &SeenMessage) -> Option<Current> {
        let (button, _, entry) = STEPS[current.step];
        let is_over = if button == ACKNOWLEDGE {
            // A page is answered where it came.
            current.tries += 1;
            !card.shown.contains("no answer yet") || current.tries > TURNS_OF_WAITING
        } else if !has_button(card, button)
            || (button == "Escalate" && n_of(&current.number) % 8 >= 6)
        {
            true
        } else {
            current.tries += u32::from(self.does(card, button).await);
            self.noted.contains(&(current.number.clone(), entry)) || current.tries > TRIES
        };
        if is_over {
            (current.step, current.tries) = (current.step + 1, 0);
        }
        if current.step < STEPS.len() {
            return Some(current);
        }
        self.finished.insert(current.number);
        None
    }

    /// Presses, fills in the form if one opens, and reads what comes; `false` if nobody was there.
    async fn does(&mut self, card: &SeenMessage, button: &str) -> bool {
        // A form that stayed open when the bot died under it is put away.
        let all = Act {
            all: true,
            ..Act::default()
        };
        drop(self.client.act::<Seen>("close", all).await);
        let pressed = self.client.press(&card.at(), button).await;
        let mut seen = pressed.unwrap_or_default();
        if let Some(form) = seen.view.take_if(|form| !form.submit.is_empty()) {
            let filled = self.client.submit(answers(&form)).await;
            seen = filled.unwrap_or_default();
        }
        if let Some(card) = seen.view.filter(|view| view.submit.is_empty()) {
            self.note(&card.shown);
        }
        self.hear().await;
        seen.acknowledged && !seen.deliveries.is_empty()
    }

    /// Answers a page that has come, unless it is one of those that are slept through.
    pub async fn answer_page(&mut self) {
        let messages = self.client.read_dm("secevent").await.unwrap_or_default();
        let page = messages.iter().rev().find(|one| {
            let number = number_in(&one.shown).unwrap_or_default();
            has_button(one, ACKNOWLEDGE)
                && n_of(&number) % 4 != 1
                && self.pages.get(&one.ts).is_none_or(|tries| *tries < 2)
                && !self.noted.contains(&(number, "acknowledged"))
        });
        if let Some(page) = page {
            let pressed = self.client.press(&page.at(), ACKNOWLEDGE).await;
            if pressed.is_ok_and(|seen| seen.acknowledged) {
                *self.pages.entry(page.ts.clone()).or_default() += 1;
            }
        }
        self.hear().await;
    }

    /// Reads what only this responder sees, and writes down what it says was done.
    async fn hear(&mut self) {
        for message in self.client.ephemerals().await.unwrap_or_default() {
            self.note(&message.shown);
        }
    }

    fn note(&mut self, shown: &str) {
        let done = STEPS.iter().find(|(_, words, _)| shown.contains(words));
        if let (Some((_, _, entry)), Some(number)) = (done, number_in(shown))
            && self.noted.insert((number.clone(), entry))
        {
            self.ledger.confirmed(self.client.user(), &number, entry);
        }
    }
}

/// What stands in a form when it is sent: an answer to each field that is known, and nothing for the others.
fn answers(form: &SeenView) -> Value {
    let is_incident = number_in(&form.shown).is_some_and(|number| n_of(&number) % 4 < 2);
    let known = [
        (
            "Category",
            json!("Phishing, or somebody pretending to be somebody"),
        ),
        ("Severity", json!("SEV1")),
        ("Application or service", json!("Mail")),
        ("Why do you escalate?", json!("It goes on right now.")),
        ("Why?", json!("It was looked at.")),
        ("Closure notes", json!("Nothing remains to be done.")),
    ];
    let found = if is_incident {
        [
            ("Which of these are true?", json!(["unauthorised_access"])),
            ("What is it?", json!("Incident")),
            ("Outcome", json!("Incident, contained and resolved")),
        ]
    } else {
        [
            ("Which of these are true?", json!([])),
            ("What is it?", json!("False alarm")),
            ("Outcome", json!("False alarm")),
        ]
    };
    let given: Map<String, Value> = known
        .into_iter()
        .chain(found)
        .filter(|(label, value)| {
            *value != json!([]) && form.fields.iter().any(|field| field.label == *label)
        })
        .map(|(label, value)| (label.to_owned(), value))
        .collect();
    given.into()
}

/// The running number within a case number.
fn n_of(number: &str) -> u64 {
    let last = number.rsplit('-').next();
    last.and_then(|n| n.parse().ok()).unwrap_or(0)
}

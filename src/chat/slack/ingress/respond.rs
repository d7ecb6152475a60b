//! From the neutral answer to what Slack shows.
//!
//! Invariants: only opening a form is called in line, within its trigger's 3 seconds; every other call happens after the acknowledgement;
//! a form that Slack does not open is never silent: the person is told to press again. Neighbours: `responses`, `render`.

use super::{
    Inner, WireAnswer,
    read::{Reply, Surface},
    responses::ephemeral,
    tab,
};
use crate::chat::{
    answer::Answer,
    card::Card,
    form::Form,
    slack::{
        api::CallError,
        envelope::interaction::View,
        phrases,
        render::{card, text::cut},
    },
    speech::Untold,
};
use crate::domain::person::PlatformId;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// When a form must be open and the acknowledgement on its way, of the 3 seconds that Slack gives.
const BUDGET: Duration = Duration::from_millis(2_800);
/// The least that is tried.
const LEAST: Duration = Duration::from_millis(200);

impl Inner {
    pub(super) async fn respond(
        &self,
        answer: Answer,
        reply: Reply,
        key: &str,
        since: Instant,
    ) -> WireAnswer {
        match &reply.surface {
            Surface::Event(_) => self.to_event(&answer, &reply, key),
            Surface::Submitted(view) => self.to_submission(answer, &reply, view),
            Surface::HomeOpened => WireAnswer::Ack(None),
            Surface::Home(view) => self.at_home(answer, &reply, view, since).await,
            Surface::Command | Surface::Press => self.to_press(answer, &reply, since).await,
            Surface::InForm(view) => self.in_form(answer, &reply, view, since).await,
        }
    }

    /// Events wait for no words; whether they were stored is all that Slack hears.
    fn to_event(&self, answer: &Answer, reply: &Reply, key: &str) -> WireAnswer {
        let (card, wire) = match answer {
            Answer::Private(card) | Answer::Done(Some(card)) => (card, WireAnswer::Ack(None)),
            // The key keeps a second delivery from doing anything twice.
            Answer::NotConfirmed(card) | Answer::Failed(card) => (card, WireAnswer::Again),
            Answer::Again => return WireAnswer::Again,
            Answer::Nothing | Answer::Done(None) | Answer::Home(_) | Answer::Offer(_) => {
                return WireAnswer::Ack(None);
            }
            Answer::Open(_) | Answer::Replace(_) | Answer::FieldErrors(_) => {
                tracing::error!("an event was answered with a form, which Slack cannot show");
                return WireAnswer::Ack(None);
            }
        };
        let thread = match &reply.surface {
            Surface::Event(thread) => thread.as_deref(),
            _ => None,
        };
        let once = format!("{key} {}", wire == WireAnswer::Again);
        self.responses.on_event(card, once, reply, thread);
        wire
    }

    /// Commands, shortcuts and buttons of messages.
    async fn to_press(&self, answer: Answer, reply: &Reply, since: Instant) -> WireAnswer {
        let card = match answer {
            Answer::Nothing | Answer::Done(None) | Answer::Offer(_) => {
                return WireAnswer::Ack(None);
            }
            Answer::Private(card)
            | Answer::Home(card)
            | Answer::Done(Some(card))
            | Answer::NotConfirmed(card)
            | Answer::Failed(card) => card,
            Answer::Open(form) | Answer::Replace(form) => {
                let view = self.form_view(&form);
                match self.open("views.open", &view, reply, since).await {
                    Ok(()) => return WireAnswer::Ack(None),
                    Err(card) => card,
                }
            }
            Answer::FieldErrors(errors) => errors_card(&errors),
            // Slack delivers none of these again.
            Answer::Again => self.not_stored(reply),
        };
        self.tell(&card, reply)
    }

    /// In the acknowledgement if Slack shows it, else beside it.
    fn tell(&self, card: &Card, reply: &Reply) -> WireAnswer {
        if reply.surface == Surface::Command {
            let said = card::message(card, self.settings.brand.as_deref());
            return WireAnswer::Ack(Some(ephemeral(&said)));
        }
        self.responses
            .respond(card, reply.response_url.as_deref(), reply);
        WireAnswer::Ack(None)
    }

    /// Buttons inside a form: what was entered stays below what is opened.
    async fn in_form(
        &self,
        answer: Answer,
        reply: &Reply,
        view: &View,
        since: Instant,
    ) -> WireAnswer {
        let brand = self.settings.brand.as_deref();
        let (method, content) = match answer {
            Answer::Nothing | Answer::Done(None) | Answer::Offer(_) => {
                return WireAnswer::Ack(None);
            }
            Answer::Open(form) => {
                let form = tab::marked(self.form_view(&form), view);
                if let Err(card) = self.open("views.push", &form, reply, since).await {
                    self.responses.direct(&reply.branch.api, &card, &reply.user);
                }
                return WireAnswer::Ack(None);
            }
            Answer::Replace(form) => ("views.update", self.form_view(&form)),
            Answer::Done(Some(card)) => ("views.update", card::view(&card, brand)),
            Answer::Private(card)
            | Answer::Home(card)
            | Answer::NotConfirmed(card)
            | Answer::Failed(card) => ("views.push", card::view(&card, brand)),
            Answer::FieldErrors(errors) => ("views.push", card::view(&errors_card(&errors), brand)),
            Answer::Again => ("views.push", card::view(&self.not_stored(reply), brand)),
        };
        let mut body = json!({ "view": tab::marked(content, view) });
        if method == "views.update" {
            body["view_id"] = json!(view.id);
            if let Some(hash) = &view.hash {
                body["hash"] = json!(hash);
            }
        } else {
            body["trigger_id"] = json!(reply.trigger.as_deref().unwrap_or_default());
        }
        let limit = self.left(since);
        if let Err(error) = reply.branch.api.post_within(limit, method, &body).await {
            self.responses
                .direct(&reply.branch.api, &unopened(&error), &reply.user);
        }
        WireAnswer::Ack(None)
    }

    /// Buttons of the Home tab: it has no room for an answer, so that opens over it.
    async fn at_home(
        &self,
        answer: Answer,
        reply: &Reply,
        view: &View,
        since: Instant,
    ) -> WireAnswer {
        let brand = self.settings.brand.as_deref();
        let (content, said) = match answer {
            Answer::Nothing | Answer::Done(None) | Answer::Home(_) | Answer::Offer(_) => {
                return WireAnswer::Ack(None);
            }
            Answer::Open(form) | Answer::Replace(form) => (self.form_view(&form), None),
            Answer::Private(card)
            | Answer::Done(Some(card))
            | Answer::NotConfirmed(card)
            | Answer::Failed(card) => (card::view(&card, brand), Some(card)),
            Answer::FieldErrors(errors) => {
                let card = errors_card(&errors);
                (card::view(&card, brand), Some(card))
            }
            // Slack delivers no press again.
            Answer::Again => {
                let card = self.not_stored(reply);
                (card::view(&card, brand), Some(card))
            }
        };
        let content = tab::marked(content, view);
        if let Err(card) = self.open("views.open", &content, reply, since).await {
            // What was to be said is said all the same.
            self.responses.direct(
                &reply.branch.api,
                said.as_ref().unwrap_or(&card),
                &reply.user,
            );
        }
        WireAnswer::Ack(None)
    }

    /// A submitted form: errors stand at their fields, words replace the form.
    fn to_submission(&self, answer: Answer, reply: &Reply, view: &View) -> WireAnswer {
        let brand = self.settings.brand.as_deref();
        let mut body = match answer {
            Answer::Nothing | Answer::Offer(_) => return WireAnswer::Ack(None),
            Answer::FieldErrors(errors) => match field_errors(&errors, view) {
                Some(errors) => json!({ "response_action": "errors", "errors": errors }),
                None => {
                    json!({ "response_action": "push", "view": card::view(&errors_card(&errors), brand) })
                }
            },
            Answer::Open(form) | Answer::Replace(form) => {
                json!({ "response_action": "update", "view": self.form_view(&form) })
            }
            Answer::Done(None) => json!({ "response_action": "clear" }),
            Answer::Done(Some(card)) | Answer::Private(card) | Answer::Home(card) => {
                json!({ "response_action": "update", "view": card::view(&card, brand) })
            }
            // What was entered stays below, to be submitted again.
            Answer::NotConfirmed(card) | Answer::Failed(card) => {
                json!({ "response_action": "push", "view": card::view(&card, brand) })
            }
            Answer::Again => {
                json!({ "response_action": "push", "view": card::view(&self.not_stored(reply), brand) })
            }
        };
        if body["view"].is_object() {
            body["view"] = tab::marked(body["view"].take(), view);
        }
        WireAnswer::Ack(Some(body))
    }

    fn not_stored(&self, reply: &Reply) -> Card {
        let slack = PlatformId::Slack;
        self.handler.untold(Untold::Unstored, slack, reply.outsider)
    }

    fn form_view(&self, form: &Form) -> Value {
        let name = self.entropy.uuid(self.clock.now()).to_string();
        self.pages.first(form, &name).unwrap_or_else(|error| {
            tracing::error!(%error, "a form cannot be shown");
            card::view(&phrases::not_opened(), self.settings.brand.as_deref())
        })
    }

    /// Opens a view; `Err` holds what to tell instead.
    async fn open(
        &self,
        method: &str,
        view: &Value,
        reply: &Reply,
        since: Instant,
    ) -> Result<(), Card> {
        let Some(trigger) = &reply.trigger else {
            return Err(phrases::press_again());
        };
        let body = json!({ "trigger_id": trigger, "view": view });
        let limit = self.left(since);
        let opened = reply.branch.api.post_within(limit, method, &body).await;
        opened.map(drop).map_err(|error| unopened(&error))
    }

    fn left(&self, since: Instant) -> Duration {
        let left = BUDGET.saturating_sub(since.elapsed());
        left.min(self.settings.timeouts.form).max(LEAST)
    }
}

fn unopened(error: &CallError) -> Card {
    // Whether it was too late is the person's business; why else it failed is ours.
    if error.is_trigger() {
        return phrases::press_again();
    }
    if matches!(
        error.code(),
        Some("invalid_arguments" | "invalid_blocks" | "view_too_large")
    ) {
        tracing::error!(%error, "Slack refuses a form");
    } else {
        tracing::warn!(%error, "Slack did not open a form");
    }
    phrases::not_opened()
}

/// Errors at the form's own inputs; those of fields that it does not show stand at its first input. `None` if it has no input.
fn field_errors(errors: &BTreeMap<String, String>, view: &View) -> Option<Map<String, Value>> {
    let first = view.inputs.first()?;
    let mut placed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (field, error) in errors {
        let error = if error.trim().is_empty() {
            "Please check this."
        } else {
            error
        };
        if view.inputs.contains(field) {
            placed.entry(field).or_default().push(error.to_owned());
        } else {
            placed
                .entry(first)
                .or_default()
                .push(phrases::elsewhere(field, error));
        }
    }
    let placed = placed
        .into_iter()
        .map(|(field, errors)| (field.to_owned(), json!(cut(&errors.join(" "), 300))));
    Some(placed.collect())
}

fn errors_card(errors: &BTreeMap<String, String>) -> Card {
    use crate::chat::card::{Part, Span};
    let line =
        |(field, error): (&String, &String)| vec![Span::Plain(phrases::elsewhere(field, error))];
    Card {
        parts: vec![Part::List {
            items: errors.iter().map(line).collect(),
        }],
        summary: "Please check what you entered.".to_owned(),
        ..Card::default()
    }
}

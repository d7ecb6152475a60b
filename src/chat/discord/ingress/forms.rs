//! Forms in steps: opened, filled in, corrected, and handed over whole.
//!
//! Invariants: what was entered in one step is kept before the next is offered; a report is never lost because what was kept is: its words
//! come with the step itself; only the account that opened a form goes on with it; only whole forms are handed over; no draft is waited for
//! longer than the person can be kept waiting. Neighbours: `respond`,
//! `render::form` shows a step, `render::entered` reads it.

use super::Inner;
use crate::chat::{
    answer::Answer,
    discord::{
        phrases,
        render::{entered, form as render},
    },
    drafts::{Draft, Unkept},
    form::{Entered, Form, FormKey},
    forms::{self, reading::FieldErrors},
    inbound::{Inbound, InboundKind, Sender},
    speech::Untold,
};
use crate::{domain::person::Identity, runtime};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// What the drafts get, however late it is.
const LEAST: Duration = Duration::from_millis(200);

/// What a step is called: `v1:form:<verb>:<draft>:<page>`.
fn name(verb: &str, draft: Uuid, page: usize) -> String {
    format!("v1:form:{verb}:{}:{page}", draft.simple())
}

/// The verb, the draft and the page of a step.
fn parse(custom_id: &str) -> Option<(&str, Option<Uuid>, usize)> {
    let mut steps = custom_id.split(':');
    if (steps.next()?, steps.next()?) != ("v1", "form") {
        return None;
    }
    let verb = steps.next().filter(|verb| !verb.is_empty())?;
    let draft = steps.next().and_then(|draft| draft.parse().ok());
    let page = steps.next().and_then(|page| page.parse().ok());
    Some((verb, draft, page.unwrap_or(0)))
}

impl Inner {
    /// Waits for the drafts, and no longer than there is time until the person must be answered. What is kept too late is kept all the same.
    async fn in_time<T: Send + 'static>(
        &self,
        since: Instant,
        work: impl Future<Output = Result<T, Unkept>> + Send + 'static,
    ) -> Result<T, Unkept> {
        let timeouts = &self.settings.timeouts;
        let left = timeouts.confirm.saturating_sub(since.elapsed());
        let limit = timeouts.draft.min(left.max(LEAST));
        let done = runtime::within(limit, runtime::shield("discord draft", work)).await;
        done.unwrap_or_else(|unconfirmed| Err(Unkept(unconfirmed.to_string())))
    }

    async fn keep(
        &self,
        name: Option<Uuid>,
        owner: &Identity,
        draft: &Draft,
        since: Instant,
    ) -> Result<Uuid, Unkept> {
        let drafts = Arc::clone(&self.drafts);
        let (owner, draft) = (owner.clone(), draft.clone());
        let keep = async move { drafts.keep(name, &owner, &draft).await };
        self.in_time(since, keep).await
    }

    async fn find(
        &self,
        name: Uuid,
        owner: &Identity,
        since: Instant,
    ) -> Result<Option<Draft>, Unkept> {
        let (drafts, owner) = (Arc::clone(&self.drafts), owner.clone());
        let find = async move { drafts.find(name, &owner).await };
        self.in_time(since, find).await
    }

    /// Nobody waits for what is not needed any more.
    fn forget(&self, name: Uuid, owner: Identity) {
        let drafts = Arc::clone(&self.drafts);
        let forget = async move { drafts.forget(name, &owner).await };
        runtime::shield("discord draft", forget).detach();
    }

    /// Opens a form: its first step, in answer to what allows that.
    pub(super) async fn open(&self, form: Form, inbound: &Inbound, since: Instant) -> Value {
        let draft = Draft {
            form,
            entered: Entered::default(),
        };
        let kept = self.keep(None, &inbound.from.identity, &draft, since);
        match kept.await {
            Ok(id) => self.modal(id, &draft, 0),
            Err(error) if draft.form.key.verb == forms::report::VERB => {
                // Its words are read without the draft.
                tracing::warn!(%error, "a draft was not kept");
                self.modal(Uuid::nil(), &draft, 0)
            }
            Err(error) => {
                tracing::warn!(%error, "a form was not opened");
                self.private(&phrases::not_opened())
            }
        }
    }

    fn modal(&self, id: Uuid, draft: &Draft, page: usize) -> Value {
        let form = &draft.form;
        let page = page.min(render::pages(form).saturating_sub(1));
        let name = name(&form.key.verb, id, page);
        let modal = render::modal(form, page, &draft.entered, &name, &self.looks);
        json!({ "type": 9, "data": modal })
    }

    /// A button that opens a step of what is being filled in.
    pub(super) async fn fill(&self, owner: &Inbound, id: &str, since: Instant) -> Value {
        let mut steps = id.split(':');
        let draft = steps.next().and_then(|draft| draft.parse::<Uuid>().ok());
        let page = steps.next().and_then(|page| page.parse().ok());
        let Some(id) = draft else {
            return self.private(&phrases::unknown());
        };
        match self.find(id, &owner.from.identity, since).await {
            Ok(Some(draft)) => self.modal(id, &draft, page.unwrap_or(0)),
            Ok(None) => self.private(&phrases::start_anew()),
            Err(error) => {
                tracing::warn!(%error, "a draft could not be looked up");
                self.private(&phrases::not_opened())
            }
        }
    }

    /// A submitted step.
    pub(super) async fn step(
        &self,
        mut inbound: Inbound,
        custom_id: &str,
        components: &Value,
        resolved: &Value,
        since: Instant,
    ) -> Value {
        let Some((verb, id, page)) = parse(custom_id) else {
            return self.private(&phrases::unknown());
        };
        let from = inbound.from.clone();
        let owner = from.identity.clone();
        let draft = match id {
            Some(id) => self.find(id, &owner, since).await,
            None => Ok(None),
        };
        let is_report = verb == forms::report::VERB;
        let (id, mut draft) = match (draft, id) {
            (Ok(Some(draft)), Some(id)) => (id, draft),
            (Ok(_), _) | (Err(_), _) if is_report => {
                return self
                    .without_draft(inbound, components, resolved, since)
                    .await;
            }
            (Ok(_), _) => return self.private(&phrases::start_anew()),
            (Err(error), _) => {
                tracing::warn!(%error, "a draft could not be looked up");
                return self.not_stored(&from);
            }
        };
        let step = entered::read(&draft.form, page, components, resolved, &self.looks);
        draft.entered = entered::merged(&draft.form, page, &draft.entered, step.entered);
        let kept = self.keep(Some(id), &owner, &draft, since).await;
        if !step.errors.is_empty() {
            return match kept {
                Ok(_) => self.correct(id, &draft, &step.errors),
                // A button would open the step without what was typed in it.
                Err(error) => {
                    tracing::warn!(%error, "a step was not kept");
                    self.not_stored(&from)
                }
            };
        }
        let pages = render::pages(&draft.form);
        if page + 1 < pages {
            return match kept {
                Ok(_) => self.private(&phrases::next_step(page, pages, &id.simple().to_string())),
                Err(error) => {
                    tracing::warn!(%error, "a step was not kept");
                    self.not_stored(&from)
                }
            };
        }
        inbound.kind = InboundKind::Submission {
            form: draft.form.key.clone(),
            entered: draft.entered.clone(),
        };
        let answer = self.handle(inbound, since).await;
        if matches!(
            answer,
            Answer::Done(_) | Answer::Nothing | Answer::Private(_)
        ) {
            self.forget(id, owner.clone());
        }
        // A button would open the step without what was typed in it.
        let draft = kept.is_ok().then_some((id, &draft, page));
        self.to_submitter(answer, &from, draft, since).await
    }

    /// A report whose draft is over or cannot be asked for: all that was typed in this step is a report all the same.
    async fn without_draft(
        &self,
        mut inbound: Inbound,
        components: &Value,
        resolved: &Value,
        since: Instant,
    ) -> Value {
        let from = inbound.from.clone();
        inbound.kind = InboundKind::Submission {
            form: FormKey {
                verb: forms::report::VERB.to_owned(),
                id: String::new(),
                extra: BTreeMap::new(),
            },
            entered: entered::anyhow(components, resolved),
        };
        let answer = self.handle(inbound, since).await;
        self.to_submitter(answer, &from, None, since).await
    }

    /// The answer to a whole form. No form can be opened in answer to a form, so a button does.
    async fn to_submitter(
        &self,
        answer: Answer,
        from: &Sender,
        draft: Option<(Uuid, &Draft, usize)>,
        since: Instant,
    ) -> Value {
        match (answer, draft) {
            (Answer::Nothing | Answer::Done(None) | Answer::Offer(_), _) => {
                self.private(&phrases::done())
            }
            (Answer::Done(Some(card)) | Answer::Private(card) | Answer::Home(card), _) => {
                self.private(&card)
            }
            (Answer::FieldErrors(errors), Some((id, draft, _))) => self.correct(id, draft, &errors),
            (Answer::FieldErrors(errors), None) => self.private(&phrases::errors(&errors)),
            // What was entered is kept, to be sent again.
            (Answer::NotConfirmed(card) | Answer::Failed(card), Some((id, _, page))) => {
                self.private(&phrases::again(card, &id.simple().to_string(), page))
            }
            (Answer::NotConfirmed(card) | Answer::Failed(card), None) => self.private(&card),
            (Answer::Again, _) => self.not_stored(from),
            (Answer::Open(form) | Answer::Replace(form), _) => {
                let title = form.title.clone();
                let next = Draft {
                    form,
                    entered: Entered::default(),
                };
                match self.keep(None, &from.identity, &next, since).await {
                    Ok(id) => self.private(&phrases::open_it(&title, &id.simple().to_string())),
                    Err(error) => {
                        tracing::warn!(%error, "a form was not offered");
                        self.private(&phrases::not_opened())
                    }
                }
            }
        }
    }

    fn not_stored(&self, from: &Sender) -> Value {
        self.private(&self.untold(Untold::Unstored, from.outsider))
    }

    /// What must be corrected, with a button for each step that has errors; the first step for errors of no field.
    fn correct(&self, id: Uuid, draft: &Draft, errors: &FieldErrors) -> Value {
        let form = &draft.form;
        let has_errors = |page: &usize| {
            render::fields(form, *page)
                .iter()
                .any(|field| errors.contains_key(&field.name))
        };
        let mut pages: Vec<usize> = (0..render::pages(form)).filter(has_errors).collect();
        if pages.is_empty() {
            pages.push(0);
        }
        let id = id.simple().to_string();
        self.private(&phrases::correct(form, errors, &id, &pages))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_named_and_found_again() {
        let draft = Uuid::from_u128(7);
        let name = name("set_severity", draft, 2);
        assert!(name.len() <= 100);
        assert_eq!(parse(&name), Some(("set_severity", Some(draft), 2)));
        assert_eq!(parse("v1:form:report"), Some(("report", None, 0)));
        assert_eq!(parse("v1:form:report:x:y"), Some(("report", None, 0)));
        for other in ["", "v1", "v2:form:report", "v1:take:1", "v1:form:", "form"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}

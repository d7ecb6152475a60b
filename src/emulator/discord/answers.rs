//! The first answer to an interaction.
//!
//! Invariants: one only (40060), in time (10062), of a type that fits what was done; a form cannot follow a form. Neighbours: `rest` and `endpoint`
//! bring answers, `limits` checks them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::{ApiError, Faults};
use super::gateway::Told;
use super::interactions::{AUTOCOMPLETE, Answered, COMMAND, COMPONENT, MODAL_SUBMIT, Standing};
use super::limits::{self, Use};
use super::model::{EPHEMERAL, Id, LOADING, Message};
use super::state::{Modal, State};
use super::writing::Draft;

/// What a message body says, ready to be written.
pub fn draft(body: &Value, files: Vec<Id>) -> Draft {
    let list = |key: &str| body[key].as_array().cloned().unwrap_or_default();
    Draft {
        content: body["content"].as_str().unwrap_or_default().to_owned(),
        embeds: list("embeds"),
        components: list("components"),
        attachments: files,
        flags: body["flags"].as_u64().unwrap_or(0),
        nonce: limits::given(body, "nonce").cloned(),
        allowed: limits::given(body, "allowed_mentions").cloned(),
        ..Draft::default()
    }
}

/// Changes a message as a body says; what is absent stays.
pub fn change(message: &mut Message, body: &Value, files: Vec<Id>) {
    let list = |key: &str| {
        body.get(key)
            .map(|list| list.as_array().cloned().unwrap_or_default())
    };
    if let Some(content) = body.get("content") {
        message.content = content.as_str().unwrap_or_default().to_owned();
    }
    if let Some(embeds) = list("embeds") {
        message.embeds = embeds;
    }
    if let Some(components) = list("components") {
        message.components = components;
    }
    if let Some(kept) = list("attachments") {
        let kept: Vec<Id> = kept
            .iter()
            .filter_map(|one| super::snowflake(&one["id"]))
            .collect();
        message.attachments.retain(|id| kept.contains(id));
    }
    message.attachments.extend(files);
    if let Some(flags) = limits::given(body, "flags").and_then(Value::as_u64) {
        let settable = super::model::SUPPRESS_EMBEDS | super::model::COMPONENTS_V2;
        message.flags = (message.flags & !super::model::SUPPRESS_EMBEDS) | (flags & settable);
    }
    message.flags &= !LOADING;
}

fn wrong_type(kind: &Value) -> ApiError {
    let mut faults = Faults::default();
    let why = format!("Value of field \"type\" ({kind}) does not fit this interaction.");
    faults.note("type", "BASE_TYPE_CHOICES", why);
    faults
        .done()
        .err()
        .unwrap_or_else(|| ApiError::known(50035))
}

/// Which answers fit.
fn fits(asked: u8, kind: u64, from_message: bool) -> bool {
    match kind {
        4 | 5 => matches!(asked, COMMAND | COMPONENT | MODAL_SUBMIT),
        6 | 7 => asked == COMPONENT || (asked == MODAL_SUBMIT && from_message),
        8 => asked == AUTOCOMPLETE,
        9 => matches!(asked, COMMAND | COMPONENT),
        _ => false,
    }
}

impl State {
    /// Takes the first answer to the interaction of a token; the message it made or changed.
    ///
    /// # Errors
    /// 10062, 40060, 50035, 50006.
    pub fn answer(
        &mut self,
        id: Id,
        token: &str,
        body: &Value,
        files: Vec<Id>,
        now: DateTime<Utc>,
    ) -> Result<(Option<Message>, Vec<Told>), ApiError> {
        let found = self
            .interactions
            .get(token)
            .filter(|one| one.id == id && one.token_works(now));
        let one = found.ok_or_else(|| ApiError::known(10062))?;
        match one.standing {
            Standing::Open => {}
            Standing::Answered(_) => return Err(ApiError::known(40060)),
            Standing::Dead => return Err(ApiError::known(10062)),
        }
        let kind = body["type"].as_u64().unwrap_or(0);
        if !fits(one.kind, kind, one.source.is_some()) {
            return Err(wrong_type(&body["type"]));
        }
        let data = body
            .get("data")
            .filter(|data| !data.is_null())
            .cloned()
            .unwrap_or_else(|| json!({}));
        let (asked, user, channel, source, cause) =
            (one.kind, one.user, one.channel, one.source, one.cause());
        let mut made = None;
        let mut told = Vec::new();
        match kind {
            4 => {
                limits::message(&data, Use::Answer, files.len(), "data")?;
                let flags = data["flags"].as_u64().unwrap_or(0);
                let only_for = (flags & EPHEMERAL != 0).then_some(user);
                let draft = Draft {
                    author: self.world.app.bot,
                    kind: if asked == COMMAND { 20 } else { 0 },
                    only_for,
                    cause: Some(cause),
                    ..draft(&data, files)
                };
                let (message, more) = self.write(channel, draft, now)?;
                told = more;
                made = Some(message);
            }
            5 => {
                let ephemeral = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL;
                let draft = Draft {
                    author: self.world.app.bot,
                    kind: if asked == COMMAND { 20 } else { 0 },
                    flags: LOADING | ephemeral,
                    only_for: (ephemeral != 0).then_some(user),
                    cause: Some(cause),
                    ..Draft::default()
                };
                let (message, more) = self.write(channel, draft, now)?;
                told = more;
                made = Some(message);
            }
            6 => {}
            7 => {
                limits::message(&data, Use::Edit, files.len(), "data")?;
                let source = source.ok_or_else(|| ApiError::known(10008))?;
                let place = self
                    .find(source)
                    .map(|one| one.channel)
                    .ok_or_else(|| ApiError::known(10008))?;
                let allowed = limits::given(&data, "allowed_mentions").cloned();
                let (message, more) =
                    self.edit(place, source, allowed, |one| change(one, &data, files), now)?;
                told = more;
                made = Some(message);
            }
            8 => limits::commands::check_choices(&data)?,
            _ => {
                limits::modal::check(&data, "data")?;
                let modal = Modal {
                    id: format!("modal-{}", self.ids.next(now)),
                    content: data.clone(),
                    channel,
                    source,
                };
                self.modals.insert(user, modal);
            }
        }
        if asked == MODAL_SUBMIT {
            self.modals.remove(&user);
        }
        let number = u8::try_from(kind).unwrap_or(0);
        if let Some(one) = self.interactions.get_mut(token) {
            one.standing = Standing::Answered(number);
            one.thinking = kind == 5;
            one.original = match kind {
                6 => one.source,
                8 | 9 => None,
                _ => made.as_ref().map(|message| message.id),
            };
            if let Some(waiting) = one.waiting.take() {
                // The person may have gone away in the meantime.
                let _ = waiting.send(Answered { data: data.clone() });
            }
        }
        self.ledger.append("ack", now, json!({ "interaction": id.to_string(), "type": asked, "user": user.to_string(), "answer": { "type": kind, "data": data } }));
        Ok((made, told))
    }
}

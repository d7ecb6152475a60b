//! Bringing what a person did to the app, and waiting for what it says.
//!
//! Purpose: one promise over gateway and HTTP: three seconds for an interaction, then the person sees an error. An event has no answer on the wire;
//! whoever acts waits until the app's heartbeat names it as received. Invariants: a delivery does not depend on who waits for it. Neighbours:
//! `client` acts, `gateway` and `endpoint` carry.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Shared;
use super::endpoint;
use super::gateway::{Frame, Told};
use super::interactions::{Answered, Doing, Standing};
use crate::emulator::door::SeenDelivery;

/// How an interaction went.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// For the person's books.
    pub seen: SeenDelivery,
    /// The answer, when there was one.
    pub answer: Option<Answered>,
}

impl Receipt {
    /// Whether it was answered in time.
    pub fn answered(&self) -> bool {
        self.answer.is_some()
    }
}

/// Brings an interaction; answers how it went once it is answered, or is not.
pub async fn interact(shared: &Arc<Shared>, doing: Doing) -> Option<Receipt> {
    let (told, receiver) = oneshot::channel();
    // Counted from here, so that "idle" cannot be seen between the cause and its delivery.
    let flight = shared.start_flight();
    let for_task = Arc::clone(shared);
    shared.background(async move {
        let receipt = attempt(&for_task, &doing).await;
        // Whoever waited may be gone; the interaction counts all the same.
        let _ = told.send(receipt);
        drop(flight);
    });
    receiver.await.ok()
}

async fn attempt(shared: &Arc<Shared>, doing: &Doing) -> Receipt {
    let started = Instant::now();
    let (answer, waiting) = oneshot::channel();
    let (token, payload, endpoint, told) = shared.with(|state, now| {
        let (token, payload) = state.interact(doing, now);
        if let Some(one) = state.interactions.get_mut(&token) {
            one.waiting = Some(answer);
        }
        let endpoint = state.world.app.endpoint.clone();
        let told = if endpoint.is_none() {
            state.tell_of_interaction(&payload, now)
        } else {
            Vec::new()
        };
        (token, payload, endpoint, told)
    });
    let limit = shared.ack_limit;
    let nobody = endpoint.is_none() && told.iter().all(|one| one.to.is_none() && !one.dropped);
    let (mut outcome, mut answered) = ("timeout".to_owned(), None);
    if nobody {
        outcome = "no_connection".into();
    } else if let Some(url) = endpoint {
        let waited = tokio::time::timeout(limit, async {
            let refused = endpoint::post(shared, &url, &token, &payload).await.err();
            match refused {
                Some(why) => Err(why),
                None => waiting.await.map_err(|_| "not answered".to_owned()),
            }
        });
        match waited.await {
            Ok(Ok(one)) => answered = Some(one),
            Ok(Err(why)) => outcome = why,
            Err(_) => {}
        }
    } else if let Ok(Ok(one)) = tokio::time::timeout(limit, waiting).await {
        answered = Some(one);
    }
    if answered.is_some() {
        outcome = "acknowledged".into();
    }
    let id = shared.with(|state, now| {
        let one = state.interactions.get_mut(&token);
        let id = one.as_ref().map(|one| one.id.to_string()).unwrap_or_default();
        if let Some(one) = one.filter(|one| one.standing == Standing::Open) {
            one.standing = Standing::Dead;
            one.waiting = None;
        }
        if outcome != "acknowledged" {
            let fields = json!({ "interaction": id, "type": doing.kind, "user": doing.user.to_string(), "outcome": outcome });
            state.ledger.append("ack", now, fields);
        }
        id
    });
    let kind = match doing.kind {
        super::interactions::COMMAND => "application_command",
        super::interactions::COMPONENT => "message_component",
        super::interactions::AUTOCOMPLETE => "autocomplete",
        _ => "modal_submit",
    };
    let surface = if doing.kind == super::interactions::COMMAND {
        "command"
    } else {
        "interaction"
    };
    Receipt {
        seen: SeenDelivery {
            id,
            surface: surface.into(),
            kind: kind.into(),
            outcome,
            millis: millis(started),
        },
        answer: answered,
    }
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Waits until events were received: the gateway asks for a heartbeat, which names the last number received.
pub async fn settle(shared: &Arc<Shared>, told: Vec<Told>) -> Vec<SeenDelivery> {
    let _flight = shared.start_flight();
    let started = Instant::now();
    let connected = shared.look(|state, _| {
        let waits = told.iter().filter_map(|one| one.to.as_ref());
        let mut any = false;
        for (session, _) in waits {
            let link = state
                .sessions
                .all
                .get(session)
                .and_then(|one| one.link.as_ref());
            let ask = json!({ "op": 1, "s": null, "t": null, "d": null });
            any |= link.is_some_and(|link| link.out.send(Frame::Json(ask)).is_ok());
        }
        any && !state.sessions.hold
    });
    let received = |state: &super::state::State, session: &str, seq: u64| {
        state
            .sessions
            .all
            .get(session)
            .is_some_and(|one| one.received >= seq)
    };
    if connected {
        let all = |state: &mut super::state::State| {
            let mut waits = told.iter().filter_map(|one| one.to.as_ref());
            waits
                .all(|(session, seq)| received(state, session, *seq))
                .then_some(())
        };
        // Who does not answer in time is seen below.
        let _ = shared.wait_for(shared.ack_limit, all).await;
    }
    shared.look(|state, _| {
        let seen = told.iter().map(|one| {
            let (id, outcome) = match &one.to {
                _ if one.dropped => ("dropped".to_owned(), "dropped"),
                None => ("none".to_owned(), "no_connection"),
                Some((session, seq)) => {
                    let gone = state
                        .sessions
                        .all
                        .get(session)
                        .is_none_or(|one| one.link.is_none());
                    let outcome = if received(state, session, *seq) {
                        "acknowledged"
                    } else if gone {
                        "no_connection"
                    } else {
                        "timeout"
                    };
                    (format!("{session}:{seq}"), outcome)
                }
            };
            SeenDelivery {
                id,
                surface: "event".into(),
                kind: one.kind.clone(),
                outcome: outcome.into(),
                millis: millis(started),
            }
        });
        seen.collect()
    })
}

/// An endpoint's answer, or what an app sent, as JSON for the books.
pub fn shown(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)))
}

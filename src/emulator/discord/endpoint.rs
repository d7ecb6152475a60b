//! Interactions over HTTP: posted, signed, to the app's address.
//!
//! Invariants: the signature covers the timestamp and the bytes; an answer in the body counts as the first answer; 202 says that the app will
//! call back. Neighbours: `deliver` posts, `control` checks an address as Discord does, with bad signatures too.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Shared;
use super::signing;
use crate::emulator::door::http_client::{Answer, HttpClient};

async fn send(
    shared: &Arc<Shared>,
    url: &str,
    body: &Value,
    damage: Damage,
) -> Result<Answer, String> {
    let bytes = body.to_string().into_bytes();
    let (seed, now) = shared.look(|state, now| (state.world.app.signing_seed.clone(), now));
    let timestamp = now.timestamp().to_string();
    let mut signature = signing::sign(&seed, &timestamp, &bytes);
    match damage {
        Damage::No => {}
        Damage::Signature => signature = "0".repeat(128),
        Damage::Unsigned => signature.clear(),
        Damage::Body => signature = signing::sign(&seed, &timestamp, b"something else"),
    }
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        (
            "user-agent",
            "Discord-Interactions/1.0 (+https://discord.com)".to_owned(),
        ),
    ];
    if !signature.is_empty() {
        headers.push(("x-signature-ed25519", signature));
        headers.push(("x-signature-timestamp", timestamp));
    }
    let client = HttpClient::default();
    let answer = client.post(url, &headers, bytes, shared.ack_limit).await;
    answer.map_err(|error| match error {
        crate::emulator::door::Failure::Timeout => "timeout".to_owned(),
        crate::emulator::door::Failure::Connection(_) => "connection_failed".to_owned(),
    })
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    No,
    Signature,
    Unsigned,
    Body,
}

/// Posts an interaction. The answer in the body is taken as its first answer.
///
/// # Errors
/// One word for the books, when it was refused or the answer is not valid.
pub async fn post(
    shared: &Arc<Shared>,
    url: &str,
    token: &str,
    payload: &Value,
) -> Result<(), String> {
    shared.with(|state, now| {
        let mut shown = payload.clone();
        shown["token"] = json!("...");
        state.ledger.append(
            "delivery",
            now,
            json!({ "surface": "http", "type": "INTERACTION_CREATE", "payload": shown }),
        );
    });
    let answer = send(shared, url, payload, Damage::No).await?;
    match answer.status {
        202 => Ok(()),
        200 => {
            let body: Value =
                serde_json::from_slice(&answer.body).map_err(|_| "answer_unreadable".to_owned())?;
            let id = super::snowflake(&payload["id"]).unwrap_or(0);
            let taken = shared.with(|state, now| state.answer(id, token, &body, Vec::new(), now));
            taken.map(drop).map_err(|refused| {
                shared.with(|state, now| {
                    let fields = json!({ "method": "endpoint_answer", "error": refused.body(), "answer": body });
                    state.ledger.append("refused", now, fields);
                });
                format!("answer_refused_{}", refused.code)
            })
        }
        status => Err(format!("http_{status}")),
    }
}

/// What Discord does before it takes an address: a ping that must be answered, and requests that must be refused.
pub async fn verify(shared: &Arc<Shared>, url: &str) -> Value {
    let ping = shared.with(|state, now| {
        let (id, token) = (state.ids.next(now), state.ids.secret(now));
        json!({
            "id": id.to_string(), "application_id": state.world.app.id.to_string(), "type": super::interactions::PING, "token": token,
            "version": 1, "entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": 10_485_760,
            "user": super::objects::user_by_id(&state.world, super::seed::OWNER),
        })
    });
    let status = |sent: Result<Answer, String>| {
        sent.map_or_else(Value::String, |answer| json!(answer.status))
    };
    let good = send(shared, url, &ping, Damage::No).await;
    let pong = good.as_ref().is_ok_and(|answer| {
        answer.status == 200 && super::deliver::shown(&answer.body)["type"] == 1
    });
    let mut bad = Vec::new();
    for damage in [Damage::Signature, Damage::Unsigned, Damage::Body] {
        bad.push(status(send(shared, url, &ping, damage).await));
    }
    let refused = bad.iter().all(|one| *one == 401);
    json!({ "verified": pong && refused, "ping": status(good), "bad_signatures": bad })
}

//! Payloads by hand, signed as Discord signs them: what no client of the emulator would send.
//!
//! Neighbours: the `hostile` files send them to the whole app.

use crate::harness::world::World;
use ring::signature::Ed25519KeyPair;
use secevent::app::App;
use secevent::emulator::discord::seed::{APPLICATION, GENERAL, GUILD, SIGNING_SEED};
use serde_json::{Value, json};

/// Somebody who has Discord's key, or another.
pub struct Forger {
    client: reqwest::Client,
    url: String,
    now: i64,
}

/// An answer: status and body.
pub type Answer = (u16, Value);

impl Forger {
    /// At the signed door of this world.
    pub fn at(world: &World) -> Self {
        let address = world.app.platform_address().unwrap();
        Self {
            client: super::endpoint::reqwest_client(),
            url: format!("http://{address}/discord/interactions"),
            now: world.now().timestamp(),
        }
    }

    /// At the signed door of a replica in this world.
    pub fn of(replica: &App, world: &World) -> Self {
        let address = replica.platform_address().unwrap();
        Self {
            url: format!("http://{address}/discord/interactions"),
            ..Self::at(world)
        }
    }

    /// Sends it as Discord would.
    pub async fn sends(&self, body: &Value) -> Answer {
        let bytes = body.to_string().into_bytes();
        let signature = signature(SIGNING_SEED, self.now, &bytes);
        self.sends_bytes(Some((self.now, signature)), bytes).await
    }

    /// Sends bytes that were signed so long ago by whoever has this seed.
    pub async fn sends_signed(&self, seed: &str, seconds_ago: i64, bytes: &[u8]) -> Answer {
        let at = self.now - seconds_ago;
        let signed = Some((at, signature(seed, at, bytes)));
        self.sends_bytes(signed, bytes.to_vec()).await
    }

    /// Sends bytes with a timestamp and a signature, or with neither.
    pub async fn sends_bytes(&self, signed: Option<(i64, String)>, bytes: Vec<u8>) -> Answer {
        let mut request = self.client.post(&self.url).body(bytes);
        if let Some((at, signature)) = signed {
            request = request
                .header("x-signature-timestamp", at.to_string())
                .header("x-signature-ed25519", signature);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}

/// The signature over timestamp and body.
pub fn signature(seed: &str, at: i64, bytes: &[u8]) -> String {
    let pair = Ed25519KeyPair::from_seed_unchecked(&hex::decode(seed).unwrap()).unwrap();
    let signed = [at.to_string().as_bytes(), bytes].concat();
    hex::encode(pair.sign(&signed))
}

/// Somebody of our server does something in `#general`; each `n` is another interaction.
pub fn interaction(n: u64, kind: u64, who: u64, data: Value) -> Value {
    let user = json!({ "id": who.to_string(), "username": "somebody" });
    json!({
        "id": (1_300_000_000_000_000_000 + n).to_string(), "application_id": APPLICATION.to_string(), "type": kind,
        "token": format!("token-{n}"), "version": 1, "guild_id": GUILD.to_string(), "channel_id": GENERAL.to_string(),
        "channel": { "id": GENERAL.to_string(), "type": 0 }, "member": { "user": user, "roles": [], "permissions": "0" }, "data": data,
    })
}

/// The same in another server.
pub fn elsewhere(guild: u64, mut payload: Value) -> Value {
    payload["guild_id"] = json!(guild.to_string());
    payload
}

/// The data of a sub-command with one option.
pub fn sub_command(name: &str, option: &str, value: &str) -> Value {
    let option = json!({ "type": 3, "name": option, "value": value });
    let sub = json!({ "type": 1, "name": name, "options": [option] });
    json!({ "id": "1", "name": "secevent", "type": 1, "options": [sub] })
}

/// The data of somebody who types the number of a case.
pub fn typing(value: &str) -> Value {
    let mut data = sub_command("status", "case", value);
    data["options"][0]["options"][0]["focused"] = json!(true);
    data
}

/// The data of a pressed button.
pub fn press(custom_id: &str) -> Value {
    json!({ "component_type": 2, "custom_id": custom_id })
}

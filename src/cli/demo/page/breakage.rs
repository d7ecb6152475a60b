//! Breaking something on purpose: what a provider, a network or a machine does to a bot one day.
//!
//! Invariants: each does what its words on the page say, on every platform that is there, and nothing else; each is told in the story. The faults are the emulator's own
//! (its control door), the killing is the operating system's. Neighbours: `routes` takes the wish, `check` looks whether anything was lost.

use super::play::Play;
use crate::cli::{Failure, demo::stands::Host};
use serde_json::{Value, json};
use std::sync::Arc;

/// Does it; says what was done.
pub async fn cause(play: &Arc<Play>, what: &str) -> Result<String, String> {
    let text = match what {
        "rate_limited" => {
            let fault = json!({ "kind": "rate_limited", "retry_after": 10 });
            at_posts(play, &fault, 3).await?;
            "The next three posts of the bot are answered 429 with Retry-After: 10. Each stays in the outbox and goes again ten seconds later.".to_owned()
        }
        "lost_answer" => {
            at_posts(play, &json!({ "kind": "lost_answer" }), 1).await?;
            "The next post of the bot arrives, and the connection breaks before the answer. The attempt is kept as unknown: it may have been delivered.".to_owned()
        }
        "socket" => {
            for (_, door) in play.doors() {
                let reset = door.sockets("reset").await;
                reset.map_err(|error| error.to_string())?;
            }
            "Every socket of the bot was reset, as by a dying network. It connects again by itself."
                .to_owned()
        }
        "doubled" => {
            for (_, door) in play.doors() {
                for surface in ["command", "interaction", "event"] {
                    let scripted = door.delivery_fault(surface, "doubled").await;
                    scripted.map_err(|error| error.to_string())?;
                }
            }
            "The next command, the next press and the next event are each delivered twice. The record takes each once.".to_owned()
        }
        "kill" => match play.kill().await {
            Some(pid) => format!(
                "Process {pid} was killed with SIGKILL: no clean-up, no goodbye. Until it is started again, commands fail visibly and nothing is called recorded."
            ),
            None => return Err("the bot is dead already; start it again".to_owned()),
        },
        "start" => match play.start().await {
            Ok(Some(pid)) => format!(
                "Process {pid} was started on the record as it was left. What was due meanwhile is done now."
            ),
            Ok(None) => return Err("the bot runs already".to_owned()),
            Err(Failure::Stopped(why)) => return Err(why),
            Err(Failure::Findings) => return Err("the bot did not start".to_owned()),
        },
        _ => return Err(format!("nothing to break is called {what}")),
    };
    play.tell(text.clone());
    Ok(text)
}

/// What goes wrong with the bot's next posts, on every platform.
async fn at_posts(play: &Play, fault: &Value, times: u64) -> Result<(), String> {
    for (host, door) in play.doors() {
        let call = match host {
            Host::Slack => "chat.postMessage",
            Host::Discord => "messages.post",
        };
        let scripted = door.fault(call, fault.clone(), times).await;
        scripted.map_err(|error| error.to_string())?;
    }
    Ok(())
}

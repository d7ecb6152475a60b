//! What a browser shows: two people's screens side by side, everybody's channels, and what there is to know about the demo.
//!
//! Invariants: screens are read through the client door, as each of the two people; a look waits until something may have changed, so that
//! nothing is asked again and again in vain. Neighbours: `routes` serves it, `play` has what it shows.

use super::{
    cast::PLAYERS,
    play::{Play, Status},
};
use crate::{
    cli::Failure,
    domain::clock::{Clock, micros},
    emulator::slack::{Act, AtClient, DoorError, SeenChannel, SeenMessage, SeenView},
    store::{OutboxState, StoreError},
};
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// The place of the app's Home tab, among a person's channels.
const HOME: &str = "home";
/// How long a look waits for a change.
const WAIT: Duration = Duration::from_secs(12);

/// What a browser wants to see.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// What it has seen already.
    #[serde(default)]
    pub since: Option<Since>,
    /// The screens.
    pub panes: Vec<PaneWish>,
}

/// A state of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// Of the conversation.
    pub chat: u64,
    /// Of everything else.
    pub status: u64,
}

/// One screen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaneWish {
    /// Who looks.
    pub user: String,
    /// At which channel.
    pub channel: String,
    /// At which thread of it.
    #[serde(default)]
    pub thread: Option<String>,
}

/// Everything there is to see.
#[derive(Debug, Serialize)]
pub struct Sight {
    since: Since,
    /// Microseconds since the epoch.
    now: i64,
    status: Status,
    people: Vec<Person>,
    panes: Vec<Pane>,
    done: Done,
}

/// Somebody, and what their list of channels looks like.
#[derive(Debug, Serialize)]
struct Person {
    handle: &'static str,
    channels: Vec<SeenChannel>,
}

/// Somebody's screen.
#[derive(Debug, Default, Serialize)]
struct Pane {
    /// The channel as it is called by id.
    channel: String,
    messages: Vec<SeenMessage>,
    thread: Option<Vec<SeenMessage>>,
    view: Option<SeenView>,
    /// The app's Home tab, if that is the place.
    home: Option<SeenView>,
    /// Why it cannot be seen.
    refused: Option<String>,
}

/// Which of the things to try were done.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Done {
    reported: bool,
    climbed: bool,
    told: bool,
}

/// Waits until there is something new, and looks.
pub async fn sight(play: &Arc<Play>, wish: Wish) -> Result<Sight, Failure> {
    let since = wait(play, wish.since).await.map_err(Failure::stopped)?;
    let people = try_join_all(PLAYERS.map(|player| async move {
        let channels = play.door().as_user(player.handle).channels().await?;
        Ok::<_, DoorError>(Person {
            handle: player.handle,
            channels,
        })
    }));
    let people = people.await.map_err(Failure::stopped)?;
    let panes = join_all(wish.panes.iter().map(|wish| pane(play, wish))).await;
    let done = done(play).await?;
    Ok(Sight {
        since,
        now: micros(play.clock.now()),
        status: play.status.borrow().clone(),
        people,
        panes,
        done,
    })
}

/// The state of things, as soon as it is another than `seen`.
async fn wait(play: &Play, seen: Option<Since>) -> Result<Since, DoorError> {
    let mut status = play.status.subscribe();
    let client = play.door().as_user("alice");
    let chat = seen.map(|seen| seen.chat);
    let limit = if seen.is_some() { WAIT } else { Duration::ZERO };
    let changed = status.wait_for(|status| seen.is_none_or(|seen| seen.status != status.change));
    let known = tokio::select! {
        chat = client.change_after(chat, limit) => Some(chat?),
        _ = changed => None,
    };
    let chat = match known {
        Some(chat) => chat,
        None => client.change_after(None, Duration::ZERO).await?,
    };
    let status = play.status.borrow().change;
    Ok(Since { chat, status })
}

async fn pane(play: &Play, wish: &PaneWish) -> Pane {
    let client = play.door().as_user(&wish.user);
    match look(&client, wish).await {
        Ok(pane) => pane,
        Err(why) => Pane {
            refused: Some(why.to_string()),
            ..Pane::default()
        },
    }
}

async fn look(client: &AtClient, wish: &PaneWish) -> Result<Pane, DoorError> {
    let view: Option<SeenView> = client.act("view", Act::default()).await?;
    if wish.channel == HOME {
        return Ok(Pane {
            channel: HOME.to_owned(),
            view,
            home: client.home().await?,
            ..Pane::default()
        });
    }
    let messages = client.read_channel(&wish.channel).await?;
    let thread = match &wish.thread {
        None => None,
        Some(ts) => {
            let act = Act {
                channel: Some(wish.channel.clone()),
                ts: Some(ts.clone()),
                ..Act::default()
            };
            Some(client.act("thread", act).await?)
        }
    };
    Ok(Pane {
        channel: wish.channel.clone(),
        messages,
        thread,
        view,
        home: None,
        refused: None,
    })
}

async fn done(play: &Play) -> Result<Done, Failure> {
    let store = play.store.clone();
    let counting = play.runtime.shield("done", async move {
        let counts = store.entry_counts().await?;
        let has = |kind: &str| counts.iter().any(|(one, _)| one == kind);
        let outbox = store.outbox_counts().await?;
        let told = outbox.iter().any(|one| {
            one.kind.as_str() == "feedback" && one.state == OutboxState::Done && one.n > 0
        });
        Ok::<_, StoreError>(Done {
            reported: has("reported"),
            climbed: has("unanswered"),
            told,
        })
    });
    let counted = counting.await.map_err(Failure::stopped)?;
    // A record that cannot be read for a moment marks nothing as done.
    Ok(counted.unwrap_or_default())
}

/// What does not change: who is there, and what the installed app offers.
pub async fn world(play: &Play) -> Result<Value, DoorError> {
    let people = try_join_all(PLAYERS.map(|player| async move {
        let client = play.door().as_user(player.handle);
        let mut person: Value = client.act("whoami", Act::default()).await?;
        person["part"] = player.part.into();
        Ok::<_, DoorError>(person)
    }));
    let people = people.await?;
    let apps: Value = play
        .door()
        .as_user("alice")
        .act("apps", Act::default())
        .await?;
    Ok(serde_json::json!({ "people": people, "apps": apps }))
}

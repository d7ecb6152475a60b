//! What a browser shows: two people's screens side by side, each at its platform, everybody's channels, and what there is to know about the demo.
//!
//! Invariants: screens are read through the client doors, as each of the two people; a look waits until something may have changed, so that
//! nothing is asked again and again in vain. Neighbours: `routes` serves it, `play` has what it shows.

use super::{
    cast::PLAYERS,
    play::{Play, Status},
};
use crate::{
    cli::{Failure, demo::stands::Host},
    domain::clock::{Clock, micros},
    emulator::door::{Act, AtClient, DoorError, SeenChannel, SeenMessage, SeenView},
    store::{OutboxState, StoreError},
};
use futures_util::future::{join_all, select_all, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// Of the conversation on each platform.
    pub chat: BTreeMap<Host, u64>,
    /// Of everything else.
    pub status: u64,
}

/// One screen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaneWish {
    /// At which platform.
    pub host: Host,
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

/// Somebody at a platform, and what their list of channels looks like.
#[derive(Debug, Serialize)]
struct Person {
    host: Host,
    handle: &'static str,
    channels: Vec<SeenChannel>,
    /// Servers and threads, where the platform has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<Value>,
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
    let everybody = play.doors().flat_map(|(host, door)| {
        PLAYERS.map(|player| person(host, door.as_user(player.handle), player.handle))
    });
    let people = try_join_all(everybody);
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

async fn person(host: Host, client: AtClient, handle: &'static str) -> Result<Person, DoorError> {
    let channels = client.channels().await?;
    let places = match host {
        Host::Slack => None,
        Host::Discord => Some(client.act("places", Act::default()).await?),
    };
    Ok(Person {
        host,
        handle,
        channels,
        places,
    })
}

/// The state of things, as soon as it is another than `seen`.
async fn wait(play: &Play, seen: Option<Since>) -> Result<Since, DoorError> {
    if let Some(seen) = seen {
        let mut status = play.status.subscribe();
        let chats = play.doors().map(|(host, door)| {
            let (client, since) = (door.as_user("alice"), seen.chat.get(&host).copied());
            Box::pin(async move { client.change_after(since, WAIT).await })
        });
        tokio::select! {
            _ = select_all(chats) => {}
            _ = status.wait_for(|status| seen.status != status.change) => {}
        }
    }
    let mut chat = BTreeMap::new();
    for (host, door) in play.doors() {
        let client = door.as_user("alice");
        chat.insert(host, client.change_after(None, Duration::ZERO).await?);
    }
    let status = play.status.borrow().change;
    Ok(Since { chat, status })
}

async fn pane(play: &Play, wish: &PaneWish) -> Pane {
    let seen = match play.door(wish.host) {
        Some(door) => look(&door.as_user(&wish.user), wish).await,
        None => Err(DoorError::Refused("that platform is not here".to_owned())),
    };
    seen.unwrap_or_else(|why| Pane {
        refused: Some(why.to_string()),
        ..Pane::default()
    })
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

/// What does not change: who is there on each platform, and what the installed app offers.
pub async fn world(play: &Play) -> Result<Value, DoorError> {
    let platforms = play.doors().map(|(host, door)| async move {
        let people = PLAYERS.map(|player| async move {
            let client = door.as_user(player.handle);
            let mut person: Value = client.act("whoami", Act::default()).await?;
            person["part"] = player.part.into();
            Ok::<_, DoorError>(person)
        });
        let people = try_join_all(people).await?;
        let apps: Value = door.as_user("alice").act("apps", Act::default()).await?;
        Ok::<_, DoorError>(json!({ "host": host, "people": people, "apps": apps }))
    });
    Ok(json!({ "platforms": try_join_all(platforms).await? }))
}

//! The Home tab: what somebody sees who opens the app, published for exactly that person.
//!
//! Invariants: it is made anew for each showing, and an older showing never takes the place of a newer one of this process; it is a courtesy, so it is bounded, tried once, and a failure is logged and counted; it is renewed after what somebody did in
//! it, or did elsewhere after opening it here. Neighbours: `respond` answers presses in it, `render::card` draws it.

use super::read::{Reply, Surface};
use crate::{
    chat::{
        answer::Answer,
        handler::Handler,
        inbound::{Inbound, InboundKind, Place},
        slack::{
            api::Api,
            envelope::interaction::{FROM_HOME, View},
            render::card,
        },
    },
    runtime,
    telemetry::names,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// Showings on their way at once; more are dropped.
const AT_ONCE: usize = 16;
/// People whose opened tab is remembered, so that it is renewed after what they do elsewhere.
const REMEMBERED: usize = 1_000;

/// Shows people their home.
#[derive(Debug, Clone)]
pub(super) struct HomeTab {
    handler: Arc<dyn Handler>,
    brand: Option<String>,
    room: Arc<Semaphore>,
    publishing: Arc<Semaphore>,
    opened: Arc<Mutex<HashMap<String, Arc<Opened>>>>,
    begun: Arc<AtomicU64>,
}

/// Somebody's tab.
#[derive(Debug, Default)]
struct Opened {
    /// The newest showing that was published; held while one is.
    shown: tokio::sync::Mutex<u64>,
    /// The last showing that was begun.
    last: AtomicU64,
}

/// A view that is opened from another one: marked if that is the Home tab or was opened from there.
pub(super) fn marked(mut view: Value, of: &View) -> Value {
    if of.is_home || of.from_home {
        view["callback_id"] = json!(FROM_HOME);
    }
    view
}

/// What somebody did, as far as it decides whether their home may look different now.
#[derive(Debug)]
pub(super) struct Deed {
    look: Inbound,
    api: Api,
    user: String,
    at_home: bool,
}

impl Deed {
    /// `None` for what leaves a home as it is, whoever did it.
    pub(super) fn of(inbound: &Inbound, reply: &Reply) -> Option<Self> {
        let can_matter = match &inbound.kind {
            InboundKind::Command { .. }
            | InboundKind::Report { .. }
            | InboundKind::MessageShortcut { .. }
            | InboundKind::Reaction { .. }
            | InboundKind::Mention { .. }
            | InboundKind::Button { .. }
            | InboundKind::Submission { .. } => true,
            InboundKind::Message { .. } => inbound.place.direct,
            InboundKind::GlobalShortcut
            | InboundKind::Completion { .. }
            | InboundKind::Home
            | InboundKind::MessageChanged { .. }
            | InboundKind::MessageDeleted { .. } => false,
        };
        let at_home = match &reply.surface {
            Surface::Home(_) => true,
            Surface::InForm(view) | Surface::Submitted(view) => view.from_home,
            Surface::Event(_) | Surface::HomeOpened | Surface::Command | Surface::Press => false,
        };
        can_matter.then(|| Self {
            look: Inbound {
                key: format!("{}:home", inbound.key),
                kind: InboundKind::Home,
                place: Place {
                    channel: None,
                    ..inbound.place.clone()
                },
                ..inbound.clone()
            },
            api: reply.branch.api.clone(),
            user: reply.user.clone(),
            at_home,
        })
    }
}

/// Whether what was answered leaves open that something was done.
const fn may_be_done(answer: &Answer) -> bool {
    match answer {
        Answer::Nothing | Answer::Private(_) | Answer::Done(_) => true,
        Answer::Home(_)
        | Answer::Open(_)
        | Answer::Replace(_)
        | Answer::FieldErrors(_)
        | Answer::Offer(_)
        | Answer::NotConfirmed(_)
        | Answer::Failed(_)
        | Answer::Again => false,
    }
}

impl HomeTab {
    pub(super) fn new(handler: Arc<dyn Handler>, brand: Option<String>) -> Self {
        Self {
            handler,
            brand,
            room: Arc::new(Semaphore::new(AT_ONCE)),
            publishing: Arc::new(Semaphore::new(AT_ONCE)),
            opened: Arc::default(),
            begun: Arc::default(),
        }
    }

    /// Renews somebody's home after what they did, in the background, if they may be looking at it.
    pub(super) fn after(&self, deed: Option<Deed>, answer: &Answer) {
        let Some(deed) = deed.filter(|_| may_be_done(answer)) else {
            return;
        };
        if !deed.at_home && !self.is_opened(&deed.user) {
            return;
        }
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            return fail("too many are looked up at once");
        };
        let this = self.clone();
        runtime::spawn("slack home", async move {
            this.show(deed.look, deed.api, deed.user).await;
            drop(room);
        })
        .detach();
    }

    /// Looks up somebody's home, and publishes it in the background.
    pub(super) async fn show(&self, look: Inbound, api: Api, user: String) {
        let (opened, order) = self.remember(&user);
        let Answer::Home(card) = self.handler.handle(look, Duration::ZERO).await else {
            return fail("the conversation answered with something else");
        };
        let Ok(room) = Arc::clone(&self.publishing).try_acquire_owned() else {
            return fail("too many are on their way to Slack");
        };
        let view = card::home(&card, self.brand.as_deref());
        runtime::spawn("slack home", async move {
            let mut last = opened.shown.lock().await;
            // What was begun later is there already.
            if *last < order {
                let body = json!({ "user_id": user, "view": view });
                match api.post("views.publish", &body).await {
                    Ok(_) => {
                        *last = order;
                        count("published");
                    }
                    Err(error) => fail(&error.to_string()),
                }
            }
            drop((last, room));
        })
        .detach();
    }

    fn is_opened(&self, user: &str) -> bool {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.contains_key(user)
    }

    fn remember(&self, user: &str) -> (Arc<Opened>, u64) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= REMEMBERED && !opened.contains_key(user) {
            let last = |one: &Arc<Opened>| one.last.load(Ordering::Relaxed);
            let oldest = opened.iter().min_by_key(|(_, one)| last(one));
            if let Some(oldest) = oldest.map(|(user, _)| user.clone()) {
                opened.remove(&oldest);
            }
        }
        let one = opened.entry(user.to_owned()).or_default();
        let order = 1 + self.begun.fetch_add(1, Ordering::Relaxed);
        one.last.store(order, Ordering::Relaxed);
        (Arc::clone(one), order)
    }
}

fn fail(why: &str) {
    count("failed");
    tracing::warn!(
        why,
        "a Home tab was not renewed; it is when it is opened again"
    );
}

fn count(outcome: &'static str) {
    metrics::counter!(names::HOMES, "platform" => "slack", "outcome" => outcome).increment(1);
}

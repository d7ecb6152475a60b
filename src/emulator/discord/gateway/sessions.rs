//! Gateway sessions: who listens, what they were sent, and what they said they received.
//!
//! Invariants: sequence numbers of a session rise by one; what was sent can be replayed until the session is forgotten. Neighbours: `super` talks to
//! sockets, `events` dispatches.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// How long a session without a connection can be resumed.
const RESUMABLE_MINUTES: i64 = 5;
/// How much is kept for a replay.
const KEPT: usize = 2000;

/// What a socket is told.
#[derive(Clone, Debug)]
pub enum Frame {
    /// A payload.
    Json(Value),
    /// Whatever this is.
    Text(String),
    /// Close, with a code or without one.
    Close(Option<u16>),
    /// Reset the connection.
    Abort,
}

/// An open socket of a session.
#[derive(Clone, Debug)]
pub struct Link {
    /// Number of the connection.
    pub number: u64,
    /// Its outgoing side.
    pub out: mpsc::UnboundedSender<Frame>,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Number of the last event.
    pub seq: u64,
    /// Events for a replay.
    pub log: VecDeque<(u64, Value)>,
    /// What it asked to hear.
    pub intents: u64,
    /// Its socket, while there is one.
    pub link: Option<Link>,
    /// Highest number that its heartbeats named.
    pub received: u64,
    /// When its socket ended.
    pub left: Option<DateTime<Utc>>,
}

/// All sessions, and how the gateway behaves.
#[derive(Debug, Default)]
pub struct Sessions {
    /// By id.
    pub all: BTreeMap<String, Session>,
    /// Sockets so far.
    pub connections: u64,
    /// Identifies so far.
    pub identifies: u64,
    /// Heartbeats are not acknowledged.
    pub mute: bool,
    /// New sockets are answered 503.
    pub refuse: bool,
    /// Events are logged, and not sent.
    pub hold: bool,
    /// New sockets are accepted, and nobody says hello.
    pub silent: bool,
    /// After asking a client to go, nobody listens to it or closes anything.
    pub linger: bool,
    /// So many resumes are answered with an invalid session.
    pub invalid_resumes: u64,
}

impl Session {
    /// Whether it can be resumed.
    fn alive(&self, now: DateTime<Utc>) -> bool {
        let left = self.left.filter(|_| self.link.is_none());
        left.is_none_or(|left| now - left < TimeDelta::minutes(RESUMABLE_MINUTES))
    }

    /// Logs an event and sends it; its number.
    pub fn dispatch(&mut self, kind: &str, data: Value, hold: bool) -> u64 {
        self.seq += 1;
        let payload = json!({ "op": 0, "s": self.seq, "t": kind, "d": data });
        self.log.push_back((self.seq, payload.clone()));
        if self.log.len() > KEPT {
            self.log.pop_front();
        }
        if let Some(link) = self.link.as_ref().filter(|_| !hold) {
            // A socket that just ended is replaced by a resume, which replays.
            let _ = link.out.send(Frame::Json(payload));
        }
        self.seq
    }
}

impl Sessions {
    /// Begins a session.
    pub fn begin(&mut self, id: String, intents: u64, link: Link) {
        self.identifies += 1;
        let session = Session {
            id: id.clone(),
            seq: 0,
            log: VecDeque::new(),
            intents,
            link: Some(link),
            received: 0,
            left: None,
        };
        self.all.insert(id, session);
    }

    /// Takes up a session on a new socket: what it missed. `None` when it cannot be resumed.
    pub fn resume(
        &mut self,
        id: &str,
        seq: u64,
        link: Link,
        now: DateTime<Utc>,
    ) -> Option<Vec<Value>> {
        if self.invalid_resumes > 0 {
            self.invalid_resumes -= 1;
            self.all.remove(id);
            return None;
        }
        let session = self.all.get_mut(id).filter(|one| one.alive(now))?;
        let oldest = session.log.front().map_or(0, |(number, _)| *number);
        if seq + 1 < oldest || seq > session.seq {
            return None;
        }
        let missed = session.log.iter().filter(|(number, _)| *number > seq);
        let missed = missed.map(|(_, payload)| payload.clone()).collect();
        if let Some(old) = session.link.replace(link) {
            let _ = old.out.send(Frame::Close(Some(4000)));
        }
        (session.left, session.received) = (None, seq);
        Some(missed)
    }

    /// The socket of a session ended. With a normal close by the client the session ends too.
    pub fn leave(&mut self, id: &str, link: u64, normal: bool, now: DateTime<Utc>) {
        let Some(session) = self.all.get_mut(id) else {
            return;
        };
        if session.link.as_ref().is_none_or(|one| one.number != link) {
            return;
        }
        session.link = None;
        session.left = Some(now);
        if normal {
            self.all.remove(id);
        }
    }

    /// Forgets sessions that cannot be resumed any more.
    pub fn tidy(&mut self, now: DateTime<Utc>) {
        self.all.retain(|_, session| session.alive(now));
    }

    /// Tells all open sockets something; how many there were.
    pub fn tell(&mut self, frame: &Frame) -> usize {
        let links = self
            .all
            .values()
            .filter_map(|session| session.link.as_ref());
        links
            .filter(|link| link.out.send(frame.clone()).is_ok())
            .count()
    }

    /// What stands in the books of the control door.
    pub fn describe(&self) -> Value {
        let sessions = self.all.values().map(|one| {
            json!({
                "session": one.id, "connected": one.link.is_some(), "seq": one.seq, "received": one.received, "intents": one.intents,
                "connection": one.link.as_ref().map(|link| link.number),
            })
        });
        json!({
            "sessions": sessions.collect::<Vec<_>>(), "connections": self.connections, "identifies": self.identifies,
            "mute": self.mute, "refuse": self.refuse, "hold": self.hold,
        })
    }
}

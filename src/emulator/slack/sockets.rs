//! Socket Mode: tickets, connections, envelopes and their acknowledgements.
//!
//! Purpose: at most ten connections of an app; each envelope goes to one of them, in turn; an acknowledgement finds its
//! waiter. Invariants: a ticket opens one connection; a connection being refreshed gets nothing new; what waits on a lost
//! connection learns of it. Neighbours: `deliver` sends, `link` speaks the socket, `control` plays tricks on it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

/// Most connections of one app.
pub const MOST: usize = 10;

/// What a connection's writer is told.
#[derive(Clone, Debug)]
pub enum Frame {
    /// Send this.
    Json(Value),
    /// Send a ping.
    Ping,
    /// Close in good order.
    Close,
    /// Break the connection.
    Reset,
    /// Neither read nor write any more, but stay connected.
    Silence,
    /// Answer pings, but pass nothing on any more.
    Mute,
}

/// One open connection.
#[derive(Debug)]
pub struct Connection {
    /// Number of the connection since the start.
    pub id: u64,
    /// Owner.
    pub app_id: String,
    draining: bool,
    sender: mpsc::UnboundedSender<Frame>,
}

/// All tickets, connections and waiters.
#[derive(Debug, Default)]
pub struct Sockets {
    tickets: BTreeMap<String, String>,
    connections: Vec<Connection>,
    waiting: BTreeMap<String, (u64, oneshot::Sender<Value>)>,
    known_envelopes: BTreeSet<String>,
    opened: u64,
    turn: usize,
}

impl Sockets {
    /// Remembers a ticket for one connection.
    pub fn add_ticket(&mut self, ticket: String, app_id: String) {
        self.tickets.insert(ticket, app_id);
    }

    /// Uses a ticket up; answers whose it was.
    pub fn use_ticket(&mut self, ticket: &str) -> Option<String> {
        self.tickets.remove(ticket)
    }

    /// Registers a connection; the answer is its number and the frames it must write first.
    pub fn open(&mut self, app_id: &str, sender: mpsc::UnboundedSender<Frame>) -> u64 {
        self.opened += 1;
        let id = self.opened;
        let already = self
            .connections
            .iter()
            .filter(|one| one.app_id == app_id)
            .count();
        if already >= MOST {
            let _ = sender.send(Frame::Json(disconnect("too_many_websockets")));
            let _ = sender.send(Frame::Close);
            return id;
        }
        let hello = json!({
            "type": "hello", "num_connections": already + 1, "connection_info": { "app_id": app_id },
            "debug_info": { "host": "emulator", "build_number": 1, "approximate_connection_time": 18060 },
        });
        let _ = sender.send(Frame::Json(hello));
        self.connections.push(Connection {
            id,
            app_id: app_id.to_owned(),
            draining: false,
            sender,
        });
        id
    }

    /// Forgets a connection; whoever waits on it learns that it is gone.
    pub fn closed(&mut self, id: u64) {
        self.connections.retain(|one| one.id != id);
        self.waiting.retain(|_, (connection, _)| *connection != id);
    }

    /// Sends an envelope to the next connection in turn. `None` when the app has none.
    pub fn send(
        &mut self,
        app_id: &str,
        envelope_id: &str,
        envelope: Value,
    ) -> Option<(u64, oneshot::Receiver<Value>)> {
        let able: Vec<&Connection> = self
            .connections
            .iter()
            .filter(|one| one.app_id == app_id && !one.draining)
            .collect();
        let chosen = able.get(self.turn.checked_rem(able.len())?)?;
        self.turn = self.turn.wrapping_add(1);
        let (waiter, answer) = oneshot::channel();
        let _ = chosen.sender.send(Frame::Json(envelope));
        let id = chosen.id;
        self.waiting.insert(envelope_id.to_owned(), (id, waiter));
        self.known_envelopes.insert(envelope_id.to_owned());
        Some((id, answer))
    }

    /// Hands an acknowledgement to its waiter.
    ///
    /// # Errors
    /// Why it is not one: `late`, or `unknown_envelope`.
    pub fn acknowledge(&mut self, envelope_id: &str, answer: Value) -> Result<(), &'static str> {
        let late = if self.known_envelopes.contains(envelope_id) {
            "late"
        } else {
            "unknown_envelope"
        };
        let (_, waiter) = self.waiting.remove(envelope_id).ok_or(late)?;
        waiter.send(answer).map_err(|_| "late")
    }

    /// Stops waiting for an envelope.
    pub fn give_up(&mut self, envelope_id: &str) {
        self.waiting.remove(envelope_id);
    }

    /// Sends a frame to one connection, or to all of them. Answers to how many.
    pub fn tell(&mut self, which: Option<u64>, frame: &Frame) -> usize {
        let chosen = self
            .connections
            .iter()
            .filter(|one| which.is_none_or(|id| id == one.id));
        chosen
            .filter(|one| one.sender.send(frame.clone()).is_ok())
            .count()
    }

    /// Routes nothing more to a connection, or to any that is open now.
    pub fn drain(&mut self, which: Option<u64>) {
        for connection in self
            .connections
            .iter_mut()
            .filter(|one| which.is_none_or(|id| id == one.id))
        {
            connection.draining = true;
        }
    }

    /// For the control door: what is open.
    pub fn describe(&self) -> Value {
        let open: Vec<Value> = self
            .connections
            .iter()
            .map(|one| json!({ "id": one.id, "app": one.app_id, "draining": one.draining }))
            .collect();
        json!({ "open": open, "opened_ever": self.opened, "waiting": self.waiting.len() })
    }

    /// Numbers of the open connections.
    pub fn ids(&self) -> Vec<u64> {
        self.connections.iter().map(|one| one.id).collect()
    }
}

/// A `disconnect` frame.
pub fn disconnect(reason: &str) -> Value {
    json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "emulator" } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(sockets: &mut Sockets) -> (u64, mpsc::UnboundedReceiver<Frame>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sockets.open("A1", sender), receiver)
    }

    fn reason(frame: Option<Frame>) -> String {
        let Some(Frame::Json(frame)) = frame else {
            return String::new();
        };
        frame["reason"]
            .as_str()
            .or(frame["type"].as_str())
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn envelopes_take_turns_and_skip_what_is_refreshed() {
        let mut sockets = Sockets::default();
        let (first, _a) = open(&mut sockets);
        let (second, _b) = open(&mut sockets);
        let to = |sockets: &mut Sockets, id: &str| {
            sockets.send("A1", id, json!({})).map(|(socket, _)| socket)
        };
        let turns = [
            to(&mut sockets, "e1"),
            to(&mut sockets, "e2"),
            to(&mut sockets, "e3"),
        ];
        assert_eq!(turns, [Some(first), Some(second), Some(first)]);
        sockets.drain(Some(first));
        assert_eq!(
            [to(&mut sockets, "e4"), to(&mut sockets, "e5")],
            [Some(second), Some(second)]
        );
        sockets.closed(second);
        assert_eq!(to(&mut sockets, "e6"), None);
    }

    #[test]
    fn the_eleventh_connection_is_sent_away() {
        let mut sockets = Sockets::default();
        let mut kept: Vec<_> = (0..MOST).map(|_| open(&mut sockets).1).collect();
        assert_eq!(reason(kept[0].try_recv().ok()), "hello");
        let (_, mut eleventh) = open(&mut sockets);
        assert_eq!(reason(eleventh.try_recv().ok()), "too_many_websockets");
        assert_eq!(sockets.ids().len(), MOST);
    }

    #[test]
    fn an_acknowledgement_is_late_unknown_or_right() {
        let mut sockets = Sockets::default();
        let (_, _frames) = open(&mut sockets);
        let waiting = sockets.send("A1", "e1", json!({}));
        assert_eq!(sockets.acknowledge("e1", json!({})), Ok(()));
        assert_eq!(sockets.acknowledge("e1", json!({})), Err("late"));
        assert_eq!(
            sockets.acknowledge("e9", json!({})),
            Err("unknown_envelope")
        );
        drop(waiting);
    }

    #[test]
    fn a_ticket_opens_one_connection() {
        let mut sockets = Sockets::default();
        sockets.add_ticket("t".into(), "A1".into());
        assert_eq!(sockets.use_ticket("t"), Some("A1".into()));
        assert_eq!(sockets.use_ticket("t"), None);
    }
}

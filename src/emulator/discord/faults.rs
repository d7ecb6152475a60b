//! Scripted misbehaviour: what goes wrong, where, and how often.
//!
//! Invariants: faults of one target are consumed in the order they were given; a fault used up is gone. Neighbours: `control` scripts them, `wire`
//! and `gateway` ask.

use serde::{Deserialize, Serialize};

/// What happens to a call of the REST interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallFault {
    /// 429, with `retry_after` in seconds when given.
    RateLimited {
        /// Seconds, also in the header; absent leaves both out.
        retry_after: Option<f64>,
        /// Of all routes, not only of this one.
        #[serde(default)]
        global: bool,
    },
    /// Another HTTP status, with a body that is not JSON.
    Status {
        /// Such as 503.
        code: u16,
    },
    /// One of Discord's codes, with the status that belongs to it.
    Error {
        /// Such as 50013.
        code: u64,
    },
    /// No answer until released, or for so many seconds on the emulator's clock; then the call is carried out.
    Hang {
        /// Absent: until released.
        seconds: Option<u64>,
    },
    /// The connection is reset and nothing was done.
    Reset,
    /// The call is carried out, and the connection is reset instead of answering.
    LostAnswer,
}

/// What happens to an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventFault {
    /// Sent twice.
    Doubled,
    /// Never sent.
    Dropped,
}

#[derive(Debug)]
struct Scripted<Fault> {
    target: String,
    channel: Option<String>,
    fault: Fault,
    left: Option<u64>,
}

/// Every fault still to come.
#[derive(Debug, Default)]
pub struct Faults {
    calls: Vec<Scripted<CallFault>>,
    events: Vec<Scripted<EventFault>>,
}

fn consume<Fault: Clone>(
    list: &mut Vec<Scripted<Fault>>,
    matches: impl Fn(&Scripted<Fault>) -> bool,
) -> Option<Fault> {
    let index = list.iter().position(matches)?;
    let scripted = list.get_mut(index)?;
    let fault = scripted.fault.clone();
    if let Some(left) = &mut scripted.left {
        *left = left.saturating_sub(1);
        if *left == 0 {
            list.remove(index);
        }
    }
    Some(fault)
}

impl Faults {
    /// Scripts a fault of a route by its name (`messages.post`; `*` for all), optionally for one channel only, so many times (`None`: until
    /// cleared).
    pub fn on_call(
        &mut self,
        target: String,
        channel: Option<String>,
        fault: CallFault,
        times: Option<u64>,
    ) {
        self.calls.push(Scripted {
            target,
            channel,
            fault,
            left: times,
        });
    }

    /// Scripts a fault of events: by name (`MESSAGE_CREATE`), `event` for all but interactions, `command` and `interaction` for those.
    pub fn on_event(&mut self, target: String, fault: EventFault, times: Option<u64>) {
        self.events.push(Scripted {
            target,
            channel: None,
            fault,
            left: times,
        });
    }

    /// The fault that hits this call, if any.
    pub fn for_call(&mut self, route: &str, channel: Option<&str>) -> Option<CallFault> {
        consume(&mut self.calls, |one| {
            (one.target == route || one.target == "*")
                && one
                    .channel
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == channel)
        })
    }

    /// The fault that hits this event, if any.
    pub fn for_event(&mut self, kind: &str, surface: &str) -> Option<EventFault> {
        consume(&mut self.events, |one| {
            one.target == kind || one.target == surface
        })
    }

    /// Forgets everything scripted.
    pub fn clear(&mut self) {
        self.calls.clear();
        self.events.clear();
    }

    /// How many faults have not been used up; those without a limit count as none.
    pub fn left(&self) -> usize {
        let calls = self.calls.iter().filter(|one| one.left.is_some()).count();
        calls + self.events.iter().filter(|one| one.left.is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_in_order_and_only_by_what_they_name() {
        let mut faults = Faults::default();
        let gone = CallFault::Status { code: 503 };
        faults.on_call(
            "messages.post".into(),
            Some("1".into()),
            CallFault::Reset,
            Some(1),
        );
        faults.on_call("messages.post".into(), None, gone.clone(), Some(1));
        assert_eq!(faults.for_call("messages.edit", Some("1")), None);
        assert_eq!(faults.for_call("messages.post", Some("2")), Some(gone));
        assert_eq!(
            faults.for_call("messages.post", Some("1")),
            Some(CallFault::Reset)
        );
        faults.on_event("interaction".into(), EventFault::Doubled, Some(1));
        assert_eq!(faults.for_event("MESSAGE_CREATE", "event"), None);
        let doubled = faults.for_event("INTERACTION_CREATE", "interaction");
        assert_eq!(doubled, Some(EventFault::Doubled));
        assert_eq!(faults.left(), 0);
    }
}

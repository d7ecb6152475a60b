//! Scripted misbehaviour: what goes wrong, where, and how often.
//!
//! Purpose: let a test say "the next post is answered 429" in one line. Invariants: faults of one target are consumed in
//! the order they were given; a fault used up is gone. Neighbours: `control` scripts them, `wire` and `deliver` ask.

use serde::{Deserialize, Serialize};

/// What happens to a call of the Web API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallFault {
    /// 429, with `Retry-After` in seconds when given.
    RateLimited {
        /// Seconds; absent leaves the header out.
        retry_after: Option<u64>,
    },
    /// Another HTTP status, with a body that is not JSON.
    Status {
        /// Such as 503.
        code: u16,
    },
    /// Ok is false, with this code.
    Error {
        /// Slack's code.
        error: String,
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

/// What happens to a delivery to the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeliveryFault {
    /// Delivered twice at once, as one and the same payload.
    Doubled,
    /// The acknowledgement is lost, and the payload is delivered again at once with its retry marks.
    Retried,
    /// Never delivered; nobody is told.
    Dropped,
}

/// Kind of delivery a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// Events API.
    Event,
    /// Buttons, forms and shortcuts.
    Interaction,
    /// Slash commands.
    Command,
}

#[derive(Debug)]
struct Scripted<Target, Fault> {
    target: Target,
    channel: Option<String>,
    fault: Fault,
    left: Option<u64>,
}

/// Every fault still to come.
#[derive(Debug, Default)]
pub struct Faults {
    calls: Vec<Scripted<String, CallFault>>,
    deliveries: Vec<Scripted<Surface, DeliveryFault>>,
}

fn consume<Target, Fault: Clone>(
    list: &mut Vec<Scripted<Target, Fault>>,
    matches: impl Fn(&Scripted<Target, Fault>) -> bool,
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
    /// Scripts a fault for a method (`*` for all, `response_url` for answers by URL), optionally for one channel only, so
    /// many times (`None`: until cleared).
    pub fn on_call(
        &mut self,
        method: String,
        channel: Option<String>,
        fault: CallFault,
        times: Option<u64>,
    ) {
        self.calls.push(Scripted {
            target: method,
            channel,
            fault,
            left: times,
        });
    }

    /// Scripts a fault for deliveries of one kind.
    pub fn on_delivery(&mut self, surface: Surface, fault: DeliveryFault, times: Option<u64>) {
        self.deliveries.push(Scripted {
            target: surface,
            channel: None,
            fault,
            left: times,
        });
    }

    /// The fault that hits this call, if any.
    pub fn for_call(&mut self, method: &str, channel: Option<&str>) -> Option<CallFault> {
        consume(&mut self.calls, |scripted| {
            (scripted.target == method || scripted.target == "*")
                && scripted
                    .channel
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == channel)
        })
    }

    /// The fault that hits this delivery, if any.
    pub fn for_delivery(&mut self, surface: Surface) -> Option<DeliveryFault> {
        consume(&mut self.deliveries, |scripted| scripted.target == surface)
    }

    /// Forgets everything scripted.
    pub fn clear(&mut self) {
        self.calls.clear();
        self.deliveries.clear();
    }

    /// How many faults have not been used up; those without a limit count as none.
    pub fn left(&self) -> usize {
        self.calls.iter().filter(|one| one.left.is_some()).count()
            + self
                .deliveries
                .iter()
                .filter(|one| one.left.is_some())
                .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_in_order_and_only_by_what_they_name() {
        let mut faults = Faults::default();
        faults.on_call(
            "chat.postMessage".into(),
            Some("C1".into()),
            CallFault::Reset,
            Some(1),
        );
        faults.on_call(
            "chat.postMessage".into(),
            None,
            CallFault::Status { code: 503 },
            Some(2),
        );
        assert_eq!(faults.for_call("chat.update", Some("C1")), None);
        assert_eq!(
            faults.for_call("chat.postMessage", Some("C2")),
            Some(CallFault::Status { code: 503 })
        );
        assert_eq!(
            faults.for_call("chat.postMessage", Some("C1")),
            Some(CallFault::Reset)
        );
        assert_eq!(
            faults.for_call("chat.postMessage", Some("C1")),
            Some(CallFault::Status { code: 503 })
        );
        assert_eq!(faults.for_call("chat.postMessage", Some("C1")), None);
        assert_eq!(faults.left(), 0);
    }
}

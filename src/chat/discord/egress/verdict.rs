//! From a failed call to one of delivery's three words.
//!
//! Invariants: what Discord will never take is permanent, with its own code and ours; what may have been taken says so; an unknown code of
//! Discord is temporary, because giving up is delivery's decision. Neighbours: `egress`.

use crate::chat::{
    discord::api::CallError,
    platform::{Permanent, Sent},
};
use std::time::Duration;

/// How long no direct conversations are opened after Discord found that too many were.
const OPENED_TOO_FAST: Duration = Duration::from_secs(60);

/// Which call failed: the same code means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A question before anything is sent.
    Before,
    /// Opening a direct conversation.
    Open,
    /// Posting into a direct conversation.
    Direct,
    /// Posting into a channel.
    Post,
    /// Posting into a thread, or starting it.
    Thread,
    /// Replacing a message.
    Update,
}

impl Call {
    const fn sends(self) -> bool {
        matches!(
            self,
            Self::Direct | Self::Post | Self::Thread | Self::Update
        )
    }

    const fn is_direct(self) -> bool {
        matches!(self, Self::Open | Self::Direct)
    }
}

/// What a failed call means for the message.
#[must_use]
pub fn verdict(error: &CallError, call: Call) -> Sent {
    let temporary = |maybe_sent: bool| Sent::Temporary {
        after: None,
        limited: false,
        maybe_sent: maybe_sent && call.sends(),
        reason: error.to_string(),
    };
    let limited = |after: Duration| Sent::Temporary {
        after: Some(after),
        limited: true,
        maybe_sent: false,
        reason: error.to_string(),
    };
    match error {
        CallError::Limited { after, .. } => limited(*after),
        CallError::Unreached => temporary(false),
        CallError::Lost { .. } | CallError::Garbled => temporary(true),
        // A pace, and no word about the person.
        CallError::Refused { code: 40_003, .. } => limited(OPENED_TOO_FAST),
        CallError::Refused { code, status, .. } => match refused(*code, *status, call) {
            Some((reason, why)) => permanent(reason, error, why),
            None => temporary(*status >= 500),
        },
        // Without words of Discord's it is something before it that refuses: a proxy, or who protects it.
        CallError::Status(401 | 403) => temporary(false),
        CallError::Status(400 | 413) => {
            permanent(Permanent::Malformed, error, "Discord refuses the request")
        }
        CallError::Status(status) => temporary(*status >= 500),
    }
}

fn permanent(reason: Permanent, error: &CallError, why: &str) -> Sent {
    Sent::Permanent {
        reason,
        detail: format!("{error}: {why}"),
    }
}

const CLOSED: &str = "this person takes no direct messages from the bot: they closed them for members of the server, blocked the bot, or left";

fn refused(code: u64, status: u16, call: Call) -> Option<(Permanent, &'static str)> {
    let found = match code {
        // No such account, no common server, closed.
        10_013 | 50_007 | 50_033 | 50_278 => (Permanent::Unreachable, CLOSED),
        10_003 | 50_001 | 50_013 if call.is_direct() => (Permanent::Unreachable, CLOSED),
        10_008 if matches!(call, Call::Update | Call::Thread) => {
            (Permanent::MessageGone, "the message was deleted")
        }
        30_046 => (
            Permanent::MessageGone,
            "a message older than an hour was changed too often; it is posted anew",
        ),
        // A thread that takes nothing any more is one case's trouble and not the channel's: it is said in the channel instead.
        10_003 if matches!(call, Call::Thread) => (
            Permanent::MessageGone,
            "the thread was deleted; it is said in the channel",
        ),
        160_005 if matches!(call, Call::Thread) => (
            Permanent::MessageGone,
            "the thread is locked; it is said in the channel until the thread is unlocked, or the bot may Manage Threads",
        ),
        50_013 if matches!(call, Call::Thread) => (
            Permanent::MessageGone,
            "the bot may not start threads or write in them; it is said in the channel, and `secevent doctor` names what is missing",
        ),
        160_006 if matches!(call, Call::Thread) => (
            Permanent::MessageGone,
            "the server has as many active threads as Discord allows; it is said in the channel",
        ),
        50_005 => (Permanent::MessageGone, "the message is another account's"),
        10_004 => (
            Permanent::ChannelUnfit,
            "the bot is not in the server, or discord.guild is wrong; `secevent doctor` gives the address that invites it",
        ),
        10_003 => (
            Permanent::ChannelUnfit,
            "the channel was deleted; name another in discord.queue_channel",
        ),
        50_001 | 50_013 => (
            Permanent::ChannelUnfit,
            "the bot lacks permissions there; `secevent doctor` names them",
        ),
        50_024 | 160_004 => (
            Permanent::ChannelUnfit,
            "the channel is of a kind where this cannot be done; name a text channel in discord.queue_channel",
        ),
        200_000 | 200_001 | 240_000 => (
            Permanent::ChannelUnfit,
            "the server's AutoMod blocks it; exempt the bot's role from the rule",
        ),
        40_001 | 40_002 | 50_014 => (
            Permanent::Refused,
            "reset the bot's token in the developer portal and configure the new one",
        ),
        50_006 | 50_035 | 50_109 => (Permanent::Malformed, "report this as a bug"),
        0 if status == 401 => (
            Permanent::Refused,
            "reset the bot's token in the developer portal and configure the new one",
        ),
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: u64, status: u16) -> CallError {
        CallError::Refused {
            status,
            code,
            details: vec!["words".to_owned()],
        }
    }

    fn reason(error: &CallError, call: Call) -> Option<Permanent> {
        match verdict(error, call) {
            Sent::Permanent { reason, detail } => {
                assert!(detail.contains(": "), "{detail}");
                Some(reason)
            }
            _ => None,
        }
    }

    #[test]
    fn what_can_never_be_sent_is_permanent_and_says_what_to_do() {
        use Permanent::*;
        for (error, call, wanted) in [
            (code(50_007, 403), Call::Direct, Unreachable),
            (code(50_278, 403), Call::Open, Unreachable),
            (code(10_003, 404), Call::Direct, Unreachable),
            (code(10_003, 404), Call::Post, ChannelUnfit),
            (code(50_013, 403), Call::Post, ChannelUnfit),
            (code(10_008, 404), Call::Update, MessageGone),
            (code(10_008, 404), Call::Thread, MessageGone),
            (code(30_046, 429), Call::Update, MessageGone),
            (code(10_003, 404), Call::Thread, MessageGone),
            (code(50_013, 403), Call::Thread, MessageGone),
            (code(160_005, 400), Call::Thread, MessageGone),
            (code(160_006, 400), Call::Thread, MessageGone),
            (code(50_035, 400), Call::Post, Malformed),
            (code(0, 401), Call::Post, Refused),
            (CallError::Status(413), Call::Post, Malformed),
        ] {
            assert_eq!(reason(&error, call), Some(wanted), "{error:?} {call:?}");
        }
        for unknown in [
            code(999_999, 400),
            code(0, 404),
            CallError::Status(404),
            CallError::Status(401),
            CallError::Status(403),
        ] {
            assert_eq!(reason(&unknown, Call::Post), None);
        }
    }

    #[test]
    fn only_what_was_written_may_have_been_sent() {
        let maybe = |error: &CallError, call: Call| match verdict(error, call) {
            Sent::Temporary { maybe_sent, .. } => maybe_sent,
            other => panic!("{other:?}"),
        };
        let lost = CallError::Lost { timeout: true };
        for call in [Call::Direct, Call::Post, Call::Thread, Call::Update] {
            assert!(maybe(&lost, call) && maybe(&CallError::Garbled, call));
            assert!(maybe(&CallError::Status(502), call) && maybe(&code(0, 500), call));
            assert!(!maybe(&CallError::Unreached, call));
        }
        for call in [Call::Before, Call::Open] {
            assert!(!maybe(&lost, call) && !maybe(&CallError::Status(502), call));
        }
    }

    #[test]
    fn a_limit_says_how_long_and_is_no_failure() {
        let after = Duration::from_millis(700);
        for (error, wanted) in [
            (
                CallError::Limited {
                    after,
                    global: false,
                },
                after,
            ),
            (
                CallError::Limited {
                    after,
                    global: true,
                },
                after,
            ),
            (code(40_003, 400), OPENED_TOO_FAST),
        ] {
            let Sent::Temporary {
                after,
                limited,
                maybe_sent,
                ..
            } = verdict(&error, Call::Open)
            else {
                panic!("{error:?}");
            };
            assert_eq!((after, limited, maybe_sent), (Some(wanted), true, false));
        }
    }
}

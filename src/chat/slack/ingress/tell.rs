//! Which events are for us, and what they are in the neutral words.
//!
//! Invariants: a message is for us if it is direct, a mention, or in a thread; the bot's own and other bots' messages never are; a message
//! and its mention share a key. Neighbours: `read` adds who and where.

use crate::{
    chat::{
        inbound::InboundKind,
        slack::{
            envelope::{
                User, entities,
                event::{Happened, Message},
            },
            files,
            home::Home,
        },
    },
    domain::clock::{Timestamp, from_micros},
};

/// The instant that a message's id names.
fn instant(ts: &str) -> Option<Timestamp> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    from_micros(
        seconds
            .parse::<i64>()
            .ok()?
            .checked_mul(1_000_000)?
            .checked_add(micros)?,
    )
}

/// What needs neither home nor a call to be known as not for us.
pub(super) fn is_other(happened: &Happened, wants: impl Fn(&str) -> bool) -> bool {
    match happened {
        Happened::Other => true,
        Happened::Ended(_) => false,
        Happened::Wrote {
            message,
            direct,
            mention,
        } => {
            message.is_bots
                || !(*direct || *mention || message.thread.is_some() || message.text.contains("<@"))
        }
        Happened::Changed {
            message, is_edit, ..
        } => message.is_bots || !is_edit,
        Happened::Deleted { is_bots, .. } => *is_bots,
        Happened::Reacted { name, .. } => !wants(reaction(name)),
        Happened::HomeOpened { .. } => false,
    }
}

/// A reaction's name without skin tone.
fn reaction(name: &str) -> &str {
    name.trim_matches(':')
        .split("::")
        .next()
        .unwrap_or_default()
}

/// An event that is for us.
pub(super) struct Told {
    pub(super) by: User,
    pub(super) channel: String,
    pub(super) direct: bool,
    pub(super) thread: Option<String>,
    pub(super) key: Option<String>,
    pub(super) at: Option<Timestamp>,
    pub(super) what: What,
}

pub(super) enum What {
    Kind(Box<InboundKind>),
    Reaction { name: String, ts: String },
}

/// What happened, if it is for us; knows the bot's own account.
pub(super) fn tell(happened: Happened, home: &Home) -> Option<Told> {
    match happened {
        // Told to the record before anybody is asked who did it.
        Happened::Other | Happened::Ended(_) => None,
        Happened::Wrote {
            message,
            direct,
            mention,
        } => wrote(message, direct, mention, home),
        Happened::Changed {
            by,
            message,
            direct,
            ..
        } => Some(Told {
            by,
            direct,
            thread: message.thread,
            key: None,
            at: None,
            what: What::Kind(Box::new(InboundKind::MessageChanged {
                message: home.message(&message.channel, &message.ts),
                text: entities::plain(&entities::without_mention(&message.text, &home.bot_user)),
            })),
            channel: message.channel,
        }),
        Happened::Deleted {
            by,
            channel,
            ts,
            direct,
            ..
        } => Some(Told {
            by,
            direct,
            thread: None,
            key: None,
            at: None,
            what: What::Kind(Box::new(InboundKind::MessageDeleted {
                message: home.message(&channel, &ts),
            })),
            channel,
        }),
        Happened::HomeOpened { by, channel } => Some(Told {
            by,
            channel,
            direct: true,
            thread: None,
            key: None,
            at: None,
            what: What::Kind(Box::new(InboundKind::Home)),
        }),
        Happened::Reacted {
            by,
            name,
            channel,
            ts,
        } => Some(Told {
            by,
            channel,
            direct: false,
            thread: None,
            key: None,
            at: None,
            what: What::Reaction {
                name: reaction(&name).to_owned(),
                ts,
            },
        }),
    }
}

fn wrote(message: Message, direct: bool, mention: bool, home: &Home) -> Option<Told> {
    let is_mention = !direct && (mention || entities::mentions(&message.text, &home.bot_user));
    if !direct && !is_mention && message.thread.is_none() {
        return None;
    }
    let text = entities::plain(&entities::without_mention(&message.text, &home.bot_user));
    let itself = home.message(&message.channel, &message.ts);
    let thread = message
        .thread
        .as_deref()
        .map(|root| home.message(&message.channel, root));
    let files = files::read(&message.files);
    let kind = if is_mention {
        InboundKind::Mention {
            text,
            message: itself,
            thread,
            files,
        }
    } else {
        InboundKind::Message {
            text,
            message: itself,
            thread,
            files,
        }
    };
    Some(Told {
        by: message.user,
        direct,
        // A message and its mention are two events of one cause.
        key: Some(format!(
            "slack:message:{}:{}:{}",
            home.workspace, message.channel, message.ts
        )),
        at: instant(&message.ts),
        thread: message.thread,
        channel: message.channel,
        what: What::Kind(Box::new(kind)),
    })
}

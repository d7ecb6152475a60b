//! From facts to a plan: send this there, wait, drop it because it is no longer true, or give up because it cannot be said. Pure.
//!
//! Invariants: what is untrue is never sent, and says why; a plan to send holds everything that the call needs, so nothing is looked up
//! while it is on its way. Neighbours: `recheck`, `address` and `render` decide the parts, `attempt` does it.

use super::{
    address::{Way, way},
    recheck::{self, untrue},
    render::{Facts, Occasion, content_sha256, render},
};
use crate::chat::platform::{Outgoing, Target};
use crate::chat::speech::Hearing;
use crate::domain::{clock::Timestamp, notification::Topic, person::PlatformId};
use crate::store::Claimed;

/// What to do with a claimed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Send it.
    Send(Box<Send>),
    /// Not yet: why.
    Wait(&'static str),
    /// It is no longer true: why.
    Drop(String),
    /// It cannot be sent at all: why.
    GiveUp(String),
}

/// What is sent, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// By which platform.
    pub platform: PlatformId,
    /// The message.
    pub outgoing: Outgoing,
    /// SHA-256 of place and card, hex.
    pub sha256: String,
}

impl Send {
    /// The same, posted anew in the queue channel because the message that it referred to is gone; `None` if it referred to none.
    #[must_use]
    pub fn anew(&self) -> Option<Self> {
        if !refers(&self.outgoing.target) {
            return None;
        }
        let mut anew = self.clone();
        anew.outgoing.target = Target::Queue;
        anew.sha256 = content_sha256(&anew.outgoing.target, &anew.outgoing.card).ok()?;
        Some(anew)
    }
}

/// Whether the target is a message that may be gone.
#[must_use]
pub const fn refers(target: &Target) -> bool {
    matches!(target, Target::Update(_) | Target::Thread(_))
}

/// The platform of the first report.
fn reported_on(facts: &Facts) -> Option<PlatformId> {
    let first = facts.reports.iter().min_by_key(|one| one.reported_at)?;
    first.origin.platform
}

/// The plan for a claimed row; cases are worked on `queue_on`, or where they were reported first.
#[must_use]
pub fn plan(
    claimed: &Claimed,
    facts: &Facts,
    platforms: &[PlatformId],
    queue_on: Option<PlatformId>,
    now: Timestamp,
    (brand, hearing): (Option<&str>, Hearing),
) -> Plan {
    let notification = &claimed.notification;
    let refs = &notification.refs;
    let known = recheck::Facts {
        case: facts.case.as_ref(),
        into: facts.into.as_deref(),
        report: facts
            .reports
            .iter()
            .find(|report| Some(report.id) == refs.report),
        escalation: facts.escalation.as_ref(),
        digest: facts.digest.as_ref(),
        answered_later: facts.answered_later,
    };
    if let Some(reason) = untrue(notification.kind, notification.id, refs.topic, known) {
        return Plan::Drop(reason);
    }
    let way = way(
        notification.kind,
        &notification.to,
        facts.recipient.as_ref(),
        &facts.card,
        queue_on.or_else(|| reported_on(facts)),
        platforms,
    );
    let (platform, target) = match way {
        Way::To(platform, target) => (platform, target),
        Way::Wait(reason) => return Plan::Wait(reason),
        // That somebody cannot be reached is an alarm when something must reach them, not once a day.
        Way::Nowhere(reason) if refs.topic == Some(Topic::Digest) => return Plan::Drop(reason),
        Way::Nowhere(reason) => return Plan::GiveUp(reason),
    };
    let occasion = Occasion {
        kind: notification.kind,
        to: &notification.to,
        refs,
        platform,
        now,
        brand,
        hearing,
    };
    let card = match render(&occasion, facts) {
        Ok(card) => card,
        Err(missing) => return Plan::GiveUp(format!("it cannot be said: {missing}")),
    };
    match content_sha256(&target, &card) {
        Ok(sha256) => Plan::Send(Box::new(Send {
            platform,
            outgoing: Outgoing {
                target,
                card,
                case: facts.case.as_ref().map(|case| case.number.to_string()),
                key: format!("{}:{}", notification.id, claimed.generation),
            },
            sha256,
        })),
        Err(error) => Plan::GiveUp(error.to_string()),
    }
}

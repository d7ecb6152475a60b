//! Attach: a message in a thread of a case becomes an entry of its timeline.
//!
//! Invariants: a message in any other thread is dropped before any write; in a direct conversation only the person whom it is with is
//! heard. Neighbours: `domain::details` decides, `chat::conversation` calls it for every reply in a thread.

use super::{
    Cx, Done, Fault, Reply, Workflow,
    act::Plan,
    ground::{Ground, Target},
};
use crate::domain::{authority::Verb, decision::MessageRole, details, event_report::Door, merging};

impl Workflow {
    /// Records a reply in the thread of a case's card, of a receipt, of feedback, of a page or of another message of ours;
    /// `Done::Nothing` without a write when the thread belongs to no case.
    ///
    /// # Errors
    /// Not stored, or a fault of ours.
    pub async fn attach(&self, cx: &Cx, reply: Reply) -> Result<Done, Fault> {
        let thread = reply.thread.clone();
        let direct = matches!(cx.origin.door, Door::DirectMessage | Door::ReceiptThread);
        self.act(
            Verb::Attach,
            cx,
            Target::Message(thread),
            move |ground| match heard_as(ground, direct) {
                Some(by_reporter) => {
                    let decision = details::said(ground.act, ground.file()?, by_reporter, &reply);
                    let decision = merging::shared(ground.act, ground.file()?, decision);
                    Plan::changed(Verb::Attach, ground, decision)
                }
                None => Ok(Plan::nothing()),
            },
        )
        .await
    }
}

/// Whether the speaker is heard in this thread, and if so whether as a reporter.
fn heard_as(ground: &Ground<'_>, direct: bool) -> Option<bool> {
    let thread = ground.message?;
    let speaker = ground.person?.id;
    if thread.person.is_some_and(|person| person != speaker) {
        return None;
    }
    match thread.role {
        MessageRole::Card => Some(false),
        MessageRole::Receipt | MessageRole::Feedback => ground.relation.reporter.then_some(true),
        MessageRole::Page => Some(false),
        MessageRole::Notice if thread.person.is_some() => Some(ground.relation.reporter),
        MessageRole::Notice => Some(false),
        // What people say to each other under a reported message is theirs; what the reporter says to us below the own words is ours.
        MessageRole::Source | MessageRole::Reply => {
            (direct && ground.relation.reporter).then_some(true)
        }
    }
}

//! Held: where the record holds the words of a message that was edited or deleted in chat.
//!
//! Invariants: reads only; a message that belongs to no case costs one look and finds nothing. Neighbours: [`super::message_changed`],
//! [`super::message_deleted`].

use super::{Cx, Fault, Workflow};
use crate::domain::{
    event_report::MessageRef,
    timeline::{Body, Held, Stream, sha256_hex},
};

/// How many entries of a timeline are read at once.
const PAGE: u32 = 200;
/// How many entries are looked through at most.
const MOST: u64 = 10_000;

impl Workflow {
    /// The last entry that holds the words of a message.
    pub(super) async fn held(&self, cx: &Cx, message: &MessageRef) -> Result<Option<Held>, Fault> {
        let message = message.clone();
        self.ask("held", cx, move |workflow, _| {
            let message = message.clone();
            async move {
                let Some(known) = workflow.first_message(&message, false).await? else {
                    return Ok(None);
                };
                let (mut held, mut from) = (None, 1);
                while from < MOST {
                    let stream = Stream::Case(known.case);
                    let page = workflow.inner.store.timeline(stream, from, PAGE).await?;
                    let Some(last) = page.last() else { break };
                    from = last.seq + 1;
                    for entry in &page {
                        if let Some(words) = entry.body.as_ref().and_then(|b| words(b, &message)) {
                            held = Some(Held {
                                entry: entry.seq,
                                sha256: sha256_hex(words.as_bytes()),
                            });
                        }
                    }
                }
                Ok(held)
            }
        })
        .await
    }
}

/// The words of the message, if this entry holds them.
fn words<'a>(body: &'a Body, message: &MessageRef) -> Option<&'a str> {
    let (of, text) = match body {
        Body::Reported { report } | Body::Joined { report } => {
            let snapshot = report.snapshot.as_ref()?;
            (&snapshot.source, &snapshot.text)
        }
        Body::Said { text, message } | Body::MessageEdited { message, text, .. } => (message, text),
        _ => return None,
    };
    // A channel that two workspaces share shows the same message in both.
    let same = (of.platform, &of.channel, &of.message)
        == (message.platform, &message.channel, &message.message);
    same.then_some(text)
}

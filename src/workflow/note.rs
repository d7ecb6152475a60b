//! Note: a text of the responders, told to the reporters too if wished.
//!
//! Invariants: a note for reporters that nobody would receive is refused. Neighbours: `domain::details` decides.

use super::{Cx, Done, Fault, NoteInput, Workflow, ground::Target};
use crate::domain::{authority::Verb, details, ids::CaseId, merging};

impl Workflow {
    /// Writes a note.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn note(&self, cx: &Cx, case: CaseId, input: NoteInput) -> Result<Done, Fault> {
        self.change(Verb::Note, cx, Target::Case(case), move |ground| {
            let file = ground.file()?;
            let decision = details::note(ground.act, file, &input)?;
            Ok(merging::shared(ground.act, file, decision))
        })
        .await
    }
}

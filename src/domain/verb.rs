//! The verbs: one word for everything that can be done, on buttons, in the record and in the authorisation table.
//!
//! Invariants: a word is never reused for something else. Neighbours: [`super::authority`] says who may, `workflow` does it.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Everything that can be done.
    Verb {
        /// Report something: opens a case.
        Open = "open",
        /// Report the same as somebody else.
        Join = "join",
        /// Say something in a thread of a case.
        Attach = "attach",
        /// Edit a message of the record.
        MessageChanged = "message_changed",
        /// Delete a message of the record.
        MessageDeleted = "message_deleted",
        /// Tell more than the first words.
        AddDetails = "add_details",
        /// Withdraw one's own report.
        Withdraw = "withdraw",
        /// Become the owner.
        Take = "take",
        /// Sort and rate.
        Triage = "triage",
        /// Decide event or incident.
        Assess = "assess",
        /// Change the severity.
        SetSeverity = "set_severity",
        /// Call somebody.
        Escalate = "escalate",
        /// Answer a page.
        Acknowledge = "acknowledge",
        /// Write a note.
        Note = "note",
        /// End a case.
        Close = "close",
        /// Begin again.
        Reopen = "reopen",
        /// Work on it in another case, because both are the same matter.
        Merge = "merge",
        /// Work on a merged case by itself again.
        Unmerge = "unmerge",
        /// Say that two accounts are one person.
        Link = "link",
        /// Look at a case.
        View = "view",
        /// Let time do what is due.
        Tick = "tick",
        /// Put a policy in force.
        AdoptPolicy = "adopt_policy",
        /// Take over the directory file.
        SeedDirectory = "seed_directory",
    }
}

//! The home of a person: what concerns exactly them, in one view, and the way to report.
//!
//! Invariants: looking changes nothing, so it is never answered with "not stored"; what it shows was read through `visible`; its buttons are
//! buttons like any other. Neighbours: [`super::buttons`] does what is pressed in it, `workflow.home` reads it.

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::answer::Answer;
use crate::chat::speech::{self, Home, OnCall, OwnCase, OwnReport};
use crate::domain::event_report::Door;
use crate::workflow::Fault;

impl Conversation {
    pub(super) async fn home(&self, turn: &Turn) -> Result<Told, Fault> {
        let home = self.workflow.home(&turn.cx(Door::Home)).await?;
        let on_call: Vec<OnCall> = home
            .on_call
            .into_iter()
            .map(|(role, person)| OnCall {
                role,
                holder: person.map(|person| (person.name, person.contacts)),
            })
            .collect();
        let reports: Vec<OwnReport<'_>> = home
            .reports
            .iter()
            .map(|report| OwnReport {
                case: report.case,
                view: &report.view,
                said: &report.said,
                reported_at: report.reported_at,
                withdrawn: report.withdrawn,
            })
            .collect();
        let owned: Option<Vec<OwnCase<'_>>> = home.owned.as_ref().map(|owned| {
            owned
                .iter()
                .map(|one| OwnCase {
                    case: one.case,
                    view: &one.view,
                    due: one.due,
                })
                .collect()
        });
        let card = speech::home(
            &turn.reader,
            &Home {
                policy: &turn.policy,
                as_of: home.as_of,
                // By the platform's word or by the directory's: less is told to outsiders.
                outsider: turn.outsider() || home.outsider,
                on_call: &on_call,
                reports: &reports,
                more_reports: home.more_reports,
                owned: owned.as_deref(),
                more_owned: home.more_owned,
            },
        );
        Ok(Told::answered(Answer::Home(card)))
    }
}

impl Turn {
    /// In place of a home that could not be read.
    pub(super) fn no_home(&self) -> Answer {
        let outsider = self.outsider();
        Answer::Home(speech::no_home(&self.reader, &self.policy, outsider))
    }
}

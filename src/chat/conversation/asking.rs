//! Sub-commands: questions that change nothing.
//!
//! Invariants: outsiders get no names and no numbers; a case of somebody else answers exactly like an unknown number.
//! Neighbours: [`crate::chat::grammar`] says what was asked.

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::answer::Answer;
use crate::chat::card::Card;
use crate::chat::grammar::{self, Said, Which};
use crate::chat::speech::{self, CaseFacts, CaseRow, Escalated, OnCall};
use crate::domain::{
    authority::Verb,
    case::Status,
    deadline::DeadlineKind,
    event_report::Door,
    ids::{CaseNumber, PersonId},
    input::NewReport,
};
use crate::workflow::{CaseView, Cx, Fault};
use chrono::Datelike;

impl Conversation {
    pub(super) async fn command(&self, turn: &Turn, text: &str) -> Result<Told, Fault> {
        match grammar::command(text) {
            Said::Form => Ok(turn.report_form(Door::Form)),
            Said::Report(text) => {
                let report = NewReport {
                    text,
                    ..NewReport::default()
                };
                self.report(turn, report, Door::SlashCommand).await
            }
            question => self.question(turn, &question, Door::SlashCommand).await,
        }
    }

    /// Everything of the grammar that is no report. A form cannot be opened from everywhere, so it is help here.
    pub(super) async fn question(
        &self,
        turn: &Turn,
        said: &Said,
        door: Door,
    ) -> Result<Told, Fault> {
        let (reader, policy) = (&turn.reader, &*turn.policy);
        let cx = turn.cx(door);
        let card = match said {
            Said::Help | Said::Form | Said::Report(_) => {
                let direct = turn.inbound.place.direct;
                speech::help(reader, policy, turn.outsider(), direct)
            }
            Said::Contacts => speech::contacts(reader, policy, turn.outsider()),
            Said::OnCall => {
                let roles = self.on_call(turn, &cx).await?;
                speech::on_call(reader, policy, &roles, turn.outsider())
            }
            Said::Mine => self.mine(turn, &cx).await?,
            Said::Link => self.begin_link(turn, &cx).await?,
            Said::LinkCode(code) => self.enter_link(turn, &cx, code).await?,
            Said::Status(which) => {
                let number = turn.case_number(*which);
                let view = self.workflow.by_number(&cx, number).await?;
                turn.status(&view)
            }
        };
        Ok(Told::answered(Answer::Private(card)))
    }

    /// Who is on call; nobody is looked up for an outsider.
    pub(super) async fn on_call(&self, turn: &Turn, cx: &Cx) -> Result<Vec<OnCall>, Fault> {
        if turn.outsider() {
            return Ok(Vec::new());
        }
        let roles = self.workflow.on_call(cx).await?;
        Ok(roles
            .into_iter()
            .map(|(role, person)| OnCall {
                role,
                holder: person.map(|person| (person.name, person.contacts)),
            })
            .collect())
    }

    async fn mine(&self, turn: &Turn, cx: &Cx) -> Result<Card, Fault> {
        let lines = self.workflow.mine(cx).await?;
        let rows: Vec<CaseRow> = lines
            .into_iter()
            .map(|line| CaseRow {
                number: line.number,
                status: line.status,
                together: line.together,
                reported_at: line.reported_at,
                said: line.title,
            })
            .collect();
        Ok(speech::mine(&turn.reader, &rows))
    }
}

impl Turn {
    /// The whole number; a short one is of the present year in the organisation's zone.
    pub(super) fn case_number(&self, which: Which) -> CaseNumber {
        match which {
            Which::Full(number) => number,
            Which::OfThisYear(n) => {
                let zone = self.policy.organisation.time_zone;
                let year = self.inbound.happened_at.with_timezone(&zone).year();
                CaseNumber { year, n }
            }
        }
    }

    /// The state of a case, as its asker may see it.
    pub(super) fn status(&self, view: &CaseView) -> Card {
        let mut reporters: Vec<PersonId> = Vec::new();
        for report in &view.reports {
            if !reporters.contains(&report.reporter) {
                reporters.push(report.reporter);
            }
        }
        let own = view
            .reports
            .iter()
            .find(|report| Some(report.reporter) == view.actor.person());
        let due_of = |kind: DeadlineKind| {
            view.deadlines
                .iter()
                .find(|deadline| deadline.kind == kind)
                .map(|deadline| deadline.due_at)
        };
        let due = view
            .deadlines
            .iter()
            .min_by_key(|deadline| deadline.due_at)
            .map(|deadline| (deadline.kind, deadline.due_at));
        let mut next = view.next.clone();
        if view.relation.reporter && view.view.status != Status::Closed {
            next.push(Verb::AddDetails);
        }
        next.dedup();
        speech::case_card(
            &self.reader,
            &CaseFacts {
                policy: &self.policy,
                case: view.case.id,
                view: &view.view,
                people: &view.people,
                reporters: &reporters,
                reports: view.reports.len(),
                said: own.map(|report| report.text.as_str()),
                missing: &view.missing,
                due,
                escalation: view.escalation.as_ref().map(|run| Escalated {
                    run,
                    due: due_of(DeadlineKind::Acknowledge),
                }),
                files: &view.files,
                next: &next,
            },
        )
    }
}

//! The verbs of a sequence: from the numbers of an [`Op`] to an input and a decision.

use super::world::{Op, World};
use crate::domain::{
    assessing,
    assessment::Assessment,
    authority::Relation,
    closing,
    decision::{Decision, Refusal},
    details, escalation_rules,
    event_report::Details,
    input::{AssessInput, CloseInput, NewReport, NoteInput, TriageInput},
    lifecycle,
    opening::{self, Filing},
    severity::Level,
};
use std::collections::BTreeMap;

impl World {
    pub fn verb(&self, op: &Op) -> Result<Decision, Refusal> {
        let category = |n: usize| {
            self.policy.category[n % self.policy.category.len()]
                .id
                .clone()
        };
        let outcome = |n: usize| {
            self.policy.outcome[n % self.policy.outcome.len()]
                .id
                .clone()
        };
        let assess = |n: usize| AssessInput {
            criteria: BTreeMap::new(),
            result: Assessment::ALL[n % Assessment::ALL.len()],
            rationale: "because".into(),
        };
        let reason = "because";
        match *op {
            Op::Join(who) => self.decide(who, |act, file| {
                let filing = Filing {
                    reporter: &self.people[who],
                    reply_to: None,
                    wire_sha256: "",
                };
                let report = NewReport {
                    text: "me too".into(),
                    ..NewReport::default()
                };
                opening::join(act, file.unwrap(), filing, &report).map(|joined| joined.decision)
            }),
            Op::Restrict(who) => self.decide(who, |act, file| {
                let told = Details {
                    concerns_colleague: true,
                    ..Details::default()
                };
                details::add(act, file.unwrap(), Relation::default(), &told)
            }),
            Op::Withdraw(who) => self.decide(who, |act, file| {
                let file = file.unwrap();
                let own = file
                    .reports
                    .iter()
                    .rfind(|r| r.reporter == self.people[who].id);
                details::withdraw(
                    act,
                    file,
                    own.map_or(file.reports[0].id, |report| report.id),
                )
            }),
            Op::Take(who) => self.decide(who, |act, file| lifecycle::take(act, file.unwrap())),
            Op::Triage(who, n, level) => self.decide(who, |act, file| {
                let input = TriageInput {
                    category: category(n),
                    severity: Level::ALL[level],
                    reason: Some(reason.to_owned()),
                    asset: Default::default(),
                    alert_id: None,
                    links: vec![],
                    service_owner: None,
                    cia: Default::default(),
                };
                lifecycle::triage(act, file.unwrap(), &input)
            }),
            Op::Assess(who, n) => self.decide(who, |act, file| {
                assessing::assess(act, file.unwrap(), &assess(n))
            }),
            Op::Rate(who, n) => self.decide(who, |act, file| {
                lifecycle::set_severity(act, file.unwrap(), Level::ALL[n], reason)
            }),
            Op::Escalate(who) => self.decide(who, |act, file| {
                escalation_rules::start(act, file.unwrap(), &self.on_call, reason)
            }),
            Op::Acknowledge(who) => self.decide(who, |act, file| {
                let file = file.unwrap();
                let id = file
                    .escalation
                    .as_ref()
                    .ok_or_else(crate::domain::authority::no_such_case)?
                    .id;
                escalation_rules::acknowledge(act, file, id)
            }),
            Op::Note(who, to_reporters) => self.decide(who, |act, file| {
                let input = NoteInput {
                    text: "a note".into(),
                    to_reporters,
                };
                details::note(act, file.unwrap(), &input)
            }),
            Op::Close(who, n, result, o) => self.decide(who, |act, file| {
                let input = CloseInput {
                    category: Some(category(n)),
                    assess: (result > 0).then(|| assess(result)),
                    severity: None,
                    outcome: outcome(o),
                    notes: "done".into(),
                };
                closing::close(act, file.unwrap(), &input)
            }),
            Op::Reopen(who) => self.decide(who, |act, file| {
                lifecycle::reopen(act, file.unwrap(), reason)
            }),
            Op::Wait(_) | Op::OnCall(..) | Op::PageFails | Op::AllSent => unreachable!(),
        }
    }
}

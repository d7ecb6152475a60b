//! Open: a report becomes a case, or joins the case that the reported message has already.
//!
//! Invariants: the case is durable before anything is answered; several reports of one message at the same instant make one case (the
//! losers of the race are decided anew and join). Neighbours: `domain::opening` decides, [`super::join`].

use super::{
    Cx, Done, Fault, NewReport, Workflow,
    act::Plan,
    cx::Caller,
    ground::{Ground, Target},
};
use crate::domain::{
    authority::{self, Verb},
    case_file::CaseFile,
    decision::Refusal,
    draft::after,
    ids::CaseNumber,
    merging,
    opening::{self, Filing},
    person::Identity,
};

impl Workflow {
    /// Opens a case, or joins the case that the snapshot's message has already (`Done::Joined`).
    ///
    /// # Errors
    /// Refused when nothing was said, not stored, or a fault of ours.
    pub async fn open(&self, cx: &Cx, report: NewReport) -> Result<Done, Fault> {
        let source = report
            .snapshot
            .as_ref()
            .map(|snapshot| snapshot.source.clone());
        let filed = Filed::of(cx);
        self.act(
            Verb::Open,
            cx,
            Target::New(source),
            move |ground| match ground.file {
                Some(file) => filed.join(ground, file, &report),
                None => filed.open(ground, &report),
            },
        )
        .await
    }
}

/// How a report came in.
#[derive(Debug, Clone)]
pub(super) struct Filed {
    reply_to: Option<Identity>,
    wire_sha256: String,
}

impl Filed {
    pub(super) fn of(cx: &Cx) -> Self {
        Self {
            reply_to: match &cx.caller {
                Caller::Account { identity, .. } => Some(identity.clone()),
                Caller::Person(_) | Caller::System => None,
            },
            wire_sha256: cx
                .inbound
                .as_ref()
                .map(|key| key.wire_sha256.clone())
                .unwrap_or_default(),
        }
    }

    fn filing<'a>(&'a self, ground: &Ground<'a>) -> Result<Filing<'a>, Refusal> {
        Ok(Filing {
            reporter: ground.person.ok_or_else(authority::no_such_case)?,
            reply_to: self.reply_to.as_ref(),
            wire_sha256: &self.wire_sha256,
        })
    }

    fn open(&self, ground: &Ground<'_>, report: &NewReport) -> Result<Plan, Refusal> {
        let opened = opening::open(ground.act, self.filing(ground)?, report)?;
        let policy = ground.act.at.policy;
        let number = opened
            .decision
            .changes
            .iter()
            .find_map(|change| match change {
                crate::domain::decision::CaseChange::Open(case) => Some(case.number),
                crate::domain::decision::CaseChange::Update(_) => None,
            });
        Ok(Plan {
            done: Done::Opened {
                case: opened.case,
                // The store puts in the real number.
                number: number.unwrap_or(CaseNumber { year: 0, n: 0 }),
                report: opened.report,
                category: opened.category,
                withdraw_until: after(ground.act.at.now, policy.targets.withdraw_seconds),
            },
            decision: opened.decision,
        })
    }

    pub(super) fn join(
        &self,
        ground: &Ground<'_>,
        file: &CaseFile,
        report: &NewReport,
    ) -> Result<Plan, Refusal> {
        let joined = opening::join(ground.act, file, self.filing(ground)?, report)?;
        Ok(Plan {
            done: Done::Joined {
                case: joined.case,
                number: file.case.number,
                report: joined.report,
                category: joined.category,
            },
            decision: merging::shared(ground.act, file, joined.decision),
        })
    }
}

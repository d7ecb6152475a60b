//! A store, a clock and a directory in memory: applies decisions as the store would, and notes what a store would refuse.

use super::checker::{self, Seen};
use crate::domain::{
    assessing,
    assessment::Assessment,
    authority::Relation,
    case::Owner,
    case_file::{CaseFile, OnCall},
    clock::{Entropy, Timestamp, from_micros},
    closing,
    deadline::{Deadline, DeadlineChange, DeadlineKind},
    decision::{At, CaseChange, Decision, Refusal},
    delivery_rules::{self, Row},
    details,
    draft::Act,
    escalation::Run,
    escalation_rules,
    event_report::{Details, Door, Origin},
    ids::{CaseId, CaseNumber, PersonId, PolicyVersionId},
    input::{AssessInput, CloseInput, NewReport, NoteInput, TriageInput},
    lifecycle,
    notification::NotificationKind,
    opening::{self, Filing},
    person::{Actor, Identity, Person, PersonKind, PlatformId, Role, Who},
    policy::{Policy, sample},
    severity::Level,
    time_rules,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// One step of a sequence; the numbers choose among people, categories, levels, results and outcomes.
#[derive(Debug, Clone)]
pub enum Op {
    Join(usize),
    Restrict(usize),
    Withdraw(usize),
    Take(usize),
    Triage(usize, usize, usize),
    Assess(usize, usize),
    Rate(usize, usize),
    Escalate(usize),
    Acknowledge(usize),
    PageFails,
    Note(usize, bool),
    Close(usize, usize, usize, usize),
    Reopen(usize),
    Wait(u32),
    OnCall(bool, bool),
    AllSent,
}

/// Different bytes each time, the same in each run.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = n[place % n.len()];
        }
    }
}

#[derive(Debug)]
pub struct World {
    pub policy: Policy,
    entropy: Counting,
    now: Timestamp,
    people: Vec<Person>,
    on_call: OnCall,
    pub seen: Seen,
    sent: usize,
}

pub fn person(n: usize, reachable: bool) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(n as u128 + 1)),
        kind: PersonKind::Person,
        name: format!("Person {n}"),
        locale: None,
        time_zone: None,
        identities: if reachable {
            vec![Identity {
                platform: PlatformId::Slack,
                realm: "T1".into(),
                user: format!("U{n}"),
            }]
        } else {
            vec![]
        },
        contacts: vec![],
    }
}

impl World {
    pub fn open(concerns_colleague: bool, reachable: bool) -> Self {
        let people: Vec<Person> = (0..4).map(|n| person(n, n != 0 || reachable)).collect();
        let on_call = OnCall(BTreeMap::from([
            (Role::OnCallPrimary, vec![people[2].id]),
            (Role::OnCallBackup, vec![people[3].id]),
        ]));
        let mut world = Self {
            policy: sample(),
            entropy: Counting::default(),
            now: from_micros(1_800_000_000_000_000).unwrap(),
            people,
            on_call,
            seen: Seen::default(),
            sent: 0,
        };
        let report = NewReport {
            text: "somebody is in the server room".into(),
            details: Details {
                concerns_colleague,
                ..Details::default()
            },
            ..NewReport::default()
        };
        let reporter = world.people[0].clone();
        let opened = world
            .decide(0, |act, _| {
                let filing = Filing {
                    reporter: &reporter,
                    reply_to: None,
                    wire_sha256: "",
                };
                opening::open(act, filing, &report).map(|opened| opened.decision)
            })
            .unwrap();
        world.apply(opened);
        world
    }

    pub fn broken(&self) -> Vec<String> {
        checker::broken(&self.seen)
    }

    pub fn kinds(&self) -> BTreeSet<String> {
        let kind = |body| {
            let json = serde_json::to_value(body).unwrap();
            json["kind"].as_str().unwrap().to_owned()
        };
        self.seen.log.iter().map(kind).collect()
    }

    fn decide<T>(
        &self,
        who: usize,
        decide: impl FnOnce(Act<'_>, Option<&CaseFile>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let actor = Actor {
            who: Who::Person(self.people[who].id),
            roles: BTreeSet::from([Role::Responder]),
            outsider: false,
        };
        self.decide_as(&actor, Door::Button, decide)
    }

    fn decide_as<T>(
        &self,
        actor: &Actor,
        door: Door,
        decide: impl FnOnce(Act<'_>, Option<&CaseFile>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let origin = Origin::inside(door);
        let at = At {
            now: self.now,
            policy: &self.policy,
            version: PolicyVersionId(Uuid::nil()),
            entropy: &self.entropy,
        };
        let act = Act {
            at,
            actor,
            origin: &origin,
            happened_at: self.now,
        };
        decide(act, self.seen.file.as_ref())
    }

    /// Plays one step; a refusal changes nothing.
    pub fn play(&mut self, op: &Op) {
        match op {
            Op::Wait(seconds) => return self.wait(*seconds),
            Op::OnCall(primary, backup) => {
                self.on_call.0.clear();
                if *primary {
                    self.on_call
                        .0
                        .insert(Role::OnCallPrimary, vec![self.people[2].id]);
                }
                if *backup {
                    self.on_call
                        .0
                        .insert(Role::OnCallBackup, vec![self.people[3].id]);
                }
                return;
            }
            Op::PageFails => return self.page_fails(),
            Op::AllSent => return self.all_sent(),
            _ => {}
        }
        let decided = self.verb(op);
        if let Ok(decision) = decided {
            self.apply(decision);
        }
    }

    fn verb(&self, op: &Op) -> Result<Decision, Refusal> {
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

    fn wait(&mut self, seconds: u32) {
        self.now += chrono::TimeDelta::seconds(i64::from(seconds));
        let due: Vec<Deadline> = self
            .seen
            .deadlines
            .values()
            .filter(|deadline| deadline.due_at <= self.now)
            .cloned()
            .collect();
        for deadline in due {
            if self.seen.deadlines.get(&deadline.kind) != Some(&deadline) {
                continue;
            }
            let feedback_open = self.seen.told[self.sent..]
                .iter()
                .any(|told| told.kind == NotificationKind::Feedback);
            let decision = self
                .decide_as(&Actor::system(), Door::Clock, |act, file| {
                    Ok(time_rules::fire(
                        act,
                        file.unwrap(),
                        &self.on_call,
                        &deadline,
                        feedback_open,
                    ))
                })
                .unwrap();
            self.apply(decision);
            assert_ne!(
                self.seen.deadlines.get(&deadline.kind),
                Some(&deadline),
                "a fired deadline stays open"
            );
        }
    }

    fn page_fails(&mut self) {
        let Some(Run::Running { page, paged, .. }) = self
            .seen
            .file
            .as_ref()
            .and_then(CaseFile::running)
            .map(|e| e.run.clone())
        else {
            return;
        };
        let to = crate::domain::notification::Recipient::Person {
            person: paged,
            via: None,
        };
        let row = Row {
            id: page,
            kind: NotificationKind::Page,
            to: &to,
        };
        let decision = self
            .decide_as(&Actor::system(), Door::Delivery, |act, file| {
                Ok(delivery_rules::gave_up(
                    act,
                    file.unwrap(),
                    &self.on_call,
                    row,
                    "no account",
                ))
            })
            .unwrap();
        self.apply(decision);
    }

    /// The dispatcher sends all that waits.
    fn all_sent(&mut self) {
        while self.sent < self.seen.told.len() {
            let told = self.seen.told[self.sent].clone();
            self.sent += 1;
            let rest = self.seen.told[self.sent..]
                .iter()
                .all(|other| other.kind != NotificationKind::Feedback);
            let row = Row {
                id: told.id,
                kind: told.kind,
                to: &told.to,
            };
            let decision = self
                .decide_as(&Actor::system(), Door::Delivery, |act, file| {
                    Ok(delivery_rules::sent(
                        act,
                        file.unwrap(),
                        row,
                        "00",
                        None,
                        rest,
                    ))
                })
                .unwrap();
            self.apply(decision);
        }
    }

    /// What the store does with a decision.
    fn apply(&mut self, decision: Decision) {
        let seen = &mut self.seen;
        seen.before = seen.file.as_ref().map(|file| file.case.clone());
        let grows = decision.entries.len() as u64;
        for change in &decision.changes {
            match change {
                CaseChange::Open(case) => {
                    let mut case = (**case).clone();
                    case.number = CaseNumber {
                        n: 1,
                        ..case.number
                    };
                    seen.file = Some(CaseFile {
                        case,
                        reports: vec![],
                        escalation: None,
                        people: self.people.iter().map(|p| (p.id, p.clone())).collect(),
                    });
                }
                CaseChange::Update(case) => {
                    let file = seen.file.as_mut().unwrap();
                    assert_eq!(
                        case.version, file.case.version,
                        "decided on another version"
                    );
                    file.case = (**case).clone();
                }
            }
        }
        let file = seen.file.as_mut().unwrap();
        file.case.version += grows;
        for (report, at) in &decision.withdrawn {
            let report = file
                .reports
                .iter_mut()
                .find(|known| known.id == *report)
                .unwrap();
            report.withdrawn_at = Some(*at);
        }
        file.reports.extend(decision.reports.iter().cloned());
        if let Some(escalation) = decision.escalations.last() {
            assert_eq!(decision.escalations.len(), 1, "a run is written once");
            file.escalation = Some(escalation.clone());
        }
        for change in &decision.deadlines {
            if let DeadlineChange::Met { kind, .. } | DeadlineChange::Missed { kind, .. } = change {
                seen.deadlines.remove(kind);
            }
        }
        for change in &decision.deadlines {
            if let DeadlineChange::Set(deadline) = change {
                seen.deadlines.insert(deadline.kind, deadline.clone());
            }
        }
        let case: CaseId = file.case.id;
        for told in &decision.notifications {
            assert_eq!(told.case, Some(case));
            if let Some(entry) = told.refs.entry {
                assert!(
                    entry <= file.case.version,
                    "{told:?} quotes an entry that is not there"
                );
            }
            seen.told.push(told.clone());
        }
        seen.log
            .extend(decision.entries.iter().map(|entry| entry.body.clone()));
        if let Owner::Person(owner) = file.case.owner {
            assert!(self.people.iter().any(|person| person.id == owner));
        }
        assert!(
            !seen.deadlines.contains_key(&DeadlineKind::Acknowledge) || file.escalation.is_some(),
            "an acknowledgement is awaited of nobody"
        );
        seen.last = decision;
    }
}

//! A store, a clock and a directory in memory: applies decisions as the store would, and notes what a store would refuse.

use super::checker::{self, Seen};
use crate::domain::{
    case_file::{CaseFile, OnCall},
    clock::{Entropy, Timestamp, from_micros},
    deadline::Deadline,
    decision::{At, Refusal},
    delivery_rules::{self, Row},
    draft::Act,
    escalation::Run,
    event_report::{Details, Door, Origin},
    ids::{PersonId, PolicyVersionId},
    input::NewReport,
    notification::NotificationKind,
    opening::{self, Filing},
    person::{Actor, Identity, Person, PersonKind, PlatformId, Role, Who},
    policy::{Policy, sample},
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
    pub people: Vec<Person>,
    pub on_call: OnCall,
    pub seen: Seen,
    pub number: u32,
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
        Self::open_as(1, concerns_colleague, reachable)
    }

    /// The same, with another number and other ids.
    pub fn open_as(number: u32, concerns_colleague: bool, reachable: bool) -> Self {
        let people: Vec<Person> = (0..4).map(|n| person(n, n != 0 || reachable)).collect();
        let on_call = OnCall(BTreeMap::from([
            (Role::OnCallPrimary, vec![people[2].id]),
            (Role::OnCallBackup, vec![people[3].id]),
        ]));
        let mut world = Self {
            policy: sample(),
            entropy: Counting(AtomicU64::new(u64::from(number) << 32)),
            now: from_micros(1_800_000_000_000_000).unwrap(),
            people,
            on_call,
            seen: Seen::default(),
            number,
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

    pub fn decide<T>(
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
}

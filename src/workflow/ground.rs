//! The ground of a decision: who acts, which case it is about, and everything the rules read, loaded fresh for each try.
//!
//! Invariants: the case is read first and what belongs to it afterwards, so a change in between shows as a conflict when the decision
//! is recorded; a person who is new is not written here, but with the decision. Neighbours: [`super::act`], [`super::ask`].

use super::{Caller, Cx, Fault, Workflow};
use crate::domain::{
    authority::{self, Relation},
    case_file::{CaseFile, OnCall},
    clock::Timestamp,
    decision::{At, Refusal},
    draft::Act,
    escalation_rules,
    event_report::MessageRef,
    ids::{CaseId, CaseNumber, EscalationId, PersonId, ReportId},
    in_force::InForce,
    person::{Actor, Identity, Person, PersonKind, Who},
    policy::Policy,
    timeline::{Body, NewEntry, Stream},
};
use crate::store::{MessageOf, StoreError};
use std::collections::{BTreeMap, btree_map::Entry};

/// Why a try ended without an answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// The rules said no.
    Refused(Refusal),
    /// The authorisation table said no: goes on the record.
    Denied(Box<Denied>),
    /// The store said no.
    Store(StoreError),
    /// Something else.
    Fault(Fault),
}

/// Somebody was refused by the authorisation table.
#[derive(Debug)]
pub(super) struct Denied {
    pub refusal: Refusal,
    pub standing: Standing,
    pub case: Option<CaseId>,
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusal) => Self::Refused(refusal),
            Stop::Denied(denied) => Self::Refused(denied.refusal),
            Stop::Store(error) => fault(&error),
            Stop::Fault(fault) => fault,
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What the store's error means for the caller.
pub(super) fn fault(error: &StoreError) -> Fault {
    match error {
        StoreError::Conflict(_)
        | StoreError::SourceTaken(_)
        | StoreError::Busy(_)
        | StoreError::Unavailable(_) => Fault::Unavailable(error.to_string()),
        StoreError::BadRow { .. } | StoreError::Schema(_) | StoreError::Invalid(_) => {
            Fault::Bug(error.to_string())
        }
    }
}

/// Who acts.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub actor: Actor,
    pub person: Option<Person>,
    /// What was seen of the person for the first time: recorded with the decision.
    pub new: Option<New>,
}

/// What chat showed for the first time with this act.
#[derive(Debug, Clone)]
pub(super) enum New {
    /// The person.
    Seen,
    /// That the person belongs to the organisation: until now it did not show, or could not be asked.
    Belongs(Box<NewEntry>),
}

impl Standing {
    /// Not on the record yet.
    pub const fn is_new(&self) -> bool {
        matches!(self.new, Some(New::Seen))
    }
}

/// What a verb is about.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A new case, unless this message has one already.
    New(Option<MessageRef>),
    /// A case.
    Case(CaseId),
    /// A case, and another one by its number.
    Two(CaseId, CaseNumber),
    /// The case of a report.
    Report(ReportId),
    /// The case of an escalation.
    Escalation(EscalationId),
    /// The case of a message, if it has one.
    Message(MessageRef),
}

/// What a target turned out to be.
#[derive(Debug)]
pub(super) struct Found {
    pub file: Option<CaseFile>,
    /// The other case, for [`Target::Two`].
    pub other: Option<CaseFile>,
    /// The known message, for [`Target::Message`].
    pub message: Option<MessageOf>,
}

/// What a verb decides on.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub act: Act<'a>,
    pub person: Option<&'a Person>,
    pub file: Option<&'a CaseFile>,
    pub other: Option<&'a CaseFile>,
    pub relation: Relation,
    pub message: Option<&'a MessageOf>,
    pub on_call: &'a OnCall,
}

impl<'a> Ground<'a> {
    /// The case file, for a verb whose target always has one.
    pub fn file(&self) -> Result<&'a CaseFile, Refusal> {
        self.file.ok_or_else(authority::no_such_case)
    }
}

impl Workflow {
    /// What a decision is made with, now.
    pub(super) fn at<'a>(&'a self, in_force: &'a InForce, now: Timestamp) -> At<'a> {
        At {
            now,
            policy: &in_force.policy,
            version: in_force.version,
            entropy: &*self.inner.entropy,
        }
    }

    /// Who calls, with the roles that hold now.
    pub(super) async fn standing(&self, cx: &Cx, now: Timestamp) -> Result<Standing, Stop> {
        match &cx.caller {
            Caller::System => Ok(Standing {
                actor: Actor::system(),
                person: None,
                new: None,
            }),
            Caller::Person(person) => {
                let known = self.inner.store.person(person.id, now).await?;
                let known = known.ok_or_else(|| {
                    Stop::Fault(Fault::Bug(format!(
                        "person {} is not in the directory",
                        person.id
                    )))
                })?;
                Ok(Standing {
                    actor: Actor {
                        who: Who::Person(known.person.id),
                        roles: known.roles,
                        outsider: known.person.kind == PersonKind::ThirdParty,
                    },
                    person: Some(known.person),
                    new: None,
                })
            }
            Caller::Account {
                identity,
                name,
                outsider,
                locale,
                time_zone,
            } => {
                if let Some(mut known) = self.inner.store.person_by_identity(identity, now).await? {
                    let new = self.belongs(cx, &known.person, now).await?;
                    if new.is_some() {
                        known.person.kind = PersonKind::Person;
                    }
                    let outsider = *outsider || known.person.kind == PersonKind::ThirdParty;
                    return Ok(Standing {
                        actor: Actor {
                            who: Who::Person(known.person.id),
                            // A role was granted by name: then it counts, wherever the account comes from (a partner on duty).
                            outsider: outsider && known.roles.is_empty(),
                            roles: known.roles,
                        },
                        person: Some(known.person),
                        new,
                    });
                }
                let person = Person {
                    id: PersonId::new(&*self.inner.entropy, now),
                    kind: if *outsider {
                        PersonKind::ThirdParty
                    } else {
                        PersonKind::Person
                    },
                    name: name.clone().unwrap_or_else(|| unnamed(identity)),
                    locale: locale.clone(),
                    time_zone: time_zone.clone(),
                    identities: vec![identity.clone()],
                    contacts: Vec::new(),
                };
                Ok(Standing {
                    actor: Actor {
                        who: Who::Person(person.id),
                        roles: std::collections::BTreeSet::new(),
                        outsider: *outsider,
                    },
                    person: Some(person),
                    new: Some(New::Seen),
                })
            }
        }
    }

    /// Whether chat shows with this act that somebody belongs to the organisation whom it took for an outsider before. What the
    /// directory file says of somebody stands, whatever chat shows.
    async fn belongs(
        &self,
        cx: &Cx,
        person: &Person,
        now: Timestamp,
    ) -> Result<Option<New>, StoreError> {
        let is_ours = matches!(
            &cx.caller,
            Caller::Account {
                outsider: false,
                ..
            }
        );
        if !is_ours
            || person.kind != PersonKind::ThirdParty
            || self.inner.store.is_of_directory(person.id).await?
        {
            return Ok(None);
        }
        Ok(Some(New::Belongs(Box::new(NewEntry {
            stream: Stream::Org,
            effective_at: cx.happened_at.min(now),
            actor: Who::System,
            origin: cx.origin.clone(),
            body: Body::PersonBelongs { person: person.id },
        }))))
    }

    /// What the target is. Nothing there for a target that must be: no such case.
    pub(super) async fn find(&self, target: &Target, now: Timestamp) -> Result<Found, Stop> {
        let store = &self.inner.store;
        let mut message = None;
        let mut other = None;
        let (case, must) = match target {
            Target::New(None) => (None, false),
            Target::New(Some(source)) => {
                let source = self.first_message(source, true).await?;
                (source.map(|source| source.case), false)
            }
            Target::Case(case) => (Some(*case), true),
            Target::Two(case, number) => {
                if let Some(found) = store.case_by_number(*number).await? {
                    other = self.file(found.id, now).await?;
                }
                (Some(*case), true)
            }
            Target::Report(report) => {
                (store.report(*report).await?.map(|report| report.case), true)
            }
            Target::Escalation(id) => (store.escalation(*id).await?.map(|known| known.case), true),
            Target::Message(reference) => {
                message = self.first_message(reference, false).await?;
                (message.as_ref().map(|message| message.case), false)
            }
        };
        let file = match case {
            Some(case) => self.file(case, now).await?,
            None => None,
        };
        if file.is_none() && must {
            return Err(Stop::Refused(authority::no_such_case()));
        }
        Ok(Found {
            file,
            other,
            message,
        })
    }

    /// What a message is to a case; `source`: only if it was reported.
    pub(super) async fn first_message(
        &self,
        message: &MessageRef,
        source: bool,
    ) -> Result<Option<MessageOf>, StoreError> {
        let known = self
            .inner
            .store
            .message(message.platform, &message.channel, &message.message)
            .await?;
        Ok(known
            .into_iter()
            .find(|known| !source || known.role == crate::domain::decision::MessageRole::Source))
    }

    /// The case file of a case.
    pub(super) async fn file(
        &self,
        case: CaseId,
        now: Timestamp,
    ) -> Result<Option<CaseFile>, StoreError> {
        let store = &self.inner.store;
        let Some(case) = store.case_by_id(case).await? else {
            return Ok(None);
        };
        let reports = store.reports_of_case(case.id).await?;
        let escalation = store.escalations_of_case(case.id).await?.pop();
        let into = match case.merged_into {
            Some(into) => store.case_by_id(into.case).await?.map(Box::new),
            None => None,
        };
        let merged = store.merged_into(case.id).await?;
        let ids: Vec<PersonId> = CaseFile::mentioned(&case, &reports, escalation.as_ref(), &merged)
            .into_iter()
            .collect();
        let people = store.people(&ids, now).await?;
        let people = people
            .into_iter()
            .map(|known| (known.person.id, known.person))
            .collect();
        Ok(Some(CaseFile {
            case,
            reports,
            escalation,
            into,
            merged,
            people,
        }))
    }

    /// Who has the roles that escalation policies page.
    pub(super) async fn on_call_now(
        &self,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<OnCall, StoreError> {
        let mut by_role = BTreeMap::new();
        for step in policy.escalation.iter().flat_map(|rules| &rules.step) {
            if let Entry::Vacant(role) = by_role.entry(step.role) {
                let people = self.inner.store.people_with_role(step.role, now).await?;
                role.insert(people.into_iter().map(|person| person.id).collect());
            }
        }
        Ok(OnCall(by_role))
    }
}

/// How `actor` stands to the case.
pub(super) fn relation(actor: &Actor, file: &CaseFile, policy: &Policy) -> Relation {
    let escalation = file
        .escalation
        .as_ref()
        .map(|escalation| (escalation, escalation_rules::rules_of(policy, escalation)));
    Relation::of(actor, &file.case, &file.reports, escalation)
}

/// What somebody is called until a name is known.
fn unnamed(identity: &Identity) -> String {
    format!("{} user {}", identity.platform, identity.user)
}

//! Linking: two accounts turn out to be one person, who says so on both sides with a code.
//!
//! Invariants: nothing changes before the account that asked has confirmed which account answered; a code is for minutes, for one use and for
//! one place to another; two people whom the directory knows are never made one here, because that is what the directory is for.
//! Neighbours: `workflow/link` does it, the store keeps requests and what was linked.

use super::{
    clock::{Entropy, Timestamp},
    decision::{Decision, PersonChange, Refusal, RefusalCode},
    draft::Act,
    ids::{LinkId, OutboxId, PersonId},
    notification::{Notification, NotificationKind, Priority, Recipient, Refs, Topic},
    person::{Identity, Person, Role},
    timeline::{Accounts, Body, Linked, NewEntry, Stream, sha256_hex},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// How long a code is good.
pub const LIVES: TimeDelta = TimeDelta::minutes(10);
/// How many codes of one account are good at once: a delivery that is repeated makes another one.
pub const AT_ONCE: u32 = 3;
/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 8;

/// A code, as it is told and typed. A credential for some minutes: it is stored as its hash, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(***)")
    }
}

impl Code {
    /// A new one.
    #[must_use]
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; LENGTH];
        entropy.fill(&mut bytes);
        let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte & 31)]);
        Self(bytes.iter().map(letter).collect())
    }

    /// Reads what somebody typed: in any case, with or without the dash, with letters for the digits that they look like.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut code = String::with_capacity(LENGTH);
        for c in typed.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if code.len() == LENGTH || !u8::try_from(c).is_ok_and(|c| ALPHABET.contains(&c)) {
                return None;
            }
            code.push(c);
        }
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// As it is told.
    #[must_use]
    pub fn told(&self) -> String {
        let (head, tail) = self.0.split_at(LENGTH / 2);
        format!("{head}-{tail}")
    }

    /// What is stored of it.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256_hex(format!("secevent link code\n{}", self.0).as_bytes())
    }
}

/// One of the two accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// The account.
    pub identity: Identity,
    /// The name that its platform or the directory tells.
    pub name: String,
    /// Whose it is until then.
    pub person: PersonId,
}

/// Somebody wants two accounts linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRequest {
    /// Its id.
    pub id: LinkId,
    /// Who asked for the code.
    pub first: Side,
    /// Who typed it.
    pub second: Option<Side>,
    /// When the code was asked for.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl LinkRequest {
    /// A request for a code.
    #[must_use]
    pub fn new(id: LinkId, first: Side, now: Timestamp) -> Self {
        Self {
            id,
            first,
            second: None,
            created_at: now,
            expires_at: now + LIVES,
        }
    }

    /// The two sides, for `confirming`: the account that asked, while the request is good.
    fn sides(&self, confirming: &Identity, now: Timestamp) -> Result<(&Side, &Side), Refusal> {
        match &self.second {
            Some(second) if self.first.identity == *confirming && now < self.expires_at => {
                Ok((&self.first, second))
            }
            _ => Err(answered()),
        }
    }
}

/// An account of a person, as the rules of linking see it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The person.
    pub person: &'a Person,
    /// The roles granted now, without those that a platform vouches for.
    pub roles: &'a BTreeSet<Role>,
    /// Owns cases that are open, which are not moved to another person.
    pub owns: bool,
}

impl Known<'_> {
    /// Whether the person is more than a reporter seen in chat, and so is not to be given up for another.
    fn stays(&self) -> bool {
        !self.roles.is_empty() || !self.person.contacts.is_empty() || self.owns
    }
}

/// Somebody types a code: who asked for it is asked to confirm.
///
/// # Errors
/// In words: the code is not good, or it was asked for by this very person or in this very place.
pub fn enter(
    act: Act<'_>,
    request: Option<&LinkRequest>,
    second: &Side,
) -> Result<Decision, Refusal> {
    let good = |request: &&LinkRequest| {
        act.at.now < request.expires_at
            && (request.second.is_none() || request.second.as_ref() == Some(second))
    };
    let request = request.filter(good).ok_or_else(no_code)?;
    let first = &request.first;
    if first.identity == second.identity {
        return Err(Refusal::new(
            RefusalCode::BadInput,
            "Use this code with your other account, on the other platform: /secevent link and the code (in Discord in its option `code`).",
        ));
    }
    if first.person == second.person {
        return Err(Refusal::new(
            RefusalCode::AlreadyDone,
            "These two accounts are linked already.",
        ));
    }
    let place = |identity: &Identity| (identity.platform, identity.realm.clone());
    if place(&first.identity) == place(&second.identity) {
        return Err(Refusal::new(
            RefusalCode::BadInput,
            "This code was asked for by another account of this same place, and a person has one account in a place. Nothing was linked.",
        ));
    }
    Ok(Decision {
        notifications: vec![notice(act, request, first, second, Topic::LinkAsked)],
        ..Decision::default()
    })
}

/// The account that asked says: yes, the other one is mine, too.
///
/// # Errors
/// In words: there is nothing to confirm any more, or the directory knows both as people.
pub fn confirm(
    act: Act<'_>,
    request: &LinkRequest,
    confirming: &Identity,
    first: Known<'_>,
    second: Known<'_>,
) -> Result<Decision, Refusal> {
    let (one, other) = request.sides(confirming, act.at.now)?;
    let (from, into) = match (first.stays(), second.stays()) {
        (true, true) => return Err(two_people()),
        (false, true) => (first.person, second.person),
        (_, false) => (second.person, first.person),
    };
    if from.id == into.id {
        return Err(answered());
    }
    Ok(Decision {
        people: vec![PersonChange::Link {
            from: from.id,
            into: into.id,
        }],
        entries: vec![entry(
            act,
            Body::AccountsLinked(Linked {
                accounts: accounts(one, other),
                from: from.id,
                into: into.id,
            }),
        )],
        notifications: vec![notice(act, request, other, one, Topic::Linked)],
        ..Decision::default()
    })
}

/// The account that asked says: no, I do not know the other one.
///
/// # Errors
/// In words: there is nothing to refuse any more.
pub fn refuse(
    act: Act<'_>,
    request: &LinkRequest,
    refusing: &Identity,
) -> Result<Decision, Refusal> {
    let (one, other) = request.sides(refusing, act.at.now)?;
    Ok(Decision {
        entries: vec![entry(act, Body::LinkRefused(accounts(one, other)))],
        notifications: vec![notice(act, request, other, one, Topic::LinkRefused)],
        ..Decision::default()
    })
}

fn accounts(first: &Side, second: &Side) -> Accounts {
    Accounts {
        first: first.identity.clone(),
        second: second.identity.clone(),
    }
}

/// A notice to one side about the other.
fn notice(
    act: Act<'_>,
    request: &LinkRequest,
    to: &Side,
    about: &Side,
    topic: Topic,
) -> Notification {
    Notification {
        id: OutboxId::new(act.at.entropy, act.at.now),
        dedupe: format!("{topic}:{}", request.id),
        kind: NotificationKind::DirectNotice,
        case: None,
        to: Recipient::Person {
            person: to.person,
            via: Some(to.identity.clone()),
        },
        priority: Priority::Receipt,
        not_before: act.at.now,
        refs: Refs {
            topic: Some(topic),
            link: Some(LinkRef {
                id: request.id,
                platform: about.identity.platform,
                name: about.name.clone(),
            }),
            ..Refs::default()
        },
    }
}

/// What a notice of a link refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRef {
    /// The request, which is gone once it was answered.
    pub id: LinkId,
    /// The other account's platform.
    pub platform: super::person::PlatformId,
    /// The other account's name.
    pub name: String,
}

fn entry(act: Act<'_>, body: Body) -> NewEntry {
    NewEntry {
        stream: Stream::Org,
        effective_at: act.happened_at,
        actor: act.actor.who,
        origin: act.origin.clone(),
        body,
    }
}

fn no_code() -> Refusal {
    Refusal::new(
        RefusalCode::BadInput,
        "This code is not good, or not any more: it lives ten minutes and is used once. Type /secevent link with your other account for a new one.",
    )
}

/// The request was answered, or its time is over, or it is somebody else's: the same words for all.
#[must_use]
pub fn answered() -> Refusal {
    Refusal::new(
        RefusalCode::AlreadyDone,
        "There is nothing to confirm any more: it was answered, or ten minutes have passed. Begin again with /secevent link.",
    )
}

fn two_people() -> Refusal {
    Refusal::new(
        RefusalCode::WrongState,
        "The directory knows both accounts as people with roles or numbers of their own. Ask whoever keeps the directory file to put both accounts into one entry.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::SystemEntropy;

    #[test]
    fn a_code_is_read_however_it_is_typed_and_never_shown() {
        for _ in 0..100 {
            let code = Code::new(&SystemEntropy);
            let told = code.told();
            assert_eq!(told.len(), LENGTH + 1);
            for typed in [
                told.clone(),
                told.to_lowercase(),
                told.replace('-', " "),
                told.replace('-', ""),
                told.replace('0', "o").replace('1', "l"),
            ] {
                assert_eq!(Code::parse(&typed), Some(code.clone()), "{typed}");
            }
            assert!(!format!("{code:?}").contains(&told[..4]));
            assert_eq!(code.sha256().len(), 64);
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in [
            "",
            "1234567",
            "123456789",
            "ABCD-EFGU",
            "ABCDÉFGH",
            "my laptop is gone",
        ] {
            assert_eq!(Code::parse(typed), None, "{typed}");
        }
    }
}

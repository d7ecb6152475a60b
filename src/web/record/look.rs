//! What the pages of the record show, gathered through the store's lists.
//!
//! Invariants: a case is seen through `visible` for the reader; names are those of the directory. Neighbours: `overview`, `case`.

use super::Reading;
use crate::{
    domain::{
        authority::Relation,
        case::{Case, Owner},
        event_report::MessageRef,
        ids::{CaseNumber, PersonId},
        person::{PlatformId, Who},
        severity::Severity,
        visible::{View, audience, visible},
    },
    store::StoreError,
};
use std::collections::BTreeMap;

/// What this reader may see of a case.
pub fn view(reading: &Reading, case: &Case) -> View {
    visible(case, &audience(&reading.reader, Relation::default(), case))
}

/// Names of people by id.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<PersonId, String>);

impl Names {
    /// Everybody of the directory and everybody met in chat.
    pub async fn read(reading: &Reading) -> Result<Self, StoreError> {
        let known = reading.store.all_people(reading.clock.now()).await?;
        let names = known
            .into_iter()
            .map(|one| (one.person.id, one.person.name));
        Ok(Self(names.collect()))
    }

    /// A person's name.
    pub fn of(&self, person: PersonId) -> &str {
        self.0.get(&person).map_or("somebody", String::as_str)
    }

    /// Who did something.
    pub fn who(&self, who: Who) -> &str {
        match who {
            Who::System => "secevent",
            Who::Person(person) => self.of(person),
        }
    }

    /// Who answers for a case.
    pub fn owner<'a>(&'a self, owner: Option<&'a Owner>) -> &'a str {
        match owner {
            None => "–",
            Some(Owner::Team(team)) => team,
            Some(Owner::Person(person)) => self.of(*person),
        }
    }
}

/// A severity in a word.
pub fn severity(severity: Option<Severity>) -> String {
    match severity {
        None => "–".to_owned(),
        Some(Severity::Unrated) => "unrated".to_owned(),
        Some(Severity::Rated { initial, current }) if initial == current => current.to_string(),
        Some(Severity::Rated { initial, current }) => format!("{current}, first {initial}"),
    }
}

/// How a message is named in links: channel and id.
pub fn reference(message: &MessageRef) -> String {
    format!("{}/{}", message.channel, message.message)
}

/// The case that a message belongs to, if the reader may know.
pub async fn case_of_message(
    reading: &Reading,
    channel: &str,
    message: &str,
) -> Result<Option<CaseNumber>, StoreError> {
    let mut found = None;
    // No platform's ids look like another's.
    for platform in PlatformId::ALL {
        let all = reading.store.message(*platform, channel, message).await?;
        found = found.or_else(|| all.into_iter().next());
    }
    let Some(found) = found else {
        return Ok(None);
    };
    let case = reading.store.case_by_id(found.case).await?;
    Ok(case
        .filter(|case| view(reading, case).work)
        .map(|case| case.number))
}

//! The directory file: people, their accounts and contact means, and the roles that they are given.
//!
//! Invariants: keys and accounts are unique; a person's id is derived from its key, so that loading the same file twice names the
//! same people; machines and other organisations hold no role. Neighbours: the store's seeding verb takes what [`DirectoryFile`]
//! holds and writes it to the `org` stream; where the database already knows an account, that person wins over the derived id.

use super::{
    directory_words::{is_discord_id, is_key, is_locale, is_mail, is_phone, is_slack_id},
    problem::{LoadError, Problem, settle},
    source::Source,
};
use crate::domain::{
    ids::PersonId,
    person::{ContactMethod, Identity, Person, PersonKind, PlatformId, Role},
    policy::{
        Policy,
        finding::{Finding, Weight},
    },
};
use chrono_tz::Tz;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// A directory, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryFile {
    /// The people.
    #[serde(default)]
    pub person: Vec<DirectoryPerson>,
}

/// A person, as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryPerson {
    /// Stable short name; the id is derived from it.
    pub key: String,
    /// The name that people know.
    pub name: String,
    /// Human, machine or third party.
    #[serde(default = "human")]
    pub kind: PersonKind,
    /// BCP 47 language tag.
    pub locale: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<Tz>,
    /// Accounts on Slack.
    #[serde(default)]
    pub slack: Vec<SlackAccount>,
    /// Accounts on Discord: user ids.
    #[serde(default)]
    pub discord: Vec<String>,
    /// Phone number with country code.
    pub phone: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// Roles granted by the file.
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// An account on Slack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackAccount {
    /// Enterprise id, else team id.
    pub realm: String,
    /// Member id.
    pub user: String,
}

/// Discord vouches for all its accounts itself.
const DISCORD: &str = "discord";

const fn human() -> PersonKind {
    PersonKind::Person
}

impl DirectoryPerson {
    /// The id that this person gets unless the database already knows one of the accounts. UUID version 8 from the key.
    #[must_use]
    pub fn id(&self) -> PersonId {
        let digest = Sha256::digest(format!("secevent directory person\n{}", self.key));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        PersonId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The person of the domain.
    #[must_use]
    pub fn person(&self) -> Person {
        let accounts = self.slack.iter().map(|account| Identity {
            platform: PlatformId::Slack,
            realm: account.realm.clone(),
            user: account.user.clone(),
        });
        let on_discord = self.discord.iter().map(|user| Identity {
            platform: PlatformId::Discord,
            realm: DISCORD.to_owned(),
            user: user.clone(),
        });
        let phone = self.phone.clone().map(ContactMethod::Phone);
        let mail = self.mail.clone().map(ContactMethod::Mail);
        Person {
            id: self.id(),
            kind: self.kind,
            name: self.name.clone(),
            locale: self.locale.clone(),
            time_zone: self.time_zone.map(|zone| zone.name().to_owned()),
            identities: accounts.chain(on_discord).collect(),
            contacts: phone.into_iter().chain(mail).collect(),
        }
    }
}

impl DirectoryFile {
    /// The people of the domain, each with the roles that the file gives, in the file's order.
    #[must_use]
    pub fn people(&self) -> Vec<(Person, BTreeSet<Role>)> {
        let with_roles =
            |entry: &DirectoryPerson| (entry.person(), entry.roles.iter().copied().collect());
        self.person.iter().map(with_roles).collect()
    }

    /// Whether somebody holds `role`.
    #[must_use]
    pub fn holds(&self, role: Role) -> bool {
        self.person
            .iter()
            .any(|person| person.roles.contains(&role))
    }
}

/// A directory that may be used.
#[derive(Debug, Clone)]
pub struct LoadedDirectory {
    /// The directory.
    pub directory: DirectoryFile,
    /// The file's name.
    pub source: String,
    /// What somebody should look at.
    pub warnings: Vec<Problem>,
}

/// Loads the directory from `path`; `policy` says which roles somebody must hold.
///
/// # Errors
/// Everything that is wrong with the file, each with its line and a way out.
pub fn load_directory(path: &Path, policy: &Policy) -> Result<LoadedDirectory, LoadError> {
    adopt(&Source::read(path, "the directory")?, policy)
}

/// Loads a directory from a text; `name` stands for the file in messages.
///
/// # Errors
/// As [`load_directory`].
pub fn parse_directory(
    name: &str,
    text: &str,
    policy: &Policy,
) -> Result<LoadedDirectory, LoadError> {
    adopt(&Source::new(name, text), policy)
}

fn adopt(source: &Source, policy: &Policy) -> Result<LoadedDirectory, LoadError> {
    let directory: DirectoryFile = source.decode()?;
    let mut findings = check(&directory);
    findings.extend(gaps(&directory, policy));
    let problems = findings.iter().map(|finding| source.problem(finding));
    Ok(LoadedDirectory {
        warnings: settle(problems.collect())?,
        source: source.name.clone(),
        directory,
    })
}

fn finding(
    weight: Weight,
    path: String,
    what: impl Into<String>,
    way_out: impl Into<String>,
) -> Finding {
    Finding {
        weight,
        path,
        what: what.into(),
        way_out: way_out.into(),
    }
}

/// Everything that is wrong with the directory in itself.
fn check(directory: &DirectoryFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut keys = BTreeMap::new();
    let mut accounts = BTreeMap::new();
    let mut elsewhere = BTreeMap::new();
    for (at, person) in directory.person.iter().enumerate() {
        let path = format!("person[{at}]");
        let mut wrong = |key: &str, what: String, way_out: &str| {
            found.push(finding(
                Weight::Error,
                format!("{path}.{key}"),
                what,
                way_out,
            ));
        };
        if !is_key(&person.key) {
            wrong(
                "key",
                "this cannot be a key".to_owned(),
                "Use lower-case letters, digits, - . and _, 64 at most, and never change it",
            );
        }
        if let Some(first) = keys.insert(person.key.as_str(), at) {
            wrong(
                "key",
                format!("person[{first}] has the same key"),
                "Give each person a key of its own",
            );
        }
        let length = person.name.trim().chars().count();
        if length == 0 || length > 80 || person.name.chars().any(char::is_control) {
            wrong(
                "name",
                "this cannot be a name".to_owned(),
                "Write 1 to 80 characters on one line",
            );
        }
        for (a, account) in person.slack.iter().enumerate() {
            if !is_slack_id(&account.realm, &['T', 'E']) {
                wrong(
                    &format!("slack[{a}]"),
                    "the realm is not a workspace or enterprise id".to_owned(),
                    "Write the id that starts with E on Enterprise Grid, else the one that starts with T",
                );
            }
            if !is_slack_id(&account.user, &['U', 'W']) {
                wrong(
                    &format!("slack[{a}]"),
                    "the user is not a member id".to_owned(),
                    "Copy the member id from the profile; it starts with U or W, and is not the display name",
                );
            }
            if let Some(first) = accounts.insert(account, at) {
                wrong(
                    &format!("slack[{a}]"),
                    format!("person[{first}] has the same account"),
                    "An account belongs to one person; list it once",
                );
            }
        }
        for (a, user) in person.discord.iter().enumerate() {
            if !is_discord_id(user) {
                wrong(
                    &format!("discord[{a}]"),
                    "this is not a user id of Discord".to_owned(),
                    "Turn on Developer Mode in Discord (Settings, Advanced), then Copy User ID on the person: 17 to 20 digits, in quotes",
                );
            }
            if let Some(first) = elsewhere.insert(user, at) {
                wrong(
                    &format!("discord[{a}]"),
                    format!("person[{first}] has the same account"),
                    "An account belongs to one person; list it once",
                );
            }
        }
        if person
            .phone
            .as_deref()
            .is_some_and(|phone| !is_phone(phone))
        {
            wrong(
                "phone",
                "this is not a phone number with country code".to_owned(),
                "Write it as \"+44 20 7946 0101\"",
            );
        }
        if person.mail.as_deref().is_some_and(|mail| !is_mail(mail)) {
            wrong(
                "mail",
                "this is not a mail address".to_owned(),
                "Write it as \"name@example.org\"",
            );
        }
        if person
            .locale
            .as_deref()
            .is_some_and(|locale| !is_locale(locale))
        {
            wrong(
                "locale",
                "this is not a language tag".to_owned(),
                "Write it as \"en\" or \"en-GB\"",
            );
        }
        if person.roles.iter().collect::<BTreeSet<_>>().len() != person.roles.len() {
            wrong(
                "roles",
                "a role stands here twice".to_owned(),
                "List each role once",
            );
        }
        if person.kind != PersonKind::Person && !person.roles.is_empty() {
            wrong(
                "roles",
                format!("a {} cannot hold a role", person.kind),
                "Give roles to people of the organisation; a machine or third party reports without one",
            );
        }
        let on_call = person.roles.iter().find(|role| role.is_on_call());
        if let Some(role) = on_call {
            if person.phone.is_none() {
                found.push(finding(
                    Weight::Warning,
                    format!("{path}.name"),
                    format!("{} is {role} and has no phone number", person.name),
                    "Add `phone`: it is what people dial when a page is not acknowledged",
                ));
            }
            if person.slack.is_empty() && person.discord.is_empty() {
                found.push(finding(
                    Weight::Warning,
                    format!("{path}.name"),
                    format!("{} is {role} and has no chat account", person.name),
                    "Add `slack` or `discord`: without it every page to this person fails",
                ));
            }
        }
    }
    found
}

/// Roles that the policy relies on and nobody holds.
fn gaps(directory: &DirectoryFile, policy: &Policy) -> Vec<Finding> {
    let paged = policy
        .escalation
        .iter()
        .flat_map(|escalation| &escalation.step);
    let needed: BTreeSet<Role> = paged
        .map(|step| step.role)
        .chain([Role::Responder, Role::IncidentCommander, Role::Operator])
        .collect();
    let missing = needed.into_iter().filter(|role| !directory.holds(*role));
    missing
        .map(|role| {
            finding(
                Weight::Warning,
                "person".to_owned(),
                format!("nobody holds the role \"{role}\""),
                "Give it to a person: until then what this role must do fails, and says so",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{LoadedDirectory, parse_directory};
    use crate::{
        config::problem::LoadError,
        domain::{person::Role, policy::sample},
    };

    const EXAMPLE: &str = include_str!("../../manifests/policy/directory.example.toml");

    fn parse(text: &str) -> Result<LoadedDirectory, LoadError> {
        parse_directory("people.toml", text, &sample())
    }

    /// Changes the example and expects an error at `key` in the line that starts with `line`.
    fn refused(from: &str, to: &str, key: &str) {
        let text = EXAMPLE.replacen(from, to, 1);
        assert_ne!(text, EXAMPLE, "nothing was changed");
        let error = parse(&text).expect_err("this directory should have been refused");
        let lines: Vec<&str> = text.lines().collect();
        let changed = to.lines().last();
        let line = 1 + lines
            .iter()
            .rposition(|line| Some(*line) == changed)
            .unwrap();
        assert!(
            error
                .problems
                .iter()
                .any(|problem| problem.place.key.as_deref() == Some(key)
                    && problem.place.line == Some(line)),
            "expected {key} in line {line}: {error}"
        );
    }

    #[test]
    fn the_example_loads_without_a_warning_and_covers_the_default_policy() {
        let loaded = parse(EXAMPLE).unwrap();
        assert_eq!(loaded.warnings, []);
        let people = loaded.directory.people();
        assert_eq!(people.len(), 5);
        assert!(people[0].1.contains(&Role::OnCallPrimary));
        assert_eq!(people[0].0.contacts.len(), 2);
    }

    #[test]
    fn a_person_s_id_follows_the_key_and_nothing_else() {
        let before = parse(EXAMPLE).unwrap().directory.people();
        let after = parse(&EXAMPLE.replace("Ada Okafor", "Ada King"))
            .unwrap()
            .directory
            .people();
        assert_eq!(before[0].0.id, after[0].0.id);
        assert_ne!(before[0].0.id, before[1].0.id);
        let other = parse(&EXAMPLE.replace("key = \"ada\"", "key = \"ada2\"")).unwrap();
        assert_ne!(before[0].0.id, other.directory.people()[0].0.id);
        // Part of the record of every installation: it may never change.
        assert_eq!(
            before[0].0.id.to_string(),
            "dd3dbbbe-1769-87e0-a9ae-18ca5d72e495"
        );
    }

    #[test]
    fn mistakes_are_refused_with_their_line() {
        refused("key = \"bruno\"", "key = \"ada\"", "person[1].key");
        refused("key = \"bruno\"", "key = \"Bruno Keller\"", "person[1].key");
        refused("name = \"Ada Okafor\"", "name = \" \"", "person[0].name");
        refused(
            "slack = [{ realm = \"T0EXAMPLE\", user = \"U0BRUNO\" }]",
            "slack = [{ realm = \"T0EXAMPLE\", user = \"U0ADA\" }]",
            "person[1].slack[0]",
        );
        refused(
            "slack = [{ realm = \"T0EXAMPLE\", user = \"U0ADA\" }]",
            "slack = [{ realm = \"acme\", user = \"U0ADA\" }]",
            "person[0].slack[0]",
        );
        refused(
            "slack = [{ realm = \"T0EXAMPLE\", user = \"U0ADA\" }]",
            "slack = [{ realm = \"T0EXAMPLE\", user = \"@ada\" }]",
            "person[0].slack[0]",
        );
        refused(
            "phone = \"+44 20 7946 0101\"",
            "phone = \"020 7946 0101\"",
            "person[0].phone",
        );
        refused(
            "mail = \"ada@example.org\"",
            "mail = \"ada\"",
            "person[0].mail",
        );
        refused(
            "locale = \"en-GB\"",
            "locale = \"English\"",
            "person[0].locale",
        );
        refused(
            "roles = [\"auditor\"]",
            "roles = [\"auditor\", \"auditor\"]",
            "person[4].roles",
        );
        refused(
            "roles = [\"auditor\"]",
            "kind = \"system\"\nroles = [\"responder\"]",
            "person[4].roles",
        );
    }

    #[test]
    fn accounts_on_discord_are_listed_by_their_ids() {
        let slack = "slack = [{ realm = \"T0EXAMPLE\", user = \"U0ADA\" }]";
        let discord = "discord = [\"1100000000000001003\"]";
        let text = EXAMPLE.replacen(slack, &format!("{slack}\n{discord}"), 1);
        let people = parse(&text).unwrap().directory.people();
        let platforms: Vec<&str> = people[0]
            .0
            .identities
            .iter()
            .map(|one| one.platform.as_str())
            .collect();
        assert_eq!(platforms, ["slack", "discord"]);
        let alone = EXAMPLE.replacen(slack, discord, 1);
        assert_eq!(parse(&alone).unwrap().warnings, []);
        for wrong in ["ada", "110000000000000100", "99999999999999999999"] {
            let bad = format!(
                "discord = [\"{}\"]",
                wrong.replace("110000000000000100", "1100")
            );
            refused(slack, &bad, "person[0].discord[0]");
        }
        let twice = "discord = [\"1100000000000001003\", \"1100000000000001003\"]";
        refused(slack, twice, "person[0].discord[1]");
    }

    #[test]
    fn unknown_keys_roles_and_zones_are_refused_with_a_way_out() {
        for (from, to, way_out) in [
            (
                "mail = \"ada@example.org\"",
                "email = \"ada@example.org\"",
                "mail",
            ),
            ("\"auditor\"]", "\"boss\"]", "incident_commander"),
            ("\"Europe/Zurich\"", "\"Europe/Atlantis\"", "IANA"),
        ] {
            let error = parse(&EXAMPLE.replacen(from, to, 1)).unwrap_err();
            assert!(error.problems[0].place.line.is_some(), "{error}");
            assert!(error.problems[0].way_out.contains(way_out), "{error}");
        }
    }

    #[test]
    fn gaps_are_warnings() {
        let text = EXAMPLE.replacen("phone = \"+44 20 7946 0101\"\n", "", 1);
        let warnings = parse(&text).unwrap().warnings;
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].what.contains("no phone number"),
            "{}",
            warnings[0]
        );
        let nobody = parse("").unwrap().warnings;
        assert_eq!(nobody.len(), 5, "{nobody:#?}");
    }
}

//! Who acts: persons with identities, roles by grant, and the actor of one act.
//!
//! Invariants: authority comes from role grants alone: the directory file gives them, and for `responder` one role of a Discord server that the settings
//! name may vouch; the realm of an identity is the
//! organisation that vouches for the user (Slack enterprise or else team), not the place where something happened; one
//! database serves one organisation. Neighbours: [`super::timeline`] names actors by person id.

use super::{
    clock::Timestamp,
    ids::{GrantId, PersonId},
    vocabulary::vocabulary,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

vocabulary! {
    /// A chat platform.
    PlatformId {
        /// Slack.
        Slack = "slack",
        /// Discord.
        Discord = "discord",
        /// Microsoft Teams.
        Teams = "teams",
    }
}

impl PlatformId {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Discord => "Discord",
            Self::Teams => "Microsoft Teams",
        }
    }
}

vocabulary! {
    /// What kind of reporter somebody is (R41).
    PersonKind {
        /// A human of the organisation.
        Person = "person",
        /// A machine.
        System = "system",
        /// A human or machine of another organisation.
        ThirdParty = "third_party",
    }
}

vocabulary! {
    /// A role that a grant can give. Everybody is a reporter without a grant.
    Role {
        /// Works on cases: takes, triages, assesses, closes.
        Responder = "responder",
        /// Leads the responders; named point of contact.
        SocLead = "soc_lead",
        /// Commands incidents: escalates, declares, hands over.
        IncidentCommander = "incident_commander",
        /// Paged first.
        OnCallPrimary = "on_call_primary",
        /// Paged when the primary does not answer.
        OnCallBackup = "on_call_backup",
        /// Decides for the business; gets pages and sanitized summaries.
        Executive = "executive",
        /// Decides on personal data and legal duties.
        PrivacyLegal = "privacy_legal",
        /// Runs the platforms.
        ItOperations = "it_operations",
        /// Owns a service.
        ServiceOwner = "service_owner",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
        /// Installs and watches the product; hears its alarms.
        Operator = "operator",
    }
}

impl Role {
    /// Whether people with this role are paged because they are on call.
    #[must_use]
    pub const fn is_on_call(self) -> bool {
        matches!(self, Self::OnCallPrimary | Self::OnCallBackup)
    }
}

/// One account of a person on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// The platform.
    pub platform: PlatformId,
    /// Who vouches for the account: Slack enterprise id or else team id; Teams tenant; `discord`.
    pub realm: String,
    /// The account's id there; opaque.
    pub user: String,
}

/// A means to reach somebody outside chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "means", content = "address", rename_all = "snake_case")]
pub enum ContactMethod {
    /// A phone number, as it is dialled.
    Phone(String),
    /// A mail address.
    Mail(String),
}

/// A person of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// Human, machine or third party.
    pub kind: PersonKind,
    /// The name that people know.
    pub name: String,
    /// BCP 47 language tag, if known.
    pub locale: Option<String>,
    /// IANA time zone, if known.
    pub time_zone: Option<String>,
    /// Accounts on chat platforms.
    pub identities: Vec<Identity>,
    /// Means outside chat.
    pub contacts: Vec<ContactMethod>,
}

/// A role given to a person for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// Its id.
    pub id: GrantId,
    /// The role.
    pub role: Role,
    /// Who has it.
    pub person: PersonId,
    /// From when.
    pub from: Timestamp,
    /// Until when (exclusive); open if absent.
    pub until: Option<Timestamp>,
    /// Who granted it; absent for the directory file.
    pub granted_by: Option<PersonId>,
    /// The platform's role that vouches for it, if one does; absent for the directory file.
    pub vouched_by: Option<Voucher>,
}

/// A role of a platform that stands for one of ours, because the settings say so. Whoever may hand it out there hands out ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Voucher {
    /// The platform.
    pub platform: PlatformId,
    /// Workspace, guild or team.
    pub workspace: String,
    /// The role's id there.
    pub role: String,
}

/// What a payload says about somebody and such a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouch {
    /// The role.
    pub by: Voucher,
    /// Whether they have it.
    pub holds: bool,
    /// When the platform showed it. What is delivered late, or again, shows what was so then.
    pub shown_at: Timestamp,
}

/// The form that the store holds: `discord:<guild>:<role>`.
impl std::fmt::Display for Voucher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.platform, self.workspace, self.role)
    }
}

impl std::str::FromStr for Voucher {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(3, ':').collect();
        let [platform, workspace, role] = parts[..] else {
            return Err(format!("\"{text}\" names no platform's role"));
        };
        Ok(Self {
            platform: platform
                .parse()
                .map_err(|_| format!("\"{platform}\" is no platform"))?,
            workspace: workspace.to_owned(),
            role: role.to_owned(),
        })
    }
}

/// Who did something: a person, or the product itself on behalf of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "person", rename_all = "snake_case")]
pub enum Who {
    /// A person.
    Person(PersonId),
    /// The ticker, the dispatcher, the loader: the product acting by the policy.
    System,
}

/// The form that the record holds: `system` or `person:<id>`.
impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(person) => write!(f, "person:{person}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// The actor of one act, with what decides whether it may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// Roles granted at the time of the act.
    pub roles: BTreeSet<Role>,
    /// From another organisation, or a guest: gets no names, no numbers of other people, no `oncall`.
    pub outsider: bool,
}

impl Actor {
    /// The product itself.
    #[must_use]
    pub fn system() -> Self {
        Self {
            who: Who::System,
            roles: BTreeSet::new(),
            outsider: false,
        }
    }

    /// Whether one of `roles` is granted.
    #[must_use]
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }

    /// The person, if it is one.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self.who {
            Who::Person(person) => Some(person),
            Who::System => None,
        }
    }
}

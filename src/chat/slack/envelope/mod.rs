//! Our own tolerant view of what Slack sends.
//!
//! Invariants: nothing here fails on a field that is missing, null, new or of another type, except what a kind cannot do without; only
//! what is used is named; organisation-wide installs (`"team": null`) and connected organisations read like any other.
//! Neighbours: `ingress::read` turns it into the neutral words.

pub mod command;
pub mod entities;
pub mod event;
pub mod interaction;
pub mod mask;

use serde_json::Value;

/// What cannot be read, in words without content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(pub String);

/// A text that is there and not empty.
#[must_use]
pub fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// A text that must be there.
///
/// # Errors
/// [`Unread`] names the field.
pub fn required(value: &Value, key: &str) -> Result<String, Unread> {
    let found = text(value, key).map(ToOwned::to_owned);
    found.ok_or_else(|| Unread(format!("`{key}` is missing or is no text")))
}

/// An id, given alone or as the `id` of an object.
#[must_use]
pub fn id(value: &Value, key: &str) -> Option<String> {
    let found = value.get(key)?;
    let id = found.as_str().or_else(|| found.get("id")?.as_str());
    id.filter(|id| !id.is_empty()).map(ToOwned::to_owned)
}

/// Somebody who did something, as far as the payload says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The account in the workspace.
    pub id: String,
    /// The team it belongs to, if the payload says so.
    pub team: Option<String>,
    /// Its name, if the payload says so.
    pub name: Option<String>,
}

/// The organisation and workspace that a payload is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Enterprise, if there is one.
    pub enterprise: Option<String>,
    /// Workspace; absent in organisation-wide installs.
    pub team: Option<String>,
    /// The workspace whose installation it was delivered for, where the payload tells it apart from where it happened.
    pub granted: Option<String>,
    /// It was delivered for an organisation-wide install.
    pub org: bool,
}

impl Scope {
    /// The workspace or organisation whose installation it was delivered for, if the payload says so.
    #[must_use]
    pub fn installed(&self) -> Option<&str> {
        let organisation = self.enterprise.as_deref();
        let workspace = self.granted.as_deref().or(self.team.as_deref());
        if self.org {
            organisation.or(workspace)
        } else {
            workspace.or(organisation)
        }
    }
}

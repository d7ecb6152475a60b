//! Forms that are being filled in, as an adapter sees them whose platform remembers nothing with a form.
//!
//! Invariants: a draft is handed to the account that fills it in and to nobody else; losing one loses no report, because what was typed comes
//! with the form that is submitted. Neighbours: implemented by `workflow`, called by `chat/discord`.

use super::form::{Entered, Form};
use crate::{
    domain::person::Identity,
    workflow::{Fault, Workflow},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A form and what was entered in it so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The whole form.
    pub form: Form,
    /// What was entered so far, in all of its steps.
    pub entered: Entered,
}

/// The drafts could not be asked, or one was not kept; in words without content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unkept(pub String);

impl From<Fault> for Unkept {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

/// The drafts of all accounts.
#[async_trait]
pub trait Drafts: Send + Sync + std::fmt::Debug {
    /// Keeps a draft, under a new name or the one it has.
    async fn keep(
        &self,
        name: Option<Uuid>,
        owner: &Identity,
        draft: &Draft,
    ) -> Result<Uuid, Unkept>;

    /// The account's draft; `None` if it is over, unknown or another's.
    async fn find(&self, name: Uuid, owner: &Identity) -> Result<Option<Draft>, Unkept>;

    /// It is not needed any more.
    async fn forget(&self, name: Uuid, owner: &Identity);
}

#[async_trait]
impl Drafts for Workflow {
    async fn keep(
        &self,
        name: Option<Uuid>,
        owner: &Identity,
        draft: &Draft,
    ) -> Result<Uuid, Unkept> {
        let body = serde_json::to_string(draft).map_err(|error| Unkept(error.to_string()))?;
        let kept = self.keep_draft(name, owner, body).await?;
        kept.ok_or_else(|| Unkept("the draft is another account's".to_owned()))
    }

    async fn find(&self, name: Uuid, owner: &Identity) -> Result<Option<Draft>, Unkept> {
        let body = self.draft(name, owner).await?;
        // One of another version of this program that cannot be read any more is as good as over.
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    async fn forget(&self, name: Uuid, owner: &Identity) {
        if let Err(fault) = self.forget_draft(name, owner).await {
            tracing::debug!(%fault, "a draft stays until it is over");
        }
    }
}

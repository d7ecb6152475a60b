//! The policy in force: a shared handle from which every act takes the policy and its version once.
//!
//! Invariants: an act reads the handle once, so it is decided and recorded under one version; a swap never changes an act that
//! has begun. Neighbours: `workflow` adopts and reads, `delivery` reads for what it renders.

use super::{ids::PolicyVersionId, policy::Policy};
use std::sync::{Arc, PoisonError, RwLock};

/// A policy together with the version under which it is stored.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The policy.
    pub policy: Arc<Policy>,
    /// Its stored version, which every decision cites.
    pub version: PolicyVersionId,
}

/// A handle to the policy in force; clones share it.
#[derive(Debug, Clone)]
pub struct PolicyHandle(Arc<RwLock<InForce>>);

impl PolicyHandle {
    /// A handle that holds `policy`, stored as `version`.
    #[must_use]
    pub fn new(policy: Arc<Policy>, version: PolicyVersionId) -> Self {
        Self(Arc::new(RwLock::new(InForce { policy, version })))
    }

    /// The policy in force now.
    #[must_use]
    pub fn current(&self) -> InForce {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts another one in force, for acts that begin from now on.
    pub fn put(&self, in_force: InForce) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = in_force;
    }
}

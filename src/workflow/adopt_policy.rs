//! Adopt a policy: stored as an immutable version, then in force for acts that begin from now on.
//!
//! Invariants: the same policy is one version; nothing is in force that is not stored. Neighbours: `config` loads and checks it.

use super::{Fault, Workflow, act::Tries, ground::fault};
use crate::domain::{in_force::InForce, policy::Policy};
use crate::runtime;
use std::sync::Arc;

impl Workflow {
    /// Stores the policy, if it differs from the one in force, and puts it in force. Whether it was another before.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn adopt_policy(&self, policy: Policy) -> Result<bool, Fault> {
        let workflow = self.clone();
        runtime::shield("adopt_policy", async move {
            let inner = &workflow.inner;
            let mut tries = Tries::default();
            loop {
                let now = inner.clock.now();
                match inner
                    .store
                    .adopt_policy(&policy, now, &*inner.entropy)
                    .await
                {
                    Ok(adopted) => {
                        inner.policy.put(InForce {
                            policy: Arc::new(policy),
                            version: adopted.version,
                        });
                        return Ok(adopted.changed);
                    }
                    Err(error) if tries.again(&error) => {}
                    Err(error) => return Err(fault(&error)),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }
}

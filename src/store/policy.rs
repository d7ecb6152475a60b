//! Policy versions: stored once, never changed, cited by every decision.
//!
//! Invariants: the same policy (by the SHA-256 of its canonical JSON) is one version, however often it is adopted; each adoption is an
//! entry of the org stream. Neighbours: `config` loads, `app` adopts at start.

use super::{Stamp, Store, error::StoreError, row::Row, sql::Sql};
use crate::domain::{
    clock::{Entropy, Timestamp},
    decision::Decision,
    event_report::{Door, Origin},
    ids::PolicyVersionId,
    person::Who,
    policy::Policy,
    timeline::{Body, NewEntry, Stream, canonical, sha256_hex},
};

/// A stored version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPolicy {
    /// Its id.
    pub version: PolicyVersionId,
    /// SHA-256 of its canonical JSON, hex.
    pub sha256: String,
    /// The policy.
    pub policy: Policy,
    /// When it was adopted for the first time.
    pub adopted_at: Timestamp,
}

/// What became of a policy that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adopted {
    /// The version in force now.
    pub version: PolicyVersionId,
    /// Whether it was another before.
    pub changed: bool,
}

fn read(row: &Row) -> Result<StoredPolicy, StoreError> {
    Ok(StoredPolicy {
        version: row.id("id")?,
        sha256: row.text("sha256")?,
        policy: row.json("json")?,
        adopted_at: row.instant("adopted_at")?,
    })
}

impl Store {
    /// The policy in force.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if it cannot be read by this program.
    pub async fn current_policy(&self) -> Result<Option<StoredPolicy>, StoreError> {
        let row =
            Sql::new("select v.* from policy_version v join policy_current c on c.policy = v.id")
                .one(&self.read, "policy_version", "id")
                .await?;
        row.as_ref().map(read).transpose()
    }

    /// A version by id.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if it cannot be read by this program.
    pub async fn policy_version(
        &self,
        version: PolicyVersionId,
    ) -> Result<Option<StoredPolicy>, StoreError> {
        let row = Sql::new("select * from policy_version where id = ?")
            .bind(version)
            .one(&self.read, "policy_version", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Makes `policy` the one in force; nothing changes if it is already.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another replica adopts one at the same moment: try again.
    pub async fn adopt_policy(
        &self,
        policy: &Policy,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Adopted, StoreError> {
        let json = canonical(policy).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let sha256 = sha256_hex(json.as_bytes());
        let mut tx = self.begin().await?;
        let known = Sql::new(
            "select v.id, c.one from policy_version v left join policy_current c on c.policy = v.id where v.sha256 = ?",
        )
        .bind(&sha256)
        .one(&tx.inner, "policy_version", "id")
        .await?;
        let version = match &known {
            Some(row) => row.id("id")?,
            None => PolicyVersionId::new(entropy, now),
        };
        if let Some(row) = &known {
            if row.opt_int("one")?.is_some() {
                return Ok(Adopted {
                    version,
                    changed: false,
                });
            }
        } else {
            Sql::new(
                "insert into policy_version (id, sha256, json, adopted_at) values (?, ?, ?, ?)",
            )
            .bind(version)
            .bind(&sha256)
            .bind(json)
            .bind(now)
            .run(&tx.inner)
            .await?;
        }
        Sql::new(
            "insert into policy_current (one, policy, adopted_at) values (1, ?, ?)
             on conflict (one) do update set policy = excluded.policy, adopted_at = excluded.adopted_at",
        )
        .bind(version)
        .bind(now)
        .run(&tx.inner)
        .await?;
        let decision = Decision {
            entries: vec![NewEntry {
                stream: Stream::Org,
                effective_at: now,
                actor: Who::System,
                origin: Origin::inside(Door::File),
                body: Body::PolicyAdopted {
                    policy: version,
                    sha256,
                },
            }],
            ..Decision::default()
        };
        let stamp = Stamp {
            now,
            version,
            entropy,
        };
        tx.record(&decision, stamp).await?;
        let _ = tx.commit().await?;
        Ok(Adopted {
            version,
            changed: true,
        })
    }
}

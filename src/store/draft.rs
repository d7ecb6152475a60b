//! Forms that are being filled in, where the platform remembers nothing with a form.
//!
//! Invariants: a draft is handed to its owner and to nobody else, and to nobody once it is over; what it holds is the adapter's. Neighbours:
//! `workflow/draft.rs`.

use super::{
    Store,
    error::StoreError,
    sql::{Sql, V},
};
use crate::domain::{clock::Timestamp, person::Identity};
use uuid::Uuid;

impl Store {
    /// Keeps a draft, new or changed; `false` if the id is another account's.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn keep_draft(
        &self,
        id: Uuid,
        owner: &Identity,
        body: &str,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut sql = Sql::new(
            "insert into form_draft (id, platform, realm, account, body, expires_at) values ",
        );
        sql.tuple(vec![
            V::Id(Some(id)),
            V::from(owner.platform.as_str()),
            V::from(&owner.realm),
            V::from(&owner.user),
            V::from(body),
            V::from(expires_at),
        ]);
        let kept = sql
            .and(
                " on conflict (id) do update set body = excluded.body, expires_at = excluded.expires_at
                  where form_draft.platform = excluded.platform and form_draft.realm = excluded.realm
                  and form_draft.account = excluded.account",
            )
            .run(&self.write)
            .await?;
        Ok(kept == 1)
    }

    /// The owner's draft.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn draft(
        &self,
        id: Uuid,
        owner: &Identity,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let found = Sql::new(
            "select id, body from form_draft
             where id = ? and platform = ? and realm = ? and account = ? and expires_at > ?",
        )
        .bind(V::Id(Some(id)))
        .bind(owner.platform.as_str())
        .bind(&owner.realm)
        .bind(&owner.user)
        .bind(now)
        .one(&self.read, "form_draft", "id")
        .await?;
        found.map(|row| row.text("body")).transpose()
    }

    /// Removes the owner's draft.
    ///
    /// # Errors
    /// If the database could not be told.
    pub async fn forget_draft(&self, id: Uuid, owner: &Identity) -> Result<(), StoreError> {
        Sql::new(
            "delete from form_draft where id = ? and platform = ? and realm = ? and account = ?",
        )
        .bind(V::Id(Some(id)))
        .bind(owner.platform.as_str())
        .bind(&owner.realm)
        .bind(&owner.user)
        .run(&self.write)
        .await?;
        Ok(())
    }

    /// Removes the drafts that are over; how many.
    ///
    /// # Errors
    /// If the database could not be told.
    pub async fn purge_drafts(&self, now: Timestamp) -> Result<u64, StoreError> {
        Sql::new("delete from form_draft where expires_at <= ?")
            .bind(now)
            .run(&self.write)
            .await
    }
}

//! Requests to link two accounts, and what was linked.
//!
//! Invariants: a code is stored as its hash; a request is typed once and answered once, whichever replica it comes to; what is over is thrown
//! away by the next request. Neighbours: `domain::linking` decides, `report` reads through what was linked.

use super::{
    Store,
    error::StoreError,
    row::Row,
    sql::{Sql, V, json},
    tx::Tx,
};
use crate::domain::{
    clock::Timestamp,
    ids::{LinkId, PersonId},
    linking::{AT_ONCE, Code, LinkRequest, Side},
    person::Identity,
};
use std::collections::BTreeSet;

fn read(row: &Row) -> Result<LinkRequest, StoreError> {
    Ok(LinkRequest {
        id: row.id("id")?,
        first: row.json("first")?,
        second: row.opt_json("second")?,
        created_at: row.instant("created_at")?,
        expires_at: row.instant("expires_at")?,
    })
}

fn key(identity: &Identity) -> String {
    format!("{} {} {}", identity.platform, identity.realm, identity.user)
}

impl Store {
    /// The request with this code, whether it is still good or not.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if it cannot be read.
    pub async fn link_by_code(&self, code: &Code) -> Result<Option<LinkRequest>, StoreError> {
        let row = Sql::new("select * from link_request where code_sha256 = ?")
            .bind(code.sha256())
            .one(&self.read, "link_request", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The request with this id.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if it cannot be read.
    pub async fn link(&self, id: LinkId) -> Result<Option<LinkRequest>, StoreError> {
        let row = Sql::new("select * from link_request where id = ?")
            .bind(id)
            .one(&self.read, "link_request", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The accounts that people linked themselves: the directory file did not name them.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn linked_identities(&self) -> Result<BTreeSet<Identity>, StoreError> {
        Sql::new("select * from identity where linked_at is not null")
            .all(&self.read, "identity", "user_id")
            .await?
            .iter()
            .map(|row| {
                Ok(Identity {
                    platform: row.word("platform")?,
                    realm: row.text("realm")?,
                    user: row.text("user_id")?,
                })
            })
            .collect()
    }
}

impl Tx {
    /// Stores a request for a code, and throws away what is over and what is too many of the same account.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn put_link(
        &mut self,
        request: &LinkRequest,
        code: &Code,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let asker = key(&request.first.identity);
        Sql::new("delete from link_request where expires_at <= ?")
            .bind(now)
            .run(&self.inner)
            .await?;
        Sql::new(
            "delete from link_request where asker = ? and second is null and id not in
                (select id from link_request where asker = ? and second is null order by created_at desc, id desc limit ?)",
        )
        .bind(&asker)
        .bind(&asker)
        .bind(i64::from(AT_ONCE) - 1)
        .run(&self.inner)
        .await?;
        let mut sql = Sql::new(
            "insert into link_request (id, code_sha256, asker, first, created_at, expires_at) values ",
        );
        sql.tuple(vec![
            V::from(request.id),
            V::from(code.sha256()),
            V::from(asker),
            V::from(json(&request.first)?),
            V::from(request.created_at),
            V::from(request.expires_at),
        ]);
        sql.run(&self.inner).await?;
        Ok(())
    }

    /// Notes who typed the code.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else did in between.
    pub async fn enter_link(&mut self, id: LinkId, second: &Side) -> Result<(), StoreError> {
        let second = json(second)?;
        let entered = Sql::new(
            "update link_request set second = ? where id = ? and (second is null or second = ?)",
        )
        .bind(&second)
        .bind(id)
        .bind(&second)
        .run(&self.inner)
        .await?;
        once(entered, id)
    }

    /// Ends a request, because it was answered.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it was answered in between.
    pub async fn end_link(&mut self, id: LinkId) -> Result<(), StoreError> {
        let ended = Sql::new("delete from link_request where id = ?")
            .bind(id)
            .run(&self.inner)
            .await?;
        once(ended, id)
    }
}

fn once(rows: u64, id: LinkId) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("the link {id}")))
    }
}

/// What a link changes: accounts move, and what was reported under the one counts as the other's.
pub(super) fn linked(from: PersonId, into: PersonId, at: Timestamp) -> [Sql; 3] {
    [
        Sql::new("update identity set person_id = ?, linked_at = ? where person_id = ?")
            .bind(into)
            .bind(at)
            .bind(from),
        Sql::new("update person_link set person_id = ? where person_id = ?")
            .bind(into)
            .bind(from),
        Sql::new("insert into person_link (from_person, person_id, linked_at) values (?, ?, ?)")
            .bind(from)
            .bind(into)
            .bind(at),
    ]
}

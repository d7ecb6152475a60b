//! Installations and their sealed tokens, and the states of installs under way.
//!
//! Invariants: one row for each place; tokens come and go sealed; a row is changed only under the epoch that was read, so that of two replicas
//! that renew one token, one does; a state is used once. Neighbours: [`super::vault`] seals, `workflow` decides.

use super::{
    Store, Tx,
    error::StoreError,
    row::Row,
    sql::{Sql, V, int, json},
};
use crate::domain::{
    clock::Timestamp,
    ids::InstallationId,
    installation::{Installation, InstallationState, Installed, StateUse},
    person::PlatformId,
};

/// States that are kept: anybody who reaches the page may begin an install.
const MOST_STATES: i64 = 10_000;

/// Tokens as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedTokens {
    /// The key that sealed them.
    pub key_id: String,
    /// The bot's.
    pub bot: Vec<u8>,
    /// What gets the next one.
    pub refresh: Option<Vec<u8>>,
    /// When the bot's expires.
    pub expires_at: Option<Timestamp>,
}

/// An installation with its sealed tokens; none if it was uninstalled.
pub type Stored = (Installation, Option<SealedTokens>);

fn read(row: &Row) -> Result<Stored, StoreError> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let installation = Installation {
        id: row.id("id")?,
        at: Installed {
            platform: row.word("platform")?,
            enterprise: some(row.text("enterprise")?),
            workspace: some(row.text("workspace")?),
        },
        name: row.text("name")?,
        app: row.text("app")?,
        bot_user: row.text("bot_user")?,
        scopes: row.json("scopes")?,
        installed_by: row.text("installed_by")?,
        installed_at: row.instant("installed_at")?,
        state: row.word("state")?,
        reason: row.opt_text("reason")?,
        epoch: row.count("epoch")?,
        issued_at: row.instant("issued_at")?,
        expires_at: row.opt_instant("expires_at")?,
    };
    let tokens = match (row.opt_text("key_id")?, row.opt_bytes("bot_token")?) {
        (Some(key_id), Some(bot)) => Some(SealedTokens {
            key_id,
            bot,
            refresh: row.opt_bytes("refresh_token")?,
            expires_at: installation.expires_at,
        }),
        _ => None,
    };
    Ok((installation, tokens))
}

fn none_is_empty(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}

impl Store {
    /// Every installation on a platform, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn installations(&self, platform: PlatformId) -> Result<Vec<Stored>, StoreError> {
        Sql::new("select * from installation where platform = ? order by installed_at, id")
            .bind(platform.as_str())
            .all(&self.read, "installation", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Those that belong to this workspace or organisation: the workspace's own first, then the organisation's as a whole, then those of
    /// its other workspaces.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn installations_in(
        &self,
        platform: PlatformId,
        place: &str,
    ) -> Result<Vec<Stored>, StoreError> {
        if place.is_empty() {
            return Ok(Vec::new());
        }
        Sql::new(
            "select * from installation where platform = ? and (workspace = ? or enterprise = ?)
             order by case when workspace = ? then 0 when workspace = '' then 1 else 2 end, installed_at, id",
        )
        .bind(platform.as_str())
        .bind(place)
        .bind(place)
        .bind(place)
        .all(&self.read, "installation", "id")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// One by its id.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if it cannot be read.
    pub async fn installation(&self, id: InstallationId) -> Result<Option<Stored>, StoreError> {
        let row = Sql::new("select * from installation where id = ?")
            .bind(id)
            .one(&self.read, "installation", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Takes the turn to renew a token until `until`: whether nobody else has it. The epoch is one more afterwards.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn claim_renewal(
        &self,
        id: InstallationId,
        epoch: u64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = Sql::new(
            "update installation set renewing_until = ?, epoch = epoch + 1
             where id = ? and epoch = ? and state = 'active' and (renewing_until is null or renewing_until <= ?)",
        )
        .bind(until)
        .bind(id)
        .bind(int(epoch)?)
        .bind(now)
        .run(&self.write)
        .await?;
        Ok(claimed > 0)
    }

    /// Stores renewed tokens, if the turn of this epoch is still ours.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn renew_tokens(
        &self,
        id: InstallationId,
        epoch: u64,
        tokens: SealedTokens,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let renewed = Sql::new(
            "update installation set key_id = ?, bot_token = ?, refresh_token = ?, issued_at = ?, expires_at = ?,
                renewing_until = null, epoch = epoch + 1
             where id = ? and epoch = ? and state = 'active'",
        )
        .bind(tokens.key_id)
        .bind(V::Bytes(tokens.bot))
        .bind(V::OptBytes(tokens.refresh))
        .bind(now)
        .bind(tokens.expires_at)
        .bind(id)
        .bind(int(epoch)?)
        .run(&self.write)
        .await?;
        Ok(renewed > 0)
    }

    /// Gives the turn back after a failed try; the next may begin at `again`.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn release_renewal(
        &self,
        id: InstallationId,
        epoch: u64,
        again: Timestamp,
    ) -> Result<(), StoreError> {
        Sql::new("update installation set renewing_until = ? where id = ? and epoch = ?")
            .bind(again)
            .bind(id)
            .bind(int(epoch)?)
            .run(&self.write)
            .await?;
        Ok(())
    }

    /// The token of this epoch is to be renewed at once; whether it still is the present one.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn hasten_renewal(
        &self,
        id: InstallationId,
        epoch: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let hastened = Sql::new(
            "update installation set expires_at = ? where id = ? and epoch = ? and state = 'active' and expires_at > ?",
        )
        .bind(now)
        .bind(id)
        .bind(int(epoch)?)
        .bind(now)
        .run(&self.write)
        .await?;
        Ok(hastened > 0)
    }

    /// Remembers the hash of a state that a browser was given, and forgets those that ended an hour ago.
    ///
    /// # Errors
    /// If the database did not take it; [`StoreError::Busy`] if more installs are under way than anybody begins in earnest.
    pub async fn put_oauth_state(
        &self,
        sha256: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        Sql::new("delete from oauth_state where expires_at < ?")
            .bind(now - chrono::Duration::hours(1))
            .run(&self.write)
            .await?;
        let begun = Sql::new("select count(*) as n from oauth_state")
            .one(&self.write, "oauth_state", "n")
            .await?;
        if begun.map_or(Ok(0), |row| row.int("n"))? >= MOST_STATES {
            return Err(StoreError::Busy(
                "too many installs are under way".to_owned(),
            ));
        }
        Sql::new("insert into oauth_state (sha256, created_at, expires_at) values (?, ?, ?)")
            .bind(sha256)
            .bind(now)
            .bind(expires_at)
            .run(&self.write)
            .await?;
        Ok(())
    }

    /// Uses a state up: once.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn use_oauth_state(
        &self,
        sha256: &str,
        now: Timestamp,
    ) -> Result<StateUse, StoreError> {
        let used = Sql::new(
            "update oauth_state set used_at = ? where sha256 = ? and used_at is null and expires_at > ?",
        )
        .bind(now)
        .bind(sha256)
        .bind(now)
        .run(&self.write)
        .await?;
        if used > 0 {
            return Ok(StateUse::Good);
        }
        let row = Sql::new("select sha256, used_at from oauth_state where sha256 = ?")
            .bind(sha256)
            .one(&self.write, "oauth_state", "sha256")
            .await?;
        Ok(match row {
            None => StateUse::Unknown,
            Some(row) if row.opt_instant("used_at")?.is_some() => StateUse::Used,
            Some(_) => StateUse::Expired,
        })
    }
}

impl Tx {
    /// The id of the installation at this place, if there is one.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if it cannot be read.
    pub async fn installation_at(
        &self,
        at: &Installed,
    ) -> Result<Option<InstallationId>, StoreError> {
        let row = Sql::new(
            "select id from installation where platform = ? and enterprise = ? and workspace = ?",
        )
        .bind(at.platform.as_str())
        .bind(none_is_empty(at.enterprise.as_ref()))
        .bind(none_is_empty(at.workspace.as_ref()))
        .one(&self.inner, "installation", "id")
        .await?;
        row.map(|row| row.id("id")).transpose()
    }

    /// Puts an installation in its place, active, with new tokens.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another replica puts one there at the same moment: try again.
    pub async fn put_installation(
        &mut self,
        one: &Installation,
        tokens: SealedTokens,
    ) -> Result<(), StoreError> {
        let mut sql = Sql::new(
            "insert into installation (id, platform, enterprise, workspace, name, app, bot_user, scopes, installed_by, installed_at,
                state, epoch, key_id, bot_token, refresh_token, issued_at, expires_at) values ",
        );
        sql.tuple(vec![
            one.id.into(),
            one.at.platform.as_str().into(),
            none_is_empty(one.at.enterprise.as_ref()).into(),
            none_is_empty(one.at.workspace.as_ref()).into(),
            (&one.name).into(),
            (&one.app).into(),
            (&one.bot_user).into(),
            json(&one.scopes)?.into(),
            (&one.installed_by).into(),
            one.installed_at.into(),
            InstallationState::Active.as_str().into(),
            int(one.epoch)?.into(),
            tokens.key_id.into(),
            V::Bytes(tokens.bot),
            V::OptBytes(tokens.refresh),
            one.issued_at.into(),
            tokens.expires_at.into(),
        ]);
        let put = sql
            .and(
                " on conflict (platform, enterprise, workspace) do update set name = excluded.name, app = excluded.app,
                    bot_user = excluded.bot_user, scopes = excluded.scopes, installed_by = excluded.installed_by,
                    installed_at = excluded.installed_at, state = excluded.state, reason = null, epoch = installation.epoch + 1,
                    key_id = excluded.key_id, bot_token = excluded.bot_token, refresh_token = excluded.refresh_token,
                    issued_at = excluded.issued_at, expires_at = excluded.expires_at, renewing_until = null
                  where installation.id = excluded.id",
            )
            .run(&self.inner)
            .await?;
        if put == 0 {
            let there = format!("installation {}", one.at);
            return Err(StoreError::Conflict(there));
        }
        Ok(())
    }

    /// Ends the installation: refused (with this epoch only) or uninstalled (whatever its epoch; its tokens go). `false` if it was so before.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn end_installation(
        &mut self,
        id: InstallationId,
        state: InstallationState,
        reason: &str,
        epoch: Option<u64>,
    ) -> Result<bool, StoreError> {
        let tokens = if state == InstallationState::Uninstalled {
            ", key_id = null, bot_token = null, refresh_token = null, expires_at = null"
        } else {
            ""
        };
        let mut sql = Sql::new(&format!(
            "update installation set state = ?, reason = ?, renewing_until = null, epoch = epoch + 1{tokens}
             where id = ? and state <> ? and state <> 'uninstalled'"
        ))
        .bind(state.as_str())
        .bind(reason)
        .bind(id)
        .bind(state.as_str());
        if let Some(epoch) = epoch {
            sql = sql.and(" and epoch = ?").bind(int(epoch)?);
        }
        Ok(sql.run(&self.inner).await? > 0)
    }
}

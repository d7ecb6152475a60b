//! Files: what is known of them, and their bytes by content hash.
//!
//! Invariants: bytes are stored under their own SHA-256, computed here, once however often they were attached; capped at [`CONTENT_CAP`].
//! Neighbours: `delivery` fetches what is pending and records the result by a decision.

use super::{
    Store,
    error::StoreError,
    row::Row,
    sql::{Sql, V},
};
use crate::domain::{
    clock::Timestamp,
    event_report::{Attachment, FileRef, Kept},
    ids::{AttachmentId, CaseId},
    timeline::sha256_hex,
};

/// The largest file whose bytes are kept.
pub const CONTENT_CAP: usize = 50 * 1024 * 1024;

fn read(row: &Row) -> Result<Attachment, StoreError> {
    let kept = match row.text("kept")?.as_str() {
        "pending" => Kept::Pending,
        "yes" => Kept::Yes {
            sha256: row.text("sha256")?,
            size: row.count("kept_size")?,
        },
        "no" => Kept::No {
            reason: row.text("reason")?,
        },
        other => return Err(row.bad("kept", format_args!("\"{other}\" is no answer"))),
    };
    Ok(Attachment {
        id: row.id("id")?,
        case: row.id("case_id")?,
        file: FileRef {
            id: row.text("file_id")?,
            name: row.text("name")?,
            media_type: row.opt_text("media_type")?,
            size: row.opt_count("size")?,
        },
        source: row.opt_json("source")?,
        kept,
    })
}

impl Store {
    /// The files of a case, in the order they came.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn attachments_of_case(&self, case: CaseId) -> Result<Vec<Attachment>, StoreError> {
        Sql::new("select * from attachment where case_id = ? order by recorded_at, id")
            .bind(case)
            .all(&self.read, "attachment", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Files that were not fetched yet, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn pending_attachments(&self, limit: u32) -> Result<Vec<Attachment>, StoreError> {
        Sql::new("select * from attachment where kept = 'pending' order by recorded_at, id limit ?")
            .bind(i64::from(limit))
            .all(&self.read, "attachment", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// The file with this id.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn attachment(&self, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
        let row = Sql::new("select * from attachment where id = ?")
            .bind(id)
            .one(&self.read, "attachment", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Keeps bytes; their SHA-256, hex. Keeping the same bytes again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] above [`CONTENT_CAP`].
    pub async fn keep_content(&self, bytes: Vec<u8>, now: Timestamp) -> Result<String, StoreError> {
        if bytes.len() > CONTENT_CAP {
            return Err(StoreError::Invalid(format!(
                "a file of {} bytes is larger than the {CONTENT_CAP} that are kept",
                bytes.len()
            )));
        }
        let sha256 = sha256_hex(&bytes);
        Sql::new("insert into attachment_content (sha256, bytes, stored_at) values (?, ?, ?) on conflict (sha256) do nothing")
            .bind(&sha256)
            .bind(V::Bytes(bytes))
            .bind(now)
            .run(&self.write)
            .await?;
        Ok(sha256)
    }

    /// The bytes with this SHA-256.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if they are not the bytes that were kept.
    pub async fn content(&self, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row = Sql::new("select sha256, bytes from attachment_content where sha256 = ?")
            .bind(sha256)
            .one(&self.read, "attachment_content", "sha256")
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let bytes = row.bytes("bytes")?;
        if sha256_hex(&bytes) != sha256 {
            return Err(row.bad("bytes", "their hash is another"));
        }
        Ok(Some(bytes))
    }
}

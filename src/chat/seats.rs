//! The seat at a platform that gives one connection, as an adapter sees it.
//!
//! Invariants: who is told that another holds the seat must not use the connection; how far the stream is, is noted only after everything up
//! to there was stored. Neighbours: implemented by `workflow`, called by `chat/discord/gateway`.

use crate::{
    domain::person::PlatformId,
    workflow::{Fault, Workflow},
};
use async_trait::async_trait;
use std::time::Duration;

pub use crate::workflow::{Place, Seat, Stream};

/// The seat could not be asked for, or the note was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Untold(pub String);

impl From<Fault> for Untold {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

/// The seats.
#[async_trait]
pub trait Seats: Send + Sync + std::fmt::Debug {
    /// Takes the seat for so long, or renews it; `None` while another holds it.
    async fn take(
        &self,
        platform: PlatformId,
        holder: &str,
        lives: Duration,
    ) -> Result<Option<Seat>, Untold>;

    /// Notes where the holder is; `false` if the seat is another's by now.
    async fn note(&self, platform: PlatformId, epoch: u64, place: Place) -> Result<bool, Untold>;

    /// Gives the seat up.
    async fn leave(&self, platform: PlatformId, epoch: u64) -> Result<(), Untold>;

    /// Raises the alarm that something may have been missed: in a channel, or, without one, wherever nobody looks.
    async fn missed(
        &self,
        platform: PlatformId,
        channel: Option<&str>,
        text: &str,
    ) -> Result<(), Untold>;

    /// The channels were looked through, all but these: alarms about the others end.
    async fn looked(&self, platform: PlatformId, but: Vec<String>) -> Result<(), Untold>;
}

#[async_trait]
impl Seats for Workflow {
    async fn take(
        &self,
        platform: PlatformId,
        holder: &str,
        lives: Duration,
    ) -> Result<Option<Seat>, Untold> {
        let lives = chrono::TimeDelta::from_std(lives).unwrap_or_default();
        Ok(self.take_seat(platform, holder, lives).await?)
    }

    async fn note(&self, platform: PlatformId, epoch: u64, place: Place) -> Result<bool, Untold> {
        Ok(self.note_place(platform, epoch, place).await?)
    }

    async fn leave(&self, platform: PlatformId, epoch: u64) -> Result<(), Untold> {
        Ok(self.leave_seat(platform, epoch).await?)
    }

    async fn missed(
        &self,
        platform: PlatformId,
        channel: Option<&str>,
        text: &str,
    ) -> Result<(), Untold> {
        Ok(self.raise_missed(platform, channel, text).await?)
    }

    async fn looked(&self, platform: PlatformId, but: Vec<String>) -> Result<(), Untold> {
        Ok(self.clear_missed(platform, but).await?)
    }
}

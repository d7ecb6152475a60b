//! Trigger ids: the right to open one modal, for three seconds, once.
//!
//! Purpose: refuse what Slack refuses. Invariants: three seconds on the emulator's clock; an exchanged trigger stays
//! exchanged. Neighbours: `interactions` issues them, `methods::views` redeems them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::errors::ApiError;

/// How long a trigger lives.
const LIFETIME: TimeDelta = TimeDelta::seconds(3);

/// What redeeming a trigger tells: for whom, and from inside which modal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Whose screen the view goes to.
    pub user: String,
    /// App the trigger was given to.
    pub app_id: String,
    /// Set when the person acted inside a modal; needed by `views.push`.
    pub view_id: Option<String>,
}

#[derive(Debug)]
struct Issued {
    trigger: Trigger,
    at: DateTime<Utc>,
    exchanged: bool,
}

/// All triggers handed out.
#[derive(Debug, Default)]
pub struct Triggers {
    issued: BTreeMap<String, Issued>,
}

impl Triggers {
    /// Remembers a trigger under its id.
    pub fn issue(&mut self, id: String, trigger: Trigger, now: DateTime<Utc>) {
        self.issued.insert(
            id,
            Issued {
                trigger,
                at: now,
                exchanged: false,
            },
        );
    }

    /// Uses a trigger up.
    ///
    /// # Errors
    /// `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`.
    pub fn redeem(
        &mut self,
        id: &str,
        app_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Trigger, ApiError> {
        let issued = self
            .issued
            .get_mut(id)
            .filter(|issued| issued.trigger.app_id == app_id)
            .ok_or_else(|| ApiError::new("invalid_trigger_id"))?;
        if issued.exchanged {
            return Err(ApiError::new("exchanged_trigger_id"));
        }
        if now - issued.at > LIFETIME {
            return Err(ApiError::new("expired_trigger_id"));
        }
        issued.exchanged = true;
        Ok(issued.trigger.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued() -> (Triggers, DateTime<Utc>) {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let mut triggers = Triggers::default();
        let trigger = Trigger {
            user: "U1".into(),
            app_id: "A1".into(),
            view_id: None,
        };
        triggers.issue("t".into(), trigger, now);
        (triggers, now)
    }

    fn code(result: Result<Trigger, ApiError>) -> String {
        result.map_or_else(|error| error.code, |_| "ok".into())
    }

    #[test]
    fn a_trigger_works_once_and_for_three_seconds() {
        let (mut triggers, now) = issued();
        assert_eq!(
            code(triggers.redeem("t", "A1", now + TimeDelta::seconds(3))),
            "ok"
        );
        assert_eq!(
            code(triggers.redeem("t", "A1", now)),
            "exchanged_trigger_id"
        );
        let (mut triggers, now) = issued();
        assert_eq!(
            code(triggers.redeem("t", "A1", now + TimeDelta::milliseconds(3001))),
            "expired_trigger_id"
        );
        assert_eq!(
            code(triggers.redeem("nobody gave this", "A1", now)),
            "invalid_trigger_id"
        );
        assert_eq!(
            code(triggers.redeem("t", "another app", now)),
            "invalid_trigger_id"
        );
    }
}

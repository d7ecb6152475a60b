//! Response URLs: five answers to an interaction within thirty minutes.
//!
//! Purpose: keep the rules of `response_url` apart from what the answer does. Invariants: the sixth use and the
//! thirty-first minute are refused; the clock is the emulator's. Neighbours: `interactions` issues them, `respond` uses them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

/// How often one may be used.
const USES: u32 = 5;
/// How long one may be used.
const LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// Where an answer goes.
#[derive(Clone, Debug)]
pub struct ResponseUrl {
    /// App that may answer.
    pub app_id: String,
    /// The place of its install, if that is not our workspace.
    pub install: Option<String>,
    /// Who acted.
    pub user: String,
    /// Where they acted.
    pub channel: String,
    /// The message acted on, for `replace_original` and `delete_original`.
    pub message_ts: Option<String>,
    /// Its thread.
    pub thread_ts: Option<String>,
}

#[derive(Debug)]
struct Issued {
    target: ResponseUrl,
    at: DateTime<Utc>,
    used: u32,
}

/// All response URLs handed out, by the last part of their path.
#[derive(Debug, Default)]
pub struct ResponseUrls {
    issued: BTreeMap<String, Issued>,
}

impl ResponseUrls {
    /// Remembers a new one.
    pub fn issue(&mut self, id: String, target: ResponseUrl, now: DateTime<Utc>) {
        self.issued.insert(
            id,
            Issued {
                target,
                at: now,
                used: 0,
            },
        );
    }

    /// Spends one use.
    ///
    /// # Errors
    /// Slack's words: `used_url`, `expired_url`, `no_service` for an address nobody gave.
    pub fn spend(&mut self, id: &str, now: DateTime<Utc>) -> Result<ResponseUrl, &'static str> {
        let issued = self.issued.get_mut(id).ok_or("no_service")?;
        if issued.used >= USES {
            return Err("used_url");
        }
        if now - issued.at > LIFETIME {
            return Err("expired_url");
        }
        issued.used += 1;
        Ok(issued.target.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> ResponseUrl {
        ResponseUrl {
            app_id: "A".into(),
            install: None,
            user: "U".into(),
            channel: "C".into(),
            message_ts: None,
            thread_ts: None,
        }
    }

    #[test]
    fn five_uses_and_thirty_minutes() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let mut urls = ResponseUrls::default();
        urls.issue("r".into(), target(), now);
        urls.issue("s".into(), target(), now);
        for _ in 0..5 {
            assert!(urls.spend("r", now + TimeDelta::minutes(30)).is_ok());
        }
        assert_eq!(urls.spend("r", now).err(), Some("used_url"));
        assert_eq!(
            urls.spend("s", now + TimeDelta::seconds(1801)).err(),
            Some("expired_url")
        );
        assert_eq!(urls.spend("x", now).err(), Some("no_service"));
    }
}

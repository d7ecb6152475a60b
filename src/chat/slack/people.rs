//! Who somebody is: the account's home, name, zone, and whether it is an outsider's.
//!
//! Invariants: an outsider is who belongs to another organisation or is a guest; who cannot be looked up counts as one, because less is told
//! to outsiders; known people are kept for an hour, at most 10,000 of them, and stale knowledge is better than none.
//! Neighbours: `ingress::read` asks for each sender; `home` knows what is ours.

use super::{
    api::{Api, CallError},
    envelope::{User, text},
    home::Home,
};
use crate::{
    chat::inbound::Sender,
    domain::{
        clock::{Clock, Timestamp},
        person::{Identity, PlatformId},
    },
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const MOST: usize = 10_000;
const FRESH_MINUTES: i64 = 60;

/// Somebody, as far as known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// As the neutral model has it.
    pub sender: Sender,
    /// An app's account.
    pub is_bot: bool,
}

/// Everybody who was looked up.
#[derive(Debug, Clone)]
pub struct People {
    api: Api,
    clock: Arc<dyn Clock>,
    limit: Duration,
    known: Arc<Mutex<HashMap<String, (Timestamp, Known)>>>,
}

impl People {
    /// Knows nobody yet. `limit` is how long a report may wait for this.
    #[must_use]
    pub fn new(api: Api, clock: Arc<dyn Clock>, limit: Duration) -> Self {
        Self {
            api,
            clock,
            limit,
            known: Arc::default(),
        }
    }

    /// Who this is; asks Slack at most once, within the limit.
    pub async fn who(&self, user: &User, home: &Home) -> Known {
        let now = self.clock.now();
        let kept = self.kept(&user.id);
        let is_fresh = |at: Timestamp| now - at < chrono::Duration::minutes(FRESH_MINUTES);
        if let Some((_, known)) = kept.clone().filter(|(at, _)| is_fresh(*at)) {
            return known;
        }
        let args = [("user", user.id.as_str()), ("include_locale", "true")];
        let asked = tokio::time::timeout(self.limit, self.api.get("users.info", &args));
        let known = match asked
            .await
            .unwrap_or(Err(CallError::Lost { timeout: true }))
        {
            Ok(answer) => read(&answer["user"], user, home),
            Err(error) => {
                let is_certain =
                    matches!(error.code(), Some("user_not_found" | "user_not_visible"));
                if let Some((_, stale)) = kept.filter(|_| !is_certain) {
                    return stale;
                }
                if !is_certain {
                    return unknown(user, home);
                }
                unknown(user, home)
            }
        };
        self.keep(user.id.clone(), now, known.clone());
        known
    }

    /// The identity of somebody, without a call.
    #[must_use]
    pub fn identity(&self, user: &User, home: &Home) -> Identity {
        let kept = self.kept(&user.id);
        kept.map_or_else(|| home.identity(user), |(_, known)| known.sender.identity)
    }

    fn kept(&self, user: &str) -> Option<(Timestamp, Known)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(user).cloned()
    }

    fn keep(&self, user: String, now: Timestamp, someone: Known) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&user) {
            let oldest = known.iter().min_by_key(|(_, (at, _))| *at);
            if let Some(oldest) = oldest.map(|(user, _)| user.clone()) {
                known.remove(&oldest);
            }
        }
        known.insert(user, (now, someone));
    }
}

/// Without knowledge: an outsider, by caution.
fn unknown(user: &User, home: &Home) -> Known {
    Known {
        sender: Sender {
            identity: home.identity(user),
            name: user.name.clone(),
            outsider: true,
            locale: None,
            time_zone: None,
            vouch: None,
        },
        is_bot: false,
    }
}

fn read(info: &Value, user: &User, home: &Home) -> Known {
    let team = text(info, "team_id").or(user.team.as_deref());
    let organisation =
        text(&info["enterprise_user"], "enterprise_id").or_else(|| text(info, "enterprise_id"));
    // `is_stranger` says nothing: it is false for an outsider who shares a channel with us.
    let ours = match (organisation, home.enterprise.as_deref()) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => team
            .is_none_or(|team| team == home.workspace || Some(team) == home.enterprise.as_deref()),
    };
    // Without a word on where somebody belongs the account counts as one of this workspace, and its owner as an outsider.
    let is_proven = team.is_some() || (organisation.is_some() && home.enterprise.is_some());
    let flag = |key: &str| !matches!(info[key], Value::Null | Value::Bool(false));
    let guest = flag("is_restricted")
        || flag("is_ultra_restricted")
        || flag("is_stranger")
        || flag("is_invited_user");
    let realm = if ours {
        home.realm()
    } else {
        organisation.or(team).unwrap_or_default()
    };
    let profile = &info["profile"];
    let name = text(profile, "real_name")
        .or_else(|| text(info, "real_name"))
        .or_else(|| text(profile, "display_name"))
        .or_else(|| text(info, "name"));
    Known {
        sender: Sender {
            identity: Identity {
                platform: PlatformId::Slack,
                realm: realm.to_owned(),
                // The organisation's id of an account is the same in all of its workspaces.
                user: text(&info["enterprise_user"], "id")
                    .unwrap_or(&user.id)
                    .to_owned(),
            },
            name: name.map(ToOwned::to_owned).or_else(|| user.name.clone()),
            outsider: !ours || !is_proven || guest,
            locale: text(info, "locale").map(ToOwned::to_owned),
            time_zone: text(info, "tz").map(ToOwned::to_owned),
            vouch: None,
        },
        is_bot: flag("is_bot") || user.id == "USLACKBOT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::damage::each;
    use serde_json::json;

    fn home(enterprise: Option<&str>) -> Home {
        Home {
            workspace: "T1".to_owned(),
            enterprise: enterprise.map(ToOwned::to_owned),
            bot_user: "UBOT".to_owned(),
            is_organisation: false,
        }
    }

    fn user() -> User {
        User {
            id: "U1".to_owned(),
            team: None,
            name: None,
        }
    }

    #[test]
    fn insiders_guests_and_outsiders_are_told_apart() {
        let grid = home(Some("E1"));
        let team = home(None);
        for (what, home, info, outsider, realm) in [
            ("own", &team, json!({ "team_id": "T1" }), false, "T1"),
            (
                "own, organisation",
                &grid,
                json!({ "team_id": "T1", "enterprise_user": { "enterprise_id": "E1" } }),
                false,
                "E1",
            ),
            (
                "other workspace",
                &grid,
                json!({ "team_id": "T2", "enterprise_user": { "enterprise_id": "E1" } }),
                false,
                "E1",
            ),
            (
                "other organisation",
                &grid,
                json!({ "team_id": "T9", "enterprise_user": { "enterprise_id": "E9" } }),
                true,
                "E9",
            ),
            (
                "connected team",
                &grid,
                json!({ "team_id": "T9", "is_stranger": false }),
                true,
                "T9",
            ),
            ("connected", &team, json!({ "team_id": "T9" }), true, "T9"),
            (
                "connected, of an organisation",
                &team,
                json!({ "team_id": "T9", "enterprise_user": { "enterprise_id": "E9" } }),
                true,
                "E9",
            ),
            (
                "guest",
                &team,
                json!({ "team_id": "T1", "is_restricted": true }),
                true,
                "T1",
            ),
            (
                "guest of one channel",
                &grid,
                json!({ "team_id": "T1", "is_ultra_restricted": true }),
                true,
                "E1",
            ),
        ] {
            let known = read(&info, &user(), home);
            assert_eq!(known.sender.outsider, outsider, "{what}");
            assert_eq!(known.sender.identity.realm, realm, "{what}");
        }
    }

    #[test]
    fn who_cannot_be_looked_up_is_an_outsider_and_keeps_the_identity() {
        let known = unknown(&user(), &home(Some("E1")));
        assert!(known.sender.outsider);
        assert_eq!(
            known.sender.identity,
            read(&json!({}), &user(), &home(Some("E1"))).sender.identity
        );
    }

    #[test]
    fn name_zone_and_organisation_wide_id_are_read() {
        let info = json!({
            "team_id": "T1", "tz": "Europe/Berlin", "locale": "de-DE", "is_bot": true,
            "enterprise_user": { "id": "W1", "enterprise_id": "E1" },
            "profile": { "real_name": "Alice Adams", "display_name": "alice" }
        });
        let known = read(&info, &user(), &home(Some("E1")));
        assert_eq!(known.sender.identity.user, "W1");
        assert_eq!(known.sender.name.as_deref(), Some("Alice Adams"));
        assert_eq!(known.sender.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(known.sender.locale.as_deref(), Some("de-DE"));
        assert!(known.is_bot);
    }

    #[test]
    fn no_damage_makes_an_insider_of_an_outsider() {
        let info = json!({
            "id": "U9", "team_id": "T9", "name": "olga", "is_bot": false, "is_stranger": false, "tz": "Europe/Berlin",
            "enterprise_user": { "id": "W9", "enterprise_id": "E9" }, "profile": { "real_name": "Olga" }
        });
        for home in [home(None), home(Some("E1"))] {
            each(&info, |path, what, damaged| {
                let known = read(
                    damaged,
                    &User {
                        team: None,
                        ..user()
                    },
                    &home,
                );
                assert!(known.sender.outsider, "{path} {what}: {damaged}");
            });
        }
    }

    #[test]
    fn a_guest_stays_one_unless_slack_says_otherwise() {
        for odd in [json!(1), json!("true"), json!({}), json!([false])] {
            let info = json!({ "team_id": "T1", "is_restricted": odd });
            assert!(read(&info, &user(), &home(None)).sender.outsider, "{info}");
        }
    }
}

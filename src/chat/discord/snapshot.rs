//! A message as it is now, for the record.
//!
//! Invariants: all calls that somebody waits for stay within one limit; what cannot be had is said in `missing`, and the report goes on without it; a
//! message that is empty because Discord hides its words is told apart from one that is empty. Neighbours: `ingress`.

use super::{
    api::{Api, CallError},
    files,
    wire::{entities::Names, event::Message, text, who},
};
use crate::domain::{
    event_report::{MessageRef, Snapshot, TEXT_CAP},
    person::{Identity, PlatformId},
};
use serde_json::Value;
use std::time::Duration;

/// Most embeds whose words are read; a message has ten.
const EMBEDS: usize = 10;

/// Waits before a message is asked for again, unless Discord says how long; and the longest of them.
const WAITS: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
];
const LONGEST: Duration = Duration::from_secs(10);

/// The realm of every account: Discord itself vouches for it.
pub const REALM: &str = "discord";
/// The workspace of a direct conversation.
pub const DIRECT: &str = "@me";

/// A message of Discord's.
#[must_use]
pub fn message_ref(guild: Option<&str>, channel: &str, message: &str) -> MessageRef {
    MessageRef {
        platform: PlatformId::Discord,
        workspace: guild.unwrap_or(DIRECT).to_owned(),
        channel: channel.to_owned(),
        message: message.to_owned(),
    }
}

/// An account.
#[must_use]
pub fn identity(user: &str) -> Identity {
    Identity {
        platform: PlatformId::Discord,
        realm: REALM.to_owned(),
        user: user.to_owned(),
    }
}

/// Takes snapshots.
#[derive(Debug, Clone)]
pub struct Snapshots {
    api: Api,
    limit: Duration,
    sees_content: bool,
}

impl Snapshots {
    /// `limit` is for all calls of one snapshot together; `sees_content` says whether Discord shows other people's words.
    #[must_use]
    pub const fn new(api: Api, limit: Duration, sees_content: bool) -> Self {
        Self {
            api,
            limit,
            sees_content,
        }
    }

    /// Fetches the message, once more where Discord only was busy: for a report that nobody waits to be answered, because there is no
    /// later chance to read the words.
    pub async fn fetch_patiently(
        &self,
        guild: Option<&str>,
        channel: &str,
        message: &str,
        names: &dyn Names,
    ) -> Snapshot {
        let mut got = self.get(channel, message).await;
        for wait in WAITS {
            let Err(Miss {
                after: Some(after), ..
            }) = &got
            else {
                break;
            };
            tokio::time::sleep((*after).clamp(wait, LONGEST)).await;
            got = self.get(channel, message).await;
        }
        self.taken(got, guild, channel, message, names)
    }

    /// Fetches the message.
    pub async fn fetch(
        &self,
        guild: Option<&str>,
        channel: &str,
        message: &str,
        names: &dyn Names,
    ) -> Snapshot {
        let got = self.get(channel, message).await;
        self.taken(got, guild, channel, message, names)
    }

    async fn get(&self, channel: &str, message: &str) -> Result<Value, Miss> {
        let path = ["channels", channel, "messages", message];
        match tokio::time::timeout(self.limit, self.api.get(&path, &[])).await {
            Ok(Ok(raw)) => Ok(raw),
            Ok(Err(error)) => Err(Miss {
                after: after(&error),
                why: why(&error),
            }),
            Err(_) => Err(Miss {
                after: Some(Duration::ZERO),
                why: "Discord did not hand over the message in time.".to_owned(),
            }),
        }
    }

    fn taken(
        &self,
        got: Result<Value, Miss>,
        guild: Option<&str>,
        channel: &str,
        message: &str,
        names: &dyn Names,
    ) -> Snapshot {
        let mut snapshot = empty(guild, channel, message);
        match got {
            Ok(raw) => {
                fill(&mut snapshot, &raw, names);
                if snapshot.text.is_empty() && snapshot.files.is_empty() {
                    snapshot.missing = Some(if self.sees_content {
                        "The message holds neither words nor files that the app can read."
                            .to_owned()
                    } else {
                        "Discord does not show the app what other people's messages say, because the intent \"Message Content\" is off. Open the link to read it, or report it by the command on the message, which shows it."
                            .to_owned()
                    });
                }
            }
            Err(miss) => snapshot.missing = Some(miss.why),
        }
        snapshot
    }

    /// From a message that the payload shows already; fetched if it does not.
    pub async fn of_shown(
        &self,
        guild: Option<&str>,
        channel: &str,
        message: &str,
        raw: &Value,
        names: &dyn Names,
    ) -> Snapshot {
        if !raw.is_object() {
            return self.fetch(guild, channel, message, names).await;
        }
        let mut snapshot = empty(guild, channel, message);
        fill(&mut snapshot, raw, names);
        if !self.sees_content && guild.is_some() {
            // Looked up again, the message would seem to be empty.
            snapshot.files = files::shown(&raw["attachments"], channel, message);
        }
        if snapshot.text.is_empty() && snapshot.files.is_empty() {
            snapshot.missing =
                Some("The message holds neither words nor files that the app can read.".to_owned());
        }
        snapshot
    }
}

fn empty(guild: Option<&str>, channel: &str, message: &str) -> Snapshot {
    let place = guild.unwrap_or(DIRECT);
    Snapshot {
        source: message_ref(guild, channel, message),
        author: None,
        text: String::new(),
        files: Vec::new(),
        permalink: Some(format!(
            "https://discord.com/channels/{place}/{channel}/{message}"
        )),
        missing: None,
    }
}

fn fill(snapshot: &mut Snapshot, raw: &Value, names: &dyn Names) {
    let author = who::user(&raw["author"], &raw["member"]).ok();
    snapshot.author = author.map(|author| identity(&author.id));
    snapshot.text = words(raw, names).chars().take(TEXT_CAP).collect();
    let source = &snapshot.source;
    snapshot.files = files::of_message(&raw["attachments"], &source.channel, &source.message);
}

/// Why a message was not had.
struct Miss {
    /// After which wait it may be had, if it may.
    after: Option<Duration>,
    why: String,
}

fn after(error: &CallError) -> Option<Duration> {
    match error {
        CallError::Limited { after, .. } => Some(*after),
        CallError::Unreached | CallError::Lost { .. } => Some(Duration::ZERO),
        other => other
            .status()
            .filter(|status| *status >= 500)
            .map(|_| Duration::ZERO),
    }
}

fn why(error: &CallError) -> String {
    match error.code() {
        Some(50_001 | 50_013) => {
            "The app may not read this channel, so it cannot read the message. Give it the rights View Channel and Read Message History there.".to_owned()
        }
        Some(10_008) => "The message was gone when it was looked up.".to_owned(),
        Some(10_003) => "The channel was gone when the message was looked up.".to_owned(),
        _ => format!("The message could not be read: {error}."),
    }
}

/// The words of a message: its text, what an app put into embeds, and what was forwarded with it.
#[must_use]
pub fn words(raw: &Value, names: &dyn Names) -> String {
    let mentioned = Message::read(raw).map(|message| message.mentions);
    let names = Mentioned {
        here: mentioned.unwrap_or_default(),
        else_by: names,
    };
    let mut words: Vec<String> = Vec::new();
    own_words(raw, &names, &mut words);
    let forwarded = raw["message_snapshots"].as_array().into_iter().flatten();
    for forwarded in forwarded.take(EMBEDS) {
        own_words(&forwarded["message"], &names, &mut words);
    }
    words.retain(|part| !part.trim().is_empty());
    words.join("\n")
}

fn own_words(raw: &Value, names: &dyn Names, words: &mut Vec<String>) {
    let plain = |text: &str| super::wire::entities::plain(text, names);
    words.extend(text(raw, "content").map(plain));
    for embed in raw["embeds"].as_array().into_iter().flatten().take(EMBEDS) {
        // What Discord unfolded from a link is not what somebody said.
        if embed["type"].as_str().is_some_and(|kind| kind != "rich") {
            continue;
        }
        words.extend(
            ["title", "description"]
                .iter()
                .filter_map(|key| text(embed, key))
                .map(plain),
        );
        let fields = embed["fields"].as_array().into_iter().flatten();
        words.extend(fields.filter_map(|field| {
            let (name, value) = (text(field, "name")?, text(field, "value")?);
            Some(format!("{}: {}", plain(name), plain(value)))
        }));
    }
}

/// Names that a message brings with it come first.
struct Mentioned<'a> {
    here: Vec<(String, String)>,
    else_by: &'a dyn Names,
}

impl Names for Mentioned<'_> {
    fn user(&self, id: &str) -> Option<String> {
        let here = self.here.iter().find(|(user, _)| user == id);
        here.map(|(_, name)| name.clone())
            .or_else(|| self.else_by.user(id))
    }

    fn channel(&self, id: &str) -> Option<String> {
        self.else_by.channel(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::damage::each;
    use serde_json::json;

    struct Nobody;

    impl Names for Nobody {
        fn user(&self, _id: &str) -> Option<String> {
            None
        }
        fn channel(&self, _id: &str) -> Option<String> {
            None
        }
    }

    fn message() -> Value {
        json!({
            "id": "5", "channel_id": "6", "content": "see <@7> and <@8>",
            "mentions": [{ "id": "7", "username": "bob" }],
            "embeds": [
                { "type": "rich", "title": "Alert", "description": "disk", "fields": [{ "name": "host", "value": "db1" }] },
                { "type": "link", "title": "unfolded" }
            ],
            "message_snapshots": [{ "message": { "content": "forwarded words" } }]
        })
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        assert_eq!(
            words(&message(), &Nobody),
            "see @bob and @8\nAlert\ndisk\nhost: db1\nforwarded words"
        );
        assert_eq!(words(&json!(null), &Nobody), "");
    }

    #[test]
    fn damaged_messages_keep_what_can_be_read() {
        each(&message(), |path, what, damaged| {
            let found = words(damaged, &Nobody);
            for (place, word) in [
                ("/content", "see "),
                ("/embeds", "disk"),
                ("/message_snapshots", "forwarded"),
            ] {
                let is_hit = path.is_empty() || path.starts_with(place);
                assert!(is_hit || found.contains(word), "{path} {what}: {found}");
            }
        });
    }

    #[test]
    fn a_link_leads_to_the_message() {
        let link = |guild| empty(guild, "2", "3").permalink;
        assert_eq!(
            link(Some("1")).as_deref(),
            Some("https://discord.com/channels/1/2/3")
        );
        assert_eq!(
            link(None).as_deref(),
            Some("https://discord.com/channels/@me/2/3")
        );
    }
}

//! What `doctor` finds out about token, application, server, channels and commands.
//!
//! Invariants: asks Discord anew, changes nothing, and each finding that is not well says how to mend it; no finding holds a secret; it goes
//! on as far as the next question makes sense. Neighbours: `egress`, `permissions`, `manifest` knows the commands.

use super::{
    channels::{Channels, Unfit},
    permissions::{Needed, QUEUE, WATCHED, in_channel, invited, manages_roles},
};
use crate::chat::{
    discord::{
        api::{Api, CallError},
        manifest::{self, mend},
        settings::DiscordSettings,
    },
    platform::Finding,
};
use serde_json::Value;

/// The flags of an application that may read what messages say: in many servers, and in few.
const READS_MESSAGES: u64 = 1 << 18 | 1 << 19;

/// Examines the connection to Discord.
#[derive(Debug, Clone)]
pub struct Examiner {
    api: Api,
    channels: Channels,
    settings: DiscordSettings,
}

type Said = Result<String, String>;

fn finding(what: &str, said: Said) -> Finding {
    Finding {
        what: format!("discord {what}"),
        ok: said.is_ok(),
        sentence: said.unwrap_or_else(|wrong| wrong),
    }
}

impl Examiner {
    /// For these settings.
    #[must_use]
    pub fn new(settings: &DiscordSettings, api: Api, channels: Channels) -> Self {
        Self {
            api,
            channels,
            settings: settings.clone(),
        }
    }

    /// All findings.
    pub async fn examine(&self) -> Vec<Finding> {
        let me = match self.api.get(&["users", "@me"], &[]).await {
            Ok(me) => me,
            Err(error) => return vec![finding("token", Err(mend(&error)))],
        };
        let name = me["username"].as_str().unwrap_or("?");
        let id = me["id"].as_str().unwrap_or_default();
        let mut found = vec![finding("token", Ok(format!("it is the bot {name}'s")))];
        found.extend(self.application().await);
        match self.server().await {
            Err(wrong) => found.push(finding("server", Err(wrong))),
            Ok((said, roles)) => {
                found.push(finding("server", Ok(said)));
                found.extend(self.responder_role(&roles));
                found.extend(self.places(&roles, id).await);
                found.push(finding("commands", self.commands().await));
            }
        }
        found
    }

    async fn application(&self) -> Vec<Finding> {
        let application = match self.api.get(&["applications", "@me"], &[]).await {
            Ok(application) => application,
            Err(error) => return vec![finding("application", Err(mend(&error)))],
        };
        let wanted = &self.settings.application_id;
        if application["id"].as_str() != Some(wanted) {
            let id = application["id"].as_str().unwrap_or("?");
            let wrong = format!(
                "the token is of application {id}, and discord.application_id says {wanted}; correct one of them"
            );
            return vec![finding("application", Err(wrong))];
        }
        vec![
            finding("application", Ok(format!("the token is of {wanted}"))),
            finding("messages", self.messages(&application)),
            finding("interactions", self.interactions(&application)),
        ]
    }

    /// Whether the app may read what messages say, as the settings want it.
    fn messages(&self, application: &Value) -> Said {
        let flags = application["flags"].as_u64().unwrap_or_default();
        let reads = flags & READS_MESSAGES != 0;
        match (self.settings.message_content, reads) {
            (true, true) => Ok("the bot may read what messages say".to_owned()),
            (true, false) => Err("discord.message_content is on and the application may not read messages: Discord would refuse the connection (4014). Switch on Message Content Intent in the developer portal, under Bot, or set discord.message_content = false".to_owned()),
            (false, _) => Ok("the bot does not read what messages say: a reaction keeps the link of a message, and \"Report security event\" on a message keeps its words; replies in the threads of cases are NOT kept, unless they mention the bot".to_owned()),
        }
    }

    /// Whether Discord sends commands, buttons and forms where we wait for them.
    fn interactions(&self, application: &Value) -> Said {
        let address = application["interactions_endpoint_url"].as_str();
        let address = address.filter(|address| !address.is_empty());
        match (&self.settings.public_key, address) {
            (None, None) => Ok("commands, buttons and forms come over the gateway".to_owned()),
            (None, Some(_)) => Err("the application has an Interactions Endpoint URL, so commands, buttons and forms do not come over the gateway. Remove the URL in the developer portal, under General Information, or set discord.mode to \"http\" or \"both\"".to_owned()),
            (Some(_), None) => Err("discord.mode wants commands over HTTP, and the application has no Interactions Endpoint URL. Enter https://your.host/discord/interactions in the developer portal, under General Information, while `serve` runs: Discord tries it when you save. Or set discord.mode = \"gateway\"".to_owned()),
            (Some(key), Some(_)) if application["verify_key"].as_str() != Some(key) => Err("discord.public_key is not the application's: every request would be refused. Copy the key from the developer portal, General Information".to_owned()),
            (Some(_), Some(_)) => Ok("commands, buttons and forms come by signed requests".to_owned()),
        }
    }

    async fn server(&self) -> Result<(String, Value), String> {
        let guild = &self.settings.guild;
        let invite = format!(
            "invite it: https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands&permissions={}&guild_id={guild}",
            self.settings.application_id,
            invited(),
        );
        let not_in = |error: CallError| match error.code() {
            Some(10_004 | 50_001) => {
                format!("the bot is not in the server {guild}, or discord.guild is wrong; {invite}")
            }
            _ => mend(&error),
        };
        let found = self
            .api
            .get(&["guilds", guild], &[])
            .await
            .map_err(not_in)?;
        let name = found["name"].as_str().unwrap_or("?");
        let roles = self.api.get(&["guilds", guild, "roles"], &[]).await;
        let roles = roles.map_err(|error| mend(&error))?;
        Ok((format!("the bot is in {name}"), roles))
    }

    /// The role whose holders are responders, if there is one: that it exists, and who can hand it out.
    fn responder_role(&self, roles: &Value) -> Option<Finding> {
        let wanted = self.settings.responder_role.as_deref()?;
        let all = || roles.as_array().into_iter().flatten();
        let Some(role) = all().find(|role| role["id"].as_str() == Some(wanted)) else {
            return Some(finding(
                "responder role",
                Err(format!(
                    "the server has no role {wanted}, so nobody is a responder by it; correct discord.responder_role, or remove it"
                )),
            ));
        };
        let name = role["name"].as_str().unwrap_or("?");
        let may = all().filter(|role| manages_roles(role));
        let may: Vec<&str> = may.filter_map(|role| role["name"].as_str()).collect();
        let who = if may.is_empty() {
            "the server's owner".to_owned()
        } else {
            format!("the server's owner and whoever has {}", may.join(", "))
        };
        Some(finding(
            "responder role",
            Ok(format!(
                "whoever has {name} is a responder; {who} can hand it out, as far as their own place in the list of roles lets them"
            )),
        ))
    }

    /// The queue channel and the watched ones.
    async fn places(&self, roles: &Value, bot: &str) -> Vec<Finding> {
        let guild = &self.settings.guild;
        let member = self.api.get(&["guilds", guild, "members", bot], &[]).await;
        let has: Vec<String> = match &member {
            Ok(member) => {
                let roles = member["roles"].as_array().into_iter().flatten();
                roles
                    .filter_map(Value::as_str)
                    .map(ToOwned::to_owned)
                    .collect()
            }
            Err(error) => return vec![finding("permissions", Err(mend(error)))],
        };
        let has: Vec<&str> = has.iter().map(String::as_str).collect();
        let lacks = |channel: &Value, needed: &[Needed]| {
            let may = in_channel(guild, roles, channel, &has, bot).unwrap_or_default();
            let missing = needed.iter().filter(|one| may & one.bit == 0);
            missing
                .map(|one| (one.name, one.without))
                .collect::<Vec<_>>()
        };
        let mut found = Vec::new();
        let queue = &self.settings.queue_channel;
        match self.channels.look(queue).await {
            Err(Unfit::Because(why)) => found.push(finding("queue channel", Err(why))),
            Err(Unfit::Unknown(error)) => found.push(finding("queue channel", Err(mend(&error)))),
            Ok(channel) => {
                let name = channel["name"].as_str().unwrap_or("?");
                let said = format!("#{name} is not open to everybody in the server");
                found.push(finding("queue channel", Ok(said)));
                found.extend(permissions(name, &lacks(&channel, &QUEUE)));
            }
        }
        for id in &self.settings.watch_channels {
            match self.api.get(&["channels", id], &[]).await {
                Err(error) if matches!(error.code(), Some(10_003 | 50_001)) => {
                    found.push(finding("watched channel", Err(format!(
                        "the channel {id} does not exist, or the bot does not see it; give its role View Channel there, or take it out of discord.watch_channels"
                    ))));
                }
                Err(error) => found.push(finding("watched channel", Err(mend(&error)))),
                Ok(channel) => {
                    let name = channel["name"].as_str().unwrap_or("?");
                    found.extend(permissions(name, &lacks(&channel, &WATCHED)));
                }
            }
        }
        found
    }

    async fn commands(&self) -> Said {
        let registered = manifest::registered(&self.api, &self.settings).await;
        let registered = registered.map_err(|error| mend(&error))?;
        let differ = manifest::differences(&registered);
        if differ.is_empty() {
            Ok("/secevent and \"Report security event\" are registered".to_owned())
        } else {
            Err(format!(
                "the commands in the server are not ours ({}); run `secevent manifest discord --apply`",
                differ.join("; ")
            ))
        }
    }
}

/// One line for each permission that is missing: what stops working without it, and how to give it.
fn permissions(channel: &str, lacks: &[(&str, &str)]) -> Vec<Finding> {
    let what = format!("permissions in #{channel}");
    if lacks.is_empty() {
        return vec![finding(
            &what,
            Ok("the bot has all that it needs".to_owned()),
        )];
    }
    let one = |(name, without): &(&str, &str)| {
        let wrong = format!(
            "the bot lacks {name}: without it {without}; allow it to the bot's role in the channel's settings"
        );
        finding(&what, Err(wrong))
    };
    lacks.iter().map(one).collect()
}

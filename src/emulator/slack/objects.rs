//! The world rendered as the Web API shows it: complete objects, as strict clients expect them.
//!
//! Purpose: one renderer per noun, used by methods and events alike. Invariants: nothing optional in Slack's objects that
//! clients rely on (`created`, `updated`, ...) is left out. Neighbours: `methods`, `events`, `interactions`.

use serde_json::{Value, json};

use super::model::{App, Channel, File, Message, User, View, Withheld};
use super::state::State;

/// A message, without the fields that only an event adds.
pub fn message(state: &State, message: &Message) -> Value {
    let team = state
        .world
        .users
        .get(&message.user)
        .map_or(&state.world.team.id, |user| &user.team_id);
    let mut wire = json!({ "type": "message", "user": message.user, "text": message.text, "ts": message.ts, "team": team });
    let channel = state.world.channels.get(&message.channel);
    let home = channel.map_or(&state.world.team, |channel| state.home_of(channel));
    let external = !state.is_same_house(team, &home.id);
    let mut set = |key: &str, value: Value| wire[key] = value;
    if message.tombstone {
        set("subtype", json!("tombstone"));
        set("hidden", json!(true));
    }
    if let Some(subtype) = &message.subtype {
        set("subtype", json!(subtype));
    }
    if external {
        set("user_team", json!(team));
        set("source_team", json!(team));
    }
    if let Some(bot) = &message.bot {
        set("bot_id", json!(bot.bot_id));
        set("app_id", json!(bot.app_id));
        set(
            "bot_profile",
            json!({
                "id": bot.bot_id, "app_id": bot.app_id, "name": bot.name, "deleted": false,
                "team_id": team, "updated": 1_700_000_000, "icons": {},
            }),
        );
    }
    if let Some(id) = &message.client_msg_id {
        set("client_msg_id", json!(id));
    }
    if let Some(blocks) = &message.blocks {
        set("blocks", blocks.clone());
    }
    if let Some(attachments) = &message.attachments {
        set("attachments", attachments.clone());
    }
    if let Some(metadata) = &message.metadata {
        set("metadata", metadata.clone());
    }
    if let Some((user, ts)) = &message.edited {
        set("edited", json!({ "user": user, "ts": ts }));
    }
    if !message.files.is_empty() {
        let files: Vec<Value> = message
            .files
            .iter()
            .filter_map(|id| state.world.files.get(id))
            .map(|one| file_in_message(state, one))
            .collect();
        set("files", json!(files));
    }
    if !message.reactions.is_empty() {
        let reactions: Vec<Value> = message
            .reactions
            .iter()
            .map(|(name, users)| json!({ "name": name, "users": users, "count": users.len() }))
            .collect();
        set("reactions", json!(reactions));
    }
    if let Some(thread) = &message.thread_ts {
        set("thread_ts", json!(thread));
        if *thread == message.ts {
            let replies: Vec<&Message> = state
                .messages_of(&message.channel)
                .filter(|one| one.thread_ts.as_ref() == Some(thread))
                .skip(1)
                .collect();
            let mut users: Vec<&String> = replies.iter().map(|reply| &reply.user).collect();
            users.sort();
            users.dedup();
            set("reply_count", json!(replies.len()));
            set("reply_users_count", json!(users.len()));
            set("reply_users", json!(users));
            set("latest_reply", json!(replies.last().map(|reply| &reply.ts)));
            set("is_locked", json!(false));
            set("subscribed", json!(false));
        } else if let Ok(parent) = state.message(&message.channel, thread) {
            set("parent_user_id", json!(parent.user));
        }
    }
    wire
}

/// A person, with the mail address only where the caller may see it, as somebody of workspace `seen_from` sees it.
pub fn user(state: &State, user: &User, seen_from: &str, with_email: bool) -> Value {
    let ours = state.is_same_house(&user.team_id, seen_from);
    let image = format!("{}/avatar/{}.png", state.base_url, user.id);
    let mut profile = json!({
        "title": user.title, "phone": "", "skype": "", "real_name": user.real_name,
        "real_name_normalized": user.real_name, "display_name": user.handle, "display_name_normalized": user.handle,
        "status_text": "", "status_emoji": "", "status_expiration": 0, "avatar_hash": "emu",
        "first_name": user.real_name.split(' ').next().unwrap_or_default(),
        "last_name": user.real_name.split(' ').nth(1).unwrap_or_default(),
        "image_24": image, "image_32": image, "image_48": image, "image_72": image, "image_192": image,
        "image_512": image, "team": user.team_id,
    });
    if let Some(email) = user
        .email
        .as_ref()
        .filter(|_| with_email && ours && !user.is_bot)
    {
        profile["email"] = json!(email);
    }
    let mut wire = json!({
        "id": user.id, "team_id": user.team_id, "name": user.handle, "deleted": user.deleted, "color": "9f69e7",
        "real_name": user.real_name, "tz": user.tz, "tz_label": user.tz, "tz_offset": 0, "profile": profile,
        "is_admin": false, "is_owner": false, "is_primary_owner": false, "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted, "is_bot": user.is_bot, "is_app_user": false,
        "updated": 1_700_000_000, "is_email_confirmed": true, "who_can_share_contact_card": "EVERYONE",
    });
    if !ours {
        // False for people we share a channel with: that is what makes this flag useless to tell outsiders.
        wire["is_stranger"] = json!(false);
    } else if let Some(enterprise) = &state.world.enterprise {
        wire["enterprise_user"] = json!({
            "id": user.id, "enterprise_id": enterprise.id, "enterprise_name": enterprise.name,
            "is_admin": false, "is_owner": false, "teams": [user.team_id],
        });
    }
    wire
}

/// A channel or direct conversation, as the given user sees it.
pub fn channel(state: &State, channel: &Channel, seen_by: &str) -> Value {
    let created = channel.created.timestamp();
    let team = &state.home_of(channel).id;
    if channel.is_im {
        let other = channel
            .members
            .iter()
            .find(|member| *member != seen_by)
            .map_or(seen_by, String::as_str);
        return json!({
            "id": channel.id, "created": created, "is_archived": false, "is_im": true, "is_org_shared": false,
            "user": other, "is_user_deleted": state.world.users.get(other).is_some_and(|user| user.deleted),
            "priority": 0, "context_team_id": team, "updated": created * 1000, "is_open": true,
        });
    }
    let shared = !channel.shared_with.is_empty();
    let described =
        |value: &str| json!({ "value": value, "creator": channel.creator, "last_set": created });
    json!({
        "id": channel.id, "name": channel.name, "name_normalized": channel.name, "is_channel": !channel.is_private,
        "is_group": channel.is_private, "is_im": false, "is_mpim": false, "is_private": channel.is_private,
        "created": created, "creator": channel.creator, "is_archived": channel.is_archived,
        "is_general": channel.name == "general", "unlinked": 0, "is_shared": shared, "is_ext_shared": shared,
        "is_org_shared": false, "is_pending_ext_shared": false, "pending_shared": [], "context_team_id": team,
        "conversation_host_id": team, "updated": created * 1000, "parent_conversation": null,
        "shared_team_ids": std::iter::once(team).chain(&channel.shared_with).collect::<Vec<_>>(),
        "connected_team_ids": channel.shared_with, "is_member": channel.members.contains(seen_by),
        "topic": described(&channel.topic), "purpose": described(""), "previous_names": [],
    })
}

/// A file as it stands in a message: of another organisation's, Slack tells no more than where to ask.
pub fn file_in_message(state: &State, file: &File) -> Value {
    match file.withheld {
        Withheld::Foreign => json!({
            "id": file.id, "mode": "file_access", "file_access": "check_file_info", "created": 0, "timestamp": 0, "user": "",
        }),
        _ => self::file(state, file),
    }
}

/// A file.
pub fn file(state: &State, file: &File) -> Value {
    let mode = match file.withheld {
        Withheld::HiddenByLimit => "hidden_by_limit",
        Withheld::Tombstone => "tombstone",
        _ => return whole_file(state, file),
    };
    json!({ "id": file.id, "mode": mode, "created": file.created.timestamp(), "timestamp": file.created.timestamp() })
}

fn whole_file(state: &State, file: &File) -> Value {
    let mut whole = hosted(state, file);
    let elsewhere = "https://files.example.net/shared";
    let changes = match file.withheld {
        Withheld::External => json!({
            "mode": "external", "is_external": true, "external_type": "gdrive", "url_private": elsewhere, "url_private_download": Value::Null,
        }),
        Withheld::Elsewhere => {
            json!({ "url_private": elsewhere, "url_private_download": elsewhere })
        }
        _ => json!({}),
    };
    if let (Some(whole), Value::Object(changes)) = (whole.as_object_mut(), changes) {
        whole.extend(changes);
    }
    whole
}

fn hosted(state: &State, file: &File) -> Value {
    let team = &state.world.team.id;
    let filetype = file.name.rsplit_once('.').map_or("text", |(_, end)| end);
    let private = format!(
        "{}/files-pri/{team}-{}/{}",
        state.base_url,
        file.id,
        url_name(&file.name)
    );
    json!({
        "id": file.id, "created": file.created.timestamp(), "timestamp": file.created.timestamp(), "name": file.name,
        "title": file.name, "mimetype": file.mimetype, "filetype": filetype, "pretty_type": filetype.to_uppercase(),
        "user": file.user, "user_team": team, "editable": false, "size": file.bytes.len(), "mode": "hosted",
        "is_external": false, "external_type": "", "is_public": false, "public_url_shared": false,
        "display_as_bot": false, "username": "", "url_private": private,
        "url_private_download": private.replacen("/files-pri/", "/files-pri/download/", 1),
        "permalink": format!("{}/files/{}/{}/{}", state.base_url, file.user, file.id, url_name(&file.name)),
        "channels": file.channels, "groups": [], "ims": [], "comments_count": 0, "file_access": "visible",
    })
}

fn url_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// The app that a view is of, as its reader has it.
fn view_app(state: &State, view: &View) -> Option<App> {
    let team = &state.world.users.get(&view.user)?.team_id;
    let own = state.app_for(team, |app| app.id == view.app_id);
    own.or_else(|| state.world.apps.get(&view.app_id).cloned())
}

/// A view with all that Slack adds to it.
pub fn view(state: &State, view: &View) -> Value {
    let mut wire = view.content.clone();
    let app = view_app(state, view);
    let bot_id = app.as_ref().map_or("", |app| &app.bot_id);
    let team = app
        .as_ref()
        .map_or(&state.world.team, |app| state.team_of(app));
    let added = json!({
        "id": view.id, "team_id": team.id, "hash": view.hash, "root_view_id": view.root_id,
        "previous_view_id": view.previous_id, "app_id": view.app_id, "bot_id": bot_id,
        "app_installed_team_id": team.id, "state": { "values": view.values },
    });
    if let (Some(wire), Value::Object(added)) = (wire.as_object_mut(), added) {
        wire.extend(added);
        for (key, value) in [
            ("private_metadata", json!("")),
            ("callback_id", json!("")),
            ("external_id", json!("")),
            ("submit", Value::Null),
            ("close", Value::Null),
            ("clear_on_close", json!(false)),
            ("notify_on_close", json!(false)),
        ] {
            wire.entry(key).or_insert(value);
        }
    }
    wire
}

/// The bot identity of an app, for messages.
pub fn bot_author(app: &App) -> super::model::BotAuthor {
    super::model::BotAuthor {
        bot_id: app.bot_id.clone(),
        app_id: app.id.clone(),
        name: app.name.clone(),
    }
}

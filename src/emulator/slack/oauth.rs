//! OAuth: consent, the exchange of a code, and rotating tokens.
//!
//! Purpose: `oauth.v2.access` and the consent before it. Invariants: a code is used once, within ten minutes, by the app and with the address
//! it was asked with; a refresh token is used once, with a short grace for an answer that got lost; an install has two live tokens at most.
//! Neighbours: `control` lets a person consent, `wire` calls [`access`], `installs` keeps what was installed.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::args::Args;
use super::errors::ApiError;
use super::installs::Install;
use super::model::{App, Token, TokenKind, User};
use super::state::State;

/// How long a code may be exchanged.
const CODE_MINUTES: i64 = 10;
/// How long a rotating token lives, in seconds.
pub const TOKEN_SECONDS: i64 = 43_200;
/// How long a used refresh token is taken once more, in seconds.
const GRACE_SECONDS: i64 = 60;
/// Live tokens of one install.
const LIVE: usize = 2;

/// A code on its way through a browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    /// For which app.
    pub app_id: String,
    /// Workspace, or organisation.
    pub place: String,
    /// Who consented.
    pub user: String,
    /// To what.
    pub scopes: Vec<String>,
    /// The address it was asked with.
    pub redirect: String,
    /// When.
    pub issued: DateTime<Utc>,
    /// Exchanged already.
    pub used: bool,
}

/// What gets the next token of an install.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refresh {
    /// Of which app.
    pub app_id: String,
    /// Of which install.
    pub install: Option<String>,
    /// When it was used.
    pub used: Option<DateTime<Utc>>,
}

/// What a person answers on the page of an authorize address: where the browser is sent. `whole` installs for the organisation.
///
/// # Errors
/// What the page says instead.
pub fn consent(
    state: &mut State,
    address: &str,
    user: &User,
    approve: bool,
    whole: bool,
    now: DateTime<Utc>,
) -> Result<String, String> {
    let url: Url = address.parse().map_err(|_| "this is no address")?;
    let given = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if url.path() != "/oauth/v2/authorize" {
        return Err("this is not the page where apps are installed".into());
    }
    let client = given("client_id").unwrap_or_default();
    let app = state
        .world
        .apps
        .values()
        .find(|app| app.client_id == client);
    let app = app.ok_or("invalid_client_id")?.clone();
    let redirect = given("redirect_uri").unwrap_or_default();
    if !app.redirect_urls.contains(&redirect) {
        return Err("bad_redirect_uri".into());
    }
    let scopes: Vec<String> = given("scope")
        .unwrap_or_default()
        .split(',')
        .map(ToOwned::to_owned)
        .collect();
    if scopes.iter().any(|scope| !app.scopes.contains(scope)) {
        return Err("invalid_scope".into());
    }
    let mut back: Url = redirect.parse().map_err(|_| "bad_redirect_uri")?;
    if approve {
        let place = match (&state.world.enterprise, whole) {
            (Some(enterprise), true) => enterprise.id.clone(),
            (None, true) => return Err("there is no organisation here".into()),
            (_, false) => user.team_id.clone(),
        };
        let code = state.ids.next("code-");
        let issued = Code {
            app_id: app.id,
            place,
            user: user.id.clone(),
            scopes,
            redirect,
            issued: now,
            used: false,
        };
        state.world.codes.insert(code.clone(), issued);
        back.query_pairs_mut().append_pair("code", &code);
    } else {
        back.query_pairs_mut().append_pair("error", "access_denied");
    }
    back.query_pairs_mut()
        .append_pair("state", &given("state").unwrap_or_default());
    Ok(back.into())
}

/// `oauth.v2.access`.
pub fn access(state: &mut State, args: &Args, now: DateTime<Utc>) -> Result<Value, ApiError> {
    args.only(&[
        "client_id",
        "client_secret",
        "code",
        "redirect_uri",
        "grant_type",
        "refresh_token",
    ])?;
    let client = args.required("client_id")?;
    let app = state
        .world
        .apps
        .values()
        .find(|app| app.client_id == client)
        .cloned();
    let app = app.ok_or_else(|| ApiError::new("invalid_client_id"))?;
    if args.text("client_secret") != Some(&app.client_secret) {
        return Err(ApiError::new("bad_client_secret"));
    }
    match args.text("grant_type").unwrap_or("authorization_code") {
        "authorization_code" => exchange(state, &app, args, now),
        "refresh_token" => refresh(state, &app, args, now),
        _ => Err(ApiError::new("invalid_grant_type")),
    }
}

fn exchange(
    state: &mut State,
    app: &App,
    args: &Args,
    now: DateTime<Utc>,
) -> Result<Value, ApiError> {
    let name = args.required("code")?;
    let code = state
        .world
        .codes
        .get_mut(name)
        .filter(|code| code.app_id == app.id);
    let code = code.ok_or_else(|| ApiError::new("invalid_code"))?;
    if code.used {
        return Err(ApiError::new("code_already_used"));
    }
    if now - code.issued > Duration::minutes(CODE_MINUTES) {
        return Err(ApiError::new("invalid_code"));
    }
    if args.text("redirect_uri") != Some(&code.redirect) {
        return Err(ApiError::new("bad_redirect_uri"));
    }
    code.used = true;
    let code = code.clone();
    let install = installed(state, app, &code);
    let as_there = state.app_at(&app.id, install.as_deref());
    let as_there = as_there.ok_or_else(|| ApiError::new("internal_error"))?;
    let standing = state.world.tokens.iter().find(|(_, token)| {
        token.is_bots() && token.install == install && token.is_live(now) && token.expires.is_none()
    });
    let standing = standing
        .map(|(text, _)| text.clone())
        .filter(|_| !app.rotates);
    let mut answer = match standing {
        // Installed again, an app keeps its token.
        Some(token) => json!({ "access_token": token }),
        None => issue(state, app, install.as_deref(), now),
    };
    let team = (!as_there.org_install).then(|| state.team_of(&as_there));
    let team = team.map(|team| json!({ "id": team.id, "name": team.name }));
    let enterprise = state.world.enterprise.as_ref();
    let enterprise = enterprise.map(|one| json!({ "id": one.id, "name": one.name }));
    let scopes: Vec<&str> = as_there.scopes.iter().map(String::as_str).collect();
    let more = json!({
        "app_id": app.id, "authed_user": { "id": code.user }, "scope": scopes.join(","), "token_type": "bot",
        "bot_user_id": as_there.bot_user, "team": team, "enterprise": enterprise,
        "is_enterprise_install": as_there.org_install,
    });
    if let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), more) {
        answer.extend(more);
    }
    Ok(answer)
}

/// Installs the app where the code says; the key of the install, none for our own workspace.
fn installed(state: &mut State, app: &App, code: &Code) -> Option<String> {
    let enterprise = state.world.enterprise.as_ref().map(|one| one.id.clone());
    let whole = enterprise.as_ref() == Some(&code.place);
    let is_own = code.place == state.world.team.id && !app.org_install || whole && app.org_install;
    if is_own {
        if let Some(own) = state.world.apps.get_mut(&app.id) {
            own.uninstalled = false;
        }
        return None;
    }
    let scopes = code.scopes.iter().cloned().collect();
    let there = state
        .world
        .installs
        .iter_mut()
        .find(|one| one.place == code.place);
    if let Some(there) = there {
        (there.active, there.scopes) = (true, scopes);
        return Some(code.place.clone());
    }
    let bot_user = format!("U{}BOT", code.place.get(1..).unwrap_or_default());
    if let Some(own) = state.world.users.get(&app.bot_user).cloned() {
        let team_id = if whole {
            own.team_id.clone()
        } else {
            code.place.clone()
        };
        let bot = User {
            id: bot_user.clone(),
            team_id,
            ..own
        };
        state.world.users.insert(bot_user.clone(), bot);
    }
    state.world.installs.push(Install {
        app_id: app.id.clone(),
        place: code.place.clone(),
        is_organisation: whole,
        bot_id: format!("B{}", code.place.get(1..).unwrap_or_default()),
        bot_user,
        scopes,
        active: true,
    });
    Some(code.place.clone())
}

/// A new token of an install, and what gets the next one if the app's tokens rotate.
fn issue(state: &mut State, app: &App, install: Option<&str>, now: DateTime<Utc>) -> Value {
    let install = install.map(ToOwned::to_owned);
    let (prefix, expires) = if app.rotates {
        ("xoxe.xoxb-1-", Some(now + Duration::seconds(TOKEN_SECONDS)))
    } else {
        ("xoxb-", None)
    };
    let text = state.ids.next(prefix);
    let token = Token {
        issued: Some(now),
        expires,
        install: install.clone(),
        ..Token::bot(&app.id)
    };
    state.world.tokens.insert(text.clone(), token);
    let mut answer = json!({ "access_token": text });
    if app.rotates {
        let refresh = state.ids.next("xoxe-1-");
        let one = Refresh {
            app_id: app.id.clone(),
            install: install.clone(),
            used: None,
        };
        state.world.refreshes.insert(refresh.clone(), one);
        answer["refresh_token"] = json!(refresh);
        answer["expires_in"] = json!(TOKEN_SECONDS);
        let live = |token: &Token| {
            token.is_bots()
                && token.install == install
                && token.expires.is_some()
                && token.is_live(now)
        };
        let tokens = state.world.tokens.iter().filter(|(_, token)| live(token));
        let mut tokens: Vec<_> = tokens
            .map(|(text, token)| (token.issued, text.clone()))
            .collect();
        tokens.sort();
        tokens.truncate(tokens.len().saturating_sub(LIVE));
        for (_, text) in tokens {
            if let Some(token) = state.world.tokens.get_mut(&text) {
                token.revoked = true;
            }
        }
    }
    answer
}

fn refresh(
    state: &mut State,
    app: &App,
    args: &Args,
    now: DateTime<Utc>,
) -> Result<Value, ApiError> {
    let invalid = || ApiError::new("invalid_refresh_token");
    let name = args.required("refresh_token")?;
    let one = state
        .world
        .refreshes
        .get_mut(name)
        .filter(|one| one.app_id == app.id);
    let one = one.ok_or_else(invalid)?;
    let grace = Duration::seconds(GRACE_SECONDS);
    if one.used.is_some_and(|used| now - used > grace) {
        return Err(invalid());
    }
    one.used.get_or_insert(now);
    let install = one.install.clone();
    let mut answer = issue(state, app, install.as_deref(), now);
    let as_there = state
        .app_at(&app.id, install.as_deref())
        .ok_or_else(invalid)?;
    let team = (!as_there.org_install).then(|| json!({ "id": state.team_of(&as_there).id }));
    answer["app_id"] = json!(app.id);
    answer["bot_user_id"] = json!(as_there.bot_user);
    answer["token_type"] = json!("bot");
    answer["team"] = json!(team);
    answer["is_enterprise_install"] = json!(as_there.org_install);
    Ok(answer)
}

impl Token {
    /// A token of an app's bot that lives for ever.
    pub fn bot(app_id: &str) -> Self {
        Self {
            kind: TokenKind::Bot,
            app_id: app_id.to_owned(),
            revoked: false,
            install: None,
            issued: None,
            expires: None,
            gone: false,
        }
    }

    /// Whether it is a bot's.
    pub fn is_bots(&self) -> bool {
        self.kind == TokenKind::Bot
    }

    /// Whether calls take it.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.refusal(now).is_none()
    }

    /// The word by which a call refuses it.
    pub fn refusal(&self, now: DateTime<Utc>) -> Option<&'static str> {
        if self.gone {
            Some("account_inactive")
        } else if self.revoked {
            Some("token_revoked")
        } else {
            self.expires
                .filter(|expires| *expires <= now)
                .map(|_| "token_expired")
        }
    }
}

//! Modals and App Home: `views.*`.
//!
//! Purpose: open, stack, replace and publish views under Slack's rules. Invariants: a trigger opens one view; at most
//! three modals lie on each other; an update with an old hash is refused. Neighbours: `triggers`, `limits`, `modal`.

use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::limits;
use super::super::modal;
use super::super::model::View;
use super::super::objects;
use super::Call;

/// Largest view, in bytes of JSON.
const MOST_BYTES: usize = 250_000;

fn checked(call: &Call<'_>, kind: &str) -> Result<Value, ApiError> {
    let view = call
        .args
        .json("view")?
        .ok_or_else(|| ApiError::arguments("missing required field: view"))?;
    if view["type"] != kind {
        return Err(ApiError::arguments(&format!(
            "view must be of type {kind} [json-pointer:/view/type]"
        )));
    }
    limits::check_view(&view).map_err(|why| ApiError::because("invalid_arguments", why))?;
    if view.to_string().len() > MOST_BYTES {
        return Err(ApiError::new("view_too_large"));
    }
    Ok(view)
}

/// An external id may name one view only.
fn unique(call: &Call<'_>, view: &Value, but: Option<&str>) -> Result<(), ApiError> {
    let Some(external) = view["external_id"].as_str().filter(|id| !id.is_empty()) else {
        return Ok(());
    };
    let taken = call.state.world.views.values().any(|one| {
        one.open && one.content["external_id"] == external && but.is_none_or(|id| id != one.id)
    });
    if taken {
        Err(ApiError::new("duplicate_external_id"))
    } else {
        Ok(())
    }
}

fn answer(call: &mut Call<'_>, method: &str, view: &View) -> Value {
    let rendered = objects::view(call.state, view);
    let fields = json!({ "view": view.content, "view_id": view.id, "for_user": view.user });
    call.state
        .wrote(method, &call.app.id, call.now, None, fields);
    json!({ "view": rendered })
}

pub(super) fn open(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let content = checked(call, "modal")?;
    unique(call, &content, None)?;
    let trigger =
        call.state
            .triggers
            .redeem(call.args.required("trigger_id")?, &call.app.key(), call.now)?;
    modal::close_all(call.state, &trigger.user);
    let view = modal::put(call.state, &trigger.user, &call.app.id, content);
    Ok(answer(call, "views.open", &view))
}

pub(super) fn push(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let content = checked(call, "modal")?;
    unique(call, &content, None)?;
    let trigger =
        call.state
            .triggers
            .redeem(call.args.required("trigger_id")?, &call.app.key(), call.now)?;
    if trigger.view_id.is_none() {
        return Err(ApiError::new("invalid_trigger_id"));
    }
    if modal::depth(call.state, &trigger.user) >= modal::MOST_STACKED {
        return Err(ApiError::new("push_limit_reached"));
    }
    let view = modal::put(call.state, &trigger.user, &call.app.id, content);
    Ok(answer(call, "views.push", &view))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = match (call.args.text("view_id"), call.args.text("external_id")) {
        (Some(id), _) => id.to_owned(),
        (None, Some(external)) => call
            .state
            .world
            .views
            .values()
            .find(|one| one.open && one.content["external_id"] == external)
            .map(|one| one.id.clone())
            .ok_or_else(|| ApiError::new("not_found"))?,
        (None, None) => {
            return Err(ApiError::arguments(
                "missing required field: view_id or external_id",
            ));
        }
    };
    let kind = call
        .state
        .world
        .views
        .get(&id)
        .and_then(|one| one.content["type"].as_str())
        .unwrap_or("modal")
        .to_owned();
    let content = checked(call, &kind)?;
    unique(call, &content, Some(&id))?;
    let app_id = &call.app.id;
    let known = call
        .state
        .world
        .views
        .get(&id)
        .filter(|one| one.open && one.app_id == *app_id);
    let known = known.ok_or_else(|| ApiError::new("not_found"))?;
    if call
        .args
        .text("hash")
        .is_some_and(|hash| hash != known.hash)
    {
        return Err(ApiError::new("hash_conflict"));
    }
    let view =
        modal::replace(call.state, &id, content).ok_or_else(|| ApiError::new("not_found"))?;
    Ok(answer(call, "views.update", &view))
}

pub(super) fn publish(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let content = checked(call, "home")?;
    if !call.app.home_tab {
        return Err(ApiError::new("not_enabled"));
    }
    let user = call.args.required("user_id")?.to_owned();
    let known = call.state.user(&user)?;
    if known.is_bot || known.deleted {
        return Err(ApiError::arguments("invalid `user_id`"));
    }
    let own = call.state.world.homes.get(&user).cloned();
    unique(call, &content, own.as_deref())?;
    let view = match own {
        Some(id) => {
            let known = call
                .state
                .world
                .views
                .get(&id)
                .map(|one| one.hash.clone())
                .unwrap_or_default();
            if call.args.text("hash").is_some_and(|hash| hash != known) {
                return Err(ApiError::new("hash_conflict"));
            }
            modal::replace(call.state, &id, content).ok_or_else(|| ApiError::new("not_found"))?
        }
        None if call.args.text("hash").is_some() => return Err(ApiError::new("hash_conflict")),
        None => modal::home(call.state, &user, &call.app.id, content),
    };
    Ok(answer(call, "views.publish", &view))
}

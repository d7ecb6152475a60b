//! Views on a person's screen: the stack of modals, and the App Home.
//!
//! Purpose: what opening, replacing, submitting and closing do to a person's screen. Invariants: at most three modals lie
//! on each other; a closed view never comes back; every change gives a new hash. Neighbours: `methods::views`, `client`.

use serde_json::{Value, json};

use super::model::View;
use super::state::State;
use super::world::complete_blocks;

/// Most modals on one screen.
pub const MOST_STACKED: usize = 3;

/// How many modals a person has open.
pub fn depth(state: &State, user: &str) -> usize {
    state.world.stacks.get(user).map_or(0, Vec::len)
}

/// The modal a person looks at.
pub fn top<'s>(state: &'s State, user: &str) -> Option<&'s View> {
    state.world.views.get(state.world.stacks.get(user)?.last()?)
}

/// Puts a modal on top of the stack.
pub fn put(state: &mut State, user: &str, app_id: &str, content: Value) -> View {
    let stack = state.world.stacks.get(user).cloned().unwrap_or_default();
    let view = fresh(state, user, app_id, content, stack.first(), stack.last());
    state
        .world
        .stacks
        .entry(user.to_owned())
        .or_default()
        .push(view.id.clone());
    view
}

/// Gives a person an App Home.
pub fn home(state: &mut State, user: &str, app_id: &str, content: Value) -> View {
    let view = fresh(state, user, app_id, content, None, None);
    state.world.homes.insert(user.to_owned(), view.id.clone());
    view
}

fn fresh(
    state: &mut State,
    user: &str,
    app_id: &str,
    mut content: Value,
    root: Option<&String>,
    previous: Option<&String>,
) -> View {
    complete_blocks(state, &mut content["blocks"]);
    let id = state.ids.next("V");
    let view = View {
        hash: state.ids.next("hash."),
        root_id: root.cloned().unwrap_or_else(|| id.clone()),
        previous_id: previous.cloned(),
        user: user.to_owned(),
        app_id: app_id.to_owned(),
        values: json!({}),
        open: true,
        id: id.clone(),
        content,
    };
    state.world.views.insert(id, view.clone());
    view
}

/// Replaces the content of an open view. What was filled in stays where block and action keep their ids.
pub fn replace(state: &mut State, id: &str, mut content: Value) -> Option<View> {
    complete_blocks(state, &mut content["blocks"]);
    let hash = state.ids.next("hash.");
    let view = state.world.views.get_mut(id).filter(|view| view.open)?;
    let kept: serde_json::Map<String, Value> = view
        .values
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(block, _)| {
            content["blocks"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one["block_id"] == **block))
        })
        .map(|(block, values)| (block.clone(), values.clone()))
        .collect();
    view.values = Value::Object(kept);
    view.content = content;
    view.hash = hash;
    Some(view.clone())
}

/// Takes the top modal away; what lies below shows again.
pub fn pop(state: &mut State, user: &str) {
    let Some(id) = state.world.stacks.get_mut(user).and_then(Vec::pop) else {
        return;
    };
    if let Some(view) = state.world.views.get_mut(&id) {
        view.open = false;
    }
}

/// Takes all modals away.
pub fn close_all(state: &mut State, user: &str) {
    while depth(state, user) > 0 {
        pop(state, user);
    }
}

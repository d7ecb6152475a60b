//! What Discord refuses is refused, each with its path; what it takes passes.
//!
//! Neighbours: the limits measured against Discord's description are repeated by the conformance scripts.

use serde_json::{Value, json};

use super::{Use, commands, message, modal};

/// Paths at which a message is wrong.
fn wrong(body: Value) -> Vec<String> {
    paths(message(&body, Use::Message, 0, ""))
}

fn paths(checked: Result<(), super::ApiError>) -> Vec<String> {
    let mut found = Vec::new();
    match checked {
        Ok(()) => {}
        Err(refused) => match refused.errors {
            None => found.push(refused.code.to_string()),
            Some(errors) => walk(&errors, "", &mut found),
        },
    }
    found
}

fn walk(errors: &Value, path: &str, found: &mut Vec<String>) {
    for (key, inner) in errors.as_object().into_iter().flatten() {
        if key == "_errors" {
            found.push(path.to_owned());
        } else {
            walk(inner, &super::join(path, key), found);
        }
    }
}

fn button(id: &str) -> Value {
    json!({"type": 2, "style": 1, "label": "Go", "custom_id": id})
}

fn rows(buttons: Vec<Value>) -> Value {
    json!({"components": [{"type": 1, "components": buttons}]})
}

#[test]
fn messages() {
    assert_eq!(wrong(json!({"content": "a".repeat(2000)})), [""; 0]);
    assert_eq!(wrong(json!({"content": "a".repeat(2001)})), ["content"]);
    assert_eq!(wrong(json!({"content": "  "})), ["50006"]);
    assert_eq!(
        wrong(json!({"content": "x", "nonce": "n".repeat(26)})),
        ["nonce"]
    );
    assert_eq!(wrong(json!({"content": "x", "flags": 64})), ["flags"]);
    assert_eq!(
        wrong(json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}})),
        ["allowed_mentions"]
    );
    assert_eq!(
        wrong(json!({"content": "x", "allowed_mentions": {"parse": []}})),
        [""; 0]
    );
    assert_eq!(
        wrong(
            json!({"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "y"}]})
        ),
        ["content"]
    );
}

#[test]
fn embeds() {
    let embed = |embed: Value| wrong(json!({"embeds": [embed]}));
    assert_eq!(embed(json!({"title": "t".repeat(257)})), ["embeds.0.title"]);
    assert_eq!(
        embed(json!({"description": "d".repeat(4097)})),
        ["embeds.0.description"]
    );
    assert_eq!(
        embed(json!({"fields": [{"name": "n", "value": ""}]})),
        ["embeds.0.fields.0.value"]
    );
    assert_eq!(embed(json!({"url": "javascript:x"})), ["embeds.0.url"]);
    assert_eq!(
        embed(json!({"timestamp": "yesterday"})),
        ["embeds.0.timestamp"]
    );
    let fields = vec![json!({"name": "n", "value": "v"}); 26];
    assert_eq!(embed(json!({"fields": fields})), ["embeds.0.fields"]);
    let long = json!({"description": "d".repeat(3001)});
    assert_eq!(wrong(json!({"embeds": [long, long]})), ["embeds"]);
    assert_eq!(
        wrong(json!({"embeds": vec![json!({"title": "t"}); 11]})),
        ["embeds"]
    );
}

#[test]
fn buttons_and_selects() {
    assert_eq!(wrong(rows(vec![button("a"), button("b")])), [""; 0]);
    assert_eq!(
        wrong(rows(vec![button("a"), button("a")])),
        ["components.0.components.1.custom_id"]
    );
    assert_eq!(
        wrong(rows(vec![button(&"a".repeat(101))])),
        ["components.0.components.0.custom_id"]
    );
    let six = (0..6).map(|n| button(&n.to_string())).collect();
    assert_eq!(wrong(rows(six)), ["components.0.components"]);
    let six = vec![json!({"type": 1, "components": []}); 6];
    assert!(wrong(json!({"components": six})).contains(&"components".to_owned()));
    let link =
        json!({"type": 2, "style": 5, "label": "x", "url": "https://a.test", "custom_id": "a"});
    assert_eq!(
        wrong(rows(vec![link])),
        ["components.0.components.0.custom_id"]
    );
    let select = |options: Vec<Value>| {
        wrong(rows(vec![
            json!({"type": 3, "custom_id": "s", "options": options}),
        ]))
    };
    let option = |n: i32| json!({"label": "l", "value": n.to_string()});
    assert_eq!(select((0..25).map(option).collect()), [""; 0]);
    assert_eq!(
        select((0..26).map(option).collect()),
        ["components.0.components.0.options"]
    );
    assert_eq!(
        select(vec![option(1), option(1)]),
        ["components.0.components.0.options.1.value"]
    );
}

#[test]
fn modals() {
    let modal = |title: &str, parts: Vec<Value>| {
        paths(modal::check(
            &json!({"custom_id": "m", "title": title, "components": parts}),
            "",
        ))
    };
    let field = |id: &str| json!({"type": 18, "label": "What?", "component": {"type": 4, "custom_id": id, "style": 2}});
    assert_eq!(modal("t", vec![field("a"), field("b")]), [""; 0]);
    assert_eq!(modal(&"t".repeat(46), vec![field("a")]), ["title"]);
    assert_eq!(
        modal("t", vec![field("a"), field("a")]),
        ["components.1.component.custom_id"]
    );
    assert_eq!(modal("t", vec![]), ["components"]);
    assert_eq!(
        modal("t", (0..6).map(|n| field(&n.to_string())).collect()),
        ["components"]
    );
    let mut off = field("a");
    off["component"]["disabled"] = json!(true);
    assert_eq!(modal("t", vec![off]), ["components.0.component.disabled"]);
    let mut long = field("a");
    long["label"] = json!("l".repeat(46));
    assert_eq!(modal("t", vec![long]), ["components.0.label"]);
    let button = json!({"type": 1, "components": [{"type": 2, "custom_id": "x"}]});
    assert_eq!(modal("t", vec![button]), ["components.0.components.0.type"]);
}

#[test]
fn registered_commands() {
    let set = |command: Value| paths(commands::check(&json!([command])));
    let sub = json!({"type": 1, "name": "help", "description": "d"});
    assert_eq!(
        set(json!({"name": "secevent", "description": "d", "options": [sub]})),
        [""; 0]
    );
    assert_eq!(
        set(json!({"name": "SecEvent", "description": "d"})),
        ["0.name"]
    );
    assert_eq!(
        set(json!({"name": "a", "description": ""})),
        ["0.description"]
    );
    assert_eq!(set(json!({"name": "Report this", "type": 3})), [""; 0]);
    assert_eq!(
        set(json!({"name": "Report", "type": 3, "description": "d"})),
        ["0.description"]
    );
    let text = json!({"type": 3, "name": "text", "description": "d"});
    let must = json!({"type": 3, "name": "must", "description": "d", "required": true});
    assert_eq!(
        set(json!({"name": "a", "description": "d", "options": [text, must]})),
        ["0.options.1"]
    );
    assert_eq!(
        set(json!({"name": "a", "description": "d", "options": [sub, text]})),
        ["0.options"]
    );
    assert_eq!(
        paths(commands::check(
            &json!([{"name": "a", "description": "d"}, {"name": "a", "description": "e"}])
        )),
        ["1"]
    );
}

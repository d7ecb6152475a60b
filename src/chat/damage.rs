//! Damaged payloads, for tests: every place of a payload, missing, null, of every other type, or with something new beside it.
//!
//! Exhaustive and without chance, so that a test that passes says something about each place. Neighbours: the tests of every reader of
//! a platform's bytes.

use serde_json::{Map, Value, json};

/// The path of every place of a value, its root first.
pub fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
        found.push(path.to_owned());
        match value {
            Value::Object(fields) => {
                for (key, inner) in fields {
                    walk(inner, &format!("{path}/{key}"), found);
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    walk(inner, &format!("{path}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// What may stand in a place instead: a name and the value.
pub fn odd_values() -> Vec<(&'static str, Value)> {
    let mut deep = json!("deep");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        ("null", Value::Null),
        ("empty text", json!("")),
        ("text", json!("🚨<@UBOT> \u{202e}&lt;&amp;lt;")),
        ("long text", json!("é".repeat(20_000))),
        ("number", json!(7)),
        ("negative", json!(i64::MIN)),
        ("huge", json!(1.5e300)),
        ("yes", json!(true)),
        ("no", json!(false)),
        ("list", json!([null, {}, "x", 3])),
        ("empty list", json!([])),
        ("object", json!({ "id": { "id": [] }, "new": "field" })),
        ("empty object", json!({})),
        ("nested", deep),
    ]
}

/// `original` with one place damaged, in every way: the path, what was done, and the damaged value.
pub fn each(original: &Value, mut look: impl FnMut(&str, &str, &Value)) {
    for path in places(original) {
        if let Some(without) = without(original, &path) {
            look(&path, "missing", &without);
        }
        for (what, odd) in odd_values() {
            let mut damaged = original.clone();
            if let Some(place) = damaged.pointer_mut(&path) {
                *place = odd;
            }
            look(&path, what, &damaged);
        }
    }
}

fn without(original: &Value, path: &str) -> Option<Value> {
    let (parent, key) = path.rsplit_once('/')?;
    let mut value = original.clone();
    match value.pointer_mut(parent)? {
        Value::Object(fields) => drop(fields.remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().ok()?)),
        _ => return None,
    }
    Some(value)
}

/// With a field that nobody knows in every object.
pub fn with_unknown_fields(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut more: Map<String, Value> = fields
                .iter()
                .map(|(key, inner)| (key.clone(), with_unknown_fields(inner)))
                .collect();
            more.insert("a_new_field".to_owned(), json!({ "of": ["a", 7, null] }));
            Value::Object(more)
        }
        Value::Array(items) => items.iter().map(with_unknown_fields).collect(),
        other => other.clone(),
    }
}

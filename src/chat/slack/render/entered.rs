//! What was filled into a view, from its raw state.
//!
//! Invariants: read from raw JSON, because typed models of it lack files and refuse an empty state; an unknown kind of input is left out,
//! never an error; empty means absent. Neighbours: `form` named the blocks, `files` reads the files.

use crate::{
    chat::{
        form::{Entered, Value as Filled},
        slack::files,
    },
    domain::clock::from_micros,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads `view.state.values`; blocks are named after fields.
#[must_use]
pub fn read(state: &Value) -> Entered {
    let blocks = state["values"].as_object();
    let read_block = |(name, actions): (&String, &Value)| {
        let filled = actions.as_object()?.values().find_map(filled)?;
        Some((name.clone(), filled))
    };
    let entered: BTreeMap<String, Filled> = blocks
        .into_iter()
        .flatten()
        .filter_map(read_block)
        .collect();
    Entered(entered)
}

fn filled(action: &Value) -> Option<Filled> {
    let text = |value: &Value| {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(|text| Filled::Text(text.to_owned()))
    };
    match action["type"].as_str()? {
        "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" => {
            text(&action["value"])
        }
        "static_select" | "radio_buttons" => text(&action["selected_option"]["value"]),
        "checkboxes" | "multi_static_select" => {
            let chosen = action["selected_options"].as_array()?;
            let values = chosen.iter().filter_map(|one| one["value"].as_str());
            let values: Vec<String> = values.map(ToOwned::to_owned).collect();
            (!values.is_empty()).then_some(Filled::Many(values))
        }
        "datetimepicker" => {
            let seconds = action["selected_date_time"].as_i64()?;
            seconds
                .checked_mul(1_000_000)
                .and_then(from_micros)
                .map(Filled::Moment)
        }
        "file_input" => {
            let files = files::read(&action["files"]);
            (!files.is_empty()).then_some(Filled::Files(files))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::damage::each;
    use serde_json::json;

    #[test]
    fn every_kind_of_input_is_read() {
        let state = json!({ "values": {
            "what": { "what": { "type": "plain_text_input", "value": "  odd mail  " } },
            "empty": { "empty": { "type": "plain_text_input", "value": null } },
            "kind": { "kind": { "type": "radio_buttons", "selected_option": { "value": "phishing", "text": {} } } },
            "none": { "none": { "type": "static_select", "selected_option": null } },
            "flags": { "flags": { "type": "checkboxes", "selected_options": [{ "value": "c" }, {}, { "value": "i" }] } },
            "when": { "when": { "type": "datetimepicker", "selected_date_time": 1_700_000_000 } },
            "files": { "files": { "type": "file_input", "files": [{ "id": "F1", "name": "a.png", "size": 3 }] } },
            "new": { "new": { "type": "hologram", "value": "x" } },
            "odd": 7
        } });
        let entered = read(&state);
        assert_eq!(entered.text("what"), Some("odd mail"));
        assert_eq!(entered.text("kind"), Some("phishing"));
        assert_eq!(
            entered.0["flags"],
            Filled::Many(vec!["c".to_owned(), "i".to_owned()])
        );
        assert!(matches!(entered.0["when"], Filled::Moment(at) if at.timestamp() == 1_700_000_000));
        assert!(matches!(&entered.0["files"], Filled::Files(files) if files[0].id == "F1"));
        let names: Vec<&String> = entered.0.keys().collect();
        assert_eq!(names, ["files", "flags", "kind", "what", "when"]);
    }

    #[test]
    fn an_empty_state_is_an_empty_form() {
        for state in [
            json!({}),
            json!(null),
            json!({ "values": null }),
            json!({ "values": [] }),
        ] {
            assert_eq!(read(&state), Entered::default());
        }
    }

    #[test]
    fn damage_in_one_field_costs_that_field_only() {
        let state = json!({ "values": {
            "what": { "what": { "type": "plain_text_input", "value": "odd mail" } },
            "kind": { "kind": { "type": "radio_buttons", "selected_option": { "value": "phishing" } } },
            "flags": { "flags": { "type": "checkboxes", "selected_options": [{ "value": "c" }] } },
            "when": { "when": { "type": "datetimepicker", "selected_date_time": 1_700_000_000 } },
            "files": { "files": { "type": "file_input", "files": [{ "id": "F1", "name": "a.png" }] } }
        } });
        let whole = read(&state);
        each(&state, |path, what, damaged| {
            let found = read(damaged);
            let mut steps = path.split('/').skip(2);
            let Some(field) = steps.next() else { return };
            for (name, filled) in &whole.0 {
                if name != field {
                    assert_eq!(found.0.get(name), Some(filled), "{path} {what}");
                }
            }
        });
    }
}

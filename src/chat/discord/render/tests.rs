//! Every card and form of the product in Discord's form: within its limits, read by somebody else's types, and written down to be looked at.

use super::{
    Looks, buttons, card, entered, form,
    limits::{modal_problems, problems},
};
use crate::{
    chat::{
        card::{Action, Button, Card, Part, Span, Style, Tone},
        form::{Choice, Entered, Field, Form, FormKey, Input, Value as Filled},
        forms, speech,
    },
    domain::{clock::from_micros, person::PlatformId},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use twilight_model::{
    channel::message::{Component, Embed},
    http::interaction::InteractionResponse,
};

fn looks() -> Looks {
    Looks {
        brand: Some("Test of secevent: nothing here is real.".to_owned()),
        zone: chrono_tz::Europe::Zurich,
    }
}

/// Read by types that somebody else wrote, and not to be refused by Discord.
fn judged(message: &Value) {
    assert_eq!(problems(message), Vec::<String>::new(), "{message:#}");
    let answer = json!({ "type": 4, "data": message });
    let answer: InteractionResponse = serde_json::from_value(answer).unwrap();
    let data = answer.data.unwrap();
    let count = |key: &str| message[key].as_array().unwrap().len();
    assert_eq!(
        data.embeds.map_or(0, |all: Vec<Embed>| all.len()),
        count("embeds")
    );
    let rows = data.components.unwrap_or_default();
    assert_eq!(rows.len(), count("components"));
    for row in rows {
        assert!(matches!(row, Component::ActionRow(_)));
    }
}

fn judged_modal(modal: &Value) {
    assert_eq!(modal_problems(modal), Vec::<String>::new(), "{modal:#}");
    let answer = json!({ "type": 9, "data": modal });
    let answer: InteractionResponse = serde_json::from_value(answer).unwrap();
    let components = answer.data.unwrap().components.unwrap();
    for component in components {
        assert!(matches!(
            component,
            Component::Label(_) | Component::TextDisplay(_)
        ));
    }
}

/// As a person reads it.
fn written(message: &Value) -> String {
    let mut out = format!("{}\n", message["content"].as_str().unwrap());
    for embed in message["embeds"].as_array().unwrap() {
        out.push_str(&format!("  ┌ {:06x}\n", embed["color"].as_u64().unwrap()));
        let mut line = |mark: &str, text: &Value| {
            for one in text.as_str().unwrap_or_default().lines() {
                out.push_str(&format!("  │ {mark}{one}\n"));
            }
        };
        line("= ", &embed["title"]);
        line("", &embed["description"]);
        for field in embed["fields"].as_array().into_iter().flatten() {
            let mark = if field["inline"] == true {
                "· "
            } else {
                "· · "
            };
            line(
                mark,
                &json!(format!(
                    "{}: {}",
                    field["name"].as_str().unwrap(),
                    field["value"].as_str().unwrap()
                )),
            );
        }
        line("_ ", &embed["footer"]["text"]);
    }
    for row in message["components"].as_array().unwrap() {
        let buttons = row["components"].as_array().unwrap();
        let buttons = buttons.iter().map(|button| {
            format!(
                "[{}]({})",
                button["label"].as_str().unwrap(),
                button["custom_id"].as_str().unwrap()
            )
        });
        out.push_str(&format!("  {}\n", buttons.collect::<Vec<_>>().join(" ")));
    }
    out
}

#[test]
fn every_card_of_the_product() {
    let cards = speech::tests::every_card(PlatformId::Discord);
    assert!(cards.len() > 50, "{}", cards.len());
    let mut out = String::new();
    for (name, card) in cards {
        let message = card::message(&card, &looks());
        judged(&message);
        let text = message.to_string();
        assert!(!text.contains("left out here"), "{name}: something was cut");
        out.push_str(&format!("== {name}\n{}\n", written(&message)));
        // Each button of the card is there once and says what it said.
        for part in &card.parts {
            let one = match part {
                Part::Buttons { buttons } => buttons.clone(),
                Part::Row { button, .. } => button.iter().cloned().collect(),
                _ => Vec::new(),
            };
            for button in one {
                let id = json!(buttons::custom_id(&button.action)).to_string();
                assert_eq!(text.matches(&id).count(), 1, "{name}: {id}");
            }
        }
    }
    insta::assert_snapshot!("cards", out);
}

#[test]
fn every_form_of_the_product() {
    let mut out = String::new();
    for (name, form) in forms::tests::all() {
        let mut names = Vec::new();
        for page in 0..form::pages(&form) {
            let modal = form::modal(
                &form,
                page,
                &Entered::default(),
                "v1:form:report:7",
                &looks(),
            );
            judged_modal(&modal);
            names.extend(
                form::fields(&form, page)
                    .iter()
                    .map(|field| field.name.clone()),
            );
            out.push_str(&format!(
                "== {name}\n# {}\n",
                modal["title"].as_str().unwrap()
            ));
            for component in modal["components"].as_array().unwrap() {
                let label = component["label"]
                    .as_str()
                    .or(component["content"].as_str())
                    .unwrap();
                let about = component["description"].as_str().unwrap_or("-");
                let mut inner = component["component"].clone();
                let options = inner["options"].as_array().map(|options| {
                    options
                        .iter()
                        .map(|one| one["value"].as_str().unwrap().to_owned())
                        .collect::<Vec<_>>()
                });
                if let Some(options) = options {
                    inner["options"] = json!(options.join(" "));
                }
                out.push_str(&format!("{label}\n    ({about})\n    {inner}\n"));
            }
        }
        let all = form
            .fields
            .iter()
            .filter(|field| !matches!(field.input, Input::More { .. }));
        let all: Vec<_> = all.map(|field| field.name.clone()).collect();
        assert_eq!(names, all, "{name}: every field is asked once, in order");
    }
    insta::assert_snapshot!("forms", out);
}

fn button(verb: &str, id: usize) -> Button {
    Button {
        label: "Take it on".to_owned(),
        action: Action {
            verb: verb.to_owned(),
            id: id.to_string(),
        },
        style: Style::Primary,
    }
}

#[test]
fn a_button_comes_back_as_it_went() {
    let action = button("take", 7).action;
    let id = buttons::custom_id(&action);
    assert_eq!(id, "v1:take:7");
    assert_eq!(buttons::action(&id), Some(action));
    assert_eq!(buttons::action("v1:home:").unwrap().id, "");
    for odd in ["", "v1", "v1:take", "v2:take:7", "v1::7"] {
        assert_eq!(buttons::action(odd), None, "{odd}");
    }
}

#[test]
fn more_buttons_than_fit_are_cut_with_words_and_those_of_the_whole_stay() {
    let rows = (0..40).map(|n| Part::Row {
        line: vec![Span::Quoted(format!("case {n}"))],
        about: vec![Span::Plain("new".to_owned())],
        button: Some(button("open", n)),
    });
    let mut parts: Vec<Part> = rows.collect();
    parts.push(Part::Buttons {
        buttons: vec![button("report", 0), button("report", 0)],
    });
    let message = card::message(
        &Card {
            parts,
            ..Card::default()
        },
        &looks(),
    );
    judged(&message);
    let text = message.to_string();
    assert_eq!(text.matches("\"custom_id\"").count(), 25);
    assert_eq!(text.matches("v1:report:0").count(), 1);
    assert!(
        text.contains("\"1. Take it on\"") && text.contains("**1\\\\.** case 0"),
        "{text}"
    );
    assert!(text.contains("16 more buttons do not fit here"), "{text}");
}

#[test]
fn what_is_too_long_is_cut_with_words() {
    let long = "🚨 *x* <@1> ".repeat(3_000);
    let quoted = || vec![Span::Quoted(long.clone())];
    for part in [
        Part::Quote { text: long.clone() },
        Part::Text { line: quoted() },
        Part::Small { line: quoted() },
        Part::Heading { text: long.clone() },
        Part::List {
            items: vec![quoted(); 5],
        },
        Part::Fields {
            fields: vec![(long.clone(), quoted()); 30],
        },
    ] {
        let card = Card {
            title: Some(long.clone()),
            parts: vec![part.clone(), part],
            tone: Tone::Urgent,
            summary: long.clone(),
        };
        let message = card::message(&card, &looks());
        judged(&message);
        assert!(message.to_string().contains("left out here"), "{message:#}");
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[*_~|<>@#:/\\[\\]()\n -]{0,30}",
        "[a-z 🚨\n]{200,3000}",
    ]
}

fn line() -> impl Strategy<Value = Vec<Span>> {
    let span = prop_oneof![
        words().prop_map(Span::Quoted),
        words().prop_map(Span::Plain),
        words().prop_map(Span::Strong),
        words().prop_map(Span::Code),
        words().prop_map(|label| Span::Link {
            url: "https://a.example/1".to_owned(),
            label
        }),
        Just(Span::Time(from_micros(0).unwrap())),
    ];
    prop::collection::vec(span, 0..4)
}

fn part() -> impl Strategy<Value = Part> {
    let buttons = || (0_usize..60).prop_map(|id| button("open", id));
    prop_oneof![
        words().prop_map(|text| Part::Heading { text }),
        line().prop_map(|line| Part::Text { line }),
        line().prop_map(|line| Part::Small { line }),
        words().prop_map(|text| Part::Quote { text }),
        prop::collection::vec(line(), 0..5).prop_map(|items| Part::List { items }),
        prop::collection::vec((words(), line()), 0..30).prop_map(|fields| Part::Fields { fields }),
        prop::collection::vec(buttons(), 0..12).prop_map(|buttons| Part::Buttons { buttons }),
        (line(), line(), prop::option::of(buttons())).prop_map(|(line, about, button)| Part::Row {
            line,
            about,
            button
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_card_breaks_a_limit(
        title in prop::option::of(words()), summary in words(), parts in prop::collection::vec(part(), 0..20),
    ) {
        let card = Card { title, parts, tone: Tone::Bad, summary };
        let message = card::message(&card, &looks());
        prop_assert_eq!(problems(&message), Vec::<String>::new());
        // Not by the guard: it takes the colour away.
        for embed in message["embeds"].as_array().unwrap() {
            prop_assert!(embed["color"].is_u64());
        }
    }
}

fn field(name: &str, input: Input) -> Field {
    Field {
        name: name.to_owned(),
        label: "What happened, in as many words as it takes to say it?".to_owned(),
        hint: Some("Suspicion suffices. ".repeat(10)),
        required: true,
        input,
    }
}

fn options(count: usize) -> Vec<Choice> {
    let one = |n| Choice {
        value: format!("v{n}"),
        label: format!("Label {n}"),
        about: Some("about".to_owned()),
    };
    (0..count).map(one).collect()
}

fn every_input() -> Form {
    let choice = |count| Input::Choice {
        options: options(count),
        initial: Some("v1".to_owned()),
    };
    let many = |count| Input::Many {
        options: options(count),
        initial: vec!["v0".to_owned(), "v2".to_owned()],
    };
    Form {
        key: FormKey {
            verb: "report".to_owned(),
            id: String::new(),
            extra: BTreeMap::new(),
        },
        title: "Report a security event that is long".to_owned(),
        intro: vec![vec![Span::Plain("Report early. ".repeat(20))]],
        fields: vec![
            field(
                "line",
                Input::Line {
                    max: 9_000,
                    initial: Some("x".repeat(5_000)),
                },
            ),
            field(
                "text",
                Input::Paragraph {
                    max: 100,
                    initial: Some("*as it is* <@1>".to_owned()),
                },
            ),
            field("one", choice(3)),
            field("one_of_many", choice(26)),
            field(
                "more",
                Input::More {
                    verb: "more".to_owned(),
                },
            ),
            field("many", many(3)),
            field("many_of_many", many(40)),
            field(
                "when",
                Input::Moment {
                    initial: from_micros(1_700_000_000_000_000),
                },
            ),
            field("files", Input::Files { max: 99 }),
        ],
        submit: "Report".to_owned(),
    }
}

/// What a client sends back when each component is submitted with these words and ids.
fn submitted(values: &[(&str, u64, Value)]) -> Value {
    let components = values.iter().map(|(name, kind, value)| {
        let key = if *kind == 4 { "value" } else { "values" };
        json!({ "type": 18, "id": 1, "component": { "type": kind, "id": 2, "custom_id": name, key: value } })
    });
    json!(components.collect::<Vec<_>>())
}

#[test]
fn every_input_goes_out_and_comes_back() {
    let form = every_input();
    assert_eq!(form::pages(&form), 2);
    let first = form::modal(&form, 0, &Entered::default(), "v1:form:report:7", &looks());
    let second = form::modal(&form, 1, &Entered::default(), "v1:form:report:7", &looks());
    judged_modal(&first);
    judged_modal(&second);
    assert_eq!(
        first["title"],
        "Report a security event that is long (1 of 2)"
    );
    assert_eq!(first["components"][0]["type"], 10);
    assert_eq!(
        first["components"][2]["component"]["value"],
        "*as it is* <@1>"
    );
    assert_eq!(
        first["components"][3]["component"]["options"][1]["default"],
        true
    );
    assert_eq!(first["components"][4]["component"]["value"], "Label 1");
    assert_eq!(
        second["components"][2]["component"]["value"],
        "2023-11-14 23:13"
    );

    let resolved = json!({ "attachments": { "9": { "id": "9", "filename": "a.png", "url": "https://cdn.discordapp.com/9" } } });
    let back = submitted(&[
        ("line", 4, json!("odd mail")),
        ("text", 4, json!("")),
        ("one", 3, json!(["v2"])),
        ("one_of_many", 4, json!(" label 25 ")),
        ("unknown", 4, json!("x")),
    ]);
    let read = entered::read(&form, 0, &back, &resolved, &looks());
    assert_eq!(read.errors, BTreeMap::new());
    assert_eq!(read.entered.text("line"), Some("odd mail"));
    assert_eq!(read.entered.text("one"), Some("v2"));
    assert_eq!(read.entered.text("one_of_many"), Some("v25"));
    assert_eq!(read.entered.0.len(), 3);
    let back = submitted(&[
        ("many", 3, json!(["v0", "v1"])),
        ("many_of_many", 4, json!("Label 30\nv31\n")),
        ("when", 4, json!("2026-03-09  14:30")),
        ("files", 19, json!(["9", "10"])),
    ]);
    let more = entered::read(&form, 1, &back, &resolved, &looks());
    assert_eq!(more.errors, BTreeMap::new());
    let many = |values: &[&str]| Filled::Many(values.iter().map(|v| (*v).to_owned()).collect());
    assert_eq!(more.entered.0["many"], many(&["v0", "v1"]));
    assert_eq!(more.entered.0["many_of_many"], many(&["v30", "v31"]));
    assert!(
        matches!(more.entered.0["when"], Filled::Moment(at) if at.to_rfc3339() == "2026-03-09T13:30:00+00:00")
    );
    assert!(matches!(&more.entered.0["files"], Filled::Files(files) if files.len() == 1));

    let all = entered::merged(&form, 1, &read.entered, more.entered.clone());
    assert_eq!(all.0.len(), 7);
    let again = entered::merged(&form, 1, &all, more.entered);
    assert!(
        matches!(&again.0["files"], Filled::Files(files) if files.len() == 2),
        "files are added"
    );
    let emptied = entered::merged(&form, 0, &all, Entered::default());
    assert_eq!(emptied.text("line"), None, "what was emptied is empty");

    // What was entered stands there again.
    let first = form::modal(&form, 0, &all, "v1:form:report:7", &looks());
    let second = form::modal(&form, 1, &all, "v1:form:report:7", &looks());
    judged_modal(&first);
    judged_modal(&second);
    assert_eq!(first["components"][1]["component"]["value"], "odd mail");
    assert_eq!(
        first["components"][3]["component"]["options"][2]["default"],
        true
    );
    assert_eq!(first["components"][4]["component"]["value"], "Label 25");
    assert_eq!(
        second["components"][2]["component"]["value"],
        "2026-03-09 14:30"
    );
    assert!(
        second["components"][3]["description"]
            .as_str()
            .unwrap()
            .contains("1 attached already")
    );
    assert_eq!(second["components"][3]["component"]["required"], false);
}

#[test]
fn what_cannot_be_understood_stays_beside_its_error() {
    let form = every_input();
    let back = submitted(&[
        ("when", 4, json!("yesterday at noon")),
        ("many_of_many", 4, json!("Label 30\nLabel 99")),
    ]);
    let read = entered::read(&form, 1, &back, &Value::Null, &looks());
    assert!(
        read.errors["when"].contains("2026-03-31 14:05")
            && read.errors["when"].contains("Europe/Zurich")
    );
    assert!(read.errors["many_of_many"].contains("Label 39"));
    assert_eq!(read.entered.text("when"), Some("yesterday at noon"));
    let again = form::modal(&form, 1, &read.entered, "v1:form:report:7", &looks());
    judged_modal(&again);
    assert_eq!(
        again["components"][2]["component"]["value"],
        "yesterday at noon"
    );
    // An hour that does not exist, and one that comes twice.
    for (typed, utc) in [
        ("2026-03-29 02:30", None),
        ("2026-10-25 02:30", Some("2026-10-25T00:30:00+00:00")),
    ] {
        let back = submitted(&[("when", 4, json!(typed))]);
        let read = entered::read(&form, 1, &back, &Value::Null, &looks());
        match utc {
            None => assert!(read.errors.contains_key("when")),
            Some(utc) => assert!(
                matches!(read.entered.0["when"], Filled::Moment(at) if at.to_rfc3339() == utc)
            ),
        }
    }
}

#[test]
fn a_submission_can_be_read_without_its_form() {
    let old = json!([{ "type": 1, "components": [{ "type": 4, "custom_id": "text", "value": "odd mail" }] }]);
    assert_eq!(
        entered::anyhow(&old, &Value::Null).text("text"),
        Some("odd mail")
    );
    let back = submitted(&[
        ("text", 4, json!("odd mail")),
        ("category", 3, json!(["phishing"])),
        ("flags", 3, json!(["a", "b"])),
        ("none", 3, json!([])),
        ("files", 19, json!(["9"])),
    ]);
    let resolved = json!({ "attachments": { "9": { "filename": "a.png", "url": "https://cdn.discordapp.com/9" } } });
    let read = entered::anyhow(&back, &resolved);
    assert_eq!(read.text("category"), Some("phishing"));
    assert_eq!(read.0.len(), 4);
    let mut deep = json!([]);
    for _ in 0..200 {
        deep = json!([{ "components": deep, "custom_id": "x", "type": 4, "value": "y" }]);
    }
    for odd in [
        json!(null),
        json!({}),
        json!([null, 7, {}, { "component": 3 }]),
        deep,
    ] {
        assert!(entered::anyhow(&odd, &json!([])).0.len() <= 1);
    }
}

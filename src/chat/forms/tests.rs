//! Every form within its limits, as a text to read; and what comes back, checked again.

use super::close::Closing;
use super::*;
use crate::chat::form::{Form, Value};
use crate::chat::grammar::Which;
use crate::chat::speech::{OnCall, plain_line, tests::a_case, tests::english};
use crate::domain::{
    assessment::Assessment, clock::from_micros, event_report::FileRef, person::Role, policy,
    severity::Severity,
};
use proptest::prelude::*;

const OPENED: report::Opened = report::Opened {
    door: crate::domain::event_report::Door::Form,
    at: None,
};

fn entered(values: &[(&str, Value)]) -> Entered {
    Entered(
        values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    )
}

fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

fn on_call() -> Vec<OnCall> {
    vec![
        OnCall {
            role: Role::OnCallPrimary,
            holder: Some(("Otto Oncall".into(), vec![])),
        },
        OnCall {
            role: Role::OnCallBackup,
            holder: None,
        },
    ]
}

/// Every form in every shape.
pub(crate) fn all() -> Vec<(&'static str, Form)> {
    let policy = policy::sample();
    let (reader, nothing) = (english(), Entered::default());
    let mut case = a_case();
    case.alert.links = vec!["https://example.org/alert/1".into()];
    let mut ready = case.clone();
    ready.category = "phishing_social".into();
    ready.severity = Severity::Unrated.rate(crate::domain::severity::Level::Sev3);
    ready.assessment = Assessment::FalsePositive;
    let closing = |case| Closing {
        policy: &policy,
        case,
        reporters: 2,
    };
    let chosen = entered(&[("outcome", text("false_alarm"))]);
    vec![
        (
            "report",
            report::build(&reader, &policy, OPENED, false, &nothing),
        ),
        (
            "report, longer",
            report::build(&reader, &policy, OPENED, true, &nothing),
        ),
        (
            "details",
            details::build(&reader, &policy, case.id, case.number),
        ),
        ("triage", triage::build(&reader, &policy, &case)),
        ("assess", assess::build(&reader, &policy, &case)),
        ("severity", severity::build(&reader, &policy, &ready)),
        (
            "escalate",
            escalate::build(&reader, &policy, &case, &on_call()),
        ),
        ("note", note::build(&reader, &case)),
        (
            "close, all missing",
            close::build(&reader, &closing(&case), &nothing),
        ),
        (
            "close, nothing missing",
            close::build(&reader, &closing(&ready), &nothing),
        ),
        (
            "close, preview",
            close::build(&reader, &closing(&ready), &chosen),
        ),
        ("reopen", reopen::build(&reader, &ready)),
        ("merge", merge::build(&reader, &ready)),
        ("unmerge", unmerge::build(&reader, &ready)),
    ]
}

fn written(form: &Form) -> String {
    let mut out = format!(
        "# {} ({} {:?})\n",
        form.title, form.key.verb, form.key.extra
    );
    for line in &form.intro {
        out.push_str(&format!("{}\n", plain_line(line)));
    }
    for field in &form.fields {
        let star = if field.required { "*" } else { "" };
        out.push_str(&format!("{}{star} [{}]", field.label, field.name));
        match &field.input {
            Input::Line { initial, .. } => out.push_str(&format!(" line {initial:?}")),
            Input::Paragraph { initial, .. } => out.push_str(&format!(" paragraph {initial:?}")),
            Input::Choice { options, initial } => {
                out.push_str(&format!(" one of {}, {initial:?}", options.len()));
            }
            Input::Many { options, initial } => {
                out.push_str(&format!(" any of {}, {initial:?}", options.len()));
            }
            Input::Moment { .. } => out.push_str(" moment"),
            Input::Files { max } => out.push_str(&format!(" files, at most {max}")),
            Input::More { verb } => out.push_str(&format!(" button {verb}")),
        }
        out.push('\n');
        if let Some(hint) = &field.hint {
            out.push_str(&format!("    ({hint})\n"));
        }
        if let Input::Choice { options, .. } | Input::Many { options, .. } = &field.input {
            for choice in options {
                let about = choice.about.as_deref().unwrap_or("-");
                out.push_str(&format!(
                    "    {}: {} / {about}\n",
                    choice.value, choice.label
                ));
            }
        }
    }
    out.push_str(&format!("[{}]\n", form.submit));
    out
}

#[test]
fn the_forms() {
    let read: Vec<String> = all()
        .iter()
        .map(|(name, form)| format!("== {name}\n{}\n", written(form)))
        .collect();
    insta::assert_snapshot!("forms", read.concat());
}

#[test]
fn every_form_keeps_the_limits_of_every_platform() {
    for (name, form) in all() {
        let short = |text: &str, max: usize| {
            assert!(
                text.chars().count() <= max,
                "{name}: \"{text}\" is too long"
            );
        };
        short(&form.title, 24);
        short(&form.submit, 24);
        assert!(form.fields.len() + form.intro.len() < 90, "{name}");
        let mut names: Vec<_> = form.fields.iter().map(|field| &field.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), form.fields.len(), "{name}: a field twice");
        for field in &form.fields {
            short(&field.label, 75);
            short(field.hint.as_deref().unwrap_or_default(), 150);
            if let Input::Choice { options, initial } = &field.input {
                assert!((1..=100).contains(&options.len()));
                if let Some(initial) = initial {
                    assert!(
                        options.iter().any(|choice| choice.value == *initial),
                        "{name}"
                    );
                }
            }
            if let Input::Choice { options, .. } | Input::Many { options, .. } = &field.input {
                for choice in options {
                    short(&choice.value, 75);
                    short(&choice.label, 75);
                    short(choice.about.as_deref().unwrap_or_default(), 75);
                }
            }
        }
    }
}

#[test]
fn every_verb_with_a_form_has_one_and_errors_find_a_place_in_it() {
    let forms = all();
    for verb in HAVE_FORMS {
        let form = forms
            .iter()
            .find(|(_, form)| form.key.verb == verb.as_str());
        let (_, form) = form.unwrap_or_else(|| panic!("{verb} has no form"));
        for name in always(verb.as_str()) {
            assert!(
                form.fields.iter().any(|field| field.name == *name),
                "{verb} has no {name}"
            );
        }
    }
    for name in always(report::VERB) {
        let (_, form) = &forms[0];
        assert!(
            form.fields.iter().any(|field| field.name == *name),
            "{name}"
        );
    }
    let errors = [("result", "A."), ("alert_id", "B."), ("notes", "C.")]
        .map(|(name, sentence)| (name.to_owned(), sentence.to_owned()));
    let placed = place(
        &key("close", ""),
        &Entered::default(),
        errors.clone().into(),
    );
    assert_eq!(placed["notes"], "C.");
    assert_eq!(placed["outcome"], "B. A.");
    let shown = entered(&[("result", text("event"))]);
    assert_eq!(
        place(&key("close", ""), &shown, errors.into())["result"],
        "A."
    );
}

#[test]
fn a_report_needs_only_words_and_keeps_everything_that_was_entered() {
    let policy = policy::sample();
    let file = FileRef {
        id: "F1".into(),
        name: "screen.png".into(),
        media_type: None,
        size: None,
    };
    let at = from_micros(1_772_000_000_000_000).unwrap();
    let short = entered(&[("text", text("  It is on fire  "))]);
    let read = report::read(&english(), &policy, OPENED, &short).unwrap();
    assert_eq!(
        (read.text.as_str(), read.details.category),
        ("It is on fire", None)
    );
    let long = entered(&[
        ("text", text("Odd")),
        ("category", text("phishing_social")),
        ("provider", text("AWS")),
        ("noticed_at", Value::Moment(at)),
        ("links", text("https://a.example\n https://b.example ")),
        ("concerns_colleague", Value::Many(vec!["yes".into()])),
        ("files", Value::Files(vec![file.clone()])),
    ]);
    let read = report::read(&english(), &policy, OPENED, &long)
        .unwrap()
        .details;
    assert_eq!(read.category.as_deref(), Some("phishing_social"));
    assert_eq!(read.asset.provider.as_deref(), Some("AWS"));
    assert_eq!(read.links, ["https://a.example", "https://b.example"]);
    assert_eq!((read.noticed_at, read.files), (Some(at), vec![file]));
    assert!(read.concerns_colleague);
    // The longer form shows what stood in the short one.
    let replaced = report::build(&english(), &policy, OPENED, true, &long);
    let shown = written(&replaced);
    for kept in [
        "Odd",
        "phishing_social\"",
        "AWS",
        "[\"yes\"]",
        "https://b.example",
    ] {
        assert!(shown.contains(kept), "{kept} is lost:\n{shown}");
    }
}

#[test]
fn what_is_wrong_stands_at_its_field_with_the_way_out() {
    let policy = policy::sample();
    let reader = english();
    let empty = Entered::default();
    let errors = report::read(&reader, &policy, OPENED, &empty).unwrap_err();
    assert_eq!(
        errors["text"],
        "Write what happened; one sentence is enough."
    );
    let too_much = entered(&[
        ("text", text(&"é".repeat(3_001))),
        ("category", text("gone")),
        ("links", text(&"x ".repeat(21))),
    ]);
    let errors = report::read(&reader, &policy, OPENED, &too_much).unwrap_err();
    assert!(errors["text"].starts_with("This is 3001 characters long and 3000 fit."));
    assert!(errors["category"].contains("Choose one"));
    assert!(errors["links"].contains("At most 20 links"));
    assert!(
        report::read(
            &reader,
            &policy,
            OPENED,
            &entered(&[("text", text(&"é".repeat(3_000)))])
        )
        .is_ok()
    );
    assert!(details::read(&reader, &policy, &empty).is_err());
    assert_eq!(triage::read(&reader, &policy, &empty).unwrap_err().len(), 2);
    assert_eq!(assess::read(&reader, &policy, &empty).unwrap_err().len(), 2);
    assert_eq!(severity::read(&reader, &empty).unwrap_err().len(), 2);
    assert!(escalate::read(&reader, &empty).is_err());
    assert!(note::read(&reader, &empty).is_err());
    assert!(reopen::read(&reader, &empty).is_err());
    assert!(unmerge::read(&reader, &empty).is_err());
    let errors = merge::read(&reader, &empty).unwrap_err();
    assert_eq!(errors.keys().collect::<Vec<_>>(), ["into", "reason"]);
    let why = ("reason", text("the same mail"));
    for (number, which) in [
        ("SE-2026-0042", Some(Which::Full(a_case().number))),
        (" 42 ", Some(Which::OfThisYear(42))),
        ("#42", Some(Which::OfThisYear(42))),
        ("0", None),
        ("the other one", None),
    ] {
        let entered = entered(&[("into", text(number)), why.clone()]);
        let read = merge::read(&reader, &entered);
        assert_eq!(read.ok().map(|(which, _)| which), which, "{number}");
    }
}

#[test]
fn every_criterion_is_answered() {
    let policy = policy::sample();
    let read = assess::read(
        &english(),
        &policy,
        &entered(&[
            (
                "criteria",
                Value::Many(vec!["data_exposed".into(), "gone".into()]),
            ),
            ("result", text("incident")),
            ("rationale", text("The bucket was public")),
        ]),
    )
    .unwrap();
    assert_eq!(read.criteria.len(), policy.scheme.criterion.len());
    let yes: Vec<_> = read.criteria.iter().filter(|(_, yes)| **yes).collect();
    assert_eq!(yes, [(&"data_exposed".to_owned(), &true)]);
    let undecided = entered(&[("result", text("undecided")), ("rationale", text("x"))]);
    assert!(assess::read(&english(), &policy, &undecided).is_err());
}

#[test]
fn closing_asks_only_for_what_is_missing_and_an_outcome_must_fit() {
    let policy = policy::sample();
    let case = a_case();
    let closing = Closing {
        policy: &policy,
        case: &case,
        reporters: 1,
    };
    let errors = close::read(&english(), &closing, &Entered::default()).unwrap_err();
    let asked: Vec<_> = errors.keys().map(String::as_str).collect();
    assert_eq!(
        asked,
        ["category", "notes", "outcome", "rationale", "result"]
    );
    let all = [
        ("category", text("phishing_social")),
        ("result", text("false_positive")),
        ("rationale", text("A newsletter")),
        ("notes", text("Checked the sender")),
    ];
    let with = |outcome: &str| {
        let mut values = all.to_vec();
        values.push(("outcome", text(outcome)));
        close::read(&english(), &closing, &entered(&values))
    };
    let read = with("false_alarm").unwrap();
    assert_eq!(read.category.as_deref(), Some("phishing_social"));
    assert_eq!(read.assess.unwrap().result, Assessment::FalsePositive);
    let errors = with("contained").unwrap_err();
    assert!(errors["outcome"].contains("These do: Known and permitted activity; False alarm."));

    let mut known = case.clone();
    known.category = "phishing_social".into();
    known.assessment = Assessment::FalsePositive;
    let closing = Closing {
        case: &known,
        ..closing
    };
    let short = entered(&[("outcome", text("false_alarm")), ("notes", text("Done"))]);
    let read = close::read(&english(), &closing, &short).unwrap();
    assert_eq!((read.category, read.assess), (None, None));
}

fn any_value() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec!["yes", "SEV1", "incident", "not_sure", "false_alarm"]);
    prop_oneof![
        any::<String>().prop_map(Value::Text),
        word.prop_map(|word| Value::Text(word.to_owned())),
        prop::collection::vec(any::<String>(), 0..4).prop_map(Value::Many),
        Just(Value::Files(vec![])),
    ]
}

proptest! {
    /// Whatever a client sends, every form reads it without panicking and within the limits.
    #[test]
    fn no_entry_breaks_a_form(
        values in prop::collection::btree_map(
            prop::sample::select(vec![
                "text", "category", "severity", "reason", "criteria", "result", "rationale",
                "outcome", "notes", "links", "files", "provider", "cia", "on_screen",
            ]),
            any_value(),
            0..10,
        ),
        more in 0usize..4_000,
    ) {
        let policy = policy::sample();
        let (reader, case) = (english(), a_case());
        let mut values: Vec<(&str, Value)> = values.into_iter().collect();
        values.push(("account", text(&"漢".repeat(more))));
        let entered = entered(&values);
        let fits = |text: &str, max: u32| text.chars().count() <= max as usize;
        if let Ok(read) = report::read(&reader, &policy, OPENED, &entered) {
            prop_assert!(fits(&read.text, PARAGRAPH) && !read.text.is_empty());
            prop_assert!(fits(&read.details.asset.account.unwrap_or_default(), LINE));
        }
        if let Ok(read) = note::read(&reader, &entered) {
            prop_assert!(fits(&read.text, PARAGRAPH) && !read.text.is_empty());
        }
        let _ = details::read(&reader, &policy, &entered);
        let _ = triage::read(&reader, &policy, &entered);
        let _ = assess::read(&reader, &policy, &entered);
        let _ = severity::read(&reader, &entered);
        let _ = escalate::read(&reader, &entered);
        let _ = reopen::read(&reader, &entered);
        let _ = merge::read(&reader, &entered);
        let _ = unmerge::read(&reader, &entered);
        let closing = Closing { policy: &policy, case: &case, reporters: 1 };
        let _ = close::read(&reader, &closing, &entered);
        let _ = report::build(&reader, &policy, OPENED, true, &entered);
        let _ = close::build(&reader, &closing, &entered);
    }
}

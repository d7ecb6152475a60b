//! Forms with more fields than a view holds, one page after the other.
//!
//! Invariants: only the last page reaches the conversation, with everything that was entered; between pages the entered values stay in
//! this process (Slack gives back only the page that was submitted), bounded; when they are gone the person starts anew, and nothing was
//! promised yet. Neighbours: `form` renders one page, `ingress::read` and `ingress::respond` turn them.

use super::form::{TooMuchToRemember, fields_per_page, view};
use crate::chat::form::{Entered, Form, FormKey};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// Forms kept between pages; the oldest goes first.
const MOST: usize = 200;
/// Where the key of a page keeps the name of its form.
const NAME: &str = "_page";

/// What a submitted page leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Turned {
    /// The form is whole.
    Whole(FormKey, Entered),
    /// Show this view.
    Next(Value),
    /// The earlier pages are not known any more.
    Lost,
}

#[derive(Debug, Clone)]
struct Waiting {
    name: String,
    /// The original form; `fields` are those of later pages.
    rest: Form,
    key: FormKey,
    submit: String,
    entered: Entered,
}

/// The forms between pages.
#[derive(Debug, Default)]
pub struct Pages(Mutex<VecDeque<Waiting>>);

impl Pages {
    /// The first view of a form; `name` is unique and is used only if there are several.
    ///
    /// # Errors
    /// [`TooMuchToRemember`].
    pub fn first(&self, form: &Form, name: &str) -> Result<Value, TooMuchToRemember> {
        self.page(
            form.clone(),
            form.key.clone(),
            form.submit.clone(),
            Entered::default(),
            name,
        )
    }

    fn page(
        &self,
        form: Form,
        key: FormKey,
        submit: String,
        entered: Entered,
        name: &str,
    ) -> Result<Value, TooMuchToRemember> {
        let fits = fields_per_page(&form);
        let is_one = form.fields.len() <= fits && entered.0.is_empty();
        if is_one {
            return view(&form);
        }
        let mut page = form.clone();
        let mut rest = form;
        rest.fields = page.fields.split_off(fits.min(page.fields.len()));
        rest.intro.clear();
        page.key = FormKey {
            extra: [(NAME.to_owned(), name.to_owned())].into(),
            ..key.clone()
        };
        page.submit = if rest.fields.is_empty() {
            submit.clone()
        } else {
            "Next".to_owned()
        };
        let view = view(&page)?;
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST {
            waiting.pop_front();
        }
        waiting.push_back(Waiting {
            name: name.to_owned(),
            rest,
            key,
            submit,
            entered,
        });
        Ok(view)
    }

    /// What a submission leads to; `name` names the next page, if there is one. A page may be submitted again after errors.
    ///
    /// # Errors
    /// [`TooMuchToRemember`].
    pub fn turn(
        &self,
        key: FormKey,
        entered: Entered,
        name: &str,
    ) -> Result<Turned, TooMuchToRemember> {
        let Some(current) = key.extra.get(NAME) else {
            return Ok(Turned::Whole(key, entered));
        };
        let found = {
            let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.iter().find(|one| one.name == *current).cloned()
        };
        let Some(found) = found else {
            return Ok(Turned::Lost);
        };
        let mut all = found.entered;
        all.0.extend(entered.0);
        all.0.remove(NAME);
        if found.rest.fields.is_empty() {
            return Ok(Turned::Whole(found.key, all));
        }
        // An entry keeps the next page from being taken for a form of one page.
        let all = if all.0.is_empty() { marked() } else { all };
        self.page(found.rest, found.key, found.submit, all, name)
            .map(Turned::Next)
    }
}

fn marked() -> Entered {
    Entered(
        [(
            NAME.to_owned(),
            crate::chat::form::Value::Text(String::new()),
        )]
        .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::form::{Field, Input, Value as Filled};

    fn form(count: usize) -> Form {
        let field = |index| Field {
            name: format!("f{index}"),
            label: "L".to_owned(),
            hint: None,
            required: false,
            input: Input::Line {
                max: 10,
                initial: None,
            },
        };
        Form {
            key: FormKey {
                verb: "report".to_owned(),
                id: "c1".to_owned(),
                extra: [("origin".to_owned(), "C1".to_owned())].into(),
            },
            title: "T".to_owned(),
            intro: vec![vec![]],
            fields: (0..count).map(field).collect(),
            submit: "Report".to_owned(),
        }
    }

    fn key(view: &Value) -> FormKey {
        super::super::form::key(view["private_metadata"].as_str().unwrap()).unwrap()
    }

    fn entered(name: &str) -> Entered {
        Entered([(name.to_owned(), Filled::Text(name.to_owned()))].into())
    }

    #[test]
    fn a_form_that_fits_is_one_page() {
        let pages = Pages::default();
        let view = pages.first(&form(99), "n1").unwrap();
        assert_eq!(view["blocks"].as_array().unwrap().len(), 100);
        assert_eq!(view["submit"]["text"], "Report");
        let whole = pages.turn(key(&view), entered("f1"), "n2").unwrap();
        assert_eq!(whole, Turned::Whole(form(1).key, entered("f1")));
    }

    #[test]
    fn a_long_form_is_turned_page_by_page_and_comes_back_whole() {
        let pages = Pages::default();
        let first = pages.first(&form(250), "n1").unwrap();
        assert_eq!(first["submit"]["text"], "Next");
        let Turned::Next(second) = pages.turn(key(&first), Entered::default(), "n2").unwrap()
        else {
            panic!("a second page")
        };
        assert_eq!(second["blocks"][0]["block_id"], "f99");
        let Turned::Next(third) = pages.turn(key(&second), entered("f120"), "n3").unwrap() else {
            panic!("a third page")
        };
        assert_eq!(third["submit"]["text"], "Report");
        let Turned::Whole(key, all) = pages.turn(key(&third), entered("f249"), "n4").unwrap()
        else {
            panic!("the whole form")
        };
        assert_eq!(key, form(1).key);
        assert_eq!(all.text("f120"), Some("f120"));
        assert_eq!(all.text("f249"), Some("f249"));
    }

    #[test]
    fn pages_that_are_gone_are_said_to_be_lost() {
        let pages = Pages::default();
        let first = pages.first(&form(150), "n1").unwrap();
        assert_eq!(
            Pages::default()
                .turn(key(&first), entered("f1"), "n2")
                .unwrap(),
            Turned::Lost
        );
    }
}

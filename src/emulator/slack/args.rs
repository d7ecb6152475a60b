//! Arguments of a call, whatever way they came: query, form or JSON.
//!
//! Purpose: one view of arguments for all methods, as strict as Slack and stricter: what a method does not know is
//! refused. Invariants: structured arguments may come as JSON or as a string of JSON, anything else is an error.
//! Neighbours: `wire` parses, `methods` read.

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::errors::ApiError;

/// Parsed arguments.
#[derive(Clone, Debug, Default)]
pub struct Args {
    values: Map<String, Value>,
}

impl Args {
    /// Reads query and body.
    ///
    /// # Errors
    /// `invalid_json`, `json_not_object`, `invalid_post_type`.
    pub fn parse(headers: &HeaderMap, query: &str, body: &[u8]) -> Result<Self, ApiError> {
        let mut values = Map::new();
        let pairs = |bytes: &[u8], values: &mut Map<String, Value>| {
            for (key, value) in url::form_urlencoded::parse(bytes) {
                values.insert(key.into_owned(), json!(value));
            }
        };
        pairs(query.as_bytes(), &mut values);
        let kind = headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if body.is_empty() {
        } else if kind.starts_with("application/json") {
            match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => {
                    values.extend(object.into_iter().filter(|(_, value)| !value.is_null()))
                }
                Ok(_) => return Err(ApiError::new("json_not_object")),
                Err(_) => return Err(ApiError::new("invalid_json")),
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            pairs(body, &mut values);
        } else {
            return Err(ApiError::new("invalid_post_type"));
        }
        Ok(Self { values })
    }

    /// Takes the token out of the arguments, where old clients put it.
    pub fn take_token(&mut self) -> Option<String> {
        self.values.remove("token")?.as_str().map(ToOwned::to_owned)
    }

    /// Refuses what the method does not know. `team_id` is known to all: Slack's own SDK sends it with every call.
    pub fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        let unknown: Vec<String> = self
            .values
            .keys()
            .filter(|key| key.as_str() != "team_id" && !known.contains(&key.as_str()))
            .map(|key| format!("[ERROR] unexpected argument: {key}"))
            .collect();
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(ApiError::because("invalid_arguments", unknown))
        }
    }

    /// A text argument, when it is there and is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_str()
    }

    /// A text argument that must be there.
    pub fn required(&self, key: &str) -> Result<&str, ApiError> {
        match self.values.get(key) {
            None => Err(ApiError::arguments(&format!(
                "missing required field: {key}"
            ))),
            Some(value) => value
                .as_str()
                .filter(|text| !text.is_empty())
                .ok_or_else(|| {
                    ApiError::arguments(&format!("{key} must be a string [json-pointer:/{key}]"))
                }),
        }
    }

    /// A yes or no.
    pub fn flag(&self, key: &str) -> bool {
        match self.values.get(key) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true" || text == "1",
            _ => false,
        }
    }

    /// A count between 1 and `most`.
    pub fn count(&self, key: &str, usual: usize, most: usize) -> Result<usize, ApiError> {
        let Some(value) = self.values.get(key) else {
            return Ok(usual);
        };
        let number = value
            .as_u64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        number
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| (1..=most).contains(number))
            .ok_or_else(|| ApiError::new("invalid_limit"))
    }

    /// A structured argument; a string is read as JSON.
    pub fn json(&self, key: &str) -> Result<Option<Value>, ApiError> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| {
                if key == "blocks" {
                    ApiError::new("invalid_blocks_format")
                } else {
                    ApiError::arguments(&format!("{key} is not valid JSON"))
                }
            }),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// Whether an argument was given at all.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Everything, for the log.
    pub fn all(&self) -> Value {
        Value::Object(self.values.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &'static str) -> HeaderMap {
        [(
            axum::http::header::CONTENT_TYPE,
            axum::http::HeaderValue::from_static(kind),
        )]
        .into_iter()
        .collect()
    }

    fn code<T>(result: Result<T, ApiError>) -> String {
        result.map_or_else(|error| error.code, |_| "ok".into())
    }

    #[test]
    fn query_form_and_json_read_the_same() -> Result<(), ApiError> {
        let form = headers("application/x-www-form-urlencoded");
        let json = headers("application/json; charset=utf-8");
        for args in [
            Args::parse(&HeaderMap::new(), "channel=C1&blocks=%5B%5D", b"")?,
            Args::parse(&form, "", b"channel=C1&blocks=%5B%5D")?,
            Args::parse(
                &json,
                "",
                br#"{"channel":"C1","blocks":[],"thread_ts":null}"#,
            )?,
        ] {
            assert_eq!(args.required("channel")?, "C1");
            assert_eq!(args.json("blocks")?, Some(json!([])));
            assert!(!args.has("thread_ts"));
        }
        Ok(())
    }

    #[test]
    fn what_is_wrong_has_its_code() -> Result<(), ApiError> {
        let json = headers("application/json");
        assert_eq!(code(Args::parse(&json, "", b"{")), "invalid_json");
        assert_eq!(code(Args::parse(&json, "", b"[]")), "json_not_object");
        assert_eq!(
            code(Args::parse(&headers("text/plain"), "", b"x")),
            "invalid_post_type"
        );
        let args = Args::parse(&json, "", br#"{"users":["U1"],"blocks":"[","limit":"0"}"#)?;
        assert_eq!(code(args.required("users")), "invalid_arguments");
        assert_eq!(code(args.required("channel")), "invalid_arguments");
        assert_eq!(code(args.json("blocks")), "invalid_blocks_format");
        assert_eq!(code(args.count("limit", 100, 200)), "invalid_limit");
        assert_eq!(code(args.only(&["users", "blocks"])), "invalid_arguments");
        Ok(())
    }
}

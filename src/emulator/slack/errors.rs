//! Refusals of the Web API.
//!
//! Purpose: one type for "ok is false": Slack's error code and, where Slack gives them, the reasons. Invariants: a code is
//! one that Slack documents for the method. Neighbours: `methods` raise it, `wire` renders it.

use serde_json::{Map, Value, json};

/// A refused call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Slack's code, such as `channel_not_found`.
    pub code: String,
    /// Reasons for people, such as `[ERROR] missing required field: channel`.
    pub messages: Vec<String>,
    /// Further top-level fields, such as `needed` and `provided`.
    pub extra: Map<String, Value>,
}

impl ApiError {
    /// A refusal with nothing but its code.
    pub fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            messages: Vec::new(),
            extra: Map::new(),
        }
    }

    /// A refusal with its reasons.
    pub fn because(code: &str, messages: Vec<String>) -> Self {
        Self {
            messages,
            ..Self::new(code)
        }
    }

    /// `invalid_arguments` with one reason.
    pub fn arguments(reason: &str) -> Self {
        Self::because("invalid_arguments", vec![format!("[ERROR] {reason}")])
    }

    /// `missing_scope`, naming what is needed and what the token has.
    pub fn missing_scope(needed: &str, provided: &str) -> Self {
        let mut error = Self::new("missing_scope");
        error.extra.insert("needed".into(), json!(needed));
        error.extra.insert("provided".into(), json!(provided));
        error
    }

    /// The answer's body.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("ok".into(), json!(false));
        body.insert("error".into(), json!(self.code));
        body.extend(self.extra.clone());
        if !self.messages.is_empty() {
            body.insert(
                "response_metadata".into(),
                json!({ "messages": self.messages }),
            );
        }
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_scope_names_what_is_needed() {
        let body = ApiError::missing_scope("users:read", "chat:write").body();
        assert_eq!(
            body,
            json!({"ok": false, "error": "missing_scope", "needed": "users:read", "provided": "chat:write"})
        );
    }
}

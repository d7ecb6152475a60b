//! Refusals of the REST interface: status, Discord's code, and where in the body it was wrong.
//!
//! Invariants: every code with the status and the words that Discord documents or is known to send. Neighbours: `rest` returns them, `limits`
//! collects those of a body.

use serde_json::{Value, json};

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Discord's code.
    pub code: u64,
    /// Discord's words.
    pub message: String,
    /// Faults by path, for 50035.
    pub errors: Option<Value>,
}

impl ApiError {
    /// Any.
    pub fn new(status: u16, code: u64, message: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            errors: None,
        }
    }

    /// By its code, with the status and words that belong to it.
    pub fn known(code: u64) -> Self {
        let (status, message) = match code {
            10003 => (404, "Unknown Channel"),
            10004 => (404, "Unknown Guild"),
            10007 => (404, "Unknown Member"),
            10008 => (404, "Unknown Message"),
            10013 => (404, "Unknown User"),
            10014 => (400, "Unknown Emoji"),
            10015 => (404, "Unknown Webhook"),
            10062 => (404, "Unknown interaction"),
            10063 => (404, "Unknown application command"),
            20012 => (
                403,
                "You are not authorized to perform this action on this application",
            ),
            30046 => (
                429,
                "Maximum number of edits to messages older than 1 hour reached. Try again later",
            ),
            30034 => (
                400,
                "Maximum number of daily application command creates has been reached (200)",
            ),
            40003 => (429, "You are opening direct messages too fast"),
            40060 => (400, "Interaction has already been acknowledged."),
            50001 => (403, "Missing Access"),
            50005 => (403, "Cannot edit a message authored by another user"),
            50006 => (400, "Cannot send an empty message"),
            50007 => (403, "Cannot send messages to this user"),
            50013 => (403, "Missing Permissions"),
            50024 => (403, "Cannot execute action on this channel type"),
            50027 => (401, "Invalid Webhook Token"),
            50033 => (400, "Invalid Recipient(s)"),
            50035 => (400, "Invalid Form Body"),
            50083 => (400, "Thread is archived"),
            50109 => (400, "The request body contains invalid JSON."),
            // The same words as of 50007.
            50278 => (403, "Cannot send messages to this user"),
            160_004 => (400, "A thread has already been created for this message"),
            160_005 => (400, "Thread is locked"),
            160_006 => (400, "Maximum number of active threads reached"),
            401 => return Self::new(401, 0, "401: Unauthorized"),
            404 => return Self::new(404, 0, "404: Not Found"),
            405 => return Self::new(405, 0, "405: Method Not Allowed"),
            413 => return Self::new(413, 40005, "Request entity too large"),
            _ => (400, "400: Bad Request"),
        };
        Self::new(status, code, message)
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}

/// Faults of a body, by path.
#[derive(Debug, Default)]
pub struct Faults(Vec<(String, &'static str, String)>);

impl Faults {
    /// Notes a fault; the path is `embeds.0.title`.
    pub fn note(&mut self, path: &str, code: &'static str, message: impl Into<String>) {
        self.0.push((path.to_owned(), code, message.into()));
    }

    /// Notes a text that is too long, or too short.
    pub fn length(&mut self, path: &str, text: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if length > most {
            let message = if least > 0 {
                format!("Must be between {least} and {most} in length.")
            } else {
                format!("Must be {most} or fewer in length.")
            };
            self.note(path, "BASE_TYPE_MAX_LENGTH", message);
        } else if length < least {
            let message = format!("Must be between {least} and {most} in length.");
            self.note(path, "BASE_TYPE_BAD_LENGTH", message);
        }
    }

    /// Notes a list that is too long, or too short.
    pub fn count(&mut self, path: &str, count: usize, least: usize, most: usize) {
        if count > most || count < least {
            let message = format!("Must be between {least} and {most} in length.");
            self.note(path, "BASE_TYPE_BAD_LENGTH", message);
        }
    }

    /// Notes a required field that is missing.
    pub fn required(&mut self, path: &str) {
        self.note(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// 50035 with all that was noted, if anything was.
    pub fn done(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut root = json!({});
        for (path, code, message) in self.0 {
            let mut at = &mut root;
            for part in path.split('.').filter(|part| !part.is_empty()) {
                if at.get(part).is_none() {
                    at[part] = json!({});
                }
                at = &mut at[part];
            }
            let fault = json!({ "code": code, "message": message });
            match at["_errors"].as_array_mut() {
                Some(list) => list.push(fault),
                None => at["_errors"] = json!([fault]),
            }
        }
        Err(ApiError {
            errors: Some(root),
            ..ApiError::known(50035)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_nested_by_path() {
        let mut faults = Faults::default();
        faults.length("content", &"a".repeat(2001), 0, 2000);
        faults.required("embeds.0.title");
        let refused = faults.done().unwrap_err();
        assert_eq!((refused.status, refused.code), (400, 50035));
        let body = refused.body();
        assert_eq!(
            body["errors"]["content"]["_errors"][0]["code"],
            "BASE_TYPE_MAX_LENGTH"
        );
        assert_eq!(
            body["errors"]["embeds"]["0"]["title"]["_errors"][0]["code"],
            "BASE_TYPE_REQUIRED"
        );
        assert!(Faults::default().done().is_ok());
    }
}

//! From a failed call to one of delivery's three words.
//!
//! Invariants: what Slack will never take is permanent, with its own word and ours; what may have been taken says so; an unknown word of
//! Slack is temporary, because giving up is delivery's decision. Neighbours: `egress`.

use crate::chat::{
    platform::{Permanent, Sent},
    slack::api::CallError,
};

/// Which call failed: the same word means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A question before anything is sent.
    Before,
    /// Opening a direct conversation.
    Open,
    /// Posting into a direct conversation.
    Direct,
    /// Posting into a channel or thread.
    Post,
    /// Replacing a message.
    Update,
}

impl Call {
    const fn sends(self) -> bool {
        matches!(self, Self::Direct | Self::Post | Self::Update)
    }
}

/// What a failed call means for the message.
#[must_use]
pub fn verdict(error: &CallError, call: Call) -> Sent {
    let temporary = |maybe_sent: bool| Sent::Temporary {
        after: None,
        limited: false,
        maybe_sent: maybe_sent && call.sends(),
        reason: error.to_string(),
    };
    match error {
        CallError::Limited(after) => Sent::Temporary {
            after: *after,
            limited: true,
            maybe_sent: false,
            reason: error.to_string(),
        },
        CallError::Unreached => temporary(false),
        CallError::Lost { .. } | CallError::Garbled => temporary(true),
        CallError::Status(401 | 403) => {
            permanent(Permanent::Refused, error, "Slack refuses the token")
        }
        CallError::Status(400 | 413 | 414) => {
            permanent(Permanent::Malformed, error, "Slack refuses the request")
        }
        CallError::Status(status) => temporary(*status >= 500),
        CallError::Unasked(_) => temporary(false),
        CallError::NotInstalled(_) => permanent(
            Permanent::Refused,
            error,
            "install it there (again) by /slack/install",
        ),
        CallError::NoToken => permanent(Permanent::Refused, error, "configure the token"),
        CallError::Refused { code, .. } => match refused(code, call) {
            Some((reason, why)) => permanent(reason, error, why),
            // Slack says of these two that some of it may have happened.
            None => temporary(matches!(code.as_str(), "internal_error" | "fatal_error")),
        },
    }
}

fn permanent(reason: Permanent, error: &CallError, why: &str) -> Sent {
    Sent::Permanent {
        reason,
        detail: format!("{error}: {why}"),
    }
}

fn refused(code: &str, call: Call) -> Option<(Permanent, &'static str)> {
    let found = match code {
        "message_not_found" | "edit_window_closed" | "cant_update_message" | "cant_edit" => (
            Permanent::MessageGone,
            "the message cannot be replaced any more",
        ),
        "thread_not_found" | "cannot_reply_to_message" => {
            (Permanent::MessageGone, "the thread is gone")
        }
        "channel_not_found" | "is_inactive" if call == Call::Direct => {
            (Permanent::Unreachable, "the direct conversation is gone")
        }
        "user_not_found"
        | "users_not_found"
        | "user_disabled"
        | "cannot_dm_bot"
        | "user_not_visible"
        | "cannot_message_user"
        | "messages_tab_disabled"
        | "user_is_restricted"
        | "user_is_ultra_restricted"
        | "not_allowed_to_message_user"
        | "slack_connect_blocked_file_type"
        | "external_dm_not_allowed" => (Permanent::Unreachable, "this person cannot be messaged"),
        "channel_not_found"
        | "not_in_channel"
        | "is_archived"
        | "is_inactive"
        | "restricted_action"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_only_channel"
        | "restricted_action_non_threadable_channel"
        | "restricted_action_thread_locked"
        | "user_not_in_channel" => (
            Permanent::ChannelUnfit,
            "the channel is archived or closed to the app, or the app is not a member; invite it",
        ),
        "invalid_auth"
        | "not_authed"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "not_allowed_token_type"
        | "missing_scope"
        | "no_permission"
        | "access_denied"
        | "ekm_access_denied"
        | "org_login_required"
        | "team_access_not_granted"
        | "two_factor_setup_required"
        | "enterprise_is_restricted" => (
            Permanent::Refused,
            "install the app again and configure its new token",
        ),
        "invalid_blocks"
        | "invalid_blocks_format"
        | "msg_too_long"
        | "msg_blocks_too_long"
        | "no_text"
        | "too_many_attachments"
        | "invalid_arguments"
        | "invalid_arg_name"
        | "invalid_array_arg"
        | "invalid_metadata_format"
        | "invalid_metadata_schema"
        | "metadata_too_large"
        | "invalid_json"
        | "json_not_object"
        | "invalid_post_type"
        | "missing_post_type"
        | "invalid_charset"
        | "invalid_form_data"
        | "unknown_method"
        | "markdown_text_conflict" => (Permanent::Malformed, "report this as a bug"),
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn refused(code: &str) -> CallError {
        CallError::Refused {
            code: code.to_owned(),
            details: vec!["at /blocks/0".to_owned()],
        }
    }

    fn reason(code: &str, call: Call) -> Option<Permanent> {
        match verdict(&refused(code), call) {
            Sent::Permanent { reason, detail } => {
                assert!(detail.contains(code), "{detail}");
                Some(reason)
            }
            _ => None,
        }
    }

    #[test]
    fn what_slack_never_takes_is_permanent() {
        for (code, call, expected) in [
            ("message_not_found", Call::Update, Permanent::MessageGone),
            ("edit_window_closed", Call::Update, Permanent::MessageGone),
            ("cant_update_message", Call::Update, Permanent::MessageGone),
            ("cannot_dm_bot", Call::Open, Permanent::Unreachable),
            ("user_disabled", Call::Direct, Permanent::Unreachable),
            ("channel_not_found", Call::Direct, Permanent::Unreachable),
            ("channel_not_found", Call::Post, Permanent::ChannelUnfit),
            ("is_archived", Call::Post, Permanent::ChannelUnfit),
            ("missing_scope", Call::Post, Permanent::Refused),
            ("invalid_blocks", Call::Post, Permanent::Malformed),
        ] {
            assert_eq!(reason(code, call), Some(expected), "{code}");
        }
        assert_eq!(reason("some_new_word", Call::Post), None);
    }

    #[test]
    fn what_may_have_been_taken_says_so() {
        let maybe = |error: &CallError, call| match verdict(error, call) {
            Sent::Temporary {
                maybe_sent,
                limited: false,
                ..
            } => maybe_sent,
            other => panic!("{other:?}"),
        };
        assert!(maybe(&CallError::Lost { timeout: true }, Call::Post));
        assert!(maybe(&CallError::Status(502), Call::Update));
        assert!(maybe(&refused("internal_error"), Call::Direct));
        assert!(!maybe(&CallError::Unreached, Call::Post));
        assert!(!maybe(&CallError::Lost { timeout: false }, Call::Open));
        assert!(!maybe(&refused("service_unavailable"), Call::Post));
    }

    #[test]
    fn a_limit_is_told_with_and_without_a_wait() {
        for after in [None, Some(Duration::from_secs(7))] {
            let sent = verdict(&CallError::Limited(after), Call::Post);
            assert!(
                matches!(sent, Sent::Temporary { after: told, limited: true, maybe_sent: false, .. } if told == after)
            );
        }
    }
}

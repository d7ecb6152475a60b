//! Linking by chat: a code is asked for, typed elsewhere, and confirmed where it was asked for.
//!
//! Invariants: a code is shown privately only. Neighbours: [`crate::chat::grammar`] has the words, `workflow` does it.

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::card::Card;
use crate::chat::speech::{self, LINK_CONFIRM, LINK_REFUSE};
use crate::domain::{event_report::Door, ids::LinkId};
use crate::workflow::{Cx, Fault};

/// What a button answers to the question whether another account is one's own.
pub(super) fn answer(verb: &str) -> Option<bool> {
    match verb {
        LINK_CONFIRM => Some(true),
        LINK_REFUSE => Some(false),
        _ => None,
    }
}

impl Conversation {
    pub(super) async fn begin_link(&self, turn: &Turn, cx: &Cx) -> Result<Card, Fault> {
        let code = self.workflow.begin_link(cx).await?;
        Ok(speech::link_code(&turn.reader, &code.told()))
    }

    pub(super) async fn enter_link(
        &self,
        turn: &Turn,
        cx: &Cx,
        typed: &str,
    ) -> Result<Card, Fault> {
        let first = self.workflow.enter_link(cx, typed).await?;
        Ok(speech::link_waits(
            &turn.reader,
            first.platform,
            &first.name,
        ))
    }

    pub(super) async fn answer_link(
        &self,
        turn: &Turn,
        id: &str,
        yes: bool,
    ) -> Result<Told, Fault> {
        let id: LinkId = turn.id(id)?;
        let cx = turn.cx(Door::Button);
        let other = if yes {
            self.workflow.confirm_link(&cx, id).await?
        } else {
            self.workflow.refuse_link(&cx, id).await?
        };
        let card = speech::link_answered(&turn.reader, other.platform, &other.name, yes);
        Ok(Told::answered(turn.private(card)))
    }
}

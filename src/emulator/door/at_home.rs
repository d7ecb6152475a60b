//! Somebody at the Home tab of an app, from Rust.
//!
//! Purpose: open it, look at it, press in it. Invariants: as of all acts, what comes back is what the person sees. Neighbours: `person` has
//! the other acts.

use super::Answer;
#[cfg(doc)]
use super::DoorError;
use super::person::AtClient;
use super::seen::{Act, Seen, SeenView};

impl AtClient {
    /// Opens the app's Home tab; what it shows comes up when the app publishes it ([`Self::home`]).
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn open_home(&self) -> Answer<Seen> {
        self.act("open_home", Act::default()).await
    }

    /// What stands in the app's Home tab; `None` while nothing was published.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn home(&self) -> Answer<Option<SeenView>> {
        self.act("home", Act::default()).await
    }

    /// Presses a button of a view that is not the form on top, such as the Home tab.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn press_on(&self, view: &SeenView, action: &str) -> Answer<Seen> {
        self.act(
            "press_in_view",
            Act {
                view: Some(view.id.clone()),
                action: Some(action.into()),
                ..Act::default()
            },
        )
        .await
    }
}

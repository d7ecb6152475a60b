//! Several workspaces, each with its own token: the whole loop across them, how they come and go, and that no token is seen.
//!
//! Invariants: told on both databases; Bella works in Bravo, everybody else at home. Neighbours: `harness::setup` makes the workspaces.

mod browser;
mod home;
mod oauth;
mod operator;
mod organisation;
mod replica;
mod rotation;
mod sealed;
mod terminal;
mod workspaces;

use crate::harness::{
    message::Message,
    setup::{BRAVO, BRAVO_BOT, BRAVO_TOKEN},
    world::World,
};
use secevent::domain::{
    installation::{Grant, Installation, Installed, Tokens},
    person::PlatformId,
};

/// What Slack granted for Bravo.
pub fn grant() -> Grant {
    Grant {
        at: Installed {
            platform: PlatformId::Slack,
            enterprise: None,
            workspace: Some(BRAVO.to_owned()),
        },
        name: "Bravo".to_owned(),
        app: "A0SECEVENT".to_owned(),
        bot_user: BRAVO_BOT.to_owned(),
        scopes: vec!["chat:write".to_owned()],
        installed_by: "U0BELLA".to_owned(),
        tokens: Tokens {
            bot: BRAVO_TOKEN.into(),
            refresh: None,
            expires_at: None,
        },
    }
}

/// Puts Bravo's installation on record.
pub async fn installed(world: &World) -> Installation {
    world.app.workflow().install(grant()).await.unwrap()
}

/// Bravo's installation as it is on record now.
pub async fn bravo(world: &World) -> Installation {
    let all = world.app.workflow().installations(PlatformId::Slack).await;
    let mut all = all.unwrap();
    all.retain(|one| one.at.id() == BRAVO);
    all.remove(0)
}

/// Rita closes a case as a false alarm.
pub async fn close(world: &World, number: &str, card: &Message) {
    let rita = world.person("rita");
    rita.presses(card, "Close").await.opens("Close");
    rita.fills(crate::scenarios::false_alarm())
        .await
        .says("is closed");
    rita.sees_card(number).await.says("Closed");
}

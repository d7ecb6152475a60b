//! Was anything lost? What people were shown is held against the record.
//!
//! Invariants: every case number that stands on anybody's screen must be on record; every hash is recomputed; what still waits or was given
//! up is said. Neighbours: `routes` asks for it, `breakage` is why.

use super::{cast::PLAYERS, play::Play};
use crate::{
    domain::ids::CaseNumber,
    emulator::door::{AtClient, DoorError, SeenMessage},
    store::{OutboxState, StoreError},
};
use std::collections::BTreeSet;

/// Says what was found, in one sentence.
pub async fn sentence(play: &Play) -> Result<String, String> {
    let mut shown = BTreeSet::new();
    for (_, door) in play.doors() {
        for player in PLAYERS {
            let client = door.as_user(player.handle);
            look(&client, &mut shown)
                .await
                .map_err(|error| error.to_string())?;
        }
    }
    let (store, asked) = (play.store.clone(), shown.clone());
    let reading = play.runtime.shield("check", async move {
        let mut missing = Vec::new();
        for number in asked {
            if store.case_by_number(number).await?.is_none() {
                missing.push(number.to_string());
            }
        }
        let verified = store.verify_all_chains().await?;
        Ok::<_, StoreError>((missing, verified, store.outbox_counts().await?))
    });
    let read = reading.await.map_err(|failed| failed.to_string())?;
    let (missing, verified, outbox) = read.map_err(|error| error.to_string())?;
    let sum = |states: &[OutboxState]| -> u64 {
        let those = outbox.iter().filter(|one| states.contains(&one.state));
        those.map(|one| one.n).sum()
    };
    let waiting = sum(&[
        OutboxState::Ready,
        OutboxState::Leased,
        OutboxState::Sending,
    ]);
    let dead = sum(&[OutboxState::Dead]);
    let mut text = if missing.is_empty() {
        match shown.len() {
            0 => "Nothing lost: nobody was shown a case number yet".to_owned(),
            1 => "Nothing lost: the one case number on anybody's screen is on record".to_owned(),
            n => format!("Nothing lost: all {n} case numbers on anybody's screen are on record"),
        }
    } else {
        format!(
            "LOST: {} stand on a screen and not on record",
            missing.join(", ")
        )
    };
    if verified.faults.is_empty() {
        text += &format!("; all {} hashes follow from each other", verified.entries);
    } else {
        text += &format!(
            "; {} entries are not as they were recorded",
            verified.faults.len()
        );
    }
    text += &match (waiting, dead) {
        (0, 0) => "; nothing waits to be sent.".to_owned(),
        (waiting, 0) => format!("; {waiting} to be sent still."),
        (waiting, dead) => format!("; {waiting} to be sent still, {dead} given up."),
    };
    play.tell(text.clone());
    Ok(text)
}

/// Every case number that this person can read.
async fn look(client: &AtClient, shown: &mut BTreeSet<CaseNumber>) -> Result<(), DoorError> {
    for channel in client.channels().await?.iter().filter(|one| one.member) {
        for message in client.read_channel(&channel.id).await? {
            if message.reply_count > 0 {
                let thread = client.read_thread(&message.at()).await?;
                thread.iter().for_each(|reply| numbers(reply, shown));
            }
            numbers(&message, shown);
        }
    }
    Ok(())
}

fn numbers(message: &SeenMessage, shown: &mut BTreeSet<CaseNumber>) {
    let words = message
        .shown
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    shown.extend(words.filter_map(|word| word.parse::<CaseNumber>().ok()));
}

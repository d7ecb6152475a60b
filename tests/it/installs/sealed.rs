//! No token is seen: not in the database, not in the log, not on the record.

use super::{BRAVO_TOKEN, installed};
use crate::harness::world::World;
use secevent::store::Backend;

both!(Setup::two_workspaces => no_token_is_seen);

async fn no_token_is_seen(world: &World) {
    let one = installed(world).await;
    let bella = world.person("bella");
    let number = bella.reports("odd mail").await.number();
    bella.reads(&[&format!("recorded as {number}")]).await;
    world.person("rita").sees_card(&number).await.says(&number);

    let store = world.app.store();
    if store.backend() == Backend::Sqlite {
        let path = world.database.url.trim_start_matches("sqlite:");
        for name in [path.to_owned(), format!("{path}-wal")] {
            let bytes = std::fs::read(&name).unwrap_or_default();
            let found = bytes
                .windows(BRAVO_TOKEN.len())
                .any(|part| part == BRAVO_TOKEN.as_bytes());
            assert!(!found, "{name} holds the token");
        }
        let wal = std::fs::read(format!("{path}-wal")).unwrap_or_default();
        let main = std::fs::read(path).unwrap();
        let all = [main, wal].concat();
        assert!(
            all.windows(7).any(|part| part == b"T0BRAVO"),
            "the installation is there"
        );
    }
    let (_, sealed) = store.installation(one.id).await.unwrap().unwrap();
    let sealed = sealed.unwrap();
    assert!(sealed.bot.len() > BRAVO_TOKEN.len());
    assert!(!sealed.bot.windows(4).any(|part| part == b"xoxb"));

    let log = world.capture.lines().join("\n");
    let record = serde_json::to_string(&world.org_entries("bot_installed").await).unwrap();
    let shown = format!("{:?} {:?} {:?}", world.app, super::grant(), one);
    for (what, text) in [("log", &log), ("record", &record), ("debug", &shown)] {
        assert!(!text.contains(BRAVO_TOKEN), "the {what} holds the token");
        assert!(!text.contains("6b6579206b65"), "the {what} holds the key");
    }
    assert!(record.contains("T0BRAVO") && shown.contains("T0BRAVO"));
}

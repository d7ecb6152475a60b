//! Two processes and one connection: who holds it, and who takes over.

use super::stage::{LONG, World};
use secevent::chat::discord::gateway::health::Phase;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_processes_holds_the_gateway_and_the_other_takes_over() {
    let world = World::new().await;
    let first = world.start();
    first.up().await;
    let second = world.start();
    second.until(|state| state.phase == Phase::Standby).await;
    assert_eq!(second.health.state().trouble(), None);
    world.marks(0..3).await;
    assert!(world.heard(LONG, |heard| heard.reactions() == (3, 3)).await);
    first.stop().await;
    world.marks(3..7).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 7).await);
    second.up().await;
    world.marks(7..9).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 9).await);
    assert_eq!(second.health.state().sessions, (0, 1));
    second.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_whose_holder_died_is_taken_when_it_is_over() {
    let world = World::new().await;
    let own = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let first = {
        let _on = own.enter();
        world.start()
    };
    first.up().await;
    let second = world.start();
    second.until(|state| state.phase == Phase::Standby).await;
    world.until_kept().await;
    own.shutdown_background();
    world.marks(0..4).await;
    second.up().await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 4).await);
    assert_eq!(second.health.state().sessions, (0, 1));
    second.stop().await;
    world.end(0).await;
}

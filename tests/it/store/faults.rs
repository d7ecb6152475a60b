//! The database in trouble: what the store says, and that it works again afterwards.

use super::bench::{Bench, ENTROPY, person};
use crate::harness::postgres::Cluster;
use secevent::store::{Store, StoreError, StoreOptions};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_file_is_busy_and_nothing_is_lost() {
    let bench = Bench::sqlite().await;
    let mut options = StoreOptions::new(bench.url());
    options.acquire_timeout = Duration::from_millis(200);
    let impatient = Store::connect(&options).await.unwrap();
    // Another process holds the writer's lock.
    bench.sql("begin immediate").await.unwrap();
    let refused = impatient.begin().await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    // Reading goes on meanwhile.
    assert!(impatient.open_cases(1).await.unwrap().is_empty());
    bench.sql("rollback").await.unwrap();

    let intake = bench.intake(&person("U1", bench.now), true);
    let mut tx = impatient.begin().await.unwrap();
    tx.record(&intake.decision, bench.stamp()).await.unwrap();
    let _ = tx.commit().await.unwrap();
    assert!(bench.store.case_by_id(intake.case).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_unavailable_and_works_again_when_there_is_room() {
    let bench = Bench::sqlite().await;
    let pages = bench.number("pragma page_count").await;
    let mut options = StoreOptions::new(bench.url());
    options.max_pages = Some(u32::try_from(pages).unwrap() + 4);
    let full = Store::connect(&options).await.unwrap();
    let mut stored = 0;
    let error = loop {
        let intake = bench.intake(&person(&format!("U{stored}"), bench.now), true);
        let mut tx = full.begin().await.unwrap();
        match tx.record(&intake.decision, bench.stamp()).await {
            Ok(_) => match tx.commit().await {
                Ok(_) => stored += 1,
                Err(error) => break error,
            },
            Err(error) => break error,
        }
        assert!(stored < 1000, "it never became full");
    };
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    // The writer is not stuck in a broken transaction: it says the same again, and reading goes on.
    let again = full.keep_content(vec![7; 100_000], bench.now).await;
    assert!(
        matches!(again, Err(StoreError::Unavailable(_))),
        "{again:?}"
    );
    let rows = bench.number("select count(*) from cases").await;
    assert_eq!(rows, stored);
    // With room again everything works, and no chain was torn.
    bench.case("later").await;
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert_eq!(verified.faults, vec![]);
    assert_eq!(
        full.verify_all_chains().await.unwrap().entries,
        verified.entries
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_is_found_again() {
    let cluster = Cluster::start_own(crate::harness::postgres::Durability::Durable);
    let url = cluster.url(&cluster.empty_database());
    let bench = Bench::on(url).await;
    bench.case("U1").await;
    let mut tx = bench.store.begin().await.unwrap();
    let intake = bench.intake(&person("U2", bench.now), true);
    tx.record(&intake.decision, bench.stamp()).await.unwrap();
    cluster.stop_immediate();
    let lost = tx.commit().await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    let mut options = StoreOptions::new(bench.url());
    options.acquire_timeout = Duration::from_millis(500);
    let refused = Store::connect(&options).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );

    cluster.start();
    // The connections of before the crash are dead; a transaction begins all the same.
    let intake = bench.intake(&person("U3", bench.now), true);
    let mut tx = bench.store.begin().await.unwrap();
    let recorded = tx.record(&intake.decision, bench.stamp()).await.unwrap();
    let _ = tx.commit().await.unwrap();
    assert_eq!(recorded.number(intake.case).unwrap().n, 2);
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert_eq!((verified.fault_count, verified.streams), (0, 3));
    bench
        .store
        .adopt_policy(&super::bench::policy(), bench.now, &ENTROPY)
        .await
        .unwrap();
}

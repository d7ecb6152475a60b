//! The chains: whole after ordinary work, and every way of tampering is found.

use super::bench::{Bench, note};
use secevent::domain::decision::Decision;

on_both!(
    chains_verify_after_ordinary_work,
    tampering_is_found,
    what_is_missing_is_found,
);

async fn chains_verify_after_ordinary_work(bench: Bench) {
    let case = bench.case("U1").await;
    let by = bench.person("U2").await.id;
    for n in 0..5 {
        let decision = Decision {
            entries: vec![
                note(&case, by, &format!("note {n}"), bench.now),
                note(&case, by, "again", bench.now),
            ],
            ..Decision::default()
        };
        bench.record(&decision).await.unwrap();
    }
    bench.case("U3").await;
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert_eq!(verified.faults, vec![]);
    // Two cases and the org stream with its adopted policy.
    assert_eq!((verified.streams, verified.entries), (3, 12 + 2 + 1));
}

async fn tampering_is_found(bench: Bench) {
    let case = bench.case("U1").await;
    bench
        .drop_trigger("timeline_refuses_update", "timeline")
        .await;
    bench
        .drop_trigger("timeline_payload_refuses_update", "timeline_payload")
        .await;
    let whole = bench.store.verify_all_chains().await.unwrap();
    assert_eq!(whole.fault_count, 0);

    let of_case = format!("where stream = 'case:{}' and seq = 1", case.id);
    for (tamper, mend) in [
        (
            "update timeline set recorded_at = recorded_at + 1",
            "update timeline set recorded_at = recorded_at - 1",
        ),
        (
            "update timeline set effective_at = effective_at + 1",
            "update timeline set effective_at = effective_at - 1",
        ),
        (
            "update timeline_payload set json = replace(json, 'Parcel', 'Parcels')",
            "update timeline_payload set json = replace(json, 'Parcels', 'Parcel')",
        ),
        (
            "update timeline set kind = 'noted'",
            "update timeline set kind = 'reported'",
        ),
        (
            "update timeline set origin = replace(origin, 'C1', 'C2')",
            "update timeline set origin = replace(origin, 'C2', 'C1')",
        ),
    ] {
        bench.sql(&format!("{tamper} {of_case}")).await.unwrap();
        let verified = bench.store.verify_all_chains().await.unwrap();
        assert!(verified.fault_count > 0, "not found: {tamper}");
        assert_eq!(verified.faults[0].seq, Some(1), "{tamper}");
        bench.sql(&format!("{mend} {of_case}")).await.unwrap();
        let verified = bench.store.verify_all_chains().await.unwrap();
        assert_eq!(verified.faults, vec![], "{mend}");
    }
}

async fn what_is_missing_is_found(bench: Bench) {
    let case = bench.case("U1").await;
    let other = bench.case("U2").await;
    bench
        .drop_trigger("timeline_refuses_delete", "timeline")
        .await;
    bench
        .drop_trigger("timeline_payload_refuses_delete", "timeline_payload")
        .await;
    // The last entry of one case is cut off, head and version put right: only the other copy could tell. With the head left, it is found.
    let last = format!("where stream = 'case:{}' and seq = 2", case.id);
    bench
        .sql(&format!("delete from timeline_payload {last}"))
        .await
        .unwrap();
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert!(
        verified.faults[0].what.contains("payload is gone"),
        "{verified:?}"
    );
    bench
        .sql(&format!("delete from timeline {last}"))
        .await
        .unwrap();
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert!(
        verified.faults[0].what.contains("head says"),
        "{verified:?}"
    );

    let version = format!("update cases set version = 7 where id = '{}'", other.id);
    bench.sql(&version).await.unwrap();
    let verified = bench.store.verify_all_chains().await.unwrap();
    let stream = format!("case:{}", other.id);
    assert!(
        verified
            .faults
            .iter()
            .any(|fault| fault.stream == stream && fault.what.contains("version 7")),
        "{verified:?}"
    );

    let first = format!("where stream = '{stream}'");
    bench
        .sql(&format!("delete from timeline_payload {first}"))
        .await
        .unwrap();
    bench
        .sql(&format!("delete from timeline {first}"))
        .await
        .unwrap();
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert!(
        verified
            .faults
            .iter()
            .any(|fault| fault.stream == stream && fault.what.contains("gone")),
        "{verified:?}"
    );
}

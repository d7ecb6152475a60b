//! Files that people attach: fetched from the platform, kept by their hash, or the reason on the record.

use super::stage::Stage;
use crate::store::bench::ENTROPY;
use secevent::{
    delivery::{Files, FilesPass},
    domain::{
        event_report::{Details, FileRef, Kept},
        ids::CaseId,
        input::NewReport,
        timeline::sha256_hex,
    },
    workflow::Done,
};
use serde_json::json;
use std::sync::Arc;

on_both!(
    a_file_is_kept_once_by_its_hash,
    a_file_that_cannot_be_had_says_why,
    a_failing_fetch_is_tried_again,
);

const CONTENT: &str = "what stood on the screen";

fn files(stage: &Stage) -> Files {
    Files::new(
        stage.bench.store.clone(),
        vec![Arc::clone(&stage.platform)],
        Arc::new(stage.clock.clone()),
        Arc::new(ENTROPY),
        stage.policy.clone(),
    )
}

/// A report with a file; the case and the platform's id of the file.
async fn reported(stage: &Stage) -> (CaseId, String) {
    let alice = stage.workspace.as_user("alice");
    let seen = alice
        .upload(
            Some("#general"),
            "screen.txt",
            "text/plain",
            CONTENT.as_bytes(),
        )
        .await
        .unwrap();
    let id = seen.file.unwrap();
    let file = FileRef {
        id: id.clone(),
        name: "screen.txt".to_owned(),
        media_type: Some("text/plain".to_owned()),
        size: Some(CONTENT.len() as u64),
    };
    let details = Details {
        files: vec![file],
        ..Details::default()
    };
    let report = NewReport {
        text: "see the file".to_owned(),
        snapshot: None,
        details,
    };
    match stage
        .workflow
        .open(&stage.cx("alice"), report)
        .await
        .unwrap()
    {
        Done::Opened { case, .. } => (case, id),
        other => panic!("{other:?}"),
    }
}

async fn kept(stage: &Stage, case: CaseId) -> Kept {
    let mut all = stage.bench.store.attachments_of_case(case).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0).kept
}

async fn entries(stage: &Stage, case: CaseId) -> usize {
    let entries = stage.entries(case).await;
    entries.iter().filter(|kind| *kind == "file").count()
}

async fn a_file_is_kept_once_by_its_hash(stage: Stage) {
    let (case, _) = reported(&stage).await;
    let (one, two) = (files(&stage), files(&stage));
    let (one, two) = tokio::join!(one.run_once(), two.run_once());
    assert_eq!(one.kept + two.kept, 1, "one of the two records it");
    let sha256 = sha256_hex(CONTENT.as_bytes());
    let size = CONTENT.len() as u64;
    assert_eq!(
        kept(&stage, case).await,
        Kept::Yes {
            sha256: sha256.clone(),
            size
        }
    );
    let content = stage.bench.store.content(&sha256).await.unwrap();
    assert_eq!(content.as_deref(), Some(CONTENT.as_bytes()));
    assert_eq!(entries(&stage, case).await, 1);
}

async fn a_file_that_cannot_be_had_says_why(stage: Stage) {
    let (case, file) = reported(&stage).await;
    stage.control("remove_file", json!({"file": file})).await;
    let pass = files(&stage).run_once().await;
    assert_eq!((pass.kept, pass.refused), (0, 1), "{pass:?}");
    assert!(matches!(kept(&stage, case).await, Kept::No { .. }));
    assert_eq!(entries(&stage, case).await, 1);
}

async fn a_failing_fetch_is_tried_again(stage: Stage) {
    let (case, _) = reported(&stage).await;
    stage
        .fault("*", json!({"kind": "status", "code": 503}), 1)
        .await;
    let files = files(&stage);
    assert_eq!(files.run_once().await.later, 1);
    assert_eq!(
        files.run_once().await,
        FilesPass::default(),
        "not before its time"
    );
    stage.advance(2);
    assert_eq!(files.run_once().await.kept, 1);
    assert_eq!(entries(&stage, case).await, 1);
}

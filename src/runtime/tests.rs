//! Tests of the runtime: shield, waiting, workers, stop, crash points. They use the real executor and a real process.

use std::process::Command;
use std::time::Duration;

use tokio::sync::oneshot;

use super::*;
use crate::telemetry::Capture;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(20);

fn unshielded() -> Runtime {
    Runtime::new(Faults::without_shield_for_tests(), Scope::default())
}

/// Waits for `go`, then reports on `done`: work that a hang-up may or may not interrupt.
fn work() -> (
    oneshot::Sender<()>,
    oneshot::Receiver<u8>,
    impl Future<Output = u8> + Send + 'static,
) {
    let (go, started) = oneshot::channel();
    let (done, result) = oneshot::channel();
    let future = async move {
        let _ = started.await;
        let _ = done.send(7);
        7
    };
    (go, result, future)
}

#[tokio::test]
async fn shielded_work_outlives_the_one_who_waits() {
    let runtime = Runtime::default();
    let (go, result, future) = work();
    assert_eq!(
        within(SHORT, runtime.shield("work", future)).await,
        Err(Unconfirmed::StillRunning { limit: SHORT })
    );
    go.send(()).unwrap();
    assert_eq!(result.await, Ok(7), "the work went on");
}

#[tokio::test]
async fn without_the_shield_the_work_is_lost() {
    let (go, result, future) = work();
    assert!(
        within(SHORT, unshielded().shield("work", future))
            .await
            .is_err()
    );
    assert!(go.send(()).is_err(), "the work was dropped with its waiter");
    assert!(result.await.is_err());
}

#[tokio::test]
async fn the_free_functions_find_the_runtime_of_their_task() {
    let runtime = unshielded();
    let inline = |task: Shielded<()>| matches!(task.work, Work::Inline(_));
    let below = runtime.spawn("outer", async move { inline(shield("inner", async {})) });
    assert_eq!(
        below.await,
        Ok(true),
        "the fault reached shield() through the task"
    );
    let handler = runtime.scope(async move { inline(shield("handler", async {})) });
    assert!(handler.await, "and through a scoped handler");
    assert!(
        !inline(shield("outside", async {})),
        "outside the default shields"
    );
}

#[tokio::test]
async fn a_panic_is_logged_once_counted_and_told() {
    let capture = Capture::try_new().unwrap();
    let runtime = Runtime::new(Faults::default(), capture.scope());
    let failed = runtime
        .spawn("breaks", async { panic!("on purpose {}", 1) })
        .await;
    let message = "on purpose 1".to_owned();
    assert_eq!(
        failed,
        Err::<(), _>(TaskFailed::Panicked {
            task: "breaks",
            message
        })
    );
    assert_eq!(runtime.panics(), 1);
    assert_eq!(capture.errors().len(), 1, "{:?}", capture.lines());
    assert!(capture.errors()[0].contains("on purpose 1"));
    assert!(
        capture
            .metrics()
            .render()
            .contains("secevent_task_panics_total{task=\"breaks\"} 1")
    );
    assert_eq!(runtime.dead_workers(), vec![]);
}

#[tokio::test]
async fn a_task_logs_within_the_span_of_the_one_who_started_it() {
    let capture = Capture::try_new().unwrap();
    let runtime = Runtime::new(Faults::default(), capture.scope());
    let starter = runtime.clone();
    let request = async move {
        let span = tracing::info_span!("request", request.id = 7);
        let started = span.in_scope(|| starter.spawn("work", async { tracing::info!("working") }));
        started.await
    };
    runtime.scope(request).await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&capture.lines()[0]).unwrap();
    assert_eq!(
        (&line["message"], &line["span"]["request.id"]),
        (&"working".into(), &7.into())
    );
}

#[tokio::test]
async fn a_panic_nobody_waits_for_is_logged_too() {
    let capture = Capture::try_new().unwrap();
    let runtime = Runtime::new(Faults::default(), capture.scope());
    runtime.spawn("breaks", async { panic!("alone") }).detach();
    assert_eq!(runtime.stop(LONG).await.unfinished, vec![]);
    assert_eq!(capture.errors().len(), 1);
}

#[tokio::test]
async fn a_dead_worker_stays_visible_and_a_stopped_one_is_fine() {
    let capture = Capture::try_new().unwrap();
    let runtime = Runtime::new(Faults::default(), capture.scope());
    let (told, ended) = oneshot::channel::<()>();
    runtime.worker("obedient", |stop| async move { stop.cancelled().await });
    runtime.worker("deserter", |_| async {});
    runtime.worker("broken", move |_| async move {
        let _told = told;
        panic!("worker on purpose")
    });
    let _ = ended.await;
    let report = runtime.stop(LONG).await;
    assert_eq!(report.unfinished, vec![]);
    let states: Vec<_> = runtime
        .workers()
        .into_iter()
        .map(|worker| worker.state)
        .collect();
    assert_eq!(states[0], WorkerState::Stopped);
    assert!(
        matches!(&states[2], WorkerState::Dead(how) if how.contains("worker on purpose")),
        "{states:?}"
    );
    assert!(
        runtime
            .dead_workers()
            .iter()
            .any(|worker| worker.name == "broken")
    );
}

#[tokio::test]
async fn a_worker_that_ends_unasked_is_dead() {
    let capture = Capture::try_new().unwrap();
    let runtime = Runtime::new(Faults::default(), capture.scope());
    runtime.worker("deserter", |_| async {});
    runtime.inner.tracker.close();
    runtime.inner.tracker.wait().await;
    assert_eq!(runtime.dead_workers().len(), 1);
    assert_eq!(capture.errors().len(), 1, "and the log says so");
}

#[tokio::test]
async fn a_stop_waits_for_work_and_names_what_did_not_end() {
    let runtime = Runtime::default();
    let token = runtime.stopping();
    let (go, result, future) = work();
    let running = runtime.spawn("slow", future);
    let report = runtime.stop(SHORT).await;
    assert!(token.is_cancelled(), "doors were told");
    assert_eq!(report.unfinished, vec![("slow", 1)]);
    go.send(()).unwrap();
    assert_eq!(
        (running.await, result.await),
        (Ok(7), Ok(7)),
        "it was not cancelled"
    );
    let report = runtime.stop(LONG).await;
    assert_eq!(report.unfinished, vec![]);
    assert!(report.took < LONG);
}

#[tokio::test]
async fn two_runtimes_in_a_process_do_not_mix() {
    let (one, other) = (Capture::try_new().unwrap(), Capture::try_new().unwrap());
    let runtime = Runtime::new(Faults::default(), one.scope());
    let quiet = Runtime::new(Faults::default(), other.scope());
    let broken = runtime.spawn("breaks", async { panic!("here") }).await;
    assert!(broken.is_err());
    assert_eq!(quiet.spawn("fine", async { 1 }).await, Ok(1));
    assert_eq!((one.errors().len(), other.errors().len()), (1, 0));
    assert_eq!((runtime.panics(), quiet.panics()), (1, 0));
}

#[test]
fn faults_are_refused_outside_a_test_and_unknown_points_always() {
    let set = |name: &'static str, value: &'static str| {
        move |asked: &str| (asked == name).then(|| value.to_owned())
    };
    let refused = Faults::read(false, set("SECEVENT_CRASH_AT", "after_claim")).unwrap_err();
    assert_eq!(
        refused,
        FaultError::NotATest {
            variable: "SECEVENT_CRASH_AT"
        }
    );
    assert!(Faults::read(false, set("SECEVENT_WITHOUT_SHIELD", "1")).is_err());
    assert!(Faults::read(false, set("SECEVENT_SABOTAGE", "answer_before_commit")).is_err());
    assert!(Faults::read(true, set("SECEVENT_SABOTAGE", "everything")).is_err());
    for (given, promise) in [
        ("answer_before_commit", Sabotage::AnswerBeforeCommit),
        (
            "outbox_second_transaction",
            Sabotage::OutboxSecondTransaction,
        ),
    ] {
        let faults = Faults::read(true, set("SECEVENT_SABOTAGE", given)).unwrap();
        assert_eq!(faults.sabotage, Some(promise));
    }
    assert!(!Faults::read(false, |_| None).unwrap().without_shield);
    assert!(
        Faults::read(true, set("SECEVENT_WITHOUT_SHIELD", "1"))
            .unwrap()
            .without_shield
    );
    for wrong in ["after_lunch", "after_claim:0", "after_claim:x", ":1"] {
        assert!(
            Faults::read(true, set("SECEVENT_CRASH_AT", wrong)).is_err(),
            "{wrong}"
        );
    }
    let armed = Faults::read(true, set("SECEVENT_CRASH_AT", "after_claim:3")).unwrap();
    armed.crash.reach("after_claim");
    armed.crash.reach("after_commit_before_answer");
    armed.crash.reach("after_claim");
    assert_eq!(armed.crash.times_reached(), 2, "still alive");
}

/// Runs itself again as a process of its own, because the point of a crash point is that the process dies.
#[test]
fn an_armed_crash_point_kills_the_process() {
    const CHILD: &str = "SECEVENT_CRASH_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let faults = Faults::read(true, |name| std::env::var(name).ok()).unwrap();
        let runtime = Runtime::new(faults, Scope::default());
        tokio::runtime::Runtime::new()
            .unwrap()
            .block_on(async move {
                let task = runtime.spawn("reaches", async { crash_point("after_claim") });
                task.await.unwrap();
            });
        return;
    }
    let child = |armed: &str| {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "runtime::tests::an_armed_crash_point_kills_the_process",
            ])
            .env(CHILD, "1")
            .env("SECEVENT_CRASH_AT", armed)
            .output()
            .unwrap()
            .status
    };
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(child("after_claim").signal(), Some(9));
    assert!(
        child("after_claim:2").success(),
        "reached once only: it lives"
    );
    assert!(
        child("after_send_before_finish").success(),
        "another point: it lives"
    );
}

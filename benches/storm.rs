//! The day of an alert storm: 10,000 messages in watched channels, 500 reactions, and 200 reports within one of those minutes, while responders
//! work, under the pace and the limits of Slack. Does memory stay flat, do receipts come, do pages pass the backlog of cards, is every card
//! right at the end?
//!
//! An hour's messages come within `SECEVENT_STORM_MINUTES` (10), so this is worse than the hour. Neighbours: docs/performance.md.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    dead_code,
    reason = "a measurement that cannot be made ends with the reason; it has the clock of the machine; not every bench uses all parts"
)]

mod load;
mod site;

use load::{memory_mb, ms, quantile};
use secevent::emulator::slack::{AtClient, Seed};
use site::{Database, Site, USERS, handle, sent, user};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Messages in all.
const MESSAGES: usize = 10_000;
/// Reactions in all.
const REACTIONS: usize = 500;
/// Reports by slash command within one minute.
const REPORTS: usize = 200;
/// How often a responder does something.
const WORKS_EVERY: Duration = Duration::from_secs(6);
/// Every so many acts of the responder is an escalation.
const ESCALATES_EVERY: usize = 5;
/// How long the backlog may take after the storm before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(40 * 60);

const PEOPLE: &str = r#"
[[person]]
key = "rita"
name = "Rita Roth"
slack = [{ realm = "T0EXAMPLE", user = "U0RITA" }]
roles = ["responder"]

[[person]]
key = "ben"
name = "Ben Bauer"
slack = [{ realm = "T0EXAMPLE", user = "U0BEN" }]
phone = "+49 30 5550102"
roles = ["on_call_primary"]

[[person]]
key = "ivy"
name = "Ivy Ito"
slack = [{ realm = "T0EXAMPLE", user = "U0IVY" }]
phone = "+49 30 5550103"
roles = ["on_call_backup", "incident_commander", "soc_lead", "operator"]
"#;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for database in Database::chosen() {
        measure(database).await;
    }
}

fn lasts() -> Duration {
    let minutes = std::env::var("SECEVENT_STORM_MINUTES").ok();
    let minutes = minutes.and_then(|text| text.parse().ok()).unwrap_or(10_u64);
    Duration::from_secs(60 * minutes.max(2))
}

/// Everybody is in the channel where it happens.
fn crowded(mut seed: Seed) -> Seed {
    if let Some(general) = seed.world.channels.get_mut("C0GENERAL") {
        general.members.extend((0..USERS).map(user));
    }
    seed
}

/// What people met.
#[derive(Debug, Default)]
struct Met {
    answered: Vec<Duration>,
    failed: Vec<String>,
    acts: usize,
    pages: usize,
}

type Shared = Arc<Mutex<Met>>;

async fn measure(database: Database) {
    let site = Site::start_in(database, crowded, PEOPLE).await;
    let storm = lasts();
    println!(
        "{}: {MESSAGES} messages and {REACTIONS} reactions in {} minutes, {REPORTS} reports in one of them",
        database.name(),
        storm.as_secs() / 60
    );
    let met = Shared::default();
    let begun = Instant::now();
    let mut people = JoinSet::new();
    people.spawn(chatter(site.workspace(), begun, storm));
    people.spawn(reporters(
        site.workspace(),
        begun + storm / 2,
        Arc::clone(&met),
    ));
    people.spawn(responder(site.workspace(), begun + storm, Arc::clone(&met)));
    let mut memory = Vec::new();
    let mut backlog = Vec::new();
    while !people.is_empty() {
        tokio::select! {
            done = people.join_next() => done.expect("people").expect("nobody stumbles"),
            () = tokio::time::sleep(Duration::from_secs(15)) => {
                memory.extend(memory_mb(site.pid).0);
                backlog.push(waiting(&site).await);
            }
        }
    }
    let stormed = begun.elapsed();
    while waiting(&site).await > 0 {
        assert!(
            begun.elapsed() < storm + PATIENCE,
            "{} rows still wait",
            waiting(&site).await
        );
        tokio::time::sleep(Duration::from_secs(2)).await;
        memory.extend(memory_mb(site.pid).0);
    }
    report(&site, &met, &memory, &backlog, stormed, begun.elapsed()).await;
}

/// Messages at an even pace; every so many get a reaction of somebody else.
async fn chatter(door: secevent::emulator::slack::Door, begun: Instant, lasts: Duration) {
    let every = MESSAGES / REACTIONS;
    let mut acts = JoinSet::new();
    for n in 0..MESSAGES {
        let due = begun + lasts.mul_f64(n as f64 / MESSAGES as f64);
        tokio::time::sleep_until(due.into()).await;
        let door = door.clone();
        acts.spawn(async move {
            let writer = door.as_user(&handle(n % USERS));
            let posted = writer
                .post(
                    "general",
                    &format!("alert {n}: something is up with host-{}", n % 97),
                )
                .await;
            let Ok(Some(message)) = posted.map(|seen| seen.posted) else {
                return;
            };
            if n.is_multiple_of(every) {
                let other = door.as_user(&handle((n / every + USERS / 2) % USERS));
                let _ = other.react(&message, "rotating_light").await;
            }
        });
        while acts.try_join_next().is_some() {}
    }
    acts.join_all().await;
}

/// Two hundred reports in a minute, each by somebody else.
async fn reporters(door: secevent::emulator::slack::Door, from: Instant, met: Shared) {
    let mut acts = JoinSet::new();
    for n in 0..REPORTS {
        let due = from + Duration::from_secs(60).mul_f64(n as f64 / REPORTS as f64);
        tokio::time::sleep_until(due.into()).await;
        let (door, met) = (door.clone(), Arc::clone(&met));
        acts.spawn(async move {
            let person = door.as_user(&handle((n * 3) % USERS));
            let seen = person
                .slash(
                    "general",
                    &format!("/secevent storm report {n}: my screen shows a ransom note"),
                )
                .await;
            let took = due.elapsed();
            let mut met = met.lock().expect("no panic");
            match seen {
                Ok(seen) if seen.shown.iter().any(|one| one.shown.contains("SE-2")) => {
                    met.answered.push(took)
                }
                other => met
                    .failed
                    .push(format!("{other:?}").chars().take(300).collect()),
            }
        });
    }
    acts.join_all().await;
}

/// Takes one case after the other, and escalates some; who is paged answers.
async fn responder(door: secevent::emulator::slack::Door, until: Instant, met: Shared) {
    let (rita, ben) = (door.as_user("rita"), door.as_user("ben"));
    let mut done: BTreeMap<String, ()> = BTreeMap::new();
    let mut n = 0;
    while Instant::now() < until {
        tokio::time::sleep(WORKS_EVERY).await;
        let Some(card) = untaken(&rita, &done).await else {
            continue;
        };
        done.insert(card.ts.clone(), ());
        n += 1;
        let words = if n % ESCALATES_EVERY == 0 {
            met.lock().expect("no panic").pages += 1;
            "escalate because the storm does not end"
        } else {
            "take"
        };
        let _ = rita.reply(&card.at(), &format!("@secevent {words}")).await;
        met.lock().expect("no panic").acts += 1;
        if n % ESCALATES_EVERY == 0 {
            tokio::time::sleep(Duration::from_secs(3)).await;
            let pages = ben.read_dm("secevent").await.unwrap_or_default();
            if let Some(page) = pages.iter().rev().find(|one| {
                one.buttons
                    .iter()
                    .any(|button| button.label == "Acknowledge")
            }) {
                let _ = ben.press(&page.at(), "Acknowledge").await;
            }
        }
    }
}

async fn untaken(
    rita: &AtClient,
    done: &BTreeMap<String, ()>,
) -> Option<secevent::emulator::slack::SeenMessage> {
    let queue = rita.read_channel("security-queue").await.ok()?;
    queue.into_iter().find(|card| {
        card.buttons.iter().any(|button| button.label == "Take") && !done.contains_key(&card.ts)
    })
}

async fn waiting(site: &Site) -> i64 {
    let rows = sent::query(
        site,
        "select count(*) as n from outbox where state in ('ready', 'leased', 'sending')",
    )
    .await;
    rows.first()
        .map_or(0, |row| row.try_get("", "n").expect("a count"))
}

async fn report(
    site: &Site,
    met: &Shared,
    memory: &[f64],
    backlog: &[i64],
    stormed: Duration,
    drained: Duration,
) {
    {
        let mut met = met.lock().expect("no panic");
        let failed = met.failed.len();
        let (p50, p99, max) = three(&mut met.answered);
        println!(
            "  answers in line        {:>6}  p50 {p50} ms, p99 {p99} ms, max {max} ms, failed {failed}",
            REPORTS - failed
        );
        if let Some(first) = met.failed.first() {
            println!("    the first that failed: {first}");
        }
        println!(
            "  acts of the responder  {:>6}, of them escalations {}",
            met.acts, met.pages
        );
    }
    for (kind, mut told) in sent::sent(site).await {
        let (p50, p99, max) = three(&mut told.waited);
        println!(
            "  {kind:<22} {:>6}  p50 {p50} ms, p99 {p99} ms, max {max} ms from the commit to the call, unsent {}",
            told.waited.len(),
            told.unsent
        );
    }
    let count = async |sql: &str| -> i64 {
        let rows = sent::query(site, sql).await;
        rows.first()
            .map_or(0, |row| row.try_get("", "n").expect("a count"))
    };
    let cases = count("select count(*) as n from cases").await;
    let reports = count("select count(*) as n from event_report").await;
    let open = sent::query(
        site,
        "select kind from alarm where cleared_at is null order by kind",
    )
    .await;
    let alarms: Vec<String> = open
        .iter()
        .map(|row| row.try_get("", "kind").expect("a kind"))
        .collect();
    let blind =
        count("select count(*) as n from event_report where snapshot like '%\"missing\":\"%'")
            .await;
    println!(
        "  in the record          {cases} cases, {reports} reports, {blind} snapshots without the message, alarms open: {alarms:?}"
    );
    let (right, wrong) = cards(site).await;
    println!("  cards at the end       {right} show what the record says, {wrong} do not");
    let third = memory.len() / 3;
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    println!(
        "  memory                 {:.1} MB in the first third, {:.1} MB in the last, most {:.1} MB",
        mean(&memory[..third]),
        mean(&memory[memory.len() - third..]),
        memory.iter().copied().fold(0.0, f64::max)
    );
    println!(
        "  backlog                most {} rows; the storm took {} s, the last row was sent after {} s",
        backlog.iter().max().copied().unwrap_or_default(),
        stormed.as_secs(),
        drained.as_secs()
    );
    println!();
}

fn three(waited: &mut [Duration]) -> (String, String, String) {
    (
        ms(quantile(waited, 0.5)),
        ms(quantile(waited, 0.99)),
        ms(quantile(waited, 1.0)),
    )
}

/// How many cards show number, status and owner of the record, and how many cases have no such card.
async fn cards(site: &Site) -> (usize, usize) {
    let rows = sent::query(
        site,
        "select c.number_year as y, c.number_n as n, c.status as status, p.name as owner
         from cases c left join person p on p.id = c.owner_person",
    )
    .await;
    let queue = site
        .workspace()
        .as_user("rita")
        .read_channel("security-queue")
        .await
        .expect("the queue");
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in queue {
        if let Some(number) = message
            .shown
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .find(|word| word.starts_with("SE-2"))
        {
            shown
                .entry(number.to_owned())
                .or_default()
                .push(message.shown.clone());
        }
    }
    let (mut right, mut wrong) = (0, 0);
    for row in rows {
        let (y, n): (i64, i64) = (
            row.try_get("", "y").expect("a year"),
            row.try_get("", "n").expect("a number"),
        );
        let status: String = row.try_get("", "status").expect("a status");
        let owner: Option<String> = row.try_get("", "owner").expect("an owner");
        let label = match status.as_str() {
            "new" => "New",
            "triaging" => "In triage",
            "escalated" => "Escalated",
            _ => "Closed",
        };
        let owner = owner.unwrap_or_else(|| "nobody took it yet".to_owned());
        let is_right = shown.get(&format!("SE-{y}-{n:04}")).is_some_and(|cards| {
            cards
                .iter()
                .any(|card| card.contains(label) && card.contains(&owner))
        });
        if is_right { right += 1 } else { wrong += 1 }
    }
    (right, wrong)
}

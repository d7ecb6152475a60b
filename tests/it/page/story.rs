//! One story on the page, from the first click to the read outcome, with everything that the page promises on the way.
//!
//! Invariants: it is played by mouse and keyboard; the pictures it takes (target/page/*.png) are what README.md shows after somebody looked
//! at them. Neighbours: `screen`.

use std::time::Instant;

use serde_json::json;

use super::demo::Demo;
use super::screen::{DESK, NIGHT, PHONE, Screen, one, picture, with};
use crate::harness::facts;

/// A button of the newest card that has it, on a screen.
fn button(pane: &str, verb: &str) -> String {
    format!("[...document.querySelectorAll('{pane} .card [data-action={verb}]')].at(-1)")
}

/// A button of the case's own card.
fn card_button(pane: &str, case: &str, verb: &str) -> String {
    format!(
        "{}?.querySelector('[data-action={verb}]')",
        with(&format!("{pane} .card"), &format!("{case}: "))
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_played_in_the_browser_from_report_to_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &["--fresh"]);
    let begun = Instant::now();
    let mut page = Screen::open(&demo.url, DESK).await;
    page.reads("#pane-a .message", "suspicion is enough").await;

    report(&mut page).await;
    react(&mut page).await;
    escalate(&mut page).await;
    climb(&mut page).await;
    acknowledge(&mut page).await;
    follow_the_record(&mut page).await;
    close(&mut page).await;
    read_the_outcome(&mut page).await;
    home(&mut page).await;
    break_it(&mut page).await;
    refuse(&mut page).await;
    phone(&mut page).await;

    assert_eq!(
        page.browser.complaints,
        Vec::<String>::new(),
        "the browser complained"
    );
    let seconds = begun.elapsed().as_secs();
    facts::note(&format!("page: the story was played in {seconds} s"));
    drop(page);
    demo.end();
    and_again(folder.path()).await;
}

/// Shows somebody's channel on the left.
async fn becomes(page: &mut Screen, name: &str, channel: &str) {
    page.click(&one("#pane-a .head .avatar")).await;
    page.click(&with("#side .person", name)).await;
    page.reads("#side .people .here", name).await;
    page.click(&with("#side .channels button", channel)).await;
    page.reads("#side .channels .here", channel).await;
}

/// Closes what a form said last.
async fn leave_form(page: &mut Screen) {
    page.press("#pane-b .dialog", "Close").await;
    page.until(
        "an end of the form",
        "!document.querySelector('#pane-b .dialog')",
    )
    .await;
}

/// The first thing to try: one click, one key.
async fn report(page: &mut Screen) {
    let begun = Instant::now();
    page.press("#try li:nth-child(1)", "Show me").await;
    page.until(
        "the command, typed",
        "document.activeElement?.value?.startsWith('/secevent I clicked')",
    )
    .await;
    page.reads("#pane-a .hint", "help | mine | status").await;
    page.enter().await;
    page.reads("#pane-a .message.alone", "Your report is recorded as SE-")
        .await;
    let millis = begun.elapsed().as_millis();
    facts::note(&format!(
        "page: first click to a filed report took {millis} ms"
    ));
    page.reads("#pane-b .card", "SE-2026-0001: New").await;
    page.until("step 1 done", &one("#try li:nth-child(1).done"))
        .await;
    page.until(
        "Alice's unread mark",
        &with("#side .people .news", "Alice Adler"),
    )
    .await;
    page.in_record(
        "the case on record",
        "page.querySelector('.case .number')?.textContent === 'SE-2026-0001'",
    )
    .await;
}

/// Somebody else marks a message.
async fn react(page: &mut Screen) {
    becomes(page, "Max Meyer", "general").await;
    let message = with("#pane-a .message", "confirm my password");
    page.click_within(&message, "[data-react=rotating_light]")
        .await;
    page.reads("#pane-b .card", "SE-2026-0002: New").await;
    page.until(
        "the reaction on the message",
        &format!("{message}?.querySelector('.reactions .mine')"),
    )
    .await;
}

/// The commander takes the case and pages; a form says what is missing.
async fn escalate(page: &mut Screen) {
    page.press("#try li:nth-child(2)", "Show me").await;
    page.reads("#pane-b .head", "Ivy Ito").await;
    page.click(&card_button("#pane-b", "SE-2026-0001", "take"))
        .await;
    page.reads("#pane-b .message.alone", "is yours now").await;
    page.reads("#pane-b .card", "SE-2026-0001: In triage").await;
    page.click(&card_button("#pane-b", "SE-2026-0001", "escalate"))
        .await;
    page.reads("#pane-b .dialog", "On call, backup: Ben Bauer")
        .await;
    page.press("#pane-b .dialog", "Page now").await;
    page.reads(
        "#pane-b .dialog .error",
        "Please complete this required field.",
    )
    .await;
    page.click(&one("#pane-b .dialog textarea")).await;
    page.types("The account can release payments.").await;
    page.press("#pane-b .dialog", "Page now").await;
    page.reads("#pane-b .dialog", "The page goes out now").await;
    leave_form(page).await;
    page.reads("#pane-a .card", "SE-2026-0001 needs you").await;
}

/// Nobody answers: it climbs before one's eyes.
async fn climb(page: &mut Screen) {
    page.press("#bar", "+5 min").await;
    page.reads("#pane-a .card", "This is page number 2").await;
    page.until("step 2 done", &one("#try li:nth-child(2).done"))
        .await;
    page.until(
        "the end of the five minutes",
        "!document.querySelector('[data-advance=\"5\"]').disabled",
    )
    .await;
    page.press("#bar", "+5 min").await;
    page.until(
        "the end of the five minutes",
        "!document.querySelector('[data-advance=\"5\"]').disabled",
    )
    .await;
}

async fn acknowledge(page: &mut Screen) {
    becomes(page, "Ben Bauer", "secevent").await;
    page.reads("#pane-a .card", "SE-2026-0001 needs you").await;
    page.in_record(
        "the first case",
        "[...page.querySelectorAll('.case')].find((one) => one.textContent.includes('0001'))?.click() ?? \
         page.querySelector('.timeline') !== null",
    )
    .await;
    page.in_record(
        "the page for Ben on record",
        "page.querySelector('.timeline')?.textContent.includes('page for Ben Bauer')",
    )
    .await;
    page.picture(&picture("light")).await;
    page.click(&button("#pane-a", "acknowledge")).await;
    page.reads("#pane-a", "You acknowledged SE-2026-0001").await;
    page.in_record(
        "the acknowledgement on record",
        "page.querySelector('.timeline')?.textContent.includes('acknowledged the page')",
    )
    .await;
}

/// From a row of the record to its message, and from a message to its rows.
async fn follow_the_record(page: &mut Screen) {
    page.in_record(
        "a row of the page to Ben",
        "(() => { const row = [...page.querySelectorAll('.outbox li')].find((one) => one.textContent.includes('to Ben Bauer')); \
           row?.querySelector('[data-show]')?.click(); return Boolean(row); })()",
    )
    .await;
    page.until("the message, marked", &one(".pane .message.flash"))
        .await;
    let card = with("#pane-b .card", "SE-2026-0001: ");
    page.click_within(&card, ".more").await;
    page.press("#pane-b .menu:not([hidden])", "Show in the record")
        .await;
    page.in_record(
        "the rows of the card, marked",
        "page.querySelector('.outbox .found')?.textContent.includes('case card')",
    )
    .await;
}

async fn close(page: &mut Screen) {
    // The card is drawn anew for the acknowledgement, and its buttons move.
    page.reads("#pane-b .card", "acknowledged the page").await;
    page.click(&card_button("#pane-b", "SE-2026-0001", "triage"))
        .await;
    page.reads("#pane-b .dialog h2", "Triage").await;
    page.click(&one("#pane-b [data-block=severity] [value=SEV2]"))
        .await;
    page.press("#pane-b .dialog", "Triage").await;
    page.reads("#pane-b .dialog", "is triaged").await;
    leave_form(page).await;
    page.reads("#pane-b .card", "SEV2").await;
    page.click(&card_button("#pane-b", "SE-2026-0001", "close"))
        .await;
    page.reads("#pane-b .dialog", "Closes SE-2026-0001").await;
    page.click(&one("#pane-b [data-block=criteria] input"))
        .await;
    page.click(&one("#pane-b [data-block=result] [value=incident]"))
        .await;
    page.click(&one("#pane-b [data-block=rationale] textarea"))
        .await;
    page.types("A stranger signed in with her password.").await;
    page.click(&one("#pane-b [data-block=outcome] [value=contained]"))
        .await;
    page.click(&one("#pane-b [data-block=notes] textarea"))
        .await;
    page.types("Password changed, sessions ended, no payment went out.")
        .await;
    page.press("#pane-b .dialog", "Close the case").await;
    page.reads("#pane-b .dialog", "SE-2026-0001 is closed")
        .await;
    leave_form(page).await;
    page.reads("#pane-b .card", "SE-2026-0001: Closed").await;
}

async fn read_the_outcome(page: &mut Screen) {
    becomes(page, "Alice Adler", "secevent").await;
    page.reads("#pane-a .card", "Outcome of SE-2026-0001").await;
    page.until(
        "all three done",
        "document.querySelectorAll('#try li.done').length === 3",
    )
    .await;
    page.browser.dress(NIGHT).await;
    page.until(
        "darkness",
        "getComputedStyle(document.body).backgroundColor === 'rgb(16, 20, 24)'",
    )
    .await;
    page.in_record(
        "the outcome on record",
        "page.querySelector('.timeline')?.textContent.includes('outcome reached Alice Adler') || \
         page.querySelector('.timeline')?.textContent.includes('feedback reached Alice Adler')",
    )
    .await;
    page.picture(&picture("dark")).await;
    page.browser.dress(DESK).await;
}

/// The app's home: somebody reports from it and sees the report there; the responder's has what is due.
async fn home(page: &mut Screen) {
    becomes(page, "Bob Brandt", "Home").await;
    page.reads("#pane-a .home", "You have not reported anything so far")
        .await;
    page.reads("#pane-a .home", "On call, primary: Pia Park")
        .await;
    page.picture(&picture("home-empty")).await;
    page.press("#pane-a .home", "Report a security event").await;
    page.reads("#pane-a .dialog h2", "Report a security event")
        .await;
    page.click(&one("#pane-a [data-block=text] textarea")).await;
    page.types("Somebody left a badge in the lift").await;
    page.press("#pane-a .dialog", "Report").await;
    page.reads("#pane-a .dialog", "Your report is recorded as SE-2026-0003")
        .await;
    page.press("#pane-a .dialog", "Close").await;
    page.reads("#pane-a .home", "Somebody left a badge in the lift")
        .await;
    page.reads("#pane-a .home", "waits for somebody to take it")
        .await;
    page.picture(&picture("home")).await;
    page.press("#pane-a .home", "Show").await;
    page.reads("#pane-a .dialog", "SE-2026-0003: New").await;
    page.press("#pane-a .dialog", "Close").await;
    page.click(&card_button("#pane-b", "SE-2026-0003", "take"))
        .await;
    page.reads("#pane-b .message.alone", "SE-2026-0003 is yours now")
        .await;
    becomes(page, "Ivy Ito", "Home").await;
    page.reads("#pane-a .home", "Due next, by").await;
    page.picture(&picture("home-owner")).await;
    becomes(page, "Olga Orlova", "Home").await;
    page.reads("#pane-a .home", "Whom to ask").await;
    page.until(
        "no name and no number for an outsider",
        "!document.querySelector('#pane-a .home').textContent.includes('Pia')",
    )
    .await;
    becomes(page, "Alice Adler", "Home").await;
    page.reads("#pane-a .home", "You were right to report this")
        .await;
}

/// The bot is killed: nothing is called recorded meanwhile, and nothing that was is lost.
async fn break_it(page: &mut Screen) {
    page.press("#bar", "Break something").await;
    page.click(&one("[data-break=kill]")).await;
    page.reads("#bot", "bot is dead").await;
    page.click(&with("#side .channels button", "general")).await;
    page.click(&one("#pane-a .composer textarea")).await;
    page.types("/secevent while <b>nobody</b> is there").await;
    page.enter().await;
    page.reads("#pane-a .note", "failed with the error").await;
    page.click(&one("[data-break=start]")).await;
    page.reads("#bot", "bot runs").await;
    page.click(&one("[data-break=doubled]")).await;
    page.reads(".story", "each delivered twice").await;
    // What was typed is still there.
    page.click(&one("#pane-a .composer textarea")).await;
    page.enter().await;
    page.reads("#pane-a .message.alone", "recorded as SE-2026-0004")
        .await;
    page.in_record(
        "words that stay words",
        "page.querySelector('.back a')?.click() ?? \
         ([...page.querySelectorAll('.case .title')].some((one) => one.textContent === 'while <b>nobody</b> is there') && \
          !page.querySelector('.cases b'))",
    )
    .await;
    page.until(
        "words that stay words on the card",
        &format!(
            "{0}?.textContent.includes('while <b>nobody</b> is there') && !{0}.querySelector('.said b')",
            with("#pane-b .card", "SE-2026-0004: ")
        ),
    )
    .await;
    page.click(&one("#check")).await;
    page.reads(".story", "Nothing lost: all 4 case numbers")
        .await;
    page.picture(&picture("broken")).await;
    page.press("#bar", "Break something").await;
}

/// What a client would not let somebody do is refused in words.
async fn refuse(page: &mut Screen) {
    becomes(page, "Olga Orlova", "shared-with-partner").await;
    page.reads("#pane-a .message", "signed in from Lagos").await;
    page.click(&one("#pane-a .composer textarea")).await;
    page.types("/secevent our account").await;
    page.enter().await;
    page.reads(
        "#pane-a .note",
        "not available to people of another organisation",
    )
    .await;
}

/// The same at the width of a phone.
async fn phone(page: &mut Screen) {
    page.browser.dress(PHONE).await;
    page.click(&one("#tabs [data-tab=b]")).await;
    page.choose(&one("#pane-b .as"), "Rita Roth").await;
    page.reads("#pane-b .card", "SE-2026-0002").await;
    let wide = page
        .browser
        .eval("document.documentElement.scrollWidth <= 390")
        .await;
    assert_eq!(wide, json!(true), "wider than the phone");
    page.picture(&picture("phone")).await;
    page.click(&one("#tabs [data-tab=record]")).await;
    page.until(
        "the record alone",
        "document.getElementById('record').getBoundingClientRect().width > 380",
    )
    .await;
    page.picture(&picture("phone-record")).await;
}

/// What was recorded is there in the next run.
async fn and_again(folder: &std::path::Path) {
    let demo = Demo::start(folder, &[]);
    let mut page = Screen::open(&demo.url, DESK).await;
    page.in_record(
        "all four cases",
        "page.querySelectorAll('.case').length === 4",
    )
    .await;
    page.reads(
        "#pane-a .message.alone",
        "Your report is recorded as SE-2026-0001",
    )
    .await;
    page.until(
        "the three things, done",
        "document.querySelectorAll('#try li.done').length === 3",
    )
    .await;
    drop(page);
    demo.end();
}

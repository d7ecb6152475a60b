//! Discord and Slack side by side over one record: reported here, worked on there, and seen on both.
//!
//! Invariants: as in `story`: mouse and keyboard, and a browser that complains fails. Neighbours: `screen`, and `story` for what the page does on
//! every platform.

use serde_json::json;

use super::demo::Demo;
use super::screen::{DESK, NIGHT, PHONE, Screen, one, picture, with};

/// Shows somebody's client of a platform on a screen, at a channel.
async fn becomes(page: &mut Screen, pane: &str, host: &str, handle: &str, channel: &str) {
    page.click(&one(&format!("{pane} .head .avatar"))).await;
    let there = format!("#side [data-host={host}][data-handle={handle}]");
    page.click(&one(&there)).await;
    page.until("the client", &one(&format!("{there}[aria-pressed=true]")))
        .await;
    page.click(&with("#side .channels button", channel)).await;
    page.reads("#side .channels .here", channel).await;
    page.until("the platform", &one(&format!("{pane}[data-host={host}]")))
        .await;
}

/// Types into the line of a screen.
async fn types(page: &mut Screen, pane: &str, words: &str) {
    page.click(&one(&format!("{pane} .composer textarea")))
        .await;
    page.types(words).await;
}

/// A button of a case's own card in the queue.
fn on_card(pane: &str, case: &str, verb: &str) -> String {
    format!(
        "{}?.querySelector('[data-action={verb}]')",
        with(&format!("{pane} .card:not(.alone)"), &format!("{case}: "))
    )
}

/// A button of the newest message.
fn on_last(pane: &str, words: &str) -> String {
    format!(
        "[...document.querySelectorAll('{pane} .message:last-child button')].find((one) => one.textContent.includes('{words}'))"
    )
}

/// Opens a case's page of the record.
async fn opens_record(page: &mut Screen, case: &str) {
    page.in_record(
        "the list of cases",
        "page.querySelector('.cases') ? true : (page.querySelector('.back a')?.click(), false)",
    )
    .await;
    let opened = format!(
        "(() => {{ const found = [...page.querySelectorAll('.case')].find((one) => one.textContent.includes('{case}')); \
           found?.click(); return Boolean(found); }})()"
    );
    page.in_record("the case in the list", &opened).await;
    let shown = format!("page.querySelector('.case-top h1')?.textContent === '{case}'");
    page.in_record("the case's page", &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_crosses_from_discord_to_slack_over_one_record() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &["--fresh", "--platform", "all"]);
    let mut page = Screen::open(&demo.url, DESK).await;
    page.reads("#pane-a[data-host=discord] .message", "suspicion is enough")
        .await;
    page.reads(
        "#pane-b[data-host=slack] .message",
        "I have the queue until four",
    )
    .await;

    report(&mut page).await;
    report_by_form(&mut page, folder.path()).await;
    take_and_triage(&mut page).await;
    thread(&mut page).await;
    mark(&mut page).await;
    report_in_slack(&mut page).await;
    work_in_slack(&mut page).await;
    read_the_outcome(&mut page).await;
    break_it(&mut page).await;
    phone(&mut page).await;

    assert_eq!(
        page.browser.complaints,
        Vec::<String>::new(),
        "the browser complained"
    );
    drop(page);
    demo.end();
    and_again(folder.path()).await;
}

/// The first thing to try: the command has a place for its words, and the answer is seen by one person.
async fn report(page: &mut Screen) {
    page.press("#try li:nth-child(1)", "Show me").await;
    page.until(
        "the command with its words in their place",
        "document.activeElement?.closest('[data-option=text]') && document.activeElement.value.startsWith('I clicked')",
    )
    .await;
    page.enter().await;
    page.reads(
        "#pane-a .alone .embed",
        "Your report is recorded as SE-2026-0001",
    )
    .await;
    page.reads("#pane-a .alone .above", "Alice Adler used /secevent report")
        .await;
    page.reads("#pane-a .alone .only", "Only you can see this")
        .await;
    page.in_record(
        "the case, and the door by which it came",
        "page.querySelector('.case')?.click() ?? page.querySelector('.timeline')?.textContent.includes('in Discord')",
    )
    .await;
    page.press("#pane-a .alone .only", "Dismiss message").await;
    page.until(
        "an end of the message",
        "!document.querySelector('#pane-a .alone')",
    )
    .await;
}

/// Without words a form opens. What is attached to it is fetched from the platform that it was given to, although a form has no message.
async fn report_by_form(page: &mut Screen, folder: &std::path::Path) {
    let file = folder.join("door.txt");
    std::fs::write(&file, "hall 2, 09:14").unwrap();
    types(page, "#pane-a", "/secevent report ").await;
    page.enter().await;
    page.reads("#pane-a .dialog h2", "Report a security event")
        .await;
    page.click(&one("#pane-a .dialog textarea")).await;
    page.types("A stranger in hall 2").await;
    page.picks("#pane-a .dialog input[type=file]", &file).await;
    page.reads("#pane-a .dialog .files", "door.txt").await;
    page.press("#pane-a .dialog", "Submit").await;
    page.reads("#pane-a .alone", "SE-2026-0002").await;
    opens_record(page, "SE-2026-0002").await;
    page.in_record(
        "the file, kept",
        "page.querySelector('.timeline')?.textContent.includes('file door.txt kept, 13 bytes')",
    )
    .await;
    opens_record(page, "SE-2026-0001").await;
}

/// Who works on Discord does so by buttons and by a form in three steps.
async fn take_and_triage(page: &mut Screen) {
    becomes(page, "#pane-b", "discord", "rita", "security-queue").await;
    page.reads("#pane-b .card .embed", "SE-2026-0001: New")
        .await;
    page.picture(&picture("discord-queue")).await;
    page.click(&on_card("#pane-b", "SE-2026-0001", "take"))
        .await;
    page.reads("#pane-b .alone", "SE-2026-0001 is yours now")
        .await;
    page.click(&on_card("#pane-b", "SE-2026-0001", "triage"))
        .await;
    page.reads("#pane-b .dialog h2", "Triage (1 of 3)").await;
    page.press("#pane-b .dialog", "Submit").await;
    page.reads(
        "#pane-b [data-label=Severity] .error",
        "This is a required field.",
    )
    .await;
    page.choose(&one("#pane-b [data-label=Severity] select"), "SEV2")
        .await;
    page.picture(&picture("discord-triage")).await;
    page.press("#pane-b .dialog", "Submit").await;
    for step in ["2 of 3", "3 of 3"] {
        page.click(&on_last("#pane-b", step)).await;
        page.reads("#pane-b .dialog h2", step).await;
        page.press("#pane-b .dialog", "Submit").await;
    }
    page.reads("#pane-b .alone", "SE-2026-0001 is triaged")
        .await;
    page.reads("#pane-b .card:not(.alone) .embed", "SEV2").await;
    // The command suggests the cases that one may see.
    types(page, "#pane-b", "/secevent status ").await;
    page.click(&with("#pane-b .hint button", "SE-2026-0001"))
        .await;
    page.until(
        "the number in its place",
        "document.activeElement?.value.includes('SE-2026-0001')",
    )
    .await;
    page.enter().await;
    page.reads("#pane-b .alone .above", "Rita Roth used /secevent status")
        .await;
}

/// A thread is made from the card; what is said in it goes to the record, and the record leads back to it.
async fn thread(page: &mut Screen) {
    let card = with("#pane-b .card:not(.alone)", "SE-2026-0001: ");
    page.click_within(&card, ".more").await;
    page.press("#pane-b .menu:not([hidden])", "Create thread")
        .await;
    page.until("the way back", &one("#pane-b .head .back"))
        .await;
    types(
        page,
        "#pane-b",
        "The mail server has **eleven** more of these",
    )
    .await;
    page.enter().await;
    page.reads("#pane-b .message strong", "eleven").await;
    page.reads("#pane-b .head .of-thread", "SE-2026-0001").await;
    page.in_record(
        "what was said in the thread",
        "page.querySelector('.timeline')?.textContent.includes('more of these')",
    )
    .await;
    page.click(&one("#pane-b .head .back")).await;
    page.reads("#pane-b .replies", "1 Message").await;
    page.in_record(
        "the row of the reply",
        "(() => { const row = [...page.querySelectorAll('.timeline li')].find((one) => one.textContent.includes('more of these')); \
           row?.querySelector('[data-show]')?.click(); return Boolean(row); })()",
    )
    .await;
    page.until("the reply, marked", &one(".pane .message.flash"))
        .await;
    page.click(&one("#pane-b .head .back")).await;
}

/// The command in a message's menu, which needs no intent, and the reaction.
async fn mark(page: &mut Screen) {
    becomes(page, "#pane-b", "discord", "max", "general").await;
    let message = with("#pane-b .message", "confirm my password");
    page.click_within(&message, ".more").await;
    page.click(&with(
        "#pane-b .menu:not([hidden]) button",
        "Report security event",
    ))
    .await;
    page.reads("#pane-b .alone", "SE-2026-0003").await;
    let message = with("#pane-b .message", "deleted it");
    page.click_within(&message, "[data-react=rotating_light]")
        .await;
    page.until(
        "the reaction on the message",
        &format!("{message}?.querySelector('.reactions .mine')"),
    )
    .await;
    page.in_record(
        "the case of the reaction",
        "page.querySelector('.back a')?.click() ?? page.querySelectorAll('.case').length === 4",
    )
    .await;
}

/// Somebody reports in Slack meanwhile: the card is there, and the record has both.
async fn report_in_slack(page: &mut Screen) {
    becomes(page, "#pane-a", "slack", "bob", "general").await;
    types(
        page,
        "#pane-a",
        "/secevent Somebody left a badge in the lift",
    )
    .await;
    page.enter().await;
    page.reads("#pane-a .message.alone", "recorded as SE-2026-0005")
        .await;
    becomes(page, "#pane-b", "slack", "rita", "security-queue").await;
    page.reads("#pane-b .card", "SE-2026-0005: New").await;
    page.until(
        "no card of Discord's case in Slack's queue",
        "!document.querySelector('#pane-b .list').textContent.includes('SE-2026-0001')",
    )
    .await;
    page.in_record(
        "cases of both platforms",
        "page.querySelectorAll('.case').length === 5",
    )
    .await;
}

/// The case that was reported in Discord is asked for in Slack, and closed there.
async fn work_in_slack(page: &mut Screen) {
    types(page, "#pane-b", "/secevent status SE-2026-0001").await;
    page.enter().await;
    page.reads("#pane-b .message.alone", "SE-2026-0001: In triage")
        .await;
    becomes(page, "#pane-a", "discord", "rita", "security-queue").await;
    page.picture(&picture("both")).await;
    page.browser.dress(NIGHT).await;
    page.picture(&picture("both-dark")).await;
    page.browser.dress(DESK).await;
    page.click(
        "[...document.querySelectorAll('#pane-b .message.alone [data-action=close]')].at(-1)",
    )
    .await;
    page.reads("#pane-b .dialog", "Closes SE-2026-0001").await;
    for (block, value) in [("result", "incident"), ("outcome", "contained")] {
        page.click(&one(&format!(
            "#pane-b [data-block={block}] [value={value}]"
        )))
        .await;
    }
    for (block, words) in [
        ("rationale", "A stranger signed in with her password."),
        ("notes", "Password changed, sessions ended."),
    ] {
        page.click(&one(&format!("#pane-b [data-block={block}] textarea")))
            .await;
        page.types(words).await;
    }
    page.click(&one("#pane-b [data-block=criteria] input"))
        .await;
    page.press("#pane-b .dialog", "Close the case").await;
    page.reads("#pane-b .dialog", "SE-2026-0001 is closed")
        .await;
    page.press("#pane-b .dialog", "Close").await;
    page.reads("#pane-a .card:not(.alone) .embed", "SE-2026-0001: Closed")
        .await;
}

/// Who reported in Discord is told in Discord.
async fn read_the_outcome(page: &mut Screen) {
    becomes(page, "#pane-a", "discord", "alice", "secevent").await;
    page.reads("#pane-a .card .embed", "Choose Reply in the menu")
        .await;
    page.reads("#pane-a .card .embed", "Outcome of SE-2026-0001")
        .await;
    page.until("the third thing done", &one("#try li:nth-child(3).done"))
        .await;
}

/// What is broken is broken on both, and nothing is lost.
async fn break_it(page: &mut Screen) {
    page.press("#bar", "Break something").await;
    for what in ["doubled", "rate_limited"] {
        page.click(&one(&format!("[data-break={what}]"))).await;
    }
    page.reads(".story", "each delivered twice").await;
    page.reads(".story", "answered 429").await;
    becomes(page, "#pane-a", "discord", "bob", "general").await;
    types(page, "#pane-a", "/secevent report My screen blinks").await;
    page.enter().await;
    page.reads("#pane-a .alone", "SE-2026-0006").await;
    page.click(&one("[data-break=kill]")).await;
    page.reads("#bot", "bot is dead").await;
    // No report: one that reaches the gateway while nobody listens is told after the restart, and is a seventh case then.
    types(page, "#pane-a", "/secevent help").await;
    page.enter().await;
    page.until(
        "the command in the line",
        "document.activeElement?.textContent === '/secevent help'",
    )
    .await;
    page.enter().await;
    page.reads("#pane-a .note", "The application did not respond")
        .await;
    page.click(&one("[data-break=start]")).await;
    page.reads("#bot", "bot runs").await;
    page.click(&one("[data-break=socket]")).await;
    page.reads(".story", "Every socket of the bot was reset")
        .await;
    page.press("#bar", "+1 min").await;
    page.until(
        "the end of the minute",
        "!document.querySelector('[data-advance=\"1\"]').disabled",
    )
    .await;
    page.click(&one("#check")).await;
    page.reads(".story", "Nothing lost: all 6 case numbers")
        .await;
    page.press("#bar", "Break something").await;
}

/// The same at the width of a phone.
async fn phone(page: &mut Screen) {
    page.browser.dress(PHONE).await;
    page.click(&one("#tabs [data-tab=a]")).await;
    page.reads("#tabs [aria-current]", "Bob · Discord").await;
    page.choose(&one("#pane-a .as"), "Rita Roth").await;
    page.until("Rita in Slack", &one("#pane-a[data-host=slack]"))
        .await;
    page.click(&one("#pane-a .hosts [data-host=discord]")).await;
    page.reads("#tabs [aria-current]", "Rita · Discord").await;
    page.until("Rita in Discord", &one("#pane-a[data-host=discord] .rail"))
        .await;
    let wide = page
        .browser
        .eval("document.documentElement.scrollWidth <= 390")
        .await;
    assert_eq!(wide, json!(true), "wider than the phone");
    page.picture(&picture("discord-phone")).await;
    page.browser.dress(DESK).await;
}

/// What was said on both platforms is there in the next run; a thread too.
async fn and_again(folder: &std::path::Path) {
    let demo = Demo::start(folder, &["--platform", "all"]);
    let mut page = Screen::open(&demo.url, DESK).await;
    page.in_record(
        "all six cases",
        "page.querySelectorAll('.case').length === 6",
    )
    .await;
    becomes(&mut page, "#pane-a", "discord", "rita", "security-queue").await;
    page.reads("#pane-a .replies", "Message").await;
    becomes(&mut page, "#pane-b", "slack", "rita", "security-queue").await;
    page.reads("#pane-b .card", "SE-2026-0005: New").await;
    drop(page);
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_is_played_alone() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &["--fresh", "--platform", "discord"]);
    let mut page = Screen::open(&demo.url, NIGHT).await;
    page.press("#try li:nth-child(1)", "Show me").await;
    page.until(
        "the command with its words in their place",
        "document.activeElement?.closest('[data-option=text]')",
    )
    .await;
    page.enter().await;
    page.reads("#pane-a .alone", "SE-2026-0001").await;
    page.reads("#pane-b[data-host=discord] .card", "SE-2026-0001: New")
        .await;
    // By keys alone: the list, its second entry, and what it answers.
    types(&mut page, "#pane-a", "/").await;
    page.reads("#pane-a .hint", "/secevent oncall").await;
    page.down().await;
    page.down().await;
    page.until(
        "the second entry",
        "document.activeElement?.textContent.startsWith('/secevent help')",
    )
    .await;
    page.enter().await;
    page.until(
        "the command in the line",
        "document.activeElement?.textContent === '/secevent help'",
    )
    .await;
    page.enter().await;
    page.reads("#pane-a .alone .above", "/secevent help").await;
    assert_eq!(page.browser.complaints, Vec::<String>::new());
    drop(page);
    demo.end();
}

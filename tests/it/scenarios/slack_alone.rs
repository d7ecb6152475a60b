//! The stories that are told on Slack alone, each with its reason; all others are told on both platforms.
//!
//! Invariants: the table and the lists of the stories' files are the same, and `docs/stories.md` says it; each test below can fail.
//!
//! Neighbours: the files beside this one, which list their stories by [`both!`] and [`everywhere!`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// What Discord has not, or has told elsewhere.
const NO_BUTTON_IN_FORMS: &str = "a form of Discord's holds no button; the further fields are told by \"Add details\", and the answer to the reporters has no preview";
const NO_HOME: &str =
    "Discord has no home of an app; `/secevent home` is answered in place and drawn once";
const NO_GUESTS: &str = "Discord has no guests and no connected organisations; who is of another server is told of in `tests/it/discord/hostile_people.rs`";

/// Why a story is told on Slack alone.
#[derive(Clone, Copy)]
struct Alone {
    file: &'static str,
    stories: &'static [&'static str],
    why: &'static str,
}

/// All of them.
const ALONE: &[Alone] = &[
    Alone {
        file: "doors",
        stories: &["blanks_are_nothing"],
        why: "the emulated client of Discord lets nobody send blanks in a required field; whether the real one does was not tried",
    },
    Alone {
        file: "doors",
        stories: &["by_form_with_details"],
        why: NO_BUTTON_IN_FORMS,
    },
    Alone {
        file: "doors",
        stories: &["by_the_menu_of_the_client"],
        why: "Discord has no global shortcut; `/secevent report` opens the same form",
    },
    Alone {
        file: "doors",
        stories: &["people_of_a_connected_organisation_report_by_mention_and_reaction"],
        why: NO_GUESTS,
    },
    Alone {
        file: "evidence",
        stories: &["why_a_file_is_not_kept"],
        why: "files outside Slack, of connected organisations, hidden by a plan: Discord withholds files in other ways, which `tests/it/discord/files.rs` tells",
    },
    Alone {
        file: "feedback",
        stories: &["close_asks_for_what_is_missing"],
        why: NO_BUTTON_IN_FORMS,
    },
    Alone {
        file: "home",
        stories: &[
            "an_empty_home_says_what_to_do",
            "a_report_is_filed_from_home_and_stands_there",
            "everybody_sees_the_own_reports_alone",
            "a_home_tells_how_it_ended",
            "more_than_fit_are_counted",
            "an_owner_sees_what_is_due_next",
            "of_a_restricted_case_a_home_shows_the_number_alone",
            "outsiders_see_their_reports_and_no_names",
            "a_home_that_cannot_be_published_is_counted",
            "a_report_taken_back_says_so",
            "a_home_says_when_nobody_is_on_call",
        ],
        why: NO_HOME,
    },
    Alone {
        file: "injection",
        stories: &["forty_thousand_characters"],
        why: "a message on Discord has 2,000 characters at most",
    },
    Alone {
        file: "merging",
        stories: &["a_merged_report_stands_in_its_reporter_s_home"],
        why: NO_HOME,
    },
    Alone {
        file: "platform_faults",
        stories: &[
            "a_trigger_that_is_too_old",
            "a_form_that_the_platform_does_not_open",
        ],
        why: "Slack opens a form by a call of its own, which can fail; on Discord the form is the answer to the press",
    },
    Alone {
        file: "questions",
        stories: &["guests_get_no_names_and_numbers"],
        why: NO_GUESTS,
    },
    Alone {
        file: "queue_channel",
        stories: &["archived"],
        why: "a text channel on Discord cannot be archived; one that was deleted is told of in `tests/it/discord/egress.rs`",
    },
    Alone {
        file: "queue_channel",
        stories: &["shared_with_another_organisation"],
        why: "Discord shares no channel with another server; one that is open to everybody is refused in `tests/it/discord/egress.rs`",
    },
    Alone {
        file: "signed_http",
        stories: &[
            "what_is_not_signed_is_refused",
            "what_is_too_large_is_refused_unread",
        ],
        why: "the signature is Slack's; Discord's is tried in `tests/it/discord/hostile_http.rs`",
    },
    Alone {
        file: "sockets",
        stories: &[
            "a_line_that_is_about_to_close_is_replaced",
            "a_line_that_is_cut_comes_back",
            "the_platform_switches_the_line_off",
            "a_line_that_tells_nothing_any_more_is_an_alarm",
        ],
        why: "the line is Socket Mode's; Discord's gateway is tried in `tests/it/discord/gateway.rs`, each fault with its figure",
    },
    Alone {
        file: "twice",
        stories: &["a_command_over_http_that_arrives_twice"],
        why: "Discord repeats no request; one that somebody replays is told of in `tests/it/discord/hostile_http.rs`",
    },
];

/// The file whose stories stand on both platforms at once.
const AT_ONCE: &str = "crossing";

/// A story by its file and name.
type Story = (String, String);

/// The stories that the files list with a macro.
fn listed(list: &str) -> BTreeSet<Story> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/scenarios");
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split(&format!("\n{list}!(")).skip(1) {
            let (names, _) = rest.split_once(");").unwrap();
            let names = names.split_once("=>").map_or(names, |(_, names)| names);
            let names = names
                .split([',', ' ', '\n'])
                .filter(|name| !name.is_empty());
            all.extend(names.map(|name| (file.clone(), name.to_owned())));
        }
    }
    all
}

/// The stories of the table, with their reasons.
fn reasons() -> BTreeMap<Story, &'static str> {
    let of = |alone: &Alone| {
        let (file, why) = (alone.file, alone.why);
        let stories = alone.stories.iter();
        stories
            .map(move |story| ((file.to_owned(), (*story).to_owned()), why))
            .collect::<Vec<_>>()
    };
    ALONE.iter().flat_map(of).collect()
}

#[test]
fn every_story_that_slack_has_alone_has_a_reason_and_every_reason_a_story() {
    let told: BTreeSet<Story> = reasons().into_keys().collect();
    let mut listed = listed("both");
    listed.retain(|(file, _)| file != AT_ONCE);
    let unexplained: Vec<_> = listed.difference(&told).collect();
    assert!(unexplained.is_empty(), "no reason for {unexplained:?}");
    let untold: Vec<_> = told.difference(&listed).collect();
    assert!(untold.is_empty(), "not told on Slack alone: {untold:?}");
    let count: usize = ALONE.iter().map(|alone| alone.stories.len()).sum();
    assert_eq!(count, told.len(), "a story stands in the table twice");
}

#[test]
fn a_reason_that_names_another_test_names_one_that_exists() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for alone in ALONE {
        for name in alone
            .why
            .split('`')
            .filter(|part| part.starts_with("tests/"))
        {
            assert!(root.join(name).exists(), "{name}");
        }
    }
}

/// The page.
fn page() -> String {
    let everywhere = listed("everywhere").len();
    let alone = reasons();
    let at_once = listed("both")
        .into_iter()
        .filter(|(file, _)| file == AT_ONCE);
    let at_once = at_once.count();
    let mut page = format!(
        "# Stories\n\nThe tests talk to the bot in stories, in `tests/it/scenarios/`. {everywhere} of {} are told on Slack and on Discord, each on SQLite and on\n\
         PostgreSQL; {at_once} more stand on both platforms at once. The others are told on Slack alone, on both databases, for the reason beside\n\
         them. This page is printed from `tests/it/scenarios/slack_alone.rs`, and a test compares the two. What each platform can do stands in [Platforms](platforms.md).\n\n\
         | told in | story | why on Slack alone |\n|---|---|---|\n",
        everywhere + alone.len()
    );
    for ((file, story), why) in &alone {
        let story = story.replace('_', " ");
        writeln!(page, "| `{file}.rs` | {story} | {why} |").unwrap();
    }
    page
}

/// `SECEVENT_WRITE_PAGES=1 cargo test --test it slack_alone` writes it anew.
#[test]
fn the_page_says_what_is_told_where() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/stories.md");
    if std::env::var_os("SECEVENT_WRITE_PAGES").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&file).unwrap_or_default(),
        page(),
        "docs/stories.md is old; write it anew: SECEVENT_WRITE_PAGES=1 cargo test --test it slack_alone"
    );
}

//! How a world begins: who is there, with which roles, and how the platform reaches the bot.
//!
//! Invariants: the same people in every story. Alice, Bob and Gwen (a guest) have no role; Rita and Rob respond; Pia is on call first, Ben
//! is her backup, Ivy commands and leads, Paul guards privacy, Max is an executive; Olga is of a connected organisation.
//!
//! Neighbours: [`super::world`] starts from it.

use super::stand::Host;
use secevent::emulator::{discord, slack::Seed};
use std::fmt::Write as _;

/// How the platform reaches the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The bot opens sockets.
    Socket,
    /// The platform calls the bot by signed HTTP.
    Http,
    /// The bot waits for signed HTTP, and the platform does not call it.
    Apart,
}

/// How a world begins.
#[derive(Debug)]
pub struct Setup {
    /// The platform.
    pub host: Host,
    /// The other platform, too.
    pub beside: bool,
    /// How the platform reaches the bot.
    pub transport: Transport,
    /// The workspace, on Slack.
    pub seed: Seed,
    /// The guild, on Discord.
    pub guild: discord::Seed,
    /// The directory of people, TOML.
    pub directory: String,
    /// More settings, TOML, by section: `("outbox", "send_timeout_seconds = 1")`.
    pub settings: Vec<(&'static str, &'static str)>,
    /// The policy, TOML; the built-in one if absent.
    pub policy: Option<String>,
    /// The bot's token does not stand in the settings.
    pub home_by_oauth: bool,
    /// The bot may read what people write in Discord's channels.
    pub message_content: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            host: Host::Slack,
            beside: false,
            transport: Transport::Socket,
            seed: workspace(),
            guild: discord::Seed::example_corp(),
            directory: directory(&STAFF),
            settings: Vec::new(),
            policy: None,
            home_by_oauth: false,
            message_content: true,
        }
    }
}

impl Setup {
    /// The same on this platform.
    pub fn on(self, host: Host) -> Self {
        Self { host, ..self }
    }

    /// By signed HTTP.
    pub fn http() -> Self {
        Self {
            transport: Transport::Http,
            ..Self::default()
        }
    }

    /// The bot has no line to the platform: replicas of the story have.
    pub fn apart() -> Self {
        Self {
            transport: Transport::Apart,
            ..Self::default()
        }
    }

    /// Calls to the platform are given up after a second, so that a story about a platform that hangs is told in seconds.
    pub fn impatient() -> Self {
        Self {
            settings: vec![("outbox", "send_timeout_seconds = 1")],
            ..Self::default()
        }
    }

    /// A second workspace of ours, Bravo, where Bella works; the bot is in its channel. The first one is home.
    pub fn two_workspaces() -> Self {
        Self {
            seed: with_bravo(workspace()),
            settings: vec![("slack", TOKEN_KEY)],
            ..Self::default()
        }
    }

    /// Both workspaces belong to one organisation, which installed the bot as a whole: home's token is the organisation's.
    pub fn organisation() -> Self {
        let mut seed = with_bravo_people(workspace()).with_enterprise();
        if let Some(channel) = seed.world.channels.get_mut("C0BRAVO") {
            channel.members.insert("U0SECEVENT".into());
        }
        Self {
            seed,
            directory: directory(&STAFF).replace("T0EXAMPLE", "E0EXAMPLE"),
            settings: vec![("slack", TOKEN_KEY)],
            ..Self::default()
        }
    }

    /// Both workspaces belong to one organisation, and each installed the bot for itself.
    pub fn grid() -> Self {
        Self {
            seed: with_bravo(workspace())
                .with_enterprise()
                .with_app(|app| app.org_install = false),
            directory: directory(&STAFF).replace("T0EXAMPLE", "E0EXAMPLE"),
            settings: vec![("slack", TOKEN_KEY)],
            ..Self::default()
        }
    }

    /// As [`Self::grid`], before Bravo or the organisation installed anything.
    pub fn grid_to_install() -> Self {
        let begun = Self::oauth();
        Self {
            seed: begun
                .seed
                .with_enterprise()
                .with_app(|app| app.org_install = false),
            directory: directory(&STAFF).replace("T0EXAMPLE", "E0EXAMPLE"),
            settings: begun.settings,
            ..Self::default()
        }
    }

    /// As [`Self::two_workspaces`], before Bravo installed anything; its people may do so by OAuth. Tokens live for ever.
    pub fn oauth() -> Self {
        Self {
            seed: to_install(workspace(), false),
            settings: vec![("slack", TOKEN_KEY), ("slack", OAUTH)],
            ..Self::default()
        }
    }

    /// As [`Self::oauth`], with tokens that rotate.
    pub fn rotating() -> Self {
        Self {
            seed: to_install(workspace(), true),
            ..Self::oauth()
        }
    }

    /// As [`Self::rotating`], and home is to be installed by OAuth too: no token of the bot stands in the settings.
    pub fn home_by_oauth() -> Self {
        let mut all = Self::rotating();
        all.settings.push(("slack", "team = \"T0EXAMPLE\"\n"));
        Self {
            home_by_oauth: true,
            ..all
        }
    }

    /// The policy wants no daily digests.
    pub fn without_digests() -> Self {
        Self {
            policy: Some(policy_with_digest("enabled = false\n")),
            ..Self::default()
        }
    }

    /// The daily digest comes at five in the morning; Rita lives in Tokyo, and the organisation goes by UTC.
    pub fn far_away() -> Self {
        let rita = "name = \"Rita Roth\"\n";
        let there = format!("{rita}time_zone = \"Asia/Tokyo\"\n");
        Self {
            directory: directory(&STAFF).replacen(rita, &there, 1),
            policy: Some(policy_with_digest("hour = 5\n")),
            ..Self::default()
        }
    }

    /// Whoever has the guild's role of responders is one; the directory file does not know Rob.
    pub fn responder_role() -> Self {
        let staff: Vec<Staff> = STAFF
            .iter()
            .filter(|one| one.handle != "rob")
            .copied()
            .collect();
        Self {
            directory: directory(&staff),
            settings: vec![("discord", "responder_role = \"1100000000000000020\"\n")],
            ..Self::default()
        }
    }

    /// As Discord is by default: the bot may not read what people write without mentioning it.
    pub fn without_message_content() -> Self {
        Self {
            guild: discord::Seed::example_corp().without_message_content(),
            message_content: false,
            ..Self::default()
        }
    }

    /// Beside the queue channel there is one that may become it.
    pub fn two_queues() -> Self {
        let members = ["U0RITA", "U0SECEVENT"];
        Self {
            seed: workspace().with_channel("C0NEXT", "next-queue", &members, |channel| {
                channel.is_private = true;
            }),
            ..Self::default()
        }
    }

    /// Slack and Discord side by side, over one record.
    pub fn both_platforms() -> Self {
        Self {
            beside: true,
            ..Self::default()
        }
    }

    /// As [`Self::both_platforms`]; whatever is reported is worked on in Slack.
    pub fn worked_on_in_slack() -> Self {
        Self {
            settings: vec![("", "queue_on = \"slack\"\n")],
            ..Self::both_platforms()
        }
    }

    /// Nobody is on call.
    pub fn unattended() -> Self {
        let staff: Vec<Staff> = STAFF
            .iter()
            .filter(|one| !["pia", "ben"].contains(&one.handle))
            .copied()
            .collect();
        Self {
            directory: directory(&staff),
            ..Self::default()
        }
    }
}

/// Somebody with a role.
#[derive(Clone, Copy, Debug)]
pub struct Staff {
    pub handle: &'static str,
    pub id: &'static str,
    pub name: &'static str,
    pub phone: Option<&'static str>,
    pub roles: &'static [&'static str],
}

/// Everybody with a role.
pub const STAFF: [Staff; 7] = [
    staff("rita", "U0RITA", "Rita Roth", None, &["responder"]),
    staff("rob", "U0ROB", "Rob Reyes", None, &["responder"]),
    staff(
        "pia",
        "U0PIA",
        "Pia Park",
        Some("+49 30 5550101"),
        &["on_call_primary"],
    ),
    staff(
        "ben",
        "U0BEN",
        "Ben Bauer",
        Some("+49 30 5550102"),
        &["on_call_backup"],
    ),
    staff(
        "ivy",
        "U0IVY",
        "Ivy Ito",
        Some("+49 30 5550103"),
        &["incident_commander", "soc_lead", "operator"],
    ),
    staff("paul", "U0PAUL", "Paul Prinz", None, &["privacy_legal"]),
    staff("max", "U0MAX", "Max Meyer", None, &["executive"]),
];

const fn staff(
    handle: &'static str,
    id: &'static str,
    name: &'static str,
    phone: Option<&'static str>,
    roles: &'static [&'static str],
) -> Staff {
    Staff {
        handle,
        id,
        name,
        phone,
        roles,
    }
}

/// The second workspace.
pub const BRAVO: &str = "T0BRAVO";
/// The bot's token there.
pub const BRAVO_TOKEN: &str = "xoxb-emulator-bravo";
/// The bot's account there.
pub const BRAVO_BOT: &str = "U0BRAVOBOT";
/// The key that seals tokens.
const TOKEN_KEY: &str =
    "token_key = \"6b6579206b6579206b6579206b6579206b6579206b6579206b6579206b657921\"\n";

/// Where the emulator sends browsers back to; the tests go to where the bot listens.
pub const REDIRECT: &str = "https://secevent.example.com/slack/oauth";
/// Who may install; not every workspace.
const OAUTH: &str = "oauth_client_id = \"1234.emulator\"\noauth_client_secret = \"emulator-client-secret\"\n\
    oauth_redirect_url = \"https://secevent.example.com/slack/oauth\"\noauth_allowed = \"T0EXAMPLE, T0BRAVO, E0EXAMPLE\"\n";

/// Bravo, and Cargo whose Cora may not install, beside another workspace; the bot is in neither.
fn to_install(seed: Seed, rotates: bool) -> Seed {
    seed.with_workspace(BRAVO, "Bravo", "bravo")
        .with_workspace("T0CARGO", "Cargo", "cargo")
        .with_person("U0BELLA", "bella", "Bella Braun", |user| {
            user.team_id = BRAVO.into();
        })
        .with_person("U0CORA", "cora", "Cora Cruz", |user| {
            user.team_id = "T0CARGO".into();
        })
        .with_channel("C0BRAVO", "general", &["U0BELLA"], |channel| {
            channel.team_id = Some(BRAVO.into());
        })
        .with_app(|app| {
            app.redirect_urls = vec![REDIRECT.into()];
            app.rotates = rotates;
        })
}

/// Bravo beside another workspace, with the bot in it.
pub fn with_bravo(seed: Seed) -> Seed {
    with_bravo_people(seed).with_install(BRAVO, BRAVO_TOKEN, &["C0BRAVO"])
}

/// Bravo beside another workspace, without the bot.
fn with_bravo_people(seed: Seed) -> Seed {
    seed.with_workspace(BRAVO, "Bravo", "bravo")
        .with_person("U0BELLA", "bella", "Bella Braun", |user| {
            user.team_id = BRAVO.into();
        })
        .with_channel("C0BRAVO", "general", &["U0BELLA"], |channel| {
            channel.team_id = Some(BRAVO.into());
        })
}

/// Example Corp with the people of the stories.
pub fn workspace() -> Seed {
    let mut seed = Seed::example_corp()
        .with_person("U0ROB", "rob", "Rob Reyes", |_| {})
        .with_person("U0PIA", "pia", "Pia Park", |_| {})
        .with_person("U0PAUL", "paul", "Paul Prinz", |_| {});
    for (channel, people) in [
        ("C0GENERAL", ["U0ROB", "U0PIA", "U0PAUL"].as_slice()),
        ("C0QUEUE", ["U0ROB", "U0PIA"].as_slice()),
    ] {
        if let Some(channel) = seed.world.channels.get_mut(channel) {
            channel
                .members
                .extend(people.iter().map(|one| (*one).to_owned()));
        }
    }
    seed
}

/// The built-in policy with another section about digests.
fn policy_with_digest(lines: &str) -> String {
    let usual = include_str!("../../../manifests/policy/policy.toml");
    let (before, _) = usual.split_once("[digest]\n").unwrap();
    format!("{before}[digest]\n{lines}")
}

/// The directory file for these people.
pub fn directory(staff: &[Staff]) -> String {
    let mut toml = String::new();
    for one in staff {
        write!(
            toml,
            "[[person]]\nkey = \"{}\"\nname = \"{}\"\nslack = [{{ realm = \"T0EXAMPLE\", user = \"{}\" }}]\ndiscord = [\"{}\"]\nroles = {:?}\n",
            one.handle,
            one.name,
            one.id,
            discord::seed::person(one.handle).unwrap(),
            one.roles
        )
        .unwrap();
        if let Some(phone) = one.phone {
            writeln!(toml, "phone = \"{phone}\"").unwrap();
        }
        toml.push('\n');
    }
    toml
}

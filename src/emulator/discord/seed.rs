//! The guilds an emulator starts with, and how to make others.
//!
//! Purpose: "Example Corp" with stable ids, the same people and channels as the other platforms' stand-ins, and a second guild with an
//! outsider. Invariants: ids lie below every id the emulator hands out. Neighbours: `server` starts from a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::model::{App, Channel, Guild, Id, Member, Overwrite, Role, TEXT, User, World};
use super::permissions as may;

/// Our guild.
pub const GUILD: Id = 1_100_000_000_000_000_001;
/// Another guild that the bot is in.
pub const PARTNER_GUILD: Id = 1_100_000_000_000_000_002;
/// The application.
pub const APPLICATION: Id = 1_100_000_000_000_000_010;
/// Its user.
pub const BOT_USER: Id = 1_100_000_000_000_000_010;
/// Its token.
pub const BOT_TOKEN: &str = "MTEwMDAwMDAwMDAwMDAwMDAxMA.emulator.bot";
/// Seed of the key that signs interactions posted over HTTP, in hexadecimal.
pub const SIGNING_SEED: &str = "5ec0e7e4710a7e5ec0e7e4710a7e5ec0e7e4710a7e5ec0e7e4710a7e5ec0e7e4";
/// Role of responders; sees the queue.
pub const RESPONDER_ROLE: Id = 1_100_000_000_000_000_020;
/// Role of guests: sees `#general` only.
pub const GUEST_ROLE: Id = 1_100_000_000_000_000_021;
/// `#general`.
pub const GENERAL: Id = 1_100_000_000_000_000_101;
/// `#security-queue`: responders and the bot.
pub const QUEUE: Id = 1_100_000_000_000_000_102;
/// `#ops`: the bot sees it not.
pub const OPS: Id = 1_100_000_000_000_000_103;
/// `#shared-with-partner`.
pub const SHARED: Id = 1_100_000_000_000_000_104;
/// `#general` of the other guild.
pub const PARTNER_GENERAL: Id = 1_100_000_000_000_000_201;
/// alice, an employee.
pub const ALICE: Id = 1_100_000_000_000_001_001;
/// bob, an employee.
pub const BOB: Id = 1_100_000_000_000_001_002;
/// rita, a responder.
pub const RITA: Id = 1_100_000_000_000_001_003;
/// ben, on call second.
pub const BEN: Id = 1_100_000_000_000_001_004;
/// ivy, the incident commander.
pub const IVY: Id = 1_100_000_000_000_001_005;
/// max, an executive.
pub const MAX: Id = 1_100_000_000_000_001_006;
/// gwen, a guest.
pub const GWEN: Id = 1_100_000_000_000_001_007;
/// olga, of the other guild only.
pub const OLGA: Id = 1_100_000_000_000_001_008;
/// rob, a responder.
pub const ROB: Id = 1_100_000_000_000_001_009;
/// pia, on call first.
pub const PIA: Id = 1_100_000_000_000_001_010;
/// paul, of data protection.
pub const PAUL: Id = 1_100_000_000_000_001_011;
/// Who owns the guild and the application.
pub const OWNER: Id = 1_100_000_000_000_001_099;

const PEOPLE: [(Id, &str, &str); 12] = [
    (ALICE, "alice", "Alice Adler"),
    (BOB, "bob", "Bob Brandt"),
    (RITA, "rita", "Rita Roth"),
    (BEN, "ben", "Ben Bauer"),
    (IVY, "ivy", "Ivy Ito"),
    (MAX, "max", "Max Meyer"),
    (GWEN, "gwen", "Gwen Gast"),
    (OLGA, "olga", "Olga Orlova"),
    (ROB, "rob", "Rob Reyes"),
    (PIA, "pia", "Pia Park"),
    (PAUL, "paul", "Paul Prinz"),
    (OWNER, "otto", "Otto Owner"),
];

/// What an emulator starts with.
#[derive(Debug)]
pub struct Seed {
    /// The world.
    pub world: World,
    /// File that gets every ledger entry as a JSON line.
    pub ledger_file: Option<PathBuf>,
    /// How long an app has to answer an interaction, in real time.
    pub ack_limit: Duration,
    /// Interval told to gateway clients, in real time.
    pub heartbeat: Duration,
    /// Whether calls are paced.
    pub rate_limits: bool,
    /// Fixed token of the door; a random one when absent.
    pub door_token: Option<String>,
}

impl Default for Seed {
    fn default() -> Self {
        Self::example_corp()
    }
}

fn role(id: Id, name: &str, permissions: u64, position: i64) -> (Id, Role) {
    let role = Role {
        id,
        name: name.into(),
        permissions,
        position,
        mentionable: false,
    };
    (id, role)
}

fn guild(id: Id, name: &str, roles: &[(Id, Role)], members: &[(Id, &[Id])]) -> (Id, Guild) {
    let everyone = role(id, "@everyone", may::USUAL, 0);
    let member = |(user, roles): &(Id, &[Id])| {
        let member = Member {
            roles: roles.iter().copied().collect(),
            nick: None,
        };
        (*user, member)
    };
    let guild = Guild {
        id,
        name: name.into(),
        owner: OWNER,
        roles: std::iter::once(everyone)
            .chain(roles.iter().cloned())
            .collect(),
        members: members.iter().map(member).collect(),
        unavailable: false,
    };
    (id, guild)
}

fn text_channel(id: Id, guild: Id, name: &str, overwrites: Vec<Overwrite>) -> (Id, Channel) {
    let channel = Channel {
        id,
        kind: TEXT,
        guild: Some(guild),
        name: name.into(),
        parent: None,
        overwrites,
        people: BTreeSet::new(),
        owner: None,
        archived: false,
        locked: false,
        created: DateTime::<Utc>::UNIX_EPOCH,
        last: None,
    };
    (id, channel)
}

/// Lets a role (or, with `of_member`, a person) see a channel, or not.
#[must_use]
pub fn sees(id: Id, of_member: bool, yes: bool) -> Overwrite {
    let (allow, deny) = if yes {
        (may::VIEW_CHANNEL, 0)
    } else {
        (0, may::VIEW_CHANNEL)
    };
    Overwrite {
        id,
        of_member,
        allow,
        deny,
    }
}

impl Seed {
    /// "Example Corp": alice and bob (employees), rita and rob (responders), pia and ben (on call), ivy (incident commander), max (executive),
    /// paul (data protection), gwen (guest), otto (owner), the bot; and "Partner Ltd", with olga and the bot.
    #[must_use]
    pub fn example_corp() -> Self {
        let person = |(id, name, shown): &(Id, &str, &str)| User {
            id: *id,
            name: (*name).into(),
            global_name: Some((*shown).into()),
            bot: false,
            closed: false,
        };
        let bot = User {
            id: BOT_USER,
            name: "secevent".into(),
            global_name: None,
            bot: true,
            closed: false,
        };
        let users = PEOPLE.iter().map(person).chain([bot]);
        let responder: &[Id] = &[RESPONDER_ROLE];
        let ours = guild(
            GUILD,
            "Example Corp",
            &[
                role(RESPONDER_ROLE, "Responder", may::USUAL, 2),
                role(GUEST_ROLE, "Guest", may::USUAL, 1),
            ],
            &[
                (ALICE, &[]),
                (BOB, &[]),
                (RITA, responder),
                (BEN, responder),
                (IVY, responder),
                (ROB, responder),
                (PIA, responder),
                (MAX, &[]),
                (PAUL, &[]),
                (GWEN, &[GUEST_ROLE]),
                (OWNER, &[]),
                (BOT_USER, &[]),
            ],
        );
        let theirs = guild(
            PARTNER_GUILD,
            "Partner Ltd",
            &[],
            &[(OLGA, &[]), (OWNER, &[]), (BOT_USER, &[])],
        );
        let channels = [
            text_channel(GENERAL, GUILD, "general", Vec::new()),
            text_channel(
                QUEUE,
                GUILD,
                "security-queue",
                vec![
                    sees(GUILD, false, false),
                    sees(RESPONDER_ROLE, false, true),
                    sees(BOT_USER, true, true),
                ],
            ),
            text_channel(
                OPS,
                GUILD,
                "ops",
                vec![
                    sees(GUILD, false, false),
                    sees(RESPONDER_ROLE, false, true),
                    sees(BOB, true, true),
                ],
            ),
            text_channel(
                SHARED,
                GUILD,
                "shared-with-partner",
                vec![sees(GUEST_ROLE, false, false)],
            ),
            text_channel(PARTNER_GENERAL, PARTNER_GUILD, "general", Vec::new()),
        ];
        let world = World {
            guilds: [ours, theirs].into(),
            users: users.map(|user| (user.id, user)).collect(),
            channels: channels.into(),
            messages: BTreeMap::new(),
            attachments: BTreeMap::new(),
            commands: Vec::new(),
            app: App {
                id: APPLICATION,
                name: "secevent".into(),
                bot: BOT_USER,
                token: BOT_TOKEN.into(),
                privileged: super::intents::MESSAGE_CONTENT,
                endpoint: None,
                signing_seed: SIGNING_SEED.into(),
            },
        };
        Self {
            world,
            ledger_file: None,
            ack_limit: Duration::from_secs(3),
            heartbeat: Duration::from_millis(41_250),
            rate_limits: true,
            door_token: None,
        }
    }

    /// Adds a person to our guild; `change` may close them to bots.
    #[must_use]
    pub fn with_person(
        mut self,
        id: Id,
        handle: &str,
        shown: &str,
        roles: &[Id],
        change: impl FnOnce(&mut User),
    ) -> Self {
        let mut user = User {
            id,
            name: handle.into(),
            global_name: Some(shown.into()),
            bot: false,
            closed: false,
        };
        change(&mut user);
        self.world.users.insert(id, user);
        if let Some(guild) = self.world.guilds.get_mut(&GUILD) {
            let member = Member {
                roles: roles.iter().copied().collect(),
                nick: None,
            };
            guild.members.insert(id, member);
        }
        self
    }

    /// Adds a text channel to our guild.
    #[must_use]
    pub fn with_channel(mut self, id: Id, name: &str, overwrites: Vec<Overwrite>) -> Self {
        let (id, channel) = text_channel(id, GUILD, name, overwrites);
        self.world.channels.insert(id, channel);
        self
    }

    /// The privileged intent to read what people write was not switched on.
    #[must_use]
    pub const fn without_message_content(mut self) -> Self {
        self.world.app.privileged &= !super::intents::MESSAGE_CONTENT;
        self
    }

    /// Posts interactions, signed, to this address instead of sending them over the gateway.
    #[must_use]
    pub fn with_endpoint(mut self, url: &str) -> Self {
        self.world.app.endpoint = Some(url.into());
        self
    }

    /// Another limit for the first answer to an interaction.
    #[must_use]
    pub const fn with_ack_limit(mut self, limit: Duration) -> Self {
        self.ack_limit = limit;
        self
    }

    /// Writes the ledger to a file too.
    #[must_use]
    pub fn with_ledger_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ledger_file = Some(path.into());
        self
    }

    /// Switches the pacing of calls off.
    #[must_use]
    pub const fn without_rate_limits(mut self) -> Self {
        self.rate_limits = false;
        self
    }

    /// The public half of the key that signs interactions, in hexadecimal, as the developer portal shows it.
    #[must_use]
    pub fn public_key(&self) -> String {
        super::signing::public_key(&self.world.app.signing_seed)
    }
}

/// The id of somebody of the seed, by handle.
#[must_use]
pub fn person(handle: &str) -> Option<Id> {
    let found = PEOPLE.iter().find(|(_, name, _)| *name == handle);
    found.map(|(id, _, _)| *id)
}

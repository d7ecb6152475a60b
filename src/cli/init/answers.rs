//! The questions of `secevent init`, in their order, and what an answer must look like.
//!
//! Invariants: every question says what its answer is for or where it is found; the three people without whom nothing works (on call, backup,
//! commander) are asked for first. Neighbours: `ask` puts them, `files` uses the answers.

mod checks;

use super::ask::{Ended, Interview, Question};
use checks::{
    database, id, phone, platforms, public_url, snowflake, where_worked_on, words, yes_or_no, zone,
};
use std::io::{BufRead, Write};

/// Somebody who works on cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Name.
    pub name: String,
    /// Member id in Slack.
    pub slack: Option<String>,
    /// Id of the account in Discord.
    pub discord: Option<String>,
    /// Number to dial.
    pub phone: Option<String>,
    /// Roles.
    pub roles: Vec<&'static str>,
}

/// What Slack needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slack {
    /// Public address, if Slack is to call.
    pub public_url: Option<String>,
    /// Workspace or organisation.
    pub realm: String,
    /// Where cases are worked on.
    pub queue_channel: String,
}

/// What Discord needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discord {
    /// Id of the application.
    pub application: String,
    /// Id of the server.
    pub guild: String,
    /// Where cases are worked on.
    pub queue_channel: String,
    /// Whether the bot may read what people write.
    pub message_content: bool,
}

/// All answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Name of the organisation.
    pub organisation: String,
    /// Its time zone.
    pub time_zone: String,
    /// The team that answers for new cases.
    pub team: String,
    /// Who answers questions.
    pub contact: String,
    /// Number for urgent cases.
    pub urgent: String,
    /// Address of the database; it may hold a password.
    pub database: String,
    /// Slack, if people are there.
    pub slack: Option<Slack>,
    /// Discord, if people are there.
    pub discord: Option<Discord>,
    /// Where cases are worked on, if people are on both.
    pub queue_on: Option<&'static str>,
    /// Who works on cases.
    pub people: Vec<Worker>,
}

const ON_CALL: &[&str] = &["responder", "on_call_primary"];
const BACKUP: &[&str] = &["responder", "on_call_backup"];
const COMMANDER: &[&str] = &["incident_commander", "soc_lead", "operator"];
const RESPONDER: &[&str] = &["responder"];

impl Answers {
    /// Asks everything.
    ///
    /// # Errors
    /// [`Ended`].
    pub fn ask<R: BufRead, W: Write>(interview: &mut Interview<R, W>) -> Result<Self, Ended> {
        interview.say(
            "This writes settings, a policy and a directory of people. Nothing is written before the last answer; an empty answer takes what stands in [ ]. Everything can be changed in the files later.",
        )?;
        let mut ask = |ask, why, default, check: fn(&str) -> Result<String, String>| {
            interview.ask(Question { ask, why, default }, check)
        };
        let organisation = ask(
            "Name of your organisation",
            "Stands in the policy.",
            None,
            words,
        )?;
        let time_zone = ask(
            "Time zone",
            "An IANA name such as Europe/Berlin. It decides the times on cards and the year in a case's number.",
            Some("UTC"),
            zone,
        )?;
        let team = ask(
            "Team that answers for new cases",
            "Named on every case until a person takes it.",
            Some("Security Response"),
            words,
        )?;
        let contact = ask(
            "Whom to ask about a report",
            "A desk or person that answers, with a mail address. Shown to reporters.",
            None,
            words,
        )?;
        let urgent = ask(
            "Number to call when it is urgent",
            "Shown whenever something is urgent or could not be stored. It must work when chat is down. As dialled from abroad, starting with +.",
            None,
            phone,
        )?;
        let database = ask(
            "Database",
            "sqlite:<file> is enough for one process; postgres://user:password@host/name for several.",
            Some("sqlite:secevent.db"),
            database,
        )?;
        let (in_slack, in_discord) = ask(
            "Where are your people: slack, discord or both",
            "Microsoft Teams follows. Another platform can be added later, over the same record.",
            Some("slack"),
            |text| platforms(text).map(|_| text.to_owned()),
        )
        .map(|text| platforms(&text).unwrap_or_default())?;
        let slack = if in_slack {
            Some(slack(interview)?)
        } else {
            None
        };
        let discord = if in_discord {
            Some(discord(interview)?)
        } else {
            None
        };
        let queue_on = if in_slack && in_discord {
            Some(queue_on(interview)?)
        } else {
            None
        };
        let mut people = Vec::new();
        interview.say("Who works on cases? First the three places that must be filled; one person may fill several: write the same name again.")?;
        for (place, roles, needs_phone) in [
            ("On call first (is paged)", ON_CALL, true),
            ("Backup (is paged next)", BACKUP, true),
            ("Incident commander (decides)", COMMANDER, true),
        ] {
            let name = interview.ask(
                Question {
                    ask: place,
                    why: "",
                    default: None,
                },
                words,
            )?;
            worker(
                interview,
                &mut people,
                name,
                roles,
                (in_slack, in_discord),
                needs_phone,
            )?;
        }
        loop {
            let question = Question {
                ask: "Another responder, by name (empty: no more)",
                why: "",
                default: Some(""),
            };
            let name = interview.ask(question, |text| Ok(text.to_owned()))?;
            if name.is_empty() {
                break;
            }
            worker(
                interview,
                &mut people,
                name,
                RESPONDER,
                (in_slack, in_discord),
                false,
            )?;
        }
        Ok(Self {
            organisation,
            time_zone,
            team,
            contact,
            urgent,
            database,
            slack,
            discord,
            queue_on,
            people,
        })
    }
}

fn slack<R: BufRead, W: Write>(interview: &mut Interview<R, W>) -> Result<Slack, Ended> {
    let mut ask = |ask, why, default, check: fn(&str) -> Result<String, String>| {
        interview.ask(Question { ask, why, default }, check)
    };
    let public_url = ask(
        "Public address of the bot, if Slack shall call it",
        "Empty is the simple way: the bot opens the connection itself (Socket Mode) and nothing of yours is reachable from outside. Otherwise an https:// address whose proxy leads here.",
        Some(""),
        public_url,
    )?;
    let realm = ask(
        "Id of your workspace in Slack (T...), or of your organisation if you have Enterprise Grid (E...)",
        "In a browser, slack.com shows it in the address: app.slack.com/client/T...",
        None,
        |text| {
            id(
                text,
                &['T', 'E'],
                "It starts with T or E and holds capitals and digits, such as T024BE7LD.",
            )
        },
    )?;
    let queue_channel = ask(
        "Id of the private channel in Slack where cases are worked on",
        "Channel details, at the bottom. Private, not shared with another organisation.",
        None,
        |text| {
            id(
                text,
                &['C', 'G'],
                "It starts with C or G and holds capitals and digits, such as C024BE91L.",
            )
        },
    )?;
    Ok(Slack {
        public_url: Some(public_url).filter(|url| !url.is_empty()),
        realm,
        queue_channel,
    })
}

fn discord<R: BufRead, W: Write>(interview: &mut Interview<R, W>) -> Result<Discord, Ended> {
    let mut ask = |ask, why| {
        let question = Question {
            ask,
            why,
            default: None,
        };
        interview.ask(question, snowflake)
    };
    let application = ask(
        "Id of your application in Discord",
        "Discord's developer portal, New Application, General Information: \"Application ID\".",
    )?;
    let guild = ask(
        "Id of your server in Discord",
        "User settings, advanced, Developer Mode on; then a right click on the server, \"Copy Server ID\".",
    )?;
    let queue_channel = ask(
        "Id of the channel in Discord where cases are worked on",
        "A right click on it, \"Copy Channel ID\". Only responders and the bot may see it.",
    )?;
    let message_content = interview.ask(
        Question {
            ask: "May the bot read what messages say (Message Content Intent): yes or no",
            why: "Developer portal, Bot. With it, reactions keep the words of a message, and replies in case threads come on the record. Without it, commands, the message's menu and mentions work.",
            default: Some("no"),
        },
        yes_or_no,
    )?;
    Ok(Discord {
        application,
        guild,
        queue_channel,
        message_content,
    })
}

fn queue_on<R: BufRead, W: Write>(interview: &mut Interview<R, W>) -> Result<&'static str, Ended> {
    interview.ask(
        Question {
            ask: "Where are cases worked on: slack, discord or reported",
            why: "Each case's card stands there; `reported` puts it where it was reported first.",
            default: Some("reported"),
        },
        where_worked_on,
    )
}

fn worker<R: BufRead, W: Write>(
    interview: &mut Interview<R, W>,
    people: &mut Vec<Worker>,
    name: String,
    roles: &[&'static str],
    (in_slack, in_discord): (bool, bool),
    needs_phone: bool,
) -> Result<(), Ended> {
    if let Some(known) = people.iter_mut().find(|one| one.name == name) {
        for role in roles {
            if !known.roles.contains(role) {
                known.roles.push(role);
            }
        }
        return Ok(());
    }
    let slack = account(
        interview,
        in_slack,
        "  Member id in Slack (U... or W...)",
        |one| one.slack.as_ref(),
        people,
        |text| {
            id(
                text,
                &['U', 'W'],
                "In the person's profile: the three dots, \"Copy member ID\". It starts with U or W.",
            )
        },
    )?;
    let discord = account(
        interview,
        in_discord,
        "  User id in Discord",
        |one| one.discord.as_ref(),
        people,
        snowflake,
    )?;
    let asked = Question {
        ask: if needs_phone {
            "  Phone (+...)"
        } else {
            "  Phone (+..., or empty)"
        },
        why: "",
        default: (!needs_phone).then_some(""),
    };
    let number = interview.ask(asked, |text| {
        if text.is_empty() && !needs_phone {
            Ok(String::new())
        } else {
            phone(text)
        }
    })?;
    people.push(Worker {
        name,
        slack,
        discord,
        phone: Some(number).filter(|number| !number.is_empty()),
        roles: roles.to_vec(),
    });
    Ok(())
}

/// An account that nobody else has; `None` where nobody is asked for it.
fn account<R: BufRead, W: Write>(
    interview: &mut Interview<R, W>,
    is_asked: bool,
    ask: &str,
    of: fn(&Worker) -> Option<&String>,
    people: &[Worker],
    check: impl Fn(&str) -> Result<String, String>,
) -> Result<Option<String>, Ended> {
    if !is_asked {
        return Ok(None);
    }
    let question = Question {
        ask,
        why: "",
        default: None,
    };
    let account = interview.ask(question, |text| {
        let account = check(text)?;
        if people.iter().any(|one| of(one) == Some(&account)) {
            return Err("Somebody else has this id already.".to_owned());
        }
        Ok(account)
    })?;
    Ok(Some(account))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(platforms: &str, queue: &str) -> (Answers, String) {
        let (slack, discord) = (
            "\nT0EXAMPLE\nC0QUEUE\n",
            "1100000000000000010\n1100000000000000001\n1100000000000000102\n\n",
        );
        let parts = match platforms {
            "slack" => slack.to_owned(),
            _ => format!("{slack}{discord}{queue}"),
        };
        let account = match platforms {
            "slack" => "U0ADA\n",
            _ => "U0ADA\n1100000000000001000\n",
        };
        let given = format!(
            "Acme\nUTC\n\nDesk, desk@acme.example\n+49 30 5550100\n\n{platforms}\n{parts}Ada\n{account}+49 30 5550101\nAda\nAda\n\n"
        );
        let mut said = Vec::new();
        let answers = Answers::ask(&mut Interview::new(given.as_bytes(), &mut said)).unwrap();
        (answers, String::from_utf8(said).unwrap())
    }

    #[test]
    fn who_has_both_platforms_is_asked_where_cases_are_worked_on() {
        let question = "Where are cases worked on";
        let (answers, said) = asked("both", "teams\nDiscord\n");
        assert_eq!(answers.queue_on, Some("discord"));
        assert!(said.contains(question) && said.contains("Write slack, discord or reported."));
        assert_eq!(asked("both", "\n").0.queue_on, Some("reported"));
        let (answers, said) = asked("slack", "");
        assert_eq!(answers.queue_on, None);
        assert!(!said.contains(question), "{said}");
    }
}

//! The questions of `secevent init`, in their order, and what an answer must look like.
//!
//! Invariants: every question says what its answer is for or where it is found; the three people without whom nothing works (on call, backup,
//! commander) are asked for first. Neighbours: `ask` puts them, `files` uses the answers.

use super::ask::{Ended, Interview, Question};
use std::io::{BufRead, Write};
use url::Url;

/// Somebody who works on cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Name.
    pub name: String,
    /// Member id in Slack.
    pub member: String,
    /// Number to dial.
    pub phone: Option<String>,
    /// Roles.
    pub roles: Vec<&'static str>,
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
    /// Public address, if Slack is to call.
    pub public_url: Option<String>,
    /// Workspace or organisation in Slack.
    pub realm: String,
    /// Where cases are worked on.
    pub queue_channel: String,
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
            "Id of the private channel where cases are worked on",
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
            worker(interview, &mut people, name, roles, needs_phone)?;
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
            worker(interview, &mut people, name, RESPONDER, false)?;
        }
        Ok(Self {
            organisation,
            time_zone,
            team,
            contact,
            urgent,
            database,
            public_url: Some(public_url).filter(|url| !url.is_empty()),
            realm,
            queue_channel,
            people,
        })
    }
}

fn worker<R: BufRead, W: Write>(
    interview: &mut Interview<R, W>,
    people: &mut Vec<Worker>,
    name: String,
    roles: &[&'static str],
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
    let asked = Question {
        ask: "  Member id in Slack (U... or W...)",
        why: "",
        default: None,
    };
    let taken: Vec<String> = people.iter().map(|one| one.member.clone()).collect();
    let member = interview.ask(asked, |text| {
        let member = id(
            text,
            &['U', 'W'],
            "In the person's profile: the three dots, \"Copy member ID\". It starts with U or W.",
        )?;
        if taken.contains(&member) {
            return Err("Somebody else has this id already.".to_owned());
        }
        Ok(member)
    })?;
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
        member,
        phone: Some(number).filter(|number| !number.is_empty()),
        roles: roles.to_vec(),
    });
    Ok(())
}

fn words(text: &str) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("This is needed.".to_owned()),
        1..=200 => Ok(text.to_owned()),
        _ => Err("At most 200 characters.".to_owned()),
    }
}

fn zone(text: &str) -> Result<String, String> {
    let zone: Result<chrono_tz::Tz, _> = text.parse();
    zone.map(|zone| zone.name().to_owned()).map_err(|_| {
        "No such time zone is known. Write it like Europe/Berlin or America/New_York.".to_owned()
    })
}

fn phone(text: &str) -> Result<String, String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_number = text.starts_with('+')
        && text
            .chars()
            .skip(1)
            .all(|c| c.is_ascii_digit() || " -()".contains(c));
    if is_number && (6..=15).contains(&digits) {
        Ok(text.to_owned())
    } else {
        Err("Write the number as it is dialled from abroad, such as +44 20 7946 0101.".to_owned())
    }
}

fn database(text: &str) -> Result<String, String> {
    let is_file = text
        .strip_prefix("sqlite:")
        .is_some_and(|file| !file.is_empty());
    let is_server = ["postgres://", "postgresql://"]
        .iter()
        .any(|start| text.starts_with(start))
        && Url::parse(text).is_ok_and(|url| url.host_str().is_some());
    if is_file || is_server {
        Ok(text.to_owned())
    } else {
        Err("Write sqlite:<file> or postgres://user:password@host/name.".to_owned())
    }
}

fn public_url(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let parsed = Url::parse(text).ok().filter(|url| {
        url.scheme() == "https"
            && url.host_str().is_some()
            && url.path() == "/"
            && url.query().is_none()
    });
    parsed
        .map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| {
            "Write https:// and the host, without a path; or nothing for Socket Mode.".to_owned()
        })
}

fn id(text: &str, starts: &[char], otherwise: &str) -> Result<String, String> {
    let is_id = text.starts_with(starts)
        && (3..=30).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if is_id {
        Ok(text.to_owned())
    } else {
        Err(otherwise.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_checked_where_they_are_given() {
        assert!(words("").is_err() && words(&"x".repeat(201)).is_err() && words("Acme").is_ok());
        assert_eq!(
            zone("europe/berlin").is_ok(),
            "europe/berlin".parse::<chrono_tz::Tz>().is_ok()
        );
        assert!(zone("Berlin").is_err());
        for bad in [
            "",
            "0301234567",
            "+1",
            "+49 30 call me",
            "+1234567890123456",
        ] {
            assert!(phone(bad).is_err(), "{bad}");
        }
        assert!(phone("+49 (30) 555-0101").is_ok());
        for bad in ["", "secevent.db", "sqlite:", "mysql://x/y", "postgres://"] {
            assert!(database(bad).is_err(), "{bad}");
        }
        for bad in [
            "http://x.example",
            "https://x.example/slack",
            "x.example",
            "https://x.example/?a=1",
        ] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
        assert_eq!(
            public_url("https://bot.example/").unwrap(),
            "https://bot.example"
        );
        for bad in ["", "general", "#general", "D123", "c0abc", "C0-1"] {
            assert!(id(bad, &['C', 'G'], "no").is_err(), "{bad}");
        }
    }
}

//! What an answer must look like, and what is said to one that does not.
//!
//! Invariants: pure; a refusal says how it is written right. Neighbours: [`super`] asks.

use url::Url;

pub(super) fn words(text: &str) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("This is needed.".to_owned()),
        1..=200 => Ok(text.to_owned()),
        _ => Err("At most 200 characters.".to_owned()),
    }
}

pub(super) fn zone(text: &str) -> Result<String, String> {
    let zone: Result<chrono_tz::Tz, _> = text.parse();
    zone.map(|zone| zone.name().to_owned()).map_err(|_| {
        "No such time zone is known. Write it like Europe/Berlin or America/New_York.".to_owned()
    })
}

pub(super) fn phone(text: &str) -> Result<String, String> {
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

pub(super) fn database(text: &str) -> Result<String, String> {
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

pub(super) fn public_url(text: &str) -> Result<String, String> {
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

pub(super) fn id(text: &str, starts: &[char], otherwise: &str) -> Result<String, String> {
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

/// Slack, Discord.
pub(super) fn platforms(text: &str) -> Result<(bool, bool), String> {
    match text.to_lowercase().as_str() {
        "slack" => Ok((true, false)),
        "discord" => Ok((false, true)),
        "both" => Ok((true, true)),
        _ => Err("Write slack, discord or both.".to_owned()),
    }
}

pub(super) fn where_worked_on(text: &str) -> Result<&'static str, String> {
    match text.to_lowercase().as_str() {
        "slack" => Ok("slack"),
        "discord" => Ok("discord"),
        "reported" => Ok("reported"),
        _ => Err("Write slack, discord or reported.".to_owned()),
    }
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" => Ok(false),
        _ => Err("Write yes or no.".to_owned()),
    }
}

/// An id of Discord.
pub(super) fn snowflake(text: &str) -> Result<String, String> {
    let is_id = (15..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u64>().is_ok();
    if is_id {
        Ok(text.to_owned())
    } else {
        Err("Discord's ids are numbers of 17 to 20 digits, and not names. With Developer Mode on (user settings, advanced), a right click copies them.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_discord_are_numbers() {
        assert!(snowflake("1100000000000000101").is_ok());
        for bad in [
            "",
            "general",
            "#general",
            "12",
            "99999999999999999999",
            "-1100000000000000101",
        ] {
            assert!(snowflake(bad).is_err(), "{bad}");
        }
        assert_eq!(platforms("Both"), Ok((true, true)));
        assert!(platforms("teams").is_err() && yes_or_no("maybe").is_err());
        assert_eq!((yes_or_no("Yes"), yes_or_no("n")), (Ok(true), Ok(false)));
    }

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

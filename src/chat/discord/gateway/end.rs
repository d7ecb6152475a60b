//! How a connection ends, and what Discord means by it.
//!
//! Invariants: a refusal for good says what to do. Neighbours: [`super::connection`] ends so, the supervisor goes on or stops.

use std::time::Duration;

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// We stop.
    Stopping,
    /// Another replica holds the seat now, or may.
    Unseated,
    /// Try again, after a while if this goes on.
    Failed(String),
    /// Not before this wait.
    Wait(Duration, String),
    /// Never again.
    Stopped(String),
}

/// Why Discord does not want us any more.
pub(super) fn fatal(code: Option<u16>) -> End {
    let why = match code {
        Some(4004) => {
            "the bot's token is refused (4004); reset it in the developer portal, put it into discord.bot_token_file, and restart"
        }
        Some(4010 | 4011) => {
            "it wants the bot to be split into shards (4010, 4011), which is for bots in 2500 guilds or more"
        }
        Some(4012) => "it does not speak our version of the gateway any more (4012); update",
        Some(4013) => "our intents are not valid (4013); update",
        Some(4014) => {
            "the privileged intent \"Message Content\" is not granted (4014); turn it on in the developer portal under Bot, or set discord.message_content = false, and restart"
        }
        _ => return End::Failed("the connection ended".to_owned()),
    };
    End::Stopped(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_ends_it_for_good_says_what_to_do() {
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            let End::Stopped(why) = fatal(Some(code)) else {
                panic!("{code} is tried again");
            };
            assert!(why.contains(&code.to_string()), "{why}");
        }
        for code in [None, Some(1000), Some(4000), Some(4009)] {
            assert!(matches!(fatal(code), End::Failed(_)), "{code:?}");
        }
    }
}

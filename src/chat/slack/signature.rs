//! Whether a request is really Slack's.
//!
//! Invariants: HMAC-SHA256 over `v0:{timestamp}:{body}`, compared in constant time; no older and no newer than five minutes by our own
//! clock, so a test steps it; without a secret nothing is right. Neighbours: `http` calls it before and after it reads the body.

use crate::domain::clock::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far Slack's clock and ours may be apart, in seconds.
const WINDOW: i64 = 300;

/// Why a request is refused. Never says what would have been right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// A header is missing or is no such header.
    #[error("unsigned")]
    Unsigned,
    /// Too old or too new.
    #[error("stale")]
    Stale,
    /// Signed with something else, or changed since.
    #[error("forged")]
    Wrong,
}

/// Whether a timestamp is of our time; asked before the body is read.
///
/// # Errors
/// [`Forged::Unsigned`], [`Forged::Stale`].
pub fn fresh(timestamp: &str, now: Timestamp) -> Result<(), Forged> {
    let is_number = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = timestamp.parse().map_err(|_| Forged::Unsigned)?;
    if !is_number {
        return Err(Forged::Unsigned);
    }
    if (now.timestamp() - seconds).abs() > WINDOW {
        return Err(Forged::Stale);
    }
    Ok(())
}

/// Whether a request is Slack's.
///
/// # Errors
/// [`Forged`].
pub fn verify(
    secret: &SecretString,
    timestamp: &str,
    signature: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Forged> {
    fresh(timestamp, now)?;
    let secret = secret.expose_secret().as_bytes();
    if secret.is_empty() {
        return Err(Forged::Wrong);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| Forged::Wrong)?;
    mac.update(b"v0:");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    let right = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    if bool::from(right.as_bytes().ct_eq(signature.as_bytes())) {
        Ok(())
    } else {
        Err(Forged::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::from_micros;
    use proptest::prelude::*;

    /// The vector of Slack's documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const AT: i64 = 1_531_420_618;
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn at(seconds: i64) -> Timestamp {
        from_micros(seconds * 1_000_000).unwrap()
    }

    fn check(secret: &str, signature: &str, body: &str, now: i64) -> Result<(), Forged> {
        verify(
            &secret.into(),
            &AT.to_string(),
            signature,
            body.as_bytes(),
            at(now),
        )
    }

    #[test]
    fn the_documented_vector_is_right() {
        assert_eq!(check(SECRET, SIGNATURE, BODY, AT), Ok(()));
    }

    #[test]
    fn five_minutes_either_way_and_no_more() {
        for (apart, expected) in [
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(Forged::Stale)),
            (-301, Err(Forged::Stale)),
            (86_400 * 3_000, Err(Forged::Stale)),
        ] {
            assert_eq!(
                check(SECRET, SIGNATURE, BODY, AT + apart),
                expected,
                "{apart}"
            );
        }
    }

    #[test]
    fn whatever_is_changed_is_forged() {
        let upper = SIGNATURE.to_uppercase();
        let other_digit = SIGNATURE.replace("v0=a", "v0=b");
        for (secret, signature, body) in [
            ("other", SIGNATURE, BODY),
            ("", SIGNATURE, BODY),
            (SECRET, upper.as_str(), BODY),
            (SECRET, other_digit.as_str(), BODY),
            (SECRET, &SIGNATURE[..20], BODY),
            (SECRET, "", BODY),
            (SECRET, SIGNATURE, "token=other"),
            (SECRET, SIGNATURE, ""),
        ] {
            assert_eq!(check(secret, signature, body, AT), Err(Forged::Wrong));
        }
    }

    #[test]
    fn a_timestamp_is_digits() {
        for odd in [
            "",
            "-1531420618",
            "+1531420618",
            "1531420618.0",
            "99999999999999999999",
            "now",
        ] {
            assert_eq!(fresh(odd, at(AT)), Err(Forged::Unsigned), "{odd}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_but_the_signature_passes(timestamp in "[0-9]{1,21}|.{0,12}", signature in "v0=[0-9a-f]{64}|.{0,70}", body in ".{0,60}") {
            let passed = verify(&SECRET.into(), &timestamp, &signature, body.as_bytes(), at(AT));
            prop_assert!(passed.is_err());
        }
    }
}

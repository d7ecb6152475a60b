//! Words of the directory file, by their shape: keys, accounts, numbers, addresses, languages.
//!
//! Invariants: a shape is all that is judged; whether an account is there, `doctor` asks the platform. Neighbours: `directory_file` refuses by it.

pub(super) fn is_key(key: &str) -> bool {
    (1..=64).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
}

pub(super) fn is_slack_id(id: &str, first: &[char]) -> bool {
    (3..=32).contains(&id.len())
        && id.starts_with(first)
        && id
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

pub(super) fn is_discord_id(id: &str) -> bool {
    (17..=20).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_digit())
        && id.parse::<u64>().is_ok()
}

pub(super) fn is_phone(phone: &str) -> bool {
    let digits = phone.bytes().filter(u8::is_ascii_digit).count();
    phone.starts_with('+')
        && (6..=15).contains(&digits)
        && phone
            .bytes()
            .skip(1)
            .all(|b| b.is_ascii_digit() || b" -()".contains(&b))
}

pub(super) fn is_mail(mail: &str) -> bool {
    let usable = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "@<>".contains(c))
    };
    mail.len() <= 254
        && mail
            .split_once('@')
            .is_some_and(|(name, host)| usable(name) && usable(host) && host.contains('.'))
}

pub(super) fn is_locale(locale: &str) -> bool {
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

//! Randomness of the emulators: door tokens, and what makes ids of two starts differ.
//!
//! Invariants: from the operating system, so nobody on this machine guesses a door's token. Neighbours: `server` and `ids` of each emulator.

/// `bytes` random bytes in hexadecimal, for the door's token.
///
/// # Errors
/// When the operating system has no randomness to give.
#[expect(
    clippy::disallowed_methods,
    reason = "the emulator imports nothing of ours; its ids only have to differ from run to run"
)]
pub fn random_hex(bytes: usize) -> std::io::Result<String> {
    let mut buffer = vec![0_u8; bytes];
    getrandom::fill(&mut buffer).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(hex::encode(buffer))
}

//! Identifiers and secrets the emulator hands out.
//!
//! Purpose: ids that never repeat, not even after a restart over the same bot database (a repeated event id would look
//! like a redelivery). Invariants: an id is a prefix, a nonce of this start and a counter; clients must treat it as opaque.
//! Neighbours: every part of the model that creates something.

use crate::emulator::random::random_hex;

/// Issues ids that are unique across restarts.
#[derive(Debug)]
pub struct Ids {
    nonce: String,
    next: u64,
}

impl Ids {
    /// A fresh sequence with a random nonce.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            nonce: random_hex(4)?.to_uppercase(),
            next: 0,
        })
    }

    /// The next id with this prefix, such as `V` for a view.
    pub fn next(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}{:05}", self.nonce, self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_two_starts_differ() -> std::io::Result<()> {
        let (mut first, mut second) = (Ids::new()?, Ids::new()?);
        assert_ne!(first.next("Ev"), second.next("Ev"));
        assert_ne!(first.next("Ev"), first.next("Ev"));
        Ok(())
    }
}

//! The vault: seals the tokens of installations before they are stored.
//!
//! Invariants: AES-256-GCM with a fresh random nonce for each seal; a sealed token opens for its own installation and use only, because both
//! are sealed in with it; the id of the key is stored beside it, so that a key can be changed while older ones still open; neither key nor
//! token shows in `Debug` or in an error. Neighbours: `installation` stores what comes out, `workflow` seals and opens.

use crate::domain::{clock::Entropy, ids::InstallationId};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;

/// Which token is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// The bot's.
    Bot,
    /// The one that gets the next.
    Refresh,
}

/// Why a token cannot be sealed or opened; holds neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No key is configured.
    #[error("no key to seal tokens with is configured; set slack.token_key_file")]
    NoKey,
    /// The key is no key.
    #[error("slack.token_key is no key of 32 bytes")]
    BadKey,
    /// The key that sealed it is not configured any more.
    #[error(
        "a token was sealed with the key {0}, which is not configured; name it in slack.token_key_before_file, or install the app again"
    )]
    UnknownKey(String),
    /// It was changed, or belongs to another installation.
    #[error("a sealed token does not open: it was changed, or belongs elsewhere")]
    Broken,
}

struct Key {
    id: String,
    key: LessSafeKey,
}

/// Keys, the newest first.
#[derive(Default)]
pub struct Vault(Vec<Key>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.iter().map(|key| &key.id);
        f.debug_tuple("Vault")
            .field(&ids.collect::<Vec<_>>())
            .finish()
    }
}

impl Vault {
    /// A vault with these keys, each of 32 bytes in hex. The first seals, all of them open.
    ///
    /// # Errors
    /// [`VaultError::BadKey`].
    pub fn new(keys: &[SecretString]) -> Result<Self, VaultError> {
        let key = |hex_text: &SecretString| {
            let bytes = hex::decode(hex_text.expose_secret()).map_err(|_| VaultError::BadKey)?;
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| VaultError::BadKey)?;
            // The key is random, so some digits of its hash give nothing away.
            let id = hex::encode(Sha256::digest(&bytes))
                .chars()
                .take(8)
                .collect();
            Ok(Key {
                id,
                key: LessSafeKey::new(key),
            })
        };
        keys.iter().map(key).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is a key to seal with.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.0.is_empty()
    }

    /// The id of the key that seals.
    ///
    /// # Errors
    /// [`VaultError::NoKey`].
    pub fn key_id(&self) -> Result<&str, VaultError> {
        self.0
            .first()
            .map(|key| key.id.as_str())
            .ok_or(VaultError::NoKey)
    }

    /// Seals a token of an installation.
    ///
    /// # Errors
    /// [`VaultError::NoKey`].
    pub fn seal(
        &self,
        of: InstallationId,
        what: Sealing,
        token: &SecretString,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, VaultError> {
        let key = self.0.first().ok_or(VaultError::NoKey)?;
        let mut nonce = [0_u8; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut sealed = token.expose_secret().as_bytes().to_vec();
        key.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(of, what)),
                &mut sealed,
            )
            .map_err(|_| VaultError::Broken)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens it again.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(
        &self,
        of: InstallationId,
        what: Sealing,
        key_id: &str,
        sealed: &[u8],
    ) -> Result<SecretString, VaultError> {
        if self.0.is_empty() {
            return Err(VaultError::NoKey);
        }
        let key = self.0.iter().find(|key| key.id == key_id);
        let key = key.ok_or_else(|| VaultError::UnknownKey(key_id.to_owned()))?;
        let (nonce, rest) = sealed
            .split_at_checked(NONCE_LEN)
            .ok_or(VaultError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Broken)?;
        let mut rest = rest.to_vec();
        let opened = key
            .key
            .open_in_place(nonce, Aad::from(bound_to(of, what)), &mut rest)
            .map_err(|_| VaultError::Broken)?;
        let token = std::str::from_utf8(opened).map_err(|_| VaultError::Broken)?;
        Ok(SecretString::from(token))
    }
}

fn bound_to(of: InstallationId, what: Sealing) -> String {
    let what = match what {
        Sealing::Bot => "bot",
        Sealing::Refresh => "refresh",
    };
    format!("installation:{of}:{what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::SystemEntropy;
    use uuid::Uuid;

    fn key(byte: u8) -> SecretString {
        hex::encode([byte; 32]).into()
    }

    #[test]
    fn a_token_opens_for_its_own_installation_and_use_only() {
        let vault = Vault::new(&[key(1)]).unwrap();
        let (one, other) = (
            InstallationId(Uuid::from_u128(1)),
            InstallationId(Uuid::from_u128(2)),
        );
        let token = SecretString::from("xoxb-hidden");
        let sealed = vault
            .seal(one, Sealing::Bot, &token, &SystemEntropy)
            .unwrap();
        let again = vault
            .seal(one, Sealing::Bot, &token, &SystemEntropy)
            .unwrap();
        assert_ne!(sealed, again);
        assert!(!sealed.windows(6).any(|part| part == b"hidden"));
        let id = vault.key_id().unwrap();
        let opened = vault.open(one, Sealing::Bot, id, &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "xoxb-hidden");
        let fails = |of, what, sealed: &[u8]| vault.open(of, what, id, sealed).unwrap_err();
        assert_eq!(fails(other, Sealing::Bot, &sealed), VaultError::Broken);
        assert_eq!(fails(one, Sealing::Refresh, &sealed), VaultError::Broken);
        assert_eq!(fails(one, Sealing::Bot, &sealed[1..]), VaultError::Broken);
        assert_eq!(fails(one, Sealing::Bot, b"short"), VaultError::Broken);
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert_eq!(fails(one, Sealing::Bot, &changed), VaultError::Broken);
    }

    #[test]
    fn a_key_can_be_changed_while_the_one_before_still_opens() {
        let (of, token) = (
            InstallationId(Uuid::from_u128(1)),
            SecretString::from("xoxb-hidden"),
        );
        let old = Vault::new(&[key(1)]).unwrap();
        let sealed = old.seal(of, Sealing::Bot, &token, &SystemEntropy).unwrap();
        let old_id = old.key_id().unwrap();
        let both = Vault::new(&[key(2), key(1)]).unwrap();
        assert!(both.open(of, Sealing::Bot, old_id, &sealed).is_ok());
        assert_ne!(both.key_id().unwrap(), old_id);
        let new = Vault::new(&[key(2)]).unwrap();
        let why = new.open(of, Sealing::Bot, old_id, &sealed).unwrap_err();
        assert!(why.to_string().contains("token_key_before"), "{why}");
    }

    #[test]
    fn nothing_secret_shows_and_no_key_is_an_error() {
        let vault = Vault::new(&[key(7)]).unwrap();
        let shown = format!("{vault:?}");
        assert!(!shown.contains("0707") && shown.contains(vault.key_id().unwrap()));
        assert_eq!(Vault::default().key_id(), Err(VaultError::NoKey));
        assert_eq!(
            Vault::new(&["abcd".into()]).unwrap_err(),
            VaultError::BadKey
        );
    }
}

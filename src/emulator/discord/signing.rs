//! Signatures of interactions that are posted over HTTP.
//!
//! Invariants: the signature covers the timestamp and exactly the bytes sent. Neighbours: `endpoint` posts, `seed` holds the key.

use ring::signature::{Ed25519KeyPair, KeyPair};

fn pair(seed: &str) -> Option<Ed25519KeyPair> {
    let seed = hex::decode(seed).ok()?;
    Ed25519KeyPair::from_seed_unchecked(&seed).ok()
}

/// The public key in hexadecimal; empty when the seed is none.
pub fn public_key(seed: &str) -> String {
    pair(seed)
        .map(|pair| hex::encode(pair.public_key()))
        .unwrap_or_default()
}

/// The signature in hexadecimal over timestamp and body.
pub fn sign(seed: &str, timestamp: &str, body: &[u8]) -> String {
    let signed = [timestamp.as_bytes(), body].concat();
    pair(seed)
        .map(|pair| hex::encode(pair.sign(&signed)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_verifies_by_the_public_key_and_only_for_its_bytes() {
        let seed = super::super::seed::SIGNING_SEED;
        let key = hex::decode(public_key(seed)).unwrap();
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
        let signature = hex::decode(sign(seed, "1700000000", b"{}")).unwrap();
        assert!(key.verify(b"1700000000{}", &signature).is_ok());
        assert!(key.verify(b"1700000001{}", &signature).is_err());
        assert_eq!(public_key("no key"), "");
    }
}

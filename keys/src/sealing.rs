//! Sealing secrets for the database: AES-256-GCM under a master key, bound to where the secret belongs.
//!
//! A blob is `version (1) | key id (8) | nonce (12) | ciphertext | tag (16)`.

use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

use crate::Fault;
use crate::master::MasterKeys;

const VERSION: u8 = 1;
const ID: std::ops::Range<usize> = 1..9;
const NONCE: std::ops::Range<usize> = 9..21;
const TAG_LENGTH: usize = 16;

/// Why something cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Too short, or of a version this program does not know.
    #[error("not a sealed blob")]
    Malformed,
    /// Sealed with a master key that this installation no longer lists.
    #[error("sealed with a master key that is not configured (key id {0})")]
    UnknownKey(String),
    /// Changed after sealing, or sealed for another context.
    #[error("the sealed blob is not authentic for this use")]
    NotAuthentic,
    /// The library failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl MasterKeys {
    /// Seals `plaintext` with the current key. `context` says what the secret is and whose (`"signing_key:" + kid`): it is
    /// authenticated, not stored, so a blob moved to another row or column does not open there.
    ///
    /// # Errors
    /// [`SealError::Fault`] if there is no randomness.
    pub fn seal(&self, plaintext: &[u8], context: &str) -> Result<Vec<u8>, SealError> {
        let master = self.current();
        let mut blob = Vec::with_capacity(NONCE.end + plaintext.len() + TAG_LENGTH);
        blob.push(VERSION);
        blob.extend_from_slice(&master.id);
        let bound = bound(&blob, context);
        let mut nonce = [0; NONCE.end - NONCE.start];
        // Random 96-bit nonces are safe for 2^32 blobs per key (NIST SP 800-38D §8.3); we seal a handful per user.
        openssl::rand::rand_bytes(&mut nonce).map_err(Fault::from)?;
        let mut tag = [0; TAG_LENGTH];
        let ciphertext =
            encrypt_aead(Cipher::aes_256_gcm(), master.key.as_ref(), Some(&nonce), &bound, plaintext, &mut tag)
                .map_err(Fault::from)?;
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(&ciphertext);
        blob.extend_from_slice(&tag);
        Ok(blob)
    }

    /// Opens what [`MasterKeys::seal`] made with the same `context`, under the current or any previous key.
    ///
    /// # Errors
    /// [`SealError`] by reason; a wrong context and a changed blob cannot be told apart.
    pub fn open(&self, blob: &[u8], context: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, SealError> {
        if blob.len() < NONCE.end + TAG_LENGTH || blob[0] != VERSION {
            return Err(SealError::Malformed);
        }
        let master = self.find(&blob[ID]).ok_or_else(|| SealError::UnknownKey(hex(&blob[ID])))?;
        let (sealed, tag) = blob.split_at(blob.len() - TAG_LENGTH);
        let bound = bound(&sealed[..ID.end], context);
        decrypt_aead(
            Cipher::aes_256_gcm(),
            master.key.as_ref(),
            Some(&sealed[NONCE]),
            &bound,
            &sealed[NONCE.end..],
            tag,
        )
        .map(zeroize::Zeroizing::new)
        .map_err(|_| SealError::NotAuthentic)
    }

    /// Whether `blob` is sealed with the current key. What is not should be opened and sealed again, before the previous
    /// key is taken out of the configuration.
    pub fn is_current(&self, blob: &[u8]) -> bool {
        blob.first() == Some(&VERSION) && blob.get(ID) == Some(self.current().id.as_slice())
    }
}

/// What the tag covers besides the ciphertext. The prefix has a fixed length, so the two parts cannot be confused.
fn bound(prefix: &[u8], context: &str) -> Vec<u8> {
    [prefix, context.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn keys(text: &str) -> MasterKeys {
        MasterKeys::parse(text).unwrap()
    }

    #[test]
    fn opens_what_it_sealed() {
        let keys = keys(&MasterKeys::generate().unwrap());
        for plaintext in [&b""[..], b"x", &[7; 5000]] {
            let blob = keys.seal(plaintext, "totp:usr_1").unwrap();
            assert_eq!(keys.open(&blob, "totp:usr_1").unwrap().as_slice(), plaintext);
        }
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let keys = keys(&MasterKeys::generate().unwrap());
        assert_ne!(keys.seal(b"seed", "c").unwrap(), keys.seal(b"seed", "c").unwrap());
    }

    #[test]
    fn a_wrong_context_does_not_open() {
        let keys = keys(&MasterKeys::generate().unwrap());
        let blob = keys.seal(b"seed", "totp:usr_1").unwrap();
        assert!(matches!(keys.open(&blob, "totp:usr_2"), Err(SealError::NotAuthentic)));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let keys = keys(&MasterKeys::generate().unwrap());
        let blob = keys.seal(b"seed", "c").unwrap();
        for index in 0..blob.len() {
            let mut changed = blob.clone();
            changed[index] ^= 1;
            assert!(keys.open(&changed, "c").is_err(), "byte {index}");
            assert!(keys.open(&blob[..index], "c").is_err(), "cut at {index}");
        }
    }

    #[test]
    fn a_foreign_key_does_not_open() {
        let blob = keys(&MasterKeys::generate().unwrap()).seal(b"seed", "c").unwrap();
        let other = keys(&MasterKeys::generate().unwrap());
        assert!(matches!(other.open(&blob, "c"), Err(SealError::UnknownKey(_))));
    }

    #[test]
    fn a_blob_relabeled_for_another_key_does_not_open() {
        let (one, two) = (keys(&MasterKeys::generate().unwrap()), keys(&MasterKeys::generate().unwrap()));
        let mut blob = one.seal(b"seed", "c").unwrap();
        blob[ID].copy_from_slice(&two.current().id);
        assert!(matches!(two.open(&blob, "c"), Err(SealError::NotAuthentic)));
    }

    #[test]
    fn a_rotated_key_opens_the_old_and_seals_the_new() {
        let (old, new) = (MasterKeys::generate().unwrap(), MasterKeys::generate().unwrap());
        let before = keys(&old);
        let blob = before.seal(b"seed", "c").unwrap();
        let after = keys(&format!("{},{}", *new, *old));
        assert!(!after.is_current(&blob));
        let opened = after.open(&blob, "c").unwrap();
        assert_eq!(opened.as_slice(), b"seed");
        let resealed = after.seal(&opened, "c").unwrap();
        assert!(after.is_current(&resealed));
        assert!(matches!(before.open(&resealed, "c"), Err(SealError::UnknownKey(_))));
        assert_eq!(keys(&new).open(&resealed, "c").unwrap().as_slice(), b"seed");
    }
}

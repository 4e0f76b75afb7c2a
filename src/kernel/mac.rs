//! Keyed digests: what proves that a value was made here.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Keys for one purpose, current first; older ones are still recognized after the master key was rotated.
#[derive(Clone)]
pub struct MacKeys(Vec<[u8; 32]>);

impl MacKeys {
    /// Keys in order of age, the current one first. At least one.
    pub fn new(keys: Vec<[u8; 32]>) -> Self {
        Self(keys)
    }

    /// The tag of `parts` by the current key.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.first().map(|key| tag(key, parts)).unwrap_or_default()
    }

    /// Tags by every key, current first.
    pub fn tags<'a>(&'a self, parts: &'a [&'a [u8]]) -> impl Iterator<Item = [u8; 32]> + 'a {
        self.0.iter().map(move |key| tag(key, parts))
    }

    /// Whether one of the keys made `presented` (a tag or its beginning, 16 bytes at least) for `parts`.
    pub fn verify(&self, parts: &[&[u8]], presented: &[u8]) -> bool {
        (16..=32).contains(&presented.len())
            && self.tags(parts).any(|tag| bool::from(tag[..presented.len()].ct_eq(presented)))
    }
}

impl std::fmt::Debug for MacKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MacKeys({})", self.0.len())
    }
}

/// HMAC-SHA256 over the parts, each preceded by its length so that no two lists of parts collide.
fn tag(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0; 64]; // HMAC pads its key with zeros to the block size (RFC 2104 §2)
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_bound_to_key_and_parts() {
        let keys = MacKeys::new(vec![[1; 32]]);
        let tag = keys.tag(&[b"ab", b"c"]);
        assert!(keys.verify(&[b"ab", b"c"], &tag));
        assert!(keys.verify(&[b"ab", b"c"], &tag[..16]));
        assert!(!keys.verify(&[b"a", b"bc"], &tag));
        assert!(!keys.verify(&[b"ab", b"c"], &tag[..15]));
        assert!(!keys.verify(&[b"ab", b"c"], &[]));
        assert!(!MacKeys::new(vec![[2; 32]]).verify(&[b"ab", b"c"], &tag));
    }

    #[test]
    fn an_older_key_is_still_recognized() {
        let tag = MacKeys::new(vec![[1; 32]]).tag(&[b"x"]);
        assert!(MacKeys::new(vec![[2; 32], [1; 32]]).verify(&[b"x"], &tag));
    }
}

//! The code that a person reads from a device and types elsewhere (RFC 8628 §6.1).
//!
//! **Characters.** Twenty capital consonants: no vowels, so that no words appear; no digits, so that `0` and `O`, `1` and `I` cannot be
//! mixed up; no `Y`. Read without regard to case, dashes, spaces and whatever else is no letter or digit.
//!
//! **Entropy.** 8 of 20 are 20⁸ ≈ 2.6·10¹⁰, 34.6 bits. Guessing is limited per address (30 in 15 minutes), per signed-in person
//! (the same) and over all addresses together (1000 wrong ones an hour, `limits.user_code_failures`). With N codes waiting at a time,
//! a botnet that uses up the common limit finds one of them with probability N·1000/20⁸ an hour: for a thousand waiting codes about
//! once in three years. What it finds is worth little: whoever enters a stranger's code can only sign the stranger's device in to an
//! account of their own, not read the stranger's (RFC 8628 §5.1). Tokens need the device code, which has 256 bits and never leaves the
//! device.

use crate::{
    kernel::{
        Fault,
        id::TenantId,
        mac::MacKeys,
        secret::{Digest, Secret},
    },
    ports::random,
};

/// The alphabet of RFC 8628 §6.1.
const ALPHABET: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many of them.
const LENGTH: usize = 8;
/// What people type at most around them.
const LONGEST: usize = 64;

/// A code in its one form: eight capital letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UserCode(Secret);

impl UserCode {
    /// A new one.
    pub(super) fn fresh() -> Result<Self, Fault> {
        Ok(Self(Secret::new(random::characters(ALPHABET, LENGTH)?)))
    }

    /// What somebody typed; none where it cannot be a code.
    pub(super) fn read(typed: &str) -> Option<Self> {
        if typed.len() > LONGEST {
            return None;
        }
        let code: String =
            typed.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).take(LENGTH + 1).collect();
        let sound = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        sound.then(|| Self(Secret::new(code)))
    }

    /// As it is shown: two groups of four.
    pub(super) fn shown(&self) -> String {
        let (front, back) = self.0.expose().split_at(LENGTH / 2);
        format!("{front}-{back}")
    }

    /// What a row knows it by. Keyed: of 34 bits, a plain digest would hide nothing from whoever reads the table.
    pub(super) fn digest(&self, keys: &MacKeys, tenant: TenantId) -> Digest {
        digest(keys.tag(&[PURPOSE, tenant.as_bytes(), self.0.expose().as_bytes()]))
    }

    /// The same by every key that is still known: the master key may be rotated while the code waits.
    pub(super) fn digests(&self, keys: &MacKeys, tenant: TenantId) -> Vec<Digest> {
        keys.tags(&[PURPOSE, tenant.as_bytes(), self.0.expose().as_bytes()]).map(digest).collect()
    }
}

/// What sets these digests apart from those of other codes under the same key.
const PURPOSE: &[u8] = b"user code";

fn digest(tag: [u8; 32]) -> Digest {
    Digest::of(&tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = UserCode(Secret::new("WDJBMJHT"));
        for typed in ["WDJB-MJHT", "wdjbmjht", "Wdjb Mjht", " wdjb\u{2013}mjht ", "W.D.J.B.M.J.H.T", "wdjb—mjht\n"] {
            assert_eq!(UserCode::read(typed), Some(code.clone()), "{typed:?}");
        }
        assert_eq!(code.shown(), "WDJB-MJHT");
        let long = format!("WDJB-MJHT{}", " ".repeat(60));
        for typed in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH0", "ẞDJB-MJHT", "WDJBMJH\u{10000}", &long]
        {
            assert_eq!(UserCode::read(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_fresh_code_reads_back_and_has_no_vowels_or_digits() {
        for _ in 0..100 {
            let code = UserCode::fresh().unwrap();
            let shown = code.shown();
            assert_eq!(shown.len(), 9);
            assert!(!shown.contains(['A', 'E', 'I', 'O', 'U', 'Y']) && !shown.contains(|c: char| c.is_ascii_digit()));
            assert_eq!(UserCode::read(&shown), Some(code));
        }
    }

    #[test]
    fn its_digest_is_keyed_and_of_its_tenant() {
        let (old, both) = (MacKeys::new(vec![[1; 32]]), MacKeys::new(vec![[2; 32], [1; 32]]));
        let (code, tenant) = (UserCode::fresh().unwrap(), TenantId::fresh());
        assert!(code.digests(&both, tenant).contains(&code.digest(&old, tenant)), "after a rotation");
        assert_ne!(code.digest(&both, tenant), code.digest(&old, tenant));
        assert_ne!(code.digest(&old, TenantId::fresh()), code.digest(&old, tenant));
        assert!(!format!("{code:?}").contains(&code.shown()[..4]));
    }
}

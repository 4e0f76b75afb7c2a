//! Randomness: the only place that asks the operating system for it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::kernel::{Fault, secret::Secret};

/// `N` unpredictable bytes.
///
/// # Errors
/// A fault when the operating system has no randomness to give.
pub fn bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Fault::unavailable("randomness", error))?;
    Ok(bytes)
}

/// A bearer secret of 256 bits: `prefix` (which secret scanners recognize, such as `sgt_rt_`) and 43 characters of
/// base64url without padding.
///
/// # Errors
/// As [`bytes`].
pub fn token(prefix: &str) -> Result<Secret, Fault> {
    Ok(Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes::<32>()?))))
}

/// `count` decimal digits, each as likely as the other: a code that a person types.
///
/// # Errors
/// As [`bytes`].
pub fn digits(count: usize) -> Result<String, Fault> {
    characters(b"0123456789", count)
}

/// `count` characters of an ASCII alphabet, each as likely as the other.
///
/// # Errors
/// As [`bytes`].
pub fn characters(alphabet: &[u8], count: usize) -> Result<String, Fault> {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let random = bytes::<16>()?.into_iter().filter_map(|byte| character(alphabet, byte));
        text.extend(random.take(count - text.len()));
    }
    Ok(text)
}

/// The character a random byte stands for. 256 is no multiple of ten or twenty: the bytes above the last whole multiple would make
/// the first characters likelier.
fn character(alphabet: &[u8], byte: u8) -> Option<char> {
    let whole = 256 - 256 % alphabet.len().clamp(1, 256);
    let index = usize::from(byte);
    (index < whole).then(|| alphabet.get(index % alphabet.len().max(1)).map(|byte| char::from(*byte))).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn tokens_carry_their_prefix_and_256_bits() {
        let tokens: HashSet<String> = (0..100).map(|_| token("sgt_rt_").unwrap().expose().to_owned()).collect();
        assert_eq!(tokens.len(), 100);
        for token in tokens {
            let random = token.strip_prefix("sgt_rt_").unwrap();
            assert_eq!(URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
        }
    }

    #[test]
    fn every_character_is_equally_likely() {
        for (alphabet, share) in [(b"0123456789".as_slice(), 25), (b"BCDFGHJKLMNPQRSTVWXZ", 12)] {
            let mut counts = HashMap::new();
            for character in (0..=u8::MAX).filter_map(|byte| character(alphabet, byte)) {
                *counts.entry(character).or_insert(0) += 1;
            }
            assert_eq!(counts.len(), alphabet.len());
            assert!(counts.values().all(|count| *count == share), "{counts:?}");
        }
    }

    #[test]
    fn codes_have_the_length_asked_for() {
        for count in [0, 1, 6, 16, 17, 100] {
            let code = digits(count).unwrap();
            assert_eq!(code.len(), count);
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
        }
        assert_ne!(digits(32).unwrap(), digits(32).unwrap());
    }
}

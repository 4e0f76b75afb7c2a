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
    let mut text = String::with_capacity(count);
    while text.len() < count {
        text.extend(bytes::<16>()?.into_iter().filter_map(digit).take(count - text.len()));
    }
    Ok(text)
}

/// The digit a random byte stands for. 256 is not a multiple of ten: the bytes above 249 would make 0 to 5 likelier.
fn digit(byte: u8) -> Option<char> {
    (byte < 250).then(|| char::from(b'0' + byte % 10))
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
    fn every_digit_is_equally_likely() {
        let mut counts = HashMap::new();
        for digit in (0..=u8::MAX).filter_map(digit) {
            *counts.entry(digit).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 10);
        assert!(counts.values().all(|count| *count == 25), "{counts:?}");
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

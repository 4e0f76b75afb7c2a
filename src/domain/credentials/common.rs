//! The passwords that are tried first (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.4).
//!
//! `common_passwords.txt` has the 11,611 entries of eight characters or more of the 30,000 most common passwords in the
//! zxcvbn crate 3.1.1 (`frequency_lists.rs`, MIT license), NFKC, in lower case, one a line.

use std::{collections::HashSet, sync::LazyLock};

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Whether a password is on the list; `folded` is in lower case.
pub(super) fn is_common(folded: &str) -> bool {
    COMMON.contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_long_enough_and_in_the_form_it_is_looked_up_in() {
        assert!(COMMON.len() >= 3000, "{}", COMMON.len());
        for entry in COMMON.iter() {
            assert!(entry.chars().count() >= 8, "{entry}");
            assert_eq!(*entry, crate::ports::passwords::normalize(entry).expose().to_lowercase());
        }
    }

    #[test]
    fn the_usual_ones_are_on_it() {
        for common in ["password", "password123", "12345678", "qwertyuiop", "passw0rd", "baseball"] {
            assert!(is_common(common), "{common}");
        }
        assert!(!is_common("correct horse battery staple"));
    }
}

//! A consent, and when it has to be asked for.

use crate::kernel::{Time, scope::Scopes};

/// What one person allows one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Everything allowed so far.
    pub scope: Scopes,
    /// Since when.
    pub since: Time,
}

/// Whether a request is covered without asking: by an earlier consent to at least as much, or because the client is the
/// operator's own. A public client cannot prove that it is the one that was allowed, unless its redirect URI does
/// (RFC 8252 §8.6): `assured` says so.
pub fn is_covered(asked: &Scopes, earlier: Option<&Consent>, first_party: bool, assured: bool) -> bool {
    assured && (first_party || earlier.is_some_and(|consent| asked.within(&consent.scope)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    #[test]
    fn only_as_much_as_was_allowed_to_an_assured_client() {
        let scopes = |text| Scopes::parse(text).unwrap();
        let earlier = Consent { scope: scopes("openid profile"), since: Clock::System.now() };
        assert!(is_covered(&scopes("openid"), Some(&earlier), false, true));
        assert!(is_covered(&scopes("openid profile"), Some(&earlier), false, true));
        assert!(!is_covered(&scopes("openid email"), Some(&earlier), false, true));
        assert!(!is_covered(&scopes("openid"), None, false, true));
        assert!(is_covered(&scopes("openid email"), None, true, true));
        assert!(!is_covered(&scopes("openid"), Some(&earlier), false, false));
        assert!(!is_covered(&scopes("openid"), None, true, false));
    }
}

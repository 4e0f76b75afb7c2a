//! A consent, and when it has to be asked for.

use super::Epoch;
use crate::kernel::{Time, scope::Scopes};

/// What one person allows one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Everything allowed so far.
    pub scope: Scopes,
    /// At which APIs, by URI: every one that a request named.
    pub resources: Vec<String>,
    /// Since when.
    pub since: Time,
}

/// How a person stands with a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// What is allowed, if anything.
    pub consent: Option<Consent>,
    /// What is granted now belongs to this epoch.
    pub epoch: Epoch,
}

/// What a request wants allowed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Scopes.
    pub scope: &'a Scopes,
    /// APIs that it names, by URI.
    pub resources: &'a [String],
}

impl Consent {
    fn covers(&self, asked: Asked<'_>) -> bool {
        asked.scope.within(&self.scope) && asked.resources.iter().all(|uri| self.resources.contains(uri))
    }
}

impl Asked<'_> {
    /// What is allowed once this is, too.
    pub fn added_to(self, earlier: Option<Consent>, now: Time) -> Consent {
        let mut consent =
            earlier.unwrap_or_else(|| Consent { scope: Scopes::default(), resources: Vec::new(), since: now });
        consent.scope = consent.scope.union(self.scope);
        for uri in self.resources {
            if !consent.resources.contains(uri) {
                consent.resources.push(uri.clone());
            }
        }
        consent
    }
}

/// Whether a request is covered without asking: by an earlier consent to at least as much, or because the client is the
/// operator's own. A public client cannot prove that it is the one that was allowed, unless its redirect URI does
/// (RFC 8252 §8.6): `assured` says so.
pub fn is_covered(asked: Asked<'_>, earlier: Option<&Consent>, first_party: bool, assured: bool) -> bool {
    assured && (first_party || earlier.is_some_and(|consent| consent.covers(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    fn earlier() -> Consent {
        let resources = vec!["https://orders.example.test".into()];
        Consent { scope: scopes("openid profile"), resources, since: Clock::System.now() }
    }

    #[test]
    fn only_as_much_as_was_allowed_to_an_assured_client() {
        let earlier = earlier();
        let covered = |scope: &str, earlier, first_party, assured| {
            is_covered(Asked { scope: &scopes(scope), resources: &[] }, earlier, first_party, assured)
        };
        assert!(covered("openid", Some(&earlier), false, true));
        assert!(covered("openid profile", Some(&earlier), false, true));
        assert!(!covered("openid email", Some(&earlier), false, true));
        assert!(!covered("openid", None, false, true));
        assert!(covered("openid email", None, true, true));
        assert!(!covered("openid", Some(&earlier), false, false));
        assert!(!covered("openid", None, true, false));
    }

    #[test]
    fn an_api_that_was_never_named_is_asked_for() {
        let earlier = earlier();
        let covered = |uris: &[&str]| {
            let resources: Vec<_> = uris.iter().map(|uri| (*uri).to_owned()).collect();
            is_covered(Asked { scope: &scopes("openid"), resources: &resources }, Some(&earlier), false, true)
        };
        assert!(covered(&["https://orders.example.test"]));
        assert!(!covered(&["https://stock.example.test"]));
        assert!(!covered(&["https://orders.example.test", "https://stock.example.test"]));
    }

    #[test]
    fn what_is_allowed_grows_and_keeps_its_beginning() {
        let earlier = earlier();
        let later = earlier.since + chrono::TimeDelta::days(1);
        let resources = ["https://orders.example.test".to_owned(), "https://stock.example.test".to_owned()];
        let scope = scopes("email");
        let asked = Asked { scope: &scope, resources: &resources };
        let grown = asked.added_to(Some(earlier.clone()), later);
        assert_eq!((grown.scope, grown.since), (scopes("openid profile email"), earlier.since));
        assert_eq!(grown.resources, resources);
        let first = asked.added_to(None, later);
        assert_eq!((first.scope, first.since), (scope.clone(), later));
    }
}

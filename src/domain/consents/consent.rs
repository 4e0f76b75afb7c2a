//! A consent, and when it has to be asked for.

use super::Epoch;
use crate::kernel::{Time, details::Details, scope::Scopes};

/// What one person allows one client.
#[derive(Debug, Clone, PartialEq)]
pub struct Consent {
    /// Everything allowed so far.
    pub scope: Scopes,
    /// At which APIs, by URI: every one that a request named.
    pub resources: Vec<String>,
    /// Authorization details, those that were allowed last (RFC 9396).
    pub details: Details,
    /// Since when.
    pub since: Time,
}

/// How a person stands with a client.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// Authorization details.
    pub details: &'a Details,
    /// Whether some of them are allowed for this once: they are asked for each time, and not remembered.
    pub once: bool,
}

/// Most authorization details that a consent remembers. What is forgotten is asked for again.
const MOST_DETAILS: usize = 50;

impl Consent {
    fn covers(&self, asked: Asked<'_>) -> bool {
        asked.scope.within(&self.scope)
            && asked.resources.iter().all(|uri| self.resources.contains(uri))
            && asked.details.within(&self.details)
            && !asked.once
    }
}

impl Asked<'_> {
    /// What is allowed once this is, too.
    pub fn added_to(self, earlier: Option<Consent>, now: Time) -> Consent {
        let mut consent = earlier.unwrap_or_else(|| Consent {
            scope: Scopes::default(),
            resources: Vec::new(),
            details: Details::default(),
            since: now,
        });
        consent.scope = consent.scope.union(self.scope);
        for uri in self.resources {
            if !consent.resources.contains(uri) {
                consent.resources.push(uri.clone());
            }
        }
        if !self.once {
            consent.details = consent.details.and(self.details.clone()).latest(MOST_DETAILS);
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

    fn details(text: &str) -> Details {
        Details::parse(text).unwrap()
    }

    fn asked<'a>(scope: &'a Scopes, resources: &'a [String], details: &'a Details) -> Asked<'a> {
        Asked { scope, resources, details, once: false }
    }

    fn earlier() -> Consent {
        let resources = vec!["https://orders.example.test".into()];
        let details = details(r#"[{"type":"account","iban":"DE1"}]"#);
        Consent { scope: scopes("openid profile"), resources, details, since: Clock::System.now() }
    }

    #[test]
    fn only_as_much_as_was_allowed_to_an_assured_client() {
        let earlier = earlier();
        let covered = |scope: &str, earlier, first_party, assured| {
            let (scope, none) = (scopes(scope), Details::default());
            is_covered(asked(&scope, &[], &none), earlier, first_party, assured)
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
            let (scope, none) = (scopes("openid"), Details::default());
            is_covered(asked(&scope, &resources, &none), Some(&earlier), false, true)
        };
        assert!(covered(&["https://orders.example.test"]));
        assert!(!covered(&["https://stock.example.test"]));
        assert!(!covered(&["https://orders.example.test", "https://stock.example.test"]));
    }

    #[test]
    fn other_details_are_asked_for_and_some_each_time() {
        let (earlier, scope) = (earlier(), scopes("openid"));
        let covered = |text: &str, once, first_party| {
            let details = details(text);
            let asked = Asked { once, ..asked(&scope, &[], &details) };
            is_covered(asked, Some(&earlier), first_party, true)
        };
        let same = r#"[{"iban":"DE1","type":"account"}]"#;
        assert!(covered(same, false, false));
        assert!(!covered(same, true, false), "allowed for that once");
        assert!(covered(same, true, true), "the operator's own");
        for other in [
            r#"[{"type":"account","iban":"DE2"}]"#,
            r#"[{"type":"account"}]"#,
            r#"[{"type":"account","iban":"DE1"},{"type":"account","iban":"DE2"}]"#,
        ] {
            assert!(!covered(other, false, false), "{other}");
        }
    }

    #[test]
    fn details_are_remembered_up_to_a_number_and_those_for_once_not_at_all() {
        let (scope, now) = (scopes("openid"), Clock::System.now());
        let mut consent = earlier();
        for number in 0..60 {
            let details = details(&format!(r#"[{{"type":"account","number":{number}}}]"#));
            consent = asked(&scope, &[], &details).added_to(Some(consent), now);
        }
        assert_eq!(consent.details.iter().count(), MOST_DETAILS);
        assert!(details(r#"[{"type":"account","number":59}]"#).within(&consent.details));
        let payment = details(r#"[{"type":"payment"}]"#);
        let after = Asked { once: true, ..asked(&scope, &[], &payment) }.added_to(Some(consent.clone()), now);
        assert_eq!(after.details, consent.details);
    }

    #[test]
    fn what_is_allowed_grows_and_keeps_its_beginning() {
        let earlier = earlier();
        let later = earlier.since + chrono::TimeDelta::days(1);
        let resources = ["https://orders.example.test".to_owned(), "https://stock.example.test".to_owned()];
        let scope = scopes("email");
        let none = Details::default();
        let asked = asked(&scope, &resources, &none);
        let grown = asked.added_to(Some(earlier.clone()), later);
        assert_eq!((grown.scope, grown.since), (scopes("openid profile email"), earlier.since));
        assert_eq!(grown.resources, resources);
        let first = asked.added_to(None, later);
        assert_eq!((first.scope, first.since), (scope.clone(), later));
    }
}

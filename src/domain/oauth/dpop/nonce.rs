//! Nonces of the server's own in proofs (RFC 9449 §8, §9): they show that a proof was made a moment ago, whatever the client's clock
//! says, and not ahead of time.
//!
//! A nonce is the tag of a span of time under a key that all nodes derive. Nothing is stored; every node accepts every node's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    app::App,
    kernel::{Tenant, Time, mac::MacKeys},
};

/// The nonce that proofs for this tenant are to hold at `now`; none where the settings ask for none.
pub fn current(app: &App, tenant: &Tenant, now: Time) -> Option<String> {
    let nonces = Nonces::of(app, tenant);
    app.config.dpop.nonces.then(|| nonces.made_in(nonces.span_at(now)))
}

/// Makes and recognizes them.
pub(super) struct Nonces<'a> {
    keys: &'a MacKeys,
    tenant: [u8; 16],
    /// How long one is given out, in seconds; it is good for twice as long at most.
    span: i64,
}

impl<'a> Nonces<'a> {
    pub(super) fn of(app: &'a App, tenant: &Tenant) -> Self {
        let half = app.config.dpop.nonce_ttl.std().as_secs() / 2;
        Self {
            keys: &app.macs.dpop_nonce,
            tenant: *tenant.id.uuid().as_bytes(),
            span: i64::try_from(half).unwrap_or(i64::MAX).max(1),
        }
    }

    fn span_at(&self, now: Time) -> i64 {
        now.timestamp().div_euclid(self.span)
    }

    fn made_in(&self, span: i64) -> String {
        URL_SAFE_NO_PAD.encode(&self.keys.tag(&[&self.tenant, &span.to_be_bytes()])[..16])
    }

    /// Whether it is the present one, the one before, or the next one of a node whose clock is ahead.
    pub(super) fn is_good(&self, nonce: &str, now: Time) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(nonce) else { return false };
        let present = self.span_at(now);
        (present - 1..=present + 1).any(|span| self.keys.verify(&[&self.tenant, &span.to_be_bytes()], &tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonces(keys: &MacKeys) -> Nonces<'_> {
        Nonces { keys, tenant: [7; 16], span: 150 }
    }

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(150_000 + seconds, 0).unwrap()
    }

    #[test]
    fn one_is_good_for_its_span_and_the_next() {
        let keys = MacKeys::new(vec![[1; 32]]);
        let nonces = nonces(&keys);
        let made = nonces.made_in(nonces.span_at(at(0)));
        assert_eq!(made, nonces.made_in(nonces.span_at(at(149))));
        assert_ne!(made, nonces.made_in(nonces.span_at(at(150))));
        for good in [0, 149, 150, 299, -1] {
            assert!(nonces.is_good(&made, at(good)), "{good}");
        }
        for bad in [300, 10_000, -151] {
            assert!(!nonces.is_good(&made, at(bad)), "{bad}");
        }
    }

    #[test]
    fn only_our_own_are_good_whole() {
        let keys = MacKeys::new(vec![[1; 32]]);
        let nonces = nonces(&keys);
        let made = nonces.made_in(nonces.span_at(at(0)));
        for bad in ["", "x", &made[..21], &format!("{made}="), "AAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(!nonces.is_good(bad, at(0)), "{bad}");
        }
        let other = Nonces { keys: nonces.keys, tenant: [8; 16], span: 150 };
        assert!(!other.is_good(&made, at(0)), "another tenant's");
        let rotated = MacKeys::new(vec![[2; 32], [1; 32]]);
        assert!(super::Nonces { keys: &rotated, tenant: [7; 16], span: 150 }.is_good(&made, at(0)));
        assert!(
            !super::Nonces { keys: &MacKeys::new(vec![[2; 32]]), tenant: [7; 16], span: 150 }.is_good(&made, at(0))
        );
    }
}

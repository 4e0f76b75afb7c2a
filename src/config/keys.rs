//! The keys of the service: which algorithms, and how keys follow each other.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{Algorithm, DecryptionAlgorithm, Span};

section! {
    /// The keys of the service: which algorithms there are, and how keys follow each other.
    pub struct Keys as "keys" {
        /// The signature algorithms that keys are kept for. `RS256` must be among them (OpenID Connect Discovery 1.0 §3).
        algorithms: Vec<Algorithm> = vec![Algorithm::Rs256, Algorithm::Es256],
        /// The algorithm of ID tokens for clients that did not choose (OpenID Connect Registration 1.0 §2: `RS256`).
        id_token_alg: Algorithm = Algorithm::Rs256,
        /// The algorithm of access tokens.
        access_token_alg: Algorithm = Algorithm::Es256,
        /// What clients may encrypt request objects with: `RSA-OAEP-256`, and `ECDH-ES`, which stands for `ECDH-ES+A128KW` and
        /// `ECDH-ES+A256KW` too. A key of each is published; empty keeps none.
        decryption_algorithms: Vec<DecryptionAlgorithm> = vec![DecryptionAlgorithm::RsaOaep256, DecryptionAlgorithm::EcdhEs],
        /// How long a new key is published before it signs, so that every verifier has fetched it.
        announce: Span = Span::hours(1),
        /// How long a key signs before the next one takes over.
        rotate_every: Span = Span::days(90),
    }
}

impl Judged for Keys {
    fn judge(&self, objections: &mut Objections) {
        let has = |algorithm| self.algorithms.contains(&algorithm);
        objections.unless(
            has(Algorithm::Rs256),
            &["algorithms"],
            "must contain RS256, which every relying party may rely on (OpenID Connect Discovery 1.0 §3)",
        );
        let distinct = self.algorithms.iter().enumerate().all(|(at, one)| !self.algorithms[..at].contains(one));
        objections.unless(distinct, &["algorithms"], "must not name an algorithm twice");
        let kinds = &self.decryption_algorithms;
        let distinct = kinds.iter().enumerate().all(|(at, one)| !kinds[..at].contains(one));
        objections.unless(distinct, &["decryption_algorithms"], "must not name an algorithm twice");
        let why = |algorithm: Algorithm| format!("must be one of keys.algorithms, which does not contain {algorithm}");
        // RS256 is asked for above; once is enough.
        let id_token_alg_is_kept = has(self.id_token_alg) || self.id_token_alg == Algorithm::Rs256;
        objections.unless(id_token_alg_is_kept, &["id_token_alg", "algorithms"], why(self.id_token_alg));
        objections.unless(has(self.access_token_alg), &["access_token_alg", "algorithms"], why(self.access_token_alg));
        objections.at_least(&["rotate_every"], self.rotate_every, Span::secs(1));
        let ordered = self.announce < self.rotate_every;
        let why = format!("must be shorter than keys.rotate_every ({})", self.rotate_every);
        objections.unless(ordered, &["announce", "rotate_every"], why);
    }
}

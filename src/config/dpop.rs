//! How proofs of possession are judged.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// Proofs of possession (DPoP, RFC 9449): tokens that are bound to a key of the client's own. A client may always send
    /// them; `dpop_bound_access_tokens` (`signet client create --dpop-bound`) holds it to them.
    pub struct Dpop as "dpop" {
        /// How old a proof may be. Each is good once, and remembered for so long.
        proof_ttl: Span = Span::secs(60),
        /// Whether a proof has to hold a nonce that Signet gave out a moment ago. It costs each client one more request now and
        /// then, and makes proofs worthless that were made ahead of time (RFC 9449 §8).
        nonces: bool = false,
        /// How long a nonce is good. It is replaced by the next one after half of it.
        nonce_ttl: Span = Span::minutes(5),
    }
}

impl Judged for Dpop {
    fn judge(&self, objections: &mut Objections) {
        objections.within(&["proof_ttl"], self.proof_ttl, Span::secs(5), Span::minutes(10));
        objections.within(&["nonce_ttl"], self.nonce_ttl, Span::secs(10), Span::hours(1));
    }
}

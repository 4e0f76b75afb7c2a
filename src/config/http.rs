//! Requests to addresses that clients registered.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{Bytes, Certificates, Span};

section! {
    /// Requests that Signet makes to addresses which clients registered: their keys, request objects, logout notices. They go
    /// to https addresses of the public internet only.
    pub struct Http as "http" {
        /// Whether private, loopback and link-local addresses may be asked too, and plain http on loopback: for intranets and
        /// tests. Whoever may register a client can then make Signet ask your internal servers.
        allow_private_targets: bool = false,
        /// Certificate authorities to trust besides the public ones, in PEM. `SIGNET_HTTP__EXTRA_CA_FILE` names a file that
        /// holds them.
        extra_ca: Option<Certificates> = None,
        /// How long one request may take, redirects included.
        timeout: Span = Span::secs(5),
        /// Most bytes of an answer that are read.
        response_limit: Bytes = Bytes::kib(256),
    }
}

impl Judged for Http {
    fn judge(&self, objections: &mut Objections) {
        objections.within(&["timeout"], self.timeout, Span::secs(1), Span::minutes(1));
    }
}

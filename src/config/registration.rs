//! Who may register.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{ClientRegistration, Span};

section! {
    /// Who may register: people, and applications.
    pub struct Registration as "registration" {
        /// Whether anyone may register. Otherwise accounts are made with `signet user create`.
        open: bool = true,
        /// Whether applications may register themselves (RFC 7591): `off`, with a `token` of
        /// `signet client registration-token create`, or `open` to anyone.
        clients: ClientRegistration = ClientRegistration::Off,
        /// So many applications may have registered themselves at a time.
        client_quota: u32 = 10_000,
        /// An application that registered itself is deleted when nobody has used it for so long.
        keep_unused_clients: Span = Span::days(90),
    }
}

impl Judged for Registration {
    fn judge(&self, objections: &mut Objections) {
        objections.at_least(&["keep_unused_clients"], self.keep_unused_clients, Span::days(2));
    }
}

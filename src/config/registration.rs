//! Who may register.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{ClientRegistration, HostPattern, Span};
use crate::kernel::scope::Scopes;

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
        /// Scopes that applications which register or describe themselves may have besides the standard ones: those of APIs that are
        /// open to any application that a person allows, such as MCP servers.
        client_scopes: Vec<String> = Vec::new(),
        /// Whether an application may be known by the https address of its own description (client ID metadata document), without
        /// registering.
        client_id_documents: bool = false,
        /// Hosts whose descriptions are read, such as `app.example.com` or `*.example.com`; empty for any.
        client_id_document_hosts: Vec<HostPattern> = Vec::new(),
        /// Hosts whose descriptions are not read, whatever the other list says.
        client_id_document_hosts_denied: Vec<HostPattern> = Vec::new(),
    }
}

impl Judged for Registration {
    fn judge(&self, objections: &mut Objections) {
        objections.at_least(&["keep_unused_clients"], self.keep_unused_clients, Span::days(2));
        let one_each = |text: &String| Scopes::parse(text).is_ok_and(|scopes| scopes.iter().count() == 1);
        let why = "must be scopes, each by itself";
        objections.unless(self.client_scopes.iter().all(one_each), &["client_scopes"], why);
    }
}

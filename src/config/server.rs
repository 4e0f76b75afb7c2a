//! How requests are received.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{Bytes, HostName, Network, Span};

section! {
    /// How HTTP requests are received: limits of time, size and number.
    pub struct Server as "server" {
        /// How long a request may take from its first byte to the last byte of the answer.
        request_timeout: Span = Span::secs(30),
        /// How long a client may take to send the head of a request.
        header_timeout: Span = Span::secs(10),
        /// How long a client may take in nothing of an answer before its connection is cut.
        write_timeout: Span = Span::secs(30),
        /// How many connections are open at once; further ones wait to be accepted.
        max_connections: u32 = 10_000,
        /// The largest form body; larger ones are answered with 413.
        form_limit: Bytes = Bytes::kib(64),
        /// The largest JSON body; larger ones are answered with 413.
        json_limit: Bytes = Bytes::kib(256),
        /// How long open requests may go on after a signal to stop.
        shutdown_grace: Span = Span::secs(10),
        /// Host names answered besides the issuer's. Any other `Host` header is refused with 421.
        allowed_hosts: Vec<HostName> = Vec::new(),
        /// The proxies in front, as addresses or networks (`10.0.0.0/8, 2001:db8::/32`). Only from these are `Forwarded`
        /// and `X-Forwarded-*` believed: whose request it is, and under which host name it was asked. The proxy has to
        /// append to these headers or to replace them.
        trusted_proxies: Vec<Network> = Vec::new(),
    }
}

impl Judged for Server {
    fn judge(&self, objections: &mut Objections) {
        objections.at_least(&["request_timeout"], self.request_timeout, Span::secs(1));
        objections.at_least(&["header_timeout"], self.header_timeout, Span::secs(1));
        objections.at_least(&["write_timeout"], self.write_timeout, Span::secs(1));
        objections.at_least(&["max_connections"], self.max_connections, 1);
        objections.at_least(&["form_limit"], self.form_limit, Bytes::kib(4));
        objections.at_least(&["json_limit"], self.json_limit, Bytes::kib(4));
    }
}

//! How often things may be tried.

use super::section::{Judged, section};
use super::values::{Rate, Span};

section! {
    /// How often things may be tried. A rate is a count and a window, such as `10/15m`; `0` switches a limit off.
    /// An address means a network address: IPv4 by itself, IPv6 by its /64.
    pub struct Limits as "limits" {
        /// Failed sign-ins for one account name, whether or not the account exists.
        account_failures: Rate = Rate::new(10, Span::minutes(15)),
        /// Failed sign-ins for one account name over a longer time, against patient guessing.
        account_failures_sustained: Rate = Rate::new(100, Span::hours(1)),
        /// Failed sign-ins from one address, over all accounts.
        address_failures: Rate = Rate::new(100, Span::minutes(15)),
        /// Registrations from one address.
        registrations_per_address: Rate = Rate::new(100, Span::hours(1)),
        /// Requests from one address to verify an address or to enter its code.
        verifications_per_address: Rate = Rate::new(200, Span::hours(1)),
        /// Requests from one address to reset a forgotten password.
        resets_per_address: Rate = Rate::new(60, Span::hours(1)),
        /// Mails of every kind that a stranger can cause to be sent to one recipient.
        mails_per_recipient: Rate = Rate::new(5, Span::hours(1)),
        /// Authorization requests from one address: each that needs a page is kept until it is answered or too old.
        authorizations_per_address: Rate = Rate::new(3000, Span::minutes(1)),
        /// Requests from one address to sign a device in: each is a row until it is answered or too old.
        device_authorizations_per_address: Rate = Rate::new(100, Span::minutes(10)),
        /// Codes of devices that are entered from one address, or by one person who is signed in; right or wrong.
        user_codes_per_address: Rate = Rate::new(30, Span::minutes(15)),
        /// Wrong codes of devices from all addresses together, against guessing from many (RFC 8628 §5.1).
        user_code_failures: Rate = Rate::new(1000, Span::hours(1)),
        /// Requests that clients send to one person who is elsewhere (CIBA): each is a mail and a line on their page.
        backchannel_requests_per_person: Rate = Rate::new(10, Span::minutes(15)),
        /// People whom one client names there and who are unknown here: nobody tries out who has an account.
        backchannel_unknown_per_client: Rate = Rate::new(60, Span::hours(1)),
        /// Requests of one client to the token endpoint. Off by default: a busy application is no attack.
        token_requests_per_client: Rate = Rate::OFF,
        /// Applications that register themselves from one address.
        client_registrations_per_address: Rate = Rate::new(1000, Span::hours(1)),
        /// Descriptions of applications (client ID metadata documents) that are fetched because of requests from one address.
        client_documents_per_address: Rate = Rate::new(60, Span::minutes(1)),
        /// Descriptions of applications that are fetched from one host; those of applications in use are not counted.
        client_documents_per_host: Rate = Rate::new(60, Span::minutes(1)),
        /// Failed client authentications from one address.
        client_failures_per_address: Rate = Rate::new(100, Span::minutes(15)),
    }
}

impl Judged for Limits {}

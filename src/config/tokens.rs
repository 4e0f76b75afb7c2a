//! How long tokens, codes and sign-ins in progress live.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// How long tokens, authorization codes and sign-ins in progress live. A client may have its own access token lifetime.
    pub struct Tokens as "tokens" {
        /// Lifetime of an access token. It is believed without a question until then, so keep it short.
        access_token_ttl: Span = Span::minutes(10),
        /// Lifetime of an ID token.
        id_token_ttl: Span = Span::hours(1),
        /// Lifetime of an authorization code, at most 10 minutes (RFC 6749 §4.1.2).
        code_ttl: Span = Span::secs(60),
        /// A refresh token dies after so long without use.
        refresh_idle: Span = Span::days(30),
        /// A line of refresh tokens ends so long after the sign-in that began it.
        refresh_absolute: Span = Span::days(90),
        /// How long a client may repeat a refresh token that it has just used, and get the same answer again: for lost
        /// replies and parallel tabs. Later reuse is taken for theft (RFC 9700 §4.14.2).
        refresh_grace: Span = Span::secs(30),
        /// How long a person may take from the application's request to its answer.
        flow_ttl: Span = Span::hours(1),
        /// How long a pushed authorization request may wait for the person (RFC 9126 §2.2).
        par_ttl: Span = Span::secs(60),
        /// How long a person may take to enter a device's code and decide (RFC 8628 §3.2, `expires_in`).
        device_code_ttl: Span = Span::minutes(10),
        /// How long a device has to wait between two questions whether the person has decided (RFC 8628 §3.2, `interval`).
        device_poll_interval: Span = Span::secs(5),
        /// How long a person may take to decide what a client asks from afar, where the client does not say (OpenID CIBA Core §7.3,
        /// `expires_in`).
        backchannel_request_ttl: Span = Span::minutes(5),
        /// How long such a request may live at most, whatever the client wishes (`requested_expiry`).
        backchannel_request_max_ttl: Span = Span::hours(1),
        /// How long the client has to wait between two questions whether the person has decided (OpenID CIBA Core §7.3, `interval`).
        backchannel_poll_interval: Span = Span::secs(5),
    }
}

impl Judged for Tokens {
    fn judge(&self, objections: &mut Objections) {
        objections.within(&["access_token_ttl"], self.access_token_ttl, Span::secs(1), Span::days(1));
        objections.within(&["id_token_ttl"], self.id_token_ttl, Span::secs(1), Span::days(1));
        objections.within(&["code_ttl"], self.code_ttl, Span::secs(1), Span::minutes(10));
        objections.within(&["refresh_grace"], self.refresh_grace, Span::secs(0), Span::minutes(10));
        objections.within(&["flow_ttl"], self.flow_ttl, Span::minutes(1), Span::days(1));
        objections.within(&["par_ttl"], self.par_ttl, Span::secs(5), Span::minutes(10));
        objections.within(&["device_code_ttl"], self.device_code_ttl, Span::minutes(1), Span::hours(1));
        objections.within(&["device_poll_interval"], self.device_poll_interval, Span::secs(1), Span::minutes(1));
        let longest = self.backchannel_request_max_ttl;
        objections.within(&["backchannel_request_max_ttl"], longest, Span::minutes(1), Span::days(1));
        objections.within(&["backchannel_request_ttl"], self.backchannel_request_ttl, Span::secs(10), longest);
        objections.within(
            &["backchannel_poll_interval"],
            self.backchannel_poll_interval,
            Span::secs(1),
            Span::minutes(1),
        );
        objections.at_least(&["refresh_idle"], self.refresh_idle, Span::secs(1));
        let ordered = self.refresh_idle <= self.refresh_absolute;
        let why = format!("must not be shorter than tokens.refresh_idle ({})", self.refresh_idle);
        objections.unless(ordered, &["refresh_absolute", "refresh_idle"], why);
        let ordered = self.refresh_grace <= self.refresh_idle;
        let why = format!("must not be longer than tokens.refresh_idle ({})", self.refresh_idle);
        objections.unless(ordered, &["refresh_grace", "refresh_idle"], why);
    }
}

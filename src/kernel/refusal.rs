//! Refusals: every way to say no, with a stable name and a sentence that helps.

use std::{borrow::Cow, fmt, time::Duration};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// Every way to say no. The three wire mappings (`web/reply`) are exhaustive: a new code does not compile
        /// until each has decided.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// Every code, for documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

codes! {
    /// RFC 6749 §4.1.2.1, §5.2: a parameter is missing, repeated or malformed.
    InvalidRequest = "invalid_request";
    /// RFC 6749 §5.2: client authentication failed.
    InvalidClient = "invalid_client";
    /// RFC 6749 §5.2: the code or refresh token is not good for this client, or no longer.
    InvalidGrant = "invalid_grant";
    /// RFC 6749 §5.2: the client may not use this grant type.
    UnauthorizedClient = "unauthorized_client";
    /// RFC 6749 §5.2: no such grant type here.
    UnsupportedGrantType = "unsupported_grant_type";
    /// RFC 6749 §5.2: the scope is unknown, malformed or more than was granted.
    InvalidScope = "invalid_scope";
    /// RFC 8707 §2: the resource is malformed, unknown or not for this client.
    InvalidTarget = "invalid_target";
    /// RFC 9396 §5: the authorization details are malformed, of an unknown type, not for this client or more than was granted.
    InvalidAuthorizationDetails = "invalid_authorization_details";
    /// RFC 6749 §4.1.2.1: the person said no.
    AccessDenied = "access_denied";
    /// RFC 8628 §3.5: nobody has decided yet; ask again after the interval.
    AuthorizationPending = "authorization_pending";
    /// RFC 8628 §3.5: nobody has decided yet, and the client asks too often: its interval grows by 5 seconds.
    SlowDown = "slow_down";
    /// RFC 8628 §3.5: nobody decided in time.
    ExpiredToken = "expired_token";
    /// OpenID CIBA Core §13: the hint names nobody here who could be asked.
    UnknownUserId = "unknown_user_id";
    /// OpenID CIBA Core §13: the `login_hint_token` has expired.
    ExpiredLoginHintToken = "expired_login_hint_token";
    /// OpenID CIBA Core §13: the `binding_message` is too long, or has characters that cannot be shown.
    InvalidBindingMessage = "invalid_binding_message";
    /// RFC 6749 §4.1.2.1: no such response type for this client.
    UnsupportedResponseType = "unsupported_response_type";
    /// OpenID Connect Core §3.1.2.6: a person must sign in and `prompt=none` forbids to ask.
    LoginRequired = "login_required";
    /// OpenID Connect Core §3.1.2.6: consent is needed and `prompt=none` forbids to ask.
    ConsentRequired = "consent_required";
    /// OpenID Connect Core §3.1.2.6: an account must be chosen and `prompt=none` forbids to ask.
    AccountSelectionRequired = "account_selection_required";
    /// OpenID Connect Core §3.1.2.6: some page is needed and `prompt=none` forbids to show it.
    InteractionRequired = "interaction_required";
    /// OpenID Connect Core §3.1.2.6: the `request` parameter is not supported.
    RequestNotSupported = "request_not_supported";
    /// OpenID Connect Core §3.1.2.6: the `request_uri` parameter is not supported.
    RequestUriNotSupported = "request_uri_not_supported";
    /// OpenID Connect Core §3.1.2.6: the `registration` parameter is not supported.
    RegistrationNotSupported = "registration_not_supported";
    /// RFC 9101 §7, OpenID Connect Core §3.1.2.6: the request object is not good.
    InvalidRequestObject = "invalid_request_object";
    /// RFC 9101 §7, RFC 9126 §4: the address in `request_uri` is not good, or no longer.
    InvalidRequestUri = "invalid_request_uri";
    /// OpenID Connect Unmet Authentication Requirements 1.0: an essential `acr` cannot be reached.
    UnmetAuthenticationRequirements = "unmet_authentication_requirements";
    /// RFC 6750 §3.1: the access token is expired, revoked or malformed.
    InvalidToken = "invalid_token";
    /// RFC 6750 §3.1: the access token lacks a scope.
    InsufficientScope = "insufficient_scope";
    /// RFC 9449 §5, §7.1: the proof of possession is not good, or there is none.
    InvalidDpopProof = "invalid_dpop_proof";
    /// RFC 9449 §8, §9: the proof of possession has to hold the nonce of this answer.
    UseDpopNonce = "use_dpop_nonce";
    /// RFC 7591 §3.2.2: a redirect URI cannot be registered.
    RedirectUriRefused = "redirect_uri_refused";
    /// RFC 7591 §3.2.2: some metadata cannot be registered.
    InvalidClientMetadata = "invalid_client_metadata";
    /// RFC 7591 §3.2.2: the software statement is none.
    InvalidSoftwareStatement = "invalid_software_statement";
    /// RFC 7591 §3.2.2: nobody here vouches for whoever made the software statement.
    UnapprovedSoftwareStatement = "unapproved_software_statement";
    /// A redirect URI that is not registered: told to the person only (RFC 6749 §4.1.2.1).
    InvalidRedirectUri = "invalid_redirect_uri";
    /// One or more fields cannot be accepted; each says why.
    InvalidInput = "invalid_input";
    /// The body or its encoding cannot be read.
    Malformed = "malformed";
    /// Name and password do not match (or the account is locked: the answer is the same).
    WrongCredentials = "wrong_credentials";
    /// The address has to be verified first.
    EmailUnverified = "email_unverified";
    /// A link or code is unknown, spent or too old.
    ProofInvalid = "proof_invalid";
    /// The request in progress is unknown, too old or belongs to another browser.
    FlowExpired = "flow_expired";
    /// Somebody has to sign in first.
    NotSignedIn = "not_signed_in";
    /// The caller may not ask for this.
    Forbidden = "forbidden";
    /// A form that was not made for this browser, or came from another site.
    ForeignForm = "foreign_form";
    /// No such thing.
    NotFound = "not_found";
    /// It exists already, or changed meanwhile.
    Conflict = "conflict";
    /// The path exists, the method does not (RFC 9110 §15.5.6).
    MethodNotAllowed = "method_not_allowed";
    /// The body is too large (RFC 9110 §15.5.14).
    TooLarge = "too_large";
    /// The address is too long (RFC 9110 §15.5.15).
    UriTooLong = "uri_too_long";
    /// The body has a type that is not read here (RFC 9110 §15.5.16).
    UnsupportedMediaType = "unsupported_media_type";
    /// This host is not served here (RFC 9110 §15.5.20).
    MisdirectedRequest = "misdirected_request";
    /// The body did not arrive in time (RFC 9110 §15.5.9).
    RequestTimeout = "request_timeout";
    /// Too many tries; `Retry-After` says when again.
    TooManyRequests = "too_many_requests";
    /// More work than this node takes on; `Retry-After` says when again.
    Busy = "busy";
}

impl Code {
    /// The refusal with a sentence for whoever is told.
    pub fn because(self, sentence: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal { sentence: Some(sentence.into()), ..Refusal::from(self) }
    }
}

/// One field that could not be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: &'static str,
    /// A stable name of the reason.
    pub code: &'static str,
    /// The reason in words, without the field's name at the start.
    pub message: Cow<'static, str>,
}

/// A no, with everything that may be told and something that may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which no.
    pub code: Code,
    /// A sentence for whoever is told; ASCII where it goes to an OAuth client (RFC 6749 §5.2).
    pub sentence: Option<Cow<'static, str>>,
    /// The fields it is about.
    pub fields: Vec<FieldError>,
    /// When to come again.
    pub retry_after: Option<Duration>,
    /// For the log only.
    pub hidden: Option<String>,
}

impl Refusal {
    /// Names the field it is about; `code` is the stable name of the reason.
    #[must_use]
    pub fn at(mut self, field: &'static str, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        self.fields.push(FieldError { field, code, message: message.into() });
        self
    }

    /// Adds what only the log may say.
    #[must_use]
    pub fn hiding(mut self, detail: impl Into<String>) -> Self {
        self.hidden = Some(detail.into());
        self
    }

    /// Says when to come again.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, sentence: None, fields: Vec::new(), retry_after: None, hidden: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.name())?;
        if let Some(sentence) = &self.sentence {
            write!(f, ": {sentence}")?;
        }
        for field in &self.fields {
            write!(f, " [{} {}]", field.field, field.code)?;
        }
        if let Some(hidden) = &self.hidden {
            write!(f, " ({hidden})")?;
        }
        Ok(())
    }
}

/// Collects field errors, so that a form is told everything at once.
#[derive(Debug, Default)]
pub struct Findings(Vec<FieldError>);

impl Findings {
    /// Keeps the value, or notes why `field` cannot be accepted.
    pub fn keep<T>(
        &mut self,
        field: &'static str,
        code: &'static str,
        result: Result<T, impl fmt::Display>,
    ) -> Option<T> {
        result.map_err(|error| self.note(field, code, error.to_string())).ok()
    }

    /// Notes a reason.
    pub fn note(&mut self, field: &'static str, code: &'static str, message: impl Into<Cow<'static, str>>) {
        self.0.push(FieldError { field, code, message: message.into() });
    }

    /// The refusal, if anything was noted.
    pub fn refusal(self) -> Option<Refusal> {
        (!self.0.is_empty())
            .then(|| Refusal { fields: self.0, ..Code::InvalidInput.because("Some fields need another look.") })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_snake_case() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }

    #[test]
    fn findings_are_told_together() {
        let mut findings = Findings::default();
        assert_eq!(findings.keep("a", "bad", Ok::<_, String>(1)), Some(1));
        assert_eq!(findings.keep("b", "bad", Err::<i32, _>("is bad")), None);
        findings.note("c", "worse", "is worse");
        let fields: Vec<_> = findings.refusal().into_iter().flat_map(|r| r.fields).map(|f| f.field).collect();
        assert_eq!(fields, ["b", "c"]);
        assert!(Findings::default().refusal().is_none());
    }
}

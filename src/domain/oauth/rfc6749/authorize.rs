//! The authorization request (RFC 6749 §4.1.1) with PKCE (RFC 7636 §4.3).

use std::borrow::Cow;

use oxide_auth::{
    code_grant::{
        authorization::{Authorization, Error, Input, Output, Request},
        error::AuthorizationErrorType,
        extensions::Pkce,
    },
    primitives::{
        grant::Extensions,
        registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl},
    },
};

use crate::{
    domain::oauth::Parameters,
    kernel::{Code, Refusal, scope::Scopes},
};

/// What the client's registration says about a request.
pub struct Registration<'a> {
    /// Its public identifier.
    pub client_id: &'a str,
    /// The address that was checked already.
    pub redirect_uri: &'a str,
    /// What it may have of what it asks for.
    pub scope: &'a Scopes,
    /// Whether it has to ask for a scope at all.
    pub scope_needed: bool,
    /// Whether PKCE is demanded.
    pub pkce_required: bool,
}

/// Lets the machine decide; answers the scope that may be granted.
pub fn authorize(parameters: &Parameters, registration: &Registration<'_>) -> Result<Scopes, Refusal> {
    let request = Asked(parameters);
    let defect = || Code::InvalidRequest.because("the request is not as RFC 6749 has it");
    let bound = || ExactUrl::new(registration.redirect_uri.to_owned()).map(RegisteredUrl::Exact).map_err(|_| defect());
    let pkce = if registration.pkce_required { Pkce::required() } else { Pkce::optional() };
    let mut machine = Authorization::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Bind { client_id, .. } if client_id == registration.client_id => Input::Bound {
                request: &request,
                bound_client: BoundClient { client_id: Cow::Owned(client_id), redirect_uri: Cow::Owned(bound()?) },
            },
            Output::Bind { .. } => return Err(defect()),
            Output::Extend => {
                let (method, challenge) =
                    (request.extension("code_challenge_method"), request.extension("code_challenge"));
                pkce.challenge(method, challenge)
                    .map_err(|()| Code::InvalidRequest.because("code_challenge is required (PKCE, RFC 7636)"))?;
                Input::Extended(Extensions::new())
            }
            Output::Negotiate { .. } if registration.scope.is_empty() && registration.scope_needed => {
                return Err(Code::InvalidScope.because("the client may ask for none of these scopes"));
            }
            Output::Negotiate { bound_client, .. } => Input::Negotiated {
                pre_grant: PreGrant {
                    client_id: bound_client.client_id.clone().into_owned(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: registration.scope.to_string().parse().map_err(|_| defect())?,
                },
                state: None, // repeated from the checked address, not from here
            },
            Output::Ok { pre_grant, .. } => {
                return Scopes::parse(&pre_grant.scope.to_string()).map_err(|_| defect());
            }
            Output::Err(Error::Redirect(mut url)) => return Err(refusal(url.description().kind())),
            Output::Err(_) => return Err(defect()),
        };
    }
}

fn refusal(kind: AuthorizationErrorType) -> Refusal {
    match kind {
        AuthorizationErrorType::UnsupportedResponseType => {
            Code::UnsupportedResponseType.because("response_type must be code")
        }
        AuthorizationErrorType::InvalidScope => Code::InvalidScope.because("the scope is malformed"),
        AuthorizationErrorType::UnauthorizedClient => {
            Code::UnauthorizedClient.because("the client may not use this response type")
        }
        AuthorizationErrorType::AccessDenied => Code::AccessDenied.into(),
        AuthorizationErrorType::InvalidRequest
        | AuthorizationErrorType::ServerError
        | AuthorizationErrorType::TemporarilyUnavailable => {
            Code::InvalidRequest.because("the request is not as RFC 6749 has it")
        }
    }
}

/// The request as the machine reads it; repetitions were refused before.
struct Asked<'a>(&'a Parameters);

impl Asked<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.first(name).map(Cow::Borrowed)
    }
}

impl Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.value("client_id")
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.value("scope")
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.value("redirect_uri")
    }

    fn state(&self) -> Option<Cow<'_, str>> {
        self.value("state")
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        // The machine knows no other; what was asked for has been judged (`request/response.rs`).
        Some(Cow::Borrowed("code"))
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.value(key)
    }
}

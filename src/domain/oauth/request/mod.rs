//! The authorization request (OpenID Connect Core §3.1.2.1) and the checks it has to pass.

mod address;
mod challenge;
mod claims;
mod core;
mod details;
mod dpop;
mod hints;
mod interaction;
mod mode;
mod resource;
mod response;
mod unsupported;

use serde::{Deserialize, Serialize};

pub use address::ReturnAddress;
pub use claims::{ClaimRequest, ClaimsRequest};
pub use interaction::{Display, Prompt};
pub use mode::{ResponseMode, Way};
pub use response::ResponseType;

use super::{Parameters, confirmation::Thumbprint};
use crate::{
    config::Oauth,
    domain::clients::Client,
    kernel::{Refusal, details::Details, scope::Scopes},
};

/// A request that passed every check.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Public identifier of the client.
    pub client_id: String,
    /// Where the answer goes, and how.
    pub address: ReturnAddress,
    /// What the answer brings.
    pub response_type: ResponseType,
    /// What the client asks for, of what it may ask for.
    pub scope: Scopes,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// What the client wants asked.
    pub prompt: Vec<Prompt>,
    /// How old the sign-in may be, in seconds.
    pub max_age: Option<u32>,
    /// Who the client thinks it is, as typed into the name field.
    pub login_hint: Option<String>,
    /// Who it has to be, as `sub` names them to this client: from `id_token_hint` or a requested `sub`.
    pub expected_subject: Option<String>,
    /// Languages, most wanted first.
    pub ui_locales: Option<String>,
    /// How pages should be shown.
    pub display: Option<Display>,
    /// Wanted authentication contexts, most wanted first.
    pub acr_values: Vec<String>,
    /// Single claims.
    pub claims: ClaimsRequest,
    /// PKCE challenge, always S256.
    pub code_challenge: Option<String>,
    /// What access tokens are for, by URI: the resources that were named, and those of the authorization details.
    pub resources: Vec<String>,
    /// Authorization details.
    #[serde(default)]
    pub details: Details,
    /// Whether some of them are allowed for this once.
    #[serde(default)]
    pub once: bool,
    /// The key that the code is bound to (RFC 9449 §10).
    #[serde(default)]
    pub dpop_jkt: Option<Thumbprint>,
}

/// What checks may know besides request and client.
pub struct Rules<'a> {
    /// The settings of the endpoint.
    pub oauth: &'a Oauth,
    /// Whether anyone may make an account here.
    pub registration_open: bool,
    /// The subject of `id_token_hint`; none where it is not an ID token that this issuer made.
    pub hinted_subject: Option<String>,
    /// What a request without `scope` asks for (RFC 6749 §3.3).
    pub usual_scope: Scopes,
}

/// A request on its way through the checks.
pub struct Draft<'a> {
    /// What was sent.
    pub parameters: &'a Parameters,
    /// What was understood so far.
    pub request: AuthorizationRequest,
}

/// One check: pure, and one line in [`CHECKS`].
pub struct Check {
    /// Its name, for tests and documentation.
    pub name: &'static str,
    /// Reads what it needs and fills in its part.
    pub run: fn(&mut Draft<'_>, &Client, &Rules<'_>) -> Result<(), Refusal>,
}

/// Every check after client and redirect URI, in order: the first refusal is the answer.
pub const CHECKS: &[Check] = &[
    Check { name: "repeated parameters", run: unsupported::repeated },
    Check { name: "unsupported parameters", run: unsupported::parameters },
    Check { name: "response_type", run: response::response_type },
    Check { name: "code challenge", run: challenge::check },
    Check { name: "authorization_details", run: details::details },
    Check { name: "RFC 6749", run: core::check },
    Check { name: "nonce", run: hints::nonce },
    Check { name: "ID token", run: response::id_token },
    Check { name: "prompt", run: interaction::prompt },
    Check { name: "max_age", run: interaction::max_age },
    Check { name: "display", run: interaction::display },
    Check { name: "hints", run: hints::login },
    Check { name: "claims", run: claims::check },
    Check { name: "acr_values", run: claims::acr },
    Check { name: "resource", run: resource::resources },
    Check { name: "dpop_jkt", run: dpop::key },
];

/// A refused request: to be told to the client at its address, which has been checked.
#[derive(Debug)]
pub struct Rejection {
    /// Where to.
    pub address: ReturnAddress,
    /// What.
    pub refusal: Refusal,
}

/// Runs every check on a request of a known client to an address of its own.
pub fn check(
    parameters: &Parameters,
    client: &Client,
    address: ReturnAddress,
    rules: &Rules<'_>,
) -> Result<AuthorizationRequest, Box<Rejection>> {
    let request = AuthorizationRequest {
        client_id: client.client_id.clone(),
        address,
        response_type: ResponseType::CODE,
        scope: Scopes::default(),
        nonce: None,
        prompt: Vec::new(),
        max_age: None,
        login_hint: None,
        expected_subject: None,
        ui_locales: None,
        display: None,
        acr_values: Vec::new(),
        claims: ClaimsRequest::default(),
        code_challenge: None,
        resources: Vec::new(),
        details: Details::default(),
        once: false,
        dpop_jkt: None,
    };
    let mut draft = Draft { parameters, request };
    for check in CHECKS {
        if let Err(refusal) = (check.run)(&mut draft, client, rules) {
            return Err(Box::new(Rejection { address: draft.request.address, refusal }));
        }
    }
    Ok(draft.request)
}

impl AuthorizationRequest {
    /// Whether `prompt` has this value.
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }

    /// What a person has to allow: the scopes, and those that stand for claims asked for one by one.
    pub fn to_be_allowed(&self) -> Scopes {
        self.claims.scopes().fold(self.scope.clone(), Scopes::with)
    }

    /// Whether it is an OpenID Connect request (Core §3.1.2.1).
    pub fn is_openid(&self) -> bool {
        self.scope.has("openid")
    }
}

#[cfg(test)]
mod tests;

//! The token endpoint as one pipeline (RFC 6749 §3.2): what every grant needs happens here, so that none can forget it.

use super::{TokenResponse, mint};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::{Answer, Envelope},
        oauth::{
            Parameters,
            confirmation::{Confirmation, Possession},
            from_client,
            grants::{GRANTS, TokenRequest},
        },
    },
    kernel::{Code, Result, secret::Secret},
};

/// Exchanges a grant for tokens.
#[derive(Debug, Clone)]
pub struct RedeemToken {
    /// The body.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
}

impl Operation for RedeemToken {
    type Output = TokenResponse;
    const NAME: &'static str = "token.redeem";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<TokenResponse> {
        self.parameters.refuse_repeated()?;
        let grant_type = self.parameters.required("grant_type")?;
        let client = from_client::authenticate(cx, &self.parameters, self.basic).await?;
        let grant = GRANTS
            .iter()
            .find(|grant| grant.grant_type().name() == grant_type)
            .ok_or_else(|| Code::UnsupportedGrantType.because("this grant type is not supported"))?;
        if !client.may(grant.grant_type()) {
            return Err(Code::UnauthorizedClient.because("the client is not registered for this grant type").into());
        }
        let parameters = self.parameters.only(grant.parameters());
        let resources = self.parameters.all("resource").map(str::to_owned).collect();
        // A client without a key for its ID tokens learns it before its code or refresh token is spent.
        let envelope = match grant.identifies() {
            true => Envelope::prepare(cx, &client, Answer::IdToken).await?,
            false => Envelope::default(),
        };
        // Nothing proves possession yet: every token is a bearer token.
        let held = Possession::default();
        let request = TokenRequest { client, parameters, resources, held };
        let entitlement = grant.redeem(cx, &request).await?;
        let confirmation = Confirmation::binding(&request.held, false);
        mint(cx, &request.client, entitlement, &confirmation, &envelope)
    }
}

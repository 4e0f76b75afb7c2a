//! The token endpoint as one pipeline (RFC 6749 §3.2): what every grant needs happens here, so that none can forget it.

use super::{TokenResponse, mint};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::{self, Presented},
        oauth::{
            Parameters,
            grants::{GRANTS, TokenRequest},
        },
        rates::rate,
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
        let presented = Presented {
            basic: self.basic,
            client_id: self.parameters.once("client_id")?.map(str::to_owned),
            client_secret: self.parameters.once("client_secret")?.map(Secret::new),
        };
        let client = clients::authenticate(cx, &presented).await?;
        cx.limit("token", &client.client_id, rate(cx.config().limits.token_requests_per_client)).await?;
        let grant = GRANTS
            .iter()
            .find(|grant| grant.grant_type().name() == grant_type)
            .ok_or_else(|| Code::UnsupportedGrantType.because("this grant type is not supported"))?;
        if !client.may(grant.grant_type()) {
            return Err(Code::UnauthorizedClient.because("the client is not registered for this grant type").into());
        }
        let parameters = self.parameters.only(grant.parameters());
        let request = TokenRequest { client, parameters };
        let entitlement = grant.redeem(cx, &request).await?;
        mint(cx, &request.client, entitlement)
    }
}

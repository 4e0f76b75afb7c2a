//! The token endpoint as one pipeline (RFC 6749 §3.2): what every grant needs happens here, so that none can forget it.

use super::{TokenResponse, mint};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::{Answer, Client, Envelope},
        oauth::{
            Parameters,
            confirmation::{Confirmation, Possession},
            details,
            dpop::Evidence,
            from_client,
            grants::{GRANTS, TokenRequest},
        },
    },
    kernel::{Code, Refusal, Result, secret::Secret},
};

/// Exchanges a grant for tokens.
#[derive(Debug, Clone)]
pub struct RedeemToken {
    /// The body.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
    /// What the request shows besides.
    pub evidence: Evidence,
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
        let details = self.parameters.once("authorization_details")?;
        let details = details.map(|text| details::read(&client, text)).transpose()?;
        // A client without a key for its ID tokens learns it before its code or refresh token is spent.
        let envelope = match grant.identifies() {
            true => Envelope::prepare(cx, &client, Answer::IdToken).await?,
            false => Envelope::default(),
        };
        // Before the grant is looked at: a client that is told to use a nonce has its code or refresh token still.
        let proved = self.evidence.judge(&cx.app, cx.tenant(), None, cx.now)?;
        let confirmation = confirmation(&client, &proved.held)?;
        proved.once(&cx.app).await?;
        let request = TokenRequest { client, parameters, resources, details, held: proved.held };
        let entitlement = grant.redeem(cx, &request).await?;
        mint(cx, &request.client, entitlement, &confirmation, &envelope)
    }
}

/// What the access token will be bound to: to whatever is proved, and to a key in any case where the client registered that
/// (`dpop_bound_access_tokens`, RFC 9449 §5.2).
fn confirmation(client: &Client, held: &Possession) -> Result<Confirmation, Refusal> {
    if client.metadata.dpop_bound_access_tokens && held.jkt.is_none() {
        return Err(Code::InvalidDpopProof.because("the client's tokens are bound to a key: a DPoP header is needed"));
    }
    Ok(Confirmation::binding(held, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{clients::testing::client, oauth::confirmation::Thumbprint};

    #[test]
    fn a_proof_binds_and_some_clients_need_one() {
        let proved = Possession { jkt: Some(Thumbprint::of_digest([1; 32])), x5t_s256: None };
        let mut client = client();
        let bound = |client: &Client, held: &Possession| {
            confirmation(client, held).map(|confirmation| confirmation.jkt).map_err(|refusal| refusal.code)
        };
        assert_eq!(bound(&client, &proved), Ok(proved.jkt.clone()));
        assert_eq!(bound(&client, &Possession::default()), Ok(None));
        client.metadata.dpop_bound_access_tokens = true;
        assert_eq!(bound(&client, &proved), Ok(proved.jkt.clone()));
        assert_eq!(bound(&client, &Possession::default()), Err(Code::InvalidDpopProof));
    }
}

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
            profile,
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
        let held_to = client.profile(&cx.config().oauth);
        profile::judge_proof(held_to, proved.algorithm)?;
        let confirmation = profile::bind(held_to, confirmation, &proved.held)?;
        proved.once(&cx.app).await?;
        let request = TokenRequest { client, parameters, resources, details, held: proved.held };
        let entitlement = grant.redeem(cx, &request).await?;
        mint(cx, &request.client, entitlement, &confirmation, &envelope)
    }
}

/// What the access token will be bound to: to a key that is proved, and in any case to what the client registered: a key
/// (`dpop_bound_access_tokens`, RFC 9449 §5.2), its certificate (`tls_client_certificate_bound_access_tokens`, RFC 8705 §3.4), or both.
fn confirmation(client: &Client, held: &Possession) -> Result<Confirmation, Refusal> {
    if client.metadata.dpop_bound_access_tokens && held.jkt.is_none() {
        return Err(Code::InvalidDpopProof.because("the client's tokens are bound to a key: a DPoP header is needed"));
    }
    let by_certificate = client.metadata.tls_client_certificate_bound_access_tokens;
    if by_certificate && held.x5t_s256.is_none() {
        let why = "the client's tokens are bound to a certificate: the connection needs one that is good now";
        return Err(Code::InvalidRequest.because(why));
    }
    Ok(Confirmation::binding(held, by_certificate))
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

    #[test]
    fn a_certificate_binds_where_the_client_registered_that_and_is_needed_there() {
        let (key, certificate) = (Thumbprint::of_digest([1; 32]), Thumbprint::of_digest([2; 32]));
        let shown = Possession { jkt: None, x5t_s256: Some(certificate.clone()) };
        let both = Possession { jkt: Some(key.clone()), ..shown.clone() };
        let mut client = client();
        assert_eq!(confirmation(&client, &shown), Ok(Confirmation::default()));
        client.metadata.tls_client_certificate_bound_access_tokens = true;
        let bound = Confirmation { jkt: None, x5t_s256: Some(certificate) };
        assert_eq!(confirmation(&client, &shown), Ok(bound.clone()));
        assert_eq!(confirmation(&client, &both), Ok(Confirmation { jkt: Some(key), ..bound }));
        let by_key = Possession { x5t_s256: None, ..both.clone() };
        assert_eq!(confirmation(&client, &by_key).map_err(|refusal| refusal.code), Err(Code::InvalidRequest));
        client.metadata.dpop_bound_access_tokens = true;
        assert!(confirmation(&client, &both).is_ok());
        assert_eq!(confirmation(&client, &shown).map_err(|refusal| refusal.code), Err(Code::InvalidDpopProof));
    }
}

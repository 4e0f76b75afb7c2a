//! A client hands its authorization request over (RFC 9126 §2).

use serde::Serialize;

use super::{PREFIX, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        oauth::{
            Parameters,
            confirmation::Possession,
            dpop::Evidence,
            flow, from_client, profile,
            request_object::{self, Place},
        },
        rates::rate,
    },
    kernel::{Code, Refusal, Result, secret::Secret},
    ports::random,
};

/// Pushes an authorization request. It is checked like one that comes through a browser, and again when it is used.
#[derive(Debug, Clone)]
pub struct PushAuthorization {
    /// The body.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
    /// What the request shows besides.
    pub evidence: Evidence,
}

/// What the client sends the browser with (RFC 9126 §2.2).
#[derive(Debug, Serialize)]
pub struct Pushed {
    /// The reference.
    pub request_uri: String,
    /// How long it is good, in seconds.
    pub expires_in: u64,
}

/// Parameters that say which client it is, and are no part of what it asks for.
const OF_THE_CLIENT: &[&str] = &["client_id", "client_secret", "client_assertion", "client_assertion_type"];

impl Operation for PushAuthorization {
    type Output = Pushed;
    const NAME: &'static str = "authorization.push";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Pushed> {
        let client = from_client::authenticate(cx, &self.parameters, self.basic).await?;
        // Nobody has to prove to be a public client, and what is pushed is kept.
        if client.is_public() {
            let rate = rate(cx.config().limits.authorizations_per_address);
            cx.limit("push", &cx.caller.device.network(), rate).await?;
        }
        if self.parameters.first("request_uri").is_some() {
            return Err(Code::InvalidRequest.because("a pushed request cannot refer to another one").into());
        }
        if self.parameters.first("client_id").is_some_and(|id| id != client.client_id) {
            return Err(Code::InvalidRequest.because("client_id is not the client that authenticated").into());
        }
        let proved = self.evidence.judge(&cx.app, cx.tenant(), None, cx.now)?;
        let held_to = client.profile(&cx.config().oauth);
        profile::judge_proof(held_to, proved.algorithm)?;
        let asked = self.parameters.without(OF_THE_CLIENT).with("client_id", &client.client_id);
        let asked = request_object::resolve(cx, &client, &asked, Place::Pushed).await?;
        let asked = bound(asked, &proved.held)?;
        flow::understand(cx, &asked, &client).await?.map_err(|rejection| rejection.refusal)?;
        proved.once(&cx.app).await?;
        let request_uri = random::token(PREFIX)?.expose().to_owned();
        let lifetime = profile::request_uri_lifetime(held_to, cx.config().tokens.par_ttl.std());
        store::keep(cx, &request_uri, &client, asked, lifetime).await?;
        Ok(Pushed { request_uri, expires_in: lifetime.as_secs() })
    }
}

/// The request, its code bound to the key that was proved with it: the same as `dpop_jkt`, and both say the same (RFC 9449 §10.1).
fn bound(asked: Parameters, held: &Possession) -> Result<Parameters, Refusal> {
    match (&held.jkt, asked.once("dpop_jkt")?) {
        (None, _) => Ok(asked),
        (Some(proved), None) => Ok(asked.with("dpop_jkt", proved.as_str())),
        (Some(proved), Some(named)) if proved.as_str() == named => Ok(asked),
        (Some(_), Some(_)) => Err(Code::InvalidRequest.because("dpop_jkt is not the key of the DPoP proof")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oauth::confirmation::Thumbprint;

    #[test]
    fn a_proof_names_the_key_as_well_as_the_parameter_does() {
        let (one, two) = (Thumbprint::of_digest([1; 32]), Thumbprint::of_digest([2; 32]));
        let named = |thumbprint: &Thumbprint| Parameters::default().with("dpop_jkt", thumbprint.as_str());
        let proved = Possession { jkt: Some(one.clone()), x5t_s256: None };
        let key = |asked: Parameters, held: &Possession| {
            bound(asked, held).map(|asked| asked.first("dpop_jkt").map(str::to_owned))
        };
        let nothing = Possession::default();
        assert_eq!(key(Parameters::default(), &nothing), Ok(None));
        assert_eq!(key(named(&two), &nothing), Ok(Some(two.clone().into())));
        for asked in [Parameters::default(), named(&one)] {
            assert_eq!(key(asked, &proved), Ok(Some(one.clone().into())));
        }
        assert_eq!(key(named(&two), &proved).map_err(|refusal| refusal.code), Err(Code::InvalidRequest));
    }
}

//! Where an issuer's keys are, by its own word (OpenID Connect Discovery §4, as Kubernetes serves it for service accounts).

use serde_json::Value;

use super::create::identifier;
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Refusal, Result},
};

/// Asks an issuer, once, where it publishes its keys.
#[derive(Debug, Clone)]
pub struct DiscoverKeys {
    /// What its `iss` says.
    pub issuer: String,
}

impl Operation for DiscoverKeys {
    /// The address of its JWK Set.
    type Output = String;
    const NAME: &'static str = "issuer.discover";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<String> {
        identifier(&self.issuer).map_err(refused)?;
        // §4: a slash at its end is left out.
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let answer = cx.app.http.fetch(&url, "application/json").await;
        let answer = answer.map_err(|error| refused(format!("does not say where its keys are: {url}: {error}")))?;
        if answer.status != 200 {
            return Err(refused(format!("does not say where its keys are: {url} has status {}", answer.status)).into());
        }
        Ok(judge(&answer.body, &self.issuer).map_err(|why| refused(format!("{why} ({url})")))?)
    }
}

/// The address, where the document is this issuer's (§4.3: `issuer` is exactly what was asked for).
fn judge(body: &[u8], issuer: &str) -> std::result::Result<String, &'static str> {
    let document: Value = serde_json::from_slice(body).map_err(|_| "has a configuration that is not JSON")?;
    if document["issuer"] != issuer {
        return Err("has the configuration of another issuer");
    }
    document["jwks_uri"].as_str().map(str::to_owned).ok_or("has a configuration without jwks_uri")
}

fn refused(why: impl Into<String>) -> Refusal {
    let refusal = Code::InvalidInput.because("The issuer cannot be registered like this.");
    refusal.at("issuer", "invalid", why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_has_to_be_the_issuers_own() {
        const ISSUER: &str = "https://kubernetes.default.svc";
        let judged = |body: &str| judge(body.as_bytes(), ISSUER);
        let good = r#"{"issuer":"https://kubernetes.default.svc","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks"}"#;
        assert_eq!(judged(good), Ok("https://10.0.0.1:6443/openid/v1/jwks".into()));
        for bad in [
            "",
            "[]",
            r#"{"jwks_uri":"https://a.test/jwks"}"#,
            r#"{"issuer":"https://kubernetes.default.svc/","jwks_uri":"https://a.test/jwks"}"#,
            r#"{"issuer":"https://kubernetes.default.svc"}"#,
            r#"{"issuer":"https://kubernetes.default.svc","jwks_uri":7}"#,
        ] {
            assert!(judged(bad).is_err(), "{bad}");
        }
    }
}

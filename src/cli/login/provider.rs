//! The issuer as its discovery document describes it (OpenID Connect Discovery §4).

use keys::ForeignKeys;
use serde_json::Value;
use url::Url;

use super::Ending;
use crate::ports::http::{Http, HttpError};

/// What a sign-in needs of it.
#[derive(Debug)]
pub(super) struct Provider {
    /// Its identifier.
    pub(super) issuer: String,
    /// Where people are sent.
    pub(super) authorization_endpoint: Url,
    /// Where the code is redeemed.
    pub(super) token_endpoint: String,
    /// Where devices ask to be signed in (RFC 8628 §4), if anywhere.
    pub(super) device_authorization_endpoint: Option<String>,
    /// Where its public keys are.
    jwks_uri: String,
    /// What proofs of possession may be signed with (RFC 9449 §5.1).
    pub(super) dpop_algorithms: Vec<String>,
    /// Whether its answers name it (RFC 9207 §3).
    pub(super) says_issuer: bool,
}

impl Provider {
    /// Reads the discovery document.
    pub(super) async fn discover(http: &Http, issuer: &str) -> Result<Self, Ending> {
        let address = address(issuer);
        let document = fetch(http, &address).await?;
        Self::read(issuer, &document, |url| http.judge(url).map_err(|error| error.to_string()))
            .map_err(|why| unusable(&address, why))
    }

    /// The document has to be the one of `issuer`, byte for byte, and name addresses that may be asked (`judge`).
    fn read(issuer: &str, document: &Value, judge: impl Fn(&str) -> Result<Url, String>) -> Result<Self, String> {
        let endpoint = |name: &str| located(issuer, document, name, &judge);
        Ok(Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?.into(),
            device_authorization_endpoint: match document["device_authorization_endpoint"] {
                Value::Null => None,
                _ => Some(endpoint("device_authorization_endpoint")?.into()),
            },
            jwks_uri: endpoint("jwks_uri")?.into(),
            dpop_algorithms: document["dpop_signing_alg_values_supported"]
                .as_array()
                .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                .unwrap_or_default(),
            says_issuer: document["authorization_response_iss_parameter_supported"] == true,
        })
    }

    /// Its public keys.
    pub(super) async fn keys(&self, http: &Http) -> Result<ForeignKeys, Ending> {
        let jwks = fetch(http, &self.jwks_uri).await?;
        ForeignKeys::parse(&jwks).map_err(|error| unusable(&self.jwks_uri, error.to_string()))
    }
}

/// One endpoint of an issuer, by its name in the discovery document.
pub(in crate::cli) async fn endpoint(http: &Http, issuer: &str, name: &str) -> Result<String, Ending> {
    let address = address(issuer);
    let document = fetch(http, &address).await?;
    let judge = |url: &str| http.judge(url).map_err(|error| error.to_string());
    located(issuer, &document, name, judge).map(Into::into).map_err(|why| unusable(&address, why))
}

fn address(issuer: &str) -> String {
    format!("{issuer}/.well-known/openid-configuration")
}

/// An address that the document of this very issuer names, and that may be asked (`judge`).
fn located(
    issuer: &str,
    document: &Value,
    name: &str,
    judge: impl Fn(&str) -> Result<Url, String>,
) -> Result<Url, String> {
    if document["issuer"] != issuer {
        return Err(format!("is the document of another issuer, not of {issuer}"));
    }
    let url = document[name].as_str().ok_or_else(|| format!("does not name its {name}"))?;
    judge(url).map_err(|why| format!("names a {name} that {why}"))
}

async fn fetch(http: &Http, address: &str) -> Result<Value, Ending> {
    let answer = http.fetch(address, "application/json").await.map_err(|error| unreached(address, error))?;
    if answer.status != 200 {
        return Err(unusable(address, format!("answers {}", answer.status)));
    }
    serde_json::from_slice(&answer.body).map_err(|_| unusable(address, "is not JSON".into()))
}

/// Nobody answers there.
pub(in crate::cli) fn unreached(address: &str, error: HttpError) -> Ending {
    Ending::failed(format!("{address} cannot be asked"), error)
}

fn unusable(address: &str, why: String) -> Ending {
    Ending::Usage(format!("{address} {why}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/a",
            "token_endpoint": "https://id.example/t",
            "jwks_uri": "https://id.example/j",
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn read(document: &Value) -> Result<Provider, String> {
        let https = |url: &str| Url::parse(url).ok().filter(|url| url.scheme() == "https").ok_or("is not https".into());
        Provider::read("https://id.example", document, https)
    }

    #[test]
    fn a_sound_document_is_read() {
        let provider = read(&document()).unwrap();
        assert!(provider.says_issuer);
        assert_eq!(provider.token_endpoint, "https://id.example/t");
        assert_eq!(provider.device_authorization_endpoint, None);
        let mut document = document();
        document["device_authorization_endpoint"] = json!("https://id.example/d");
        assert_eq!(read(&document).unwrap().device_authorization_endpoint.as_deref(), Some("https://id.example/d"));
    }

    #[test]
    fn another_issuer_and_missing_or_unsafe_endpoints_are_refused() {
        for (name, value, why) in [
            ("issuer", json!("https://id.example/"), "another issuer"),
            ("issuer", Value::Null, "another issuer"),
            ("token_endpoint", Value::Null, "does not name its token_endpoint"),
            (
                "device_authorization_endpoint",
                json!("http://id.example/d"),
                "names a device_authorization_endpoint that is not",
            ),
            ("jwks_uri", json!("http://id.example/j"), "names a jwks_uri that is not https"),
        ] {
            let mut document = document();
            document[name] = value;
            assert!(read(&document).unwrap_err().contains(why), "{name}");
        }
    }
}

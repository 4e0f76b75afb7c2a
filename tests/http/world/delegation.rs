//! Applications that act for somebody: exchanged tokens, and assertions of other issuers.

use serde_json::{Map, Value, json};
use signet::domain::{
    clients::GrantType,
    issuers::{CreateIssuer, Issuer, SubjectMapping, Use},
};

use super::{Answer, Client, ISSUER, NewClient, Signer, TokenRequest, World};

/// The kinds of tokens, by the last part of their names.
pub fn token_type(kind: &str) -> String {
    format!("urn:ietf:params:oauth:token-type:{kind}")
}

/// Another issuer, with its key.
pub struct Idp {
    pub signer: Signer,
    pub issuer: String,
    world: World,
}

impl NewClient {
    /// May exchange tokens by these rules.
    pub fn may_act(self, rules: &[&str]) -> Self {
        self.with(|create| {
            create.grants = vec![GrantType::TokenExchange, GrantType::ClientCredentials];
            create.redirect_uris.clear();
            create.metadata.may_act = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        })
    }

    /// May redeem assertions.
    pub fn redeems(self) -> Self {
        self.grants(&[GrantType::JwtBearer])
    }
}

impl Client {
    /// The exchange of an access token.
    pub fn exchange(&self, token: &str) -> TokenRequest {
        self.exchange_of("access_token", token)
    }

    /// The exchange of any token.
    pub fn exchange_of(&self, kind: &str, token: &str) -> TokenRequest {
        self.token_request(GrantType::TokenExchange.name())
            .with("subject_token", token)
            .with("subject_token_type", &token_type(kind))
    }

    /// The use of an assertion.
    pub fn assert(&self, assertion: &str) -> TokenRequest {
        self.token_request(GrantType::JwtBearer.name()).with("assertion", assertion)
    }
}

impl Answer {
    /// The new token of an exchange (RFC 8693 §2.2.1), of this kind.
    #[track_caller]
    pub fn exchanged(self, kind: &str) -> String {
        let answer = self.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = answer.json();
        assert_eq!(json["issued_token_type"], token_type(kind), "{json}");
        assert_eq!(json["token_type"], if kind == "id-jag" { "N_A" } else { "Bearer" });
        for never in ["refresh_token", "id_token"] {
            assert!(json.get(never).is_none(), "{json}");
        }
        json["access_token"].as_str().unwrap().to_owned()
    }
}

impl World {
    /// Registers an issuer with a key of its own, for these uses.
    pub async fn idp(&self, uses: &[Use], mapping: SubjectMapping, scope: &str) -> Idp {
        self.idp_with(uses, mapping, scope, |_| {}).await
    }

    /// The same, with anything else.
    pub async fn idp_with(
        &self,
        uses: &[Use],
        mapping: SubjectMapping,
        scope: &str,
        change: impl FnOnce(&mut CreateIssuer),
    ) -> Idp {
        let signer = Signer::new("ES256");
        let mut create = CreateIssuer {
            issuer: "https://idp.example.test".into(),
            uses: uses.to_vec(),
            jwks: Some(signer.jwks()),
            jwks_uri: None,
            audiences: Vec::new(),
            subject_mapping: mapping,
            clients: Vec::new(),
            scope: scope.into(),
            max_lifetime: 3600,
        };
        change(&mut create);
        let Issuer { issuer, .. } = self.operator(create).await.unwrap();
        Idp { signer, issuer, world: self.clone() }
    }
}

impl Idp {
    /// What a good assertion about a subject says; never the same twice.
    pub fn claims(&self, subject: &str) -> Value {
        let now = self.world.now().timestamp();
        let jti = signet::ports::random::token("").unwrap().expose().to_owned();
        json!({ "iss": self.issuer, "sub": subject, "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 300 })
    }

    /// A good assertion.
    pub fn assertion(&self, subject: &str) -> String {
        self.signer.sign(&self.claims(subject))
    }
}

/// Claims with some changed; null takes one out.
pub fn changed(mut claims: Value, changes: &Value) -> Value {
    let none = Map::new();
    for (name, value) in changes.as_object().unwrap_or(&none) {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            _ => claims[name] = value.clone(),
        }
    }
    claims
}

//! Applications that are held to FAPI 2.0: they prove themselves by a key, push their requests and bind their tokens. Every part of
//! what they send can be spoilt.

use serde_json::{Value, json};
use signet::domain::clients::{AuthMethod, CreateClient, Profile};

use super::{Answer, Client, ISSUER, Person, Prover, Request, Signer, TokenRequest, Tokens, World};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Such an application, with its keys.
#[derive(Clone)]
pub struct Strict {
    pub client: Client,
    pub signer: Signer,
    pub prover: Prover,
}

impl World {
    /// One that lacks nothing.
    pub async fn strict(&self, name: &str, profile: Profile) -> Strict {
        self.strict_with(name, Signer::new("ES256"), |create| create.metadata.security_profile = profile).await
    }

    /// One with this key and some changes of its own.
    pub async fn strict_with(&self, name: &str, signer: Signer, change: impl FnOnce(&mut CreateClient)) -> Strict {
        let new = self.client(name).first_party().method(AuthMethod::PrivateKeyJwt);
        let client = new.with(|create| create.metadata.jwks = Some(signer.jwks())).with(change).create().await;
        Strict { client, signer, prover: Prover::new() }
    }
}

impl Strict {
    pub fn world(&self) -> &World {
        &self.client.world
    }

    /// What a good assertion says.
    pub fn claims(&self) -> Value {
        let jti = signet::ports::random::token("").unwrap().expose().to_owned();
        let now = self.world().now().timestamp();
        json!({ "iss": self.client.id, "sub": self.client.id, "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60 })
    }

    /// A good assertion.
    pub fn assertion(&self) -> String {
        self.signer.sign(&self.claims())
    }

    /// A request of this client with this assertion.
    pub fn asserting(&self, assertion: &str) -> TokenRequest {
        let silent = Client { method: AuthMethod::None, ..self.client.clone() };
        let request = silent.token_request("-").without("grant_type").without("client_id");
        request.with("client_assertion_type", TYPE).with("client_assertion", assertion)
    }

    /// A request of this client to its endpoints, with a good assertion.
    pub fn post(&self, pairs: &[(&str, &str)]) -> TokenRequest {
        pairs.iter().fold(self.asserting(&self.assertion()), |request, (name, value)| request.again(name, value))
    }

    /// Pushes a request.
    pub async fn push(&self, request: &Request) -> Answer {
        let pairs: Vec<_> = request.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&pairs).call_to("/oauth2/par").send().await
    }

    /// What the browser is sent with after a request was pushed.
    pub async fn pushed(&self, request: &Request) -> Request {
        let answer = self.push(request).await.expect(201);
        let request_uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
        Request::default().with("client_id", &self.client.id).with("request_uri", &request_uri)
    }

    /// The exchange of a code, without a proof.
    pub fn code_request(&self, code: &str) -> TokenRequest {
        self.post(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.client.redirect_uri),
            ("code_verifier", &self.client.verifier),
        ])
    }

    /// The use of a refresh token, without a proof.
    pub fn refresh_request(&self, refresh_token: &str) -> TokenRequest {
        self.post(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    /// The way to a code, in a new browser.
    pub async fn code_of(&self, person: &Person, request: &Request) -> String {
        let short = self.pushed(request).await;
        person.browser().authorize(&short).await.sign_in().await.consent_if_asked().await.code()
    }

    /// The whole way to tokens.
    pub async fn tokens_of(&self, person: &Person, scope: &str) -> Tokens {
        let code = self.code_of(person, &self.client.request().scope(scope)).await;
        self.code_request(&code).proved_by(&self.prover).send().await.bound_tokens()
    }

    /// A request object of Message Signing for a request, with some claims changed; null takes one out.
    pub fn object(&self, request: &Request, changes: &Value) -> String {
        self.signer.sign_as(Some("oauth-authz-req+jwt"), &self.object_claims(request, changes))
    }

    /// Its claims.
    pub fn object_claims(&self, request: &Request, changes: &Value) -> Value {
        let now = self.world().now().timestamp();
        let mut claims = json!({ "iss": self.client.id, "aud": ISSUER, "nbf": now, "iat": now, "exp": now + 300 });
        for (name, value) in request.pairs() {
            claims[name] = value.clone().into();
        }
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        claims
    }

    /// The request that is pushed with an object: all the rest stands inside.
    pub fn signed(&self, object: &str) -> Request {
        Request::default().with("client_id", &self.client.id).with("request", object)
    }

    /// A request whose answer is to be signed.
    pub fn asking(&self) -> Request {
        self.client.request().with("response_mode", "jwt")
    }
}

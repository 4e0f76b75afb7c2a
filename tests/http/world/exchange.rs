//! What applications ask of the token endpoint, and what they do with tokens.

use axum::http::{Method, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use signet::domain::clients::AuthMethod;

use super::{Answer, Client, Person, Prover, Request, World, http::Call};

/// A request to the token endpoint; parameters can be changed, left out or repeated.
#[derive(Clone)]
#[must_use]
pub struct TokenRequest {
    world: World,
    pairs: Vec<(String, String)>,
    authorization: Option<String>,
    origin: Option<String>,
    proofs: Vec<String>,
}

/// What the token endpoint gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub id: Option<String>,
    pub scope: String,
    pub expires_in: u64,
}

impl Client {
    /// A request of this client, authenticated as it is registered.
    pub fn token_request(&self, grant_type: &str) -> TokenRequest {
        let request = TokenRequest {
            world: self.world.clone(),
            pairs: Vec::new(),
            authorization: None,
            origin: None,
            proofs: Vec::new(),
        };
        let secret = self.secret.as_deref().unwrap_or_default();
        let request = request.with("grant_type", grant_type);
        match self.method {
            AuthMethod::ClientSecretBasic => request.basic(&self.id, secret),
            AuthMethod::ClientSecretPost => request.with("client_id", &self.id).with("client_secret", secret),
            AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => {
                request.with("client_id", &self.id)
            }
            #[allow(unreachable_patterns)] // methods that need more than a secret have tests of their own
            other => panic!("the vocabulary does not know {other}"),
        }
    }

    /// The exchange of a code.
    pub fn code_request(&self, code: &str) -> TokenRequest {
        self.token_request("authorization_code")
            .with("code", code)
            .with("redirect_uri", &self.redirect_uri)
            .with("code_verifier", &self.verifier)
    }

    /// The use of a refresh token.
    pub fn refresh_request(&self, refresh_token: &str) -> TokenRequest {
        self.token_request("refresh_token").with("refresh_token", refresh_token)
    }

    /// Exchanges a code.
    pub async fn token(&self, code: &str) -> Tokens {
        self.code_request(code).send().await.tokens()
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Tokens {
        self.refresh_request(refresh_token).send().await.tokens()
    }

    /// The whole way to tokens in a new browser: sign in, allow, exchange.
    pub async fn tokens_of(&self, person: &Person) -> Tokens {
        self.tokens_for(person, &self.request()).await
    }

    /// The same for a request of the test's own.
    pub async fn tokens_for(&self, person: &Person, request: &Request) -> Tokens {
        let code = person.browser().authorize(request).await.sign_in().await.consent_if_asked().await.code();
        self.token(&code).await
    }

    /// Asks the userinfo endpoint.
    pub async fn userinfo(&self, access_token: &str) -> Answer {
        self.world.userinfo(access_token).await
    }
}

impl World {
    /// Asks the userinfo endpoint by header.
    pub async fn userinfo(&self, access_token: &str) -> Answer {
        self.call(Method::GET, "/oauth2/userinfo").bearer(access_token).send().await
    }
}

impl Call {
    /// Uses an access token that is bound to a key (RFC 9449 §7.1).
    pub fn bound(self, access_token: &str, proof: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("DPoP {access_token}")).header("dpop", proof)
    }
}

impl TokenRequest {
    /// Sets a parameter.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.again(name, value)
    }

    /// Adds a parameter, though it may be there.
    pub fn again(mut self, name: &str, value: &str) -> Self {
        self.pairs.push((name.into(), value.into()));
        self
    }

    /// Leaves a parameter out.
    pub fn without(mut self, name: &str) -> Self {
        self.pairs.retain(|(each, _)| each != name);
        self
    }

    /// Authenticates in the header: both halves form-encoded first (RFC 6749 §2.3.1).
    pub fn basic(self, id: &str, secret: &str) -> Self {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
        self.authorization(Some(&format!("Basic {pair}")))
    }

    /// Any `Authorization` header, or none.
    pub fn authorization(mut self, value: Option<&str>) -> Self {
        self.authorization = value.map(str::to_owned);
        self
    }

    /// Sent by a script of this origin.
    pub fn origin(mut self, origin: &str) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// With a good proof by this key (RFC 9449 §5).
    pub fn proved_by(self, prover: &Prover) -> Self {
        let proof = prover.proof(&self.world, "POST", "/oauth2/token").text();
        self.proof(&proof)
    }

    /// With this `DPoP` header besides others.
    pub fn proof(mut self, proof: &str) -> Self {
        self.proofs.push(proof.into());
        self
    }

    /// Sent to this node.
    pub fn at(mut self, world: &World) -> Self {
        self.world = world.clone();
        self
    }

    pub fn call(self) -> Call {
        self.call_to("/oauth2/token")
    }

    /// The same request to another endpoint for clients.
    pub fn call_to(self, path: &str) -> Call {
        let mut call = self.world.call(Method::POST, path).form(&self.pairs);
        if let Some(authorization) = &self.authorization {
            call = call.header(header::AUTHORIZATION, authorization);
        }
        if let Some(origin) = &self.origin {
            call = call.header(header::ORIGIN, origin);
        }
        for proof in &self.proofs {
            call = call.header("dpop", proof);
        }
        call
    }

    pub async fn send(self) -> Answer {
        self.call().send().await
    }
}

impl Answer {
    /// The tokens of a good answer, in the form of RFC 6749 §5.1.
    #[track_caller]
    pub fn tokens(self) -> Tokens {
        self.tokens_of_type("Bearer")
    }

    /// The same where the access token is bound to a key.
    #[track_caller]
    pub fn bound_tokens(self) -> Tokens {
        self.tokens_of_type("DPoP")
    }

    #[track_caller]
    fn tokens_of_type(self, token_type: &str) -> Tokens {
        let answer = self.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        assert_eq!(json["token_type"], token_type);
        let text = |name: &str| json.get(name).map(|value| Value::as_str(value).unwrap().to_owned());
        Tokens {
            access: text("access_token").unwrap(),
            refresh: text("refresh_token"),
            id: text("id_token"),
            scope: text("scope").unwrap(),
            expires_in: json["expires_in"].as_u64().unwrap(),
        }
    }
}

impl Tokens {
    /// The refresh token that has to be there.
    #[track_caller]
    pub fn refresh(&self) -> &str {
        self.refresh.as_deref().expect("no refresh token")
    }

    /// The ID token that has to be there.
    #[track_caller]
    pub fn id(&self) -> &str {
        self.id.as_deref().expect("no ID token")
    }
}

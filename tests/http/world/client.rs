//! Applications, and what they ask of the authorization endpoint.

use signet::{
    domain::clients::{ApplicationType, AuthMethod, CreateClient, GrantType},
    kernel::secret::Secret,
};

use super::{World, challenge, http::encoded};

/// Everything that a client may ask for unless a test says otherwise.
const SCOPE: &str = "openid profile email address phone offline_access";

/// An application on its way to be registered.
#[must_use]
pub struct NewClient {
    world: World,
    create: CreateClient,
}

/// A registered application.
#[derive(Clone)]
pub struct Client {
    pub world: World,
    /// Its public identifier.
    pub id: String,
    pub name: String,
    pub secret: Option<String>,
    pub method: AuthMethod,
    /// The first registered one.
    pub redirect_uri: String,
    /// The PKCE verifier of all its requests.
    pub verifier: String,
}

/// An authorization request; parameters can be changed, left out or repeated.
#[derive(Clone, Default)]
pub struct Request {
    pairs: Vec<(String, String)>,
}

impl NewClient {
    /// A confidential web client of `https://<name>.example.test` with codes and refresh tokens.
    pub(super) fn new(world: World, name: &str) -> Self {
        let create = CreateClient {
            metadata: Default::default(),
            name: format!("{}{}", name[..1].to_uppercase(), &name[1..]),
            redirect_uris: vec![format!("https://{name}.example.test/cb")],
            post_logout_redirect_uris: vec![format!("https://{name}.example.test/bye")],
            application_type: ApplicationType::Web,
            auth_method: AuthMethod::ClientSecretBasic,
            grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            pkce_required: true,
            scope: SCOPE.into(),
            first_party: false,
            client_id: None,
            client_secret: None,
            access_token_ttl: None,
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            owner: None,
        };
        Self { world, create }
    }

    /// Authenticates in the header, which is the default.
    pub fn confidential(self) -> Self {
        self.method(AuthMethod::ClientSecretBasic)
    }

    /// Has no secret.
    pub fn public(self) -> Self {
        self.method(AuthMethod::None)
    }

    pub fn method(mut self, method: AuthMethod) -> Self {
        self.create.auth_method = method;
        self
    }

    /// A public client on the person's device, answered at a loopback port.
    pub fn native(mut self) -> Self {
        self.create.application_type = ApplicationType::Native;
        self.redirects(&["http://127.0.0.1/cb"]).public()
    }

    /// The operator's own: consent is skipped.
    pub fn first_party(mut self) -> Self {
        self.create.first_party = true;
        self
    }

    pub fn scope(mut self, scope: &str) -> Self {
        self.create.scope = scope.into();
        self
    }

    pub fn grants(mut self, grants: &[GrantType]) -> Self {
        self.create.grants = grants.to_vec();
        self
    }

    pub fn redirects(mut self, uris: &[&str]) -> Self {
        self.create.redirect_uris = uris.iter().map(|uri| (*uri).to_owned()).collect();
        self
    }

    pub fn pkce_optional(mut self) -> Self {
        self.create.pkce_required = false;
        self
    }

    /// Anything else.
    pub fn with(mut self, change: impl FnOnce(&mut CreateClient)) -> Self {
        change(&mut self.create);
        self
    }

    pub async fn create(self) -> Client {
        self.try_create().await.unwrap()
    }

    /// The same where it may be refused.
    pub async fn try_create(self) -> signet::kernel::Result<Client> {
        let created = self.world.operator(self.create).await?;
        Ok(Client {
            id: created.client.client_id,
            name: created.client.client_name,
            secret: created.secret.as_ref().map(|secret| Secret::expose(secret).to_owned()),
            method: created.client.token_endpoint_auth_method,
            redirect_uri: created.client.redirect_uris.first().cloned().unwrap_or_default(),
            verifier: signet::ports::random::token("").unwrap().expose().to_owned(),
            world: self.world,
        })
    }
}

impl Client {
    /// A request with everything a careful client sends, for `openid`.
    pub fn request(&self) -> Request {
        Request { pairs: Vec::new() }
            .with("response_type", "code")
            .with("client_id", &self.id)
            .with("redirect_uri", &self.redirect_uri)
            .with("scope", "openid")
            .with("state", "state of the shop/?&=ä")
            .with("nonce", "n-0S6_WzA2Mj")
            .with("code_challenge", &challenge(&self.verifier))
            .with("code_challenge_method", "S256")
    }

    /// The same client as another node sees it.
    pub fn at(&self, world: &World) -> Self {
        Self { world: world.clone(), ..self.clone() }
    }
}

impl Request {
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

    /// Sets the scope.
    pub fn scope(self, scope: &str) -> Self {
        self.with("scope", scope)
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// The address that the browser is sent to.
    pub fn path(&self) -> String {
        format!("/oauth2/authorize?{}", encoded(&self.pairs))
    }
}

impl From<&Client> for Request {
    fn from(client: &Client) -> Self {
        client.request()
    }
}

impl From<&Self> for Request {
    fn from(request: &Self) -> Self {
        request.clone()
    }
}

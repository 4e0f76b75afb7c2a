//! Platforms that tell their workloads who they are: a cluster of Kubernetes, a SPIFFE trust domain.

use serde_json::{Value, json};
use signet::domain::{
    clients::{AuthMethod, GrantType, Workload},
    issuers::{CreateIssuer, SubjectMapping, Use},
};

use super::{Client, ISSUER, NewClient, Signer, TokenRequest, World};

/// A platform, with its key.
pub struct Platform {
    pub world: World,
    pub signer: Signer,
    pub issuer: String,
}

/// A service account in the namespace `orders`, as Kubernetes calls it.
pub fn service_account(name: &str) -> String {
    format!("system:serviceaccount:orders:{name}")
}

impl World {
    /// A cluster whose service accounts count here.
    pub async fn cluster(&self) -> Platform {
        self.platform("https://kubernetes.default.svc", Signer::new("RS256"), |_| {}).await
    }

    /// A trust domain whose JWT-SVIDs count here.
    pub async fn trust_domain(&self) -> Platform {
        let signer = Signer::new("ES256");
        let bundle = signer.bundle();
        self.platform("spiffe://example.org", signer, |create| create.jwks = Some(bundle)).await
    }

    /// Any other, with anything else.
    pub async fn platform(&self, issuer: &str, signer: Signer, change: impl FnOnce(&mut CreateIssuer)) -> Platform {
        let mut create = CreateIssuer {
            issuer: issuer.into(),
            uses: vec![Use::Workload],
            jwks: Some(signer.jwks()),
            jwks_uri: None,
            audiences: Vec::new(),
            subject_mapping: SubjectMapping::Link,
            clients: Vec::new(),
            scope: String::new(),
            max_lifetime: 3600,
        };
        change(&mut create);
        let issuer = self.operator(create).await.unwrap().issuer;
        Platform { world: self.clone(), signer, issuer }
    }
}

impl Signer {
    /// The public half, as the bundle of a trust domain has it.
    pub fn bundle(&self) -> Value {
        let mut jwk = self.jwks()["keys"][0].clone();
        jwk["use"] = "jwt-svid".into();
        jwk.as_object_mut().unwrap().remove("alg");
        json!({ "keys": [jwk], "spiffe_sequence": 10, "spiffe_refresh_hint": 300 })
    }
}

impl NewClient {
    /// A service that is this workload.
    pub fn workload(self, platform: &Platform, subject: &str) -> Self {
        let spiffe = platform.issuer.starts_with("spiffe:");
        let workload =
            Workload { workload_issuer: Some(platform.issuer.clone()), workload_subject: Some(subject.into()) };
        self.method(if spiffe { AuthMethod::SpiffeJwt } else { AuthMethod::WorkloadJwt })
            .grants(&[GrantType::ClientCredentials])
            .scope("orders:read")
            .with(|create| {
                create.redirect_uris.clear();
                create.metadata.workload = workload;
            })
    }
}

impl Client {
    /// A request that nothing but a token of its platform proves.
    pub fn presents(&self, token: &str) -> TokenRequest {
        let spiffe = self.method == AuthMethod::SpiffeJwt;
        let kind = if spiffe { "jwt-spiffe" } else { "jwt-bearer" };
        let silent = Self { method: AuthMethod::None, ..self.clone() };
        silent
            .token_request("client_credentials")
            .with("client_assertion_type", &format!("urn:ietf:params:oauth:client-assertion-type:{kind}"))
            .with("client_assertion", token)
    }
}

impl Platform {
    /// What the platform's token about a workload says: as Kubernetes projects it, or as SPIRE makes it.
    pub fn claims(&self, subject: &str) -> Value {
        let now = self.world.now().timestamp();
        if self.issuer.starts_with("spiffe:") {
            return json!({ "sub": subject, "aud": [ISSUER], "iat": now, "exp": now + 300 });
        }
        json!({
            "iss": self.issuer, "sub": subject, "aud": [ISSUER], "iat": now, "nbf": now, "exp": now + 3600,
            "kubernetes.io": { "namespace": "orders", "serviceaccount": { "name": "api", "uid": "1" } },
        })
    }

    /// A good token about a workload.
    pub fn token(&self, subject: &str) -> String {
        self.signer.sign(&self.claims(subject))
    }
}

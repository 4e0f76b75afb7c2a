//! Registering an issuer.

use keys::ForeignKeys;
use serde_json::Value;
use url::Url;

use super::{Issuer, SubjectMapping, Use, spiffe, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Event, Fact, Refusal, Result, Tenant, Time, id::IssuerId, refusal::Findings, scope::Scopes},
    ports::http::judge_url,
};

/// Longest name of an issuer, an audience or a client, in characters.
const LONGEST: usize = 500;

/// Most entries of a list.
const MOST: usize = 50;

/// Lives that a token may be allowed, in seconds: up to what Kubernetes gives its own.
const LIVES: std::ops::RangeInclusive<u32> = 30..=86_400;

/// Registers an issuer, whose word counts from now on.
#[derive(Debug, Clone)]
pub struct CreateIssuer {
    /// What `iss` says.
    pub issuer: String,
    /// What its tokens are taken for; at least one.
    pub uses: Vec<Use>,
    /// Its public keys; this or `jwks_uri`.
    pub jwks: Option<Value>,
    /// Where they are.
    pub jwks_uri: Option<String>,
    /// What `aud` may say besides our own names.
    pub audiences: Vec<String>,
    /// Who the subject is here.
    pub subject_mapping: SubjectMapping,
    /// Clients for which its word counts; any where empty.
    pub clients: Vec<String>,
    /// What they may be given at most, space-separated.
    pub scope: String,
    /// Longest life of its tokens in seconds.
    pub max_lifetime: u32,
}

impl Operation for CreateIssuer {
    type Output = Issuer;
    const NAME: &'static str = "issuer.create";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Issuer> {
        let created = self.judge(cx.tenant(), cx.config().http.allow_private_targets, cx.now)?;
        let tx = cx.begin().await?;
        if !store::insert(tx, &created).await? {
            let taken = Code::Conflict.because("This issuer is registered already.");
            return Err(taken.at("issuer", "taken", "exists already").into());
        }
        let uses: Vec<_> = created.uses.iter().map(|each| each.name()).collect();
        tx.record(Event::from(Fact::IssuerCreated).with("issuer", created.issuer.clone()).with("uses", uses));
        Ok(created)
    }
}

impl CreateIssuer {
    fn judge(self, tenant: &Tenant, private_targets: bool, now: Time) -> Result<Issuer, Refusal> {
        let mut findings = Findings::default();
        findings.keep("issuer", "invalid", identifier(&self.issuer));
        if self.uses.contains(&Use::Workload)
            && spiffe::is_spiffe(&self.issuer)
            && !spiffe::is_trust_domain(&self.issuer)
        {
            findings.note("issuer", "invalid", "must be a trust domain and no more: spiffe://example.org");
        }
        // It would let a client turn what this issuer made for others into a grant of its own (ID-JAG draft §8.3).
        if self.issuer == tenant.issuer {
            findings.note("issuer", "invalid", "is this issuer itself");
        }
        if self.uses.is_empty() {
            findings.note("uses", "required", "must say what its tokens are taken for");
        }
        match (&self.jwks, &self.jwks_uri) {
            (Some(jwks), None) => {
                let keys = findings.keep("jwks", "invalid", ForeignKeys::parse(jwks));
                let vouches = self.uses.contains(&Use::Workload) && spiffe::is_trust_domain(&self.issuer);
                if vouches && keys.is_some_and(|keys| !keys.verifies_svids()) {
                    findings.note("jwks", "invalid", "holds no key for JWT-SVIDs (use: jwt-svid)");
                }
            }
            (None, Some(uri)) => drop(findings.keep("jwks_uri", "invalid", judge_url(uri, private_targets))),
            _ => findings.note("jwks", "invalid", "or jwks_uri is required, and not both"),
        }
        for (field, list) in [("audiences", &self.audiences), ("clients", &self.clients)] {
            let plain =
                |text: &String| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
            if list.len() > MOST || !list.iter().all(plain) {
                findings.note(field, "invalid", "has too many entries, or one that is no name");
            }
        }
        let scope = findings.keep("scope", "invalid", Scopes::parse(&self.scope));
        if !LIVES.contains(&self.max_lifetime) {
            findings.note("max_lifetime", "invalid", "must be 30 to 86400 seconds");
        }
        match (findings.refusal(), scope) {
            (None, Some(scope)) => Ok(Issuer {
                id: IssuerId::fresh(),
                tenant: tenant.id,
                issuer: self.issuer,
                uses: self.uses,
                jwks: self.jwks,
                jwks_uri: self.jwks_uri,
                audiences: self.audiences,
                subject_mapping: self.subject_mapping,
                clients: self.clients,
                scope,
                max_lifetime: self.max_lifetime,
                created_at: now,
            }),
            (refusal, _) => Err(Refusal {
                sentence: Some("The issuer cannot be registered like this.".into()),
                ..refusal.unwrap_or_else(|| Code::InvalidInput.into())
            }),
        }
    }
}

/// An absolute URI without a fragment.
pub(super) fn identifier(issuer: &str) -> Result<(), &'static str> {
    let plain = issuer.len() <= LONGEST && issuer.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
    match Url::parse(issuer) {
        Ok(url) if plain && url.fragment().is_none() => Ok(()),
        _ => Err("must be an absolute URI without a fragment"),
    }
}

#[cfg(test)]
mod tests {
    use keys::{Algorithm, SigningKey};
    use serde_json::json;

    use super::*;
    use crate::kernel::{Clock, id::TenantId};

    fn create() -> CreateIssuer {
        let key = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
        CreateIssuer {
            issuer: "https://idp.example.test".into(),
            uses: vec![Use::JwtBearer],
            jwks: Some(json!({ "keys": [key] })),
            jwks_uri: None,
            audiences: Vec::new(),
            subject_mapping: SubjectMapping::Link,
            clients: Vec::new(),
            scope: "orders:read".into(),
            max_lifetime: 3600,
        }
    }

    fn refused(change: impl FnOnce(&mut CreateIssuer)) -> Vec<&'static str> {
        let tenant = Tenant {
            id: TenantId::fresh(),
            slug: "default".into(),
            path: String::new(),
            issuer: "https://id.example.test".into(),
            name: "Default".into(),
        };
        let mut create = create();
        change(&mut create);
        let judged = create.judge(&tenant, false, Clock::System.now());
        judged.map_or_else(|refusal| refusal.fields.iter().map(|field| field.field).collect(), |_| Vec::new())
    }

    #[test]
    fn a_sound_issuer_is_taken() {
        assert_eq!(refused(|_| {}), [""; 0]);
        assert_eq!(refused(|create| create.issuer = "spiffe://example.org".into()), [""; 0]);
        let at = |create: &mut CreateIssuer| {
            create.jwks = None;
            create.jwks_uri = Some("https://idp.example.test/jwks".into());
        };
        assert_eq!(refused(at), [""; 0]);
    }

    #[test]
    fn what_no_issuer_is() {
        for own in ["https://id.example.test", "idp", "https://idp.example.test#x", "https://idp|example", ""] {
            assert_eq!(refused(|create| create.issuer = own.into()), ["issuer"], "{own}");
        }
        assert_eq!(refused(|create| create.uses.clear()), ["uses"]);
        assert_eq!(refused(|create| create.jwks = None), ["jwks"]);
        assert_eq!(refused(|create| create.jwks = Some(json!({ "keys": [] }))), ["jwks"]);
        assert_eq!(refused(|create| create.jwks_uri = Some("https://idp.example.test/jwks".into())), ["jwks"]);
        let inside = |create: &mut CreateIssuer| {
            create.jwks = None;
            create.jwks_uri = Some("http://10.0.0.1/jwks".into());
        };
        assert_eq!(refused(inside), ["jwks_uri"]);
        let workload = |create: &mut CreateIssuer, issuer: &str| {
            create.issuer = issuer.into();
            create.uses = vec![Use::Workload];
        };
        assert_eq!(refused(|create| workload(create, "spiffe://example.org")), ["jwks"], "keys for something else");
        assert_eq!(refused(|create| workload(create, "spiffe://example.org/a")), ["issuer"]);
        assert_eq!(refused(|create| workload(create, "https://kubernetes.default.svc")), [""; 0]);
        assert_eq!(refused(|create| create.audiences = vec!["a b".into()]), ["audiences"]);
        assert_eq!(refused(|create| create.scope = "a\"b".into()), ["scope"]);
        assert_eq!(refused(|create| create.max_lifetime = 86_401), ["max_lifetime"]);
    }
}

//! Client authentication (RFC 6749 §2.3, OpenID Connect Core §9): one method, the registered one, proved.

use std::{borrow::Cow, time::Duration};

use serde_json::{Map, Value};

use super::{
    AuthMethod, Client,
    certificate::{self, Uncertified},
    documents,
    keys::{ClientJwt, Untrusted, claimed_subject, verify_jwt, verify_mac},
    registration,
    secrets::{self, StoredSecret},
    store,
    workload::{self, Stranger},
};
use crate::{
    app::Cx,
    domain::rates::rate,
    kernel::{Code, Error, Refusal, Result, Time, secret::Secret},
};

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `client_assertion_type` of a JWT-SVID (draft-ietf-oauth-spiffe-client-auth §3.1).
const JWT_SPIFFE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

/// How far away the end of an assertion may lie: its `jti` is remembered until then.
const LONGEST_ASSERTION: Duration = Duration::from_secs(3600);

/// How long a `jti` is remembered after `exp`, for clocks that differ.
const AFTER_EXP: i64 = 15;

/// What a request presents to say which client it is from.
#[derive(Debug, Clone, Default)]
pub struct Presented {
    /// User and password of the `Authorization: Basic` header, form-decoded (RFC 6749 §2.3.1).
    pub basic: Option<(String, Secret)>,
    /// `client_id` in the body.
    pub client_id: Option<String>,
    /// `client_secret` in the body.
    pub client_secret: Option<Secret>,
    /// `client_assertion_type` in the body (RFC 7521 §4.2).
    pub assertion_type: Option<String>,
    /// `client_assertion` in the body.
    pub assertion: Option<Secret>,
}

/// How a request proves whom it is from.
#[derive(Debug, PartialEq, Eq)]
enum Proof<'a> {
    Nothing,
    Header(&'a Secret),
    Body(&'a Secret),
    Assertion(&'a Secret),
    Svid(&'a Secret),
}

/// The one proof and the one identifier that a request uses.
#[derive(Debug, PartialEq, Eq)]
struct Claim<'a> {
    client_id: Cow<'a, str>,
    proof: Proof<'a>,
}

impl Presented {
    /// One method per request (RFC 6749 §2.3). A `client_id` beside another proof is allowed if it says the same.
    fn claim(&self) -> Result<Claim<'_>, Refusal> {
        let ways = [self.basic.is_some(), self.client_secret.is_some(), self.assertion.is_some()];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(Code::InvalidRequest.because("use one client authentication method, not several"));
        }
        match (&self.assertion_type, &self.assertion) {
            (None, None) => {}
            (Some(kind), Some(assertion)) if kind == JWT_BEARER => return self.asserted(assertion, Proof::Assertion),
            (Some(kind), Some(assertion)) if kind == JWT_SPIFFE => return self.asserted(assertion, Proof::Svid),
            (Some(_), Some(_)) => {
                return Err(Code::InvalidClient.because("this client_assertion_type is not supported"));
            }
            _ => {
                return Err(Code::InvalidRequest.because("client_assertion and client_assertion_type belong together"));
            }
        }
        match (&self.basic, &self.client_id, &self.client_secret) {
            (Some((user, _)), Some(id), _) if user != id => {
                Err(Code::InvalidRequest.because("client_id differs from the Authorization header"))
            }
            (Some((user, secret)), ..) => Ok(Claim { client_id: user.into(), proof: Proof::Header(secret) }),
            (None, Some(id), Some(secret)) => Ok(Claim { client_id: id.into(), proof: Proof::Body(secret) }),
            (None, Some(id), None) => Ok(Claim { client_id: id.into(), proof: Proof::Nothing }),
            (None, None, _) => Err(Code::InvalidClient.because("no client authentication was presented")),
        }
    }

    /// The client is the subject of the assertion (RFC 7523 §3), to be believed later. One that its platform calls by another
    /// name says its own in `client_id`; whether the subject fits is judged with its registration.
    fn asserted<'a>(&'a self, assertion: &'a Secret, proof: fn(&'a Secret) -> Proof<'a>) -> Result<Claim<'a>, Refusal> {
        let unreadable = || Code::InvalidClient.because("the client_assertion cannot be read");
        let subject = claimed_subject(assertion.expose()).map_err(|why| unreadable().hiding(why.to_string()))?;
        let subject = subject.ok_or_else(unreadable)?;
        let client_id = self.client_id.as_deref().map_or(Cow::Owned(subject), Cow::Borrowed);
        Ok(Claim { client_id, proof: proof(assertion) })
    }
}

/// Why a client is not believed: for the log, never for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Doubt {
    OtherMethod,
    NoLiveSecret,
    WrongSecret,
    Assertion(Untrusted),
    Replayed,
    OwnerLocked,
    Certificate(Uncertified),
    Workload(Stranger),
}

/// What is left to do after the method was found to be the registered one.
#[derive(Debug, PartialEq, Eq)]
enum Proved<'a> {
    /// Nothing.
    Done,
    /// The assertion has to be believed.
    Assertion(&'a Secret),
    /// The certificate of the connection has to be the client's.
    Certificate,
    /// It has to be believed as a token of the client's workload.
    Workload(&'a Secret),
}

/// Whether the claim holds against the registration and its secrets.
fn judge<'a>(
    method: AuthMethod,
    claim: &Claim<'a>,
    secrets: &[StoredSecret],
    now: Time,
) -> std::result::Result<Proved<'a>, Doubt> {
    let presented = match (&claim.proof, method) {
        // A public client has nothing to prove; what protects it is PKCE and rotation.
        (Proof::Nothing, AuthMethod::None) => return Ok(Proved::Done),
        // The request says no more than which client it is (RFC 8705 §2).
        (Proof::Nothing, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth) => {
            return Ok(Proved::Certificate);
        }
        (Proof::Header(secret), AuthMethod::ClientSecretBasic)
        | (Proof::Body(secret), AuthMethod::ClientSecretPost) => secret.digest(),
        (Proof::Assertion(assertion), AuthMethod::ClientSecretJwt | AuthMethod::PrivateKeyJwt) => {
            return Ok(Proved::Assertion(assertion));
        }
        (Proof::Assertion(token), AuthMethod::WorkloadJwt) | (Proof::Svid(token), AuthMethod::SpiffeJwt) => {
            return Ok(Proved::Workload(token));
        }
        _ => return Err(Doubt::OtherMethod),
    };
    let mut live = secrets.iter().filter(|secret| secret.is_live(now)).peekable();
    if live.peek().is_none() {
        return Err(Doubt::NoLiveSecret);
    }
    // Every live secret is compared: the time taken says nothing about which one matched.
    let matched = live.fold(false, |found, secret| found | (secret.digest == presented));
    if matched { Ok(Proved::Done) } else { Err(Doubt::WrongSecret) }
}

/// The client that a request comes from: known, and proved by its registered method.
pub async fn authenticate(cx: &Cx, presented: &Presented) -> Result<Client> {
    match known(cx, presented).await {
        Err(Error::Refused(refusal)) if refusal.code == Code::InvalidClient => {
            let failures = rate(cx.config().limits.client_failures_per_address);
            if cx.caller.device.address.is_some() {
                cx.limit("client_failure", &cx.caller.device.network(), failures).await?;
            }
            Err(Error::Refused(refusal))
        }
        answer => answer,
    }
}

async fn known(cx: &Cx, presented: &Presented) -> Result<Client> {
    let claim = presented.claim()?;
    let found = store::find_to_authenticate(cx.db().reader(), cx.tenant().id, &claim.client_id).await?;
    let (client, secrets, last_used_at, owner_locked) = match found {
        Some(found) if !found.client.metadata.metadata_document => {
            (found.client, found.secrets, found.last_used_at, found.owner_locked)
        }
        // One that describes itself, or none: it has neither secret nor owner.
        found => match documents::present(cx, &claim.client_id, found.map(|found| found.client)).await? {
            Some(client) => (client, Vec::new(), None, false),
            None => return Err(refusal("unknown client")),
        },
    };
    let doubted = |doubt: Doubt| refusal(&format!("{}: {doubt:?}", client.client_id));
    match judge(client.token_endpoint_auth_method, &claim, &secrets, cx.now).map_err(doubted)? {
        Proved::Done => {}
        Proved::Assertion(assertion) => believe(cx, &client, &secrets, assertion).await?.map_err(doubted)?,
        Proved::Certificate => {
            certificate::believe(cx, &client).await.map_err(|why| doubted(Doubt::Certificate(why)))?;
        }
        Proved::Workload(token) => {
            workload::believe(cx, &client, token).await?.map_err(|why| doubted(Doubt::Workload(why)))?;
        }
    }
    if owner_locked {
        return Err(doubted(Doubt::OwnerLocked)); // after the proof: only the agent itself could learn it
    }
    let profile = client.profile(&cx.config().oauth);
    if !profile.admits_method(client.token_endpoint_auth_method) {
        let why = format!("the client's security profile ({profile}) does not allow how it authenticates");
        return Err(Code::InvalidClient.because(why).into());
    }
    if last_used_at.is_some_and(|used| cx.now - used >= registration::NOTED_EVERY) {
        registration::store::note_use(&*cx.db().lone_write().await, client.id, cx.now).await?;
    }
    Ok(client)
}

/// Whether an assertion is the client's, for us, and presented for the first time (RFC 7523 §3).
async fn believe(
    cx: &Cx,
    client: &Client,
    secrets: &[StoredSecret],
    assertion: &Secret,
) -> Result<std::result::Result<(), Doubt>> {
    let tenant = cx.tenant();
    let paths = ["/oauth2/token", "/oauth2/par", "/oauth2/bc-authorize"];
    let aliases = paths.iter().filter_map(|path| cx.config().mtls.alias(tenant, path));
    let endpoints: Vec<String> = paths.iter().map(|path| tenant.url(path)).chain(aliases).collect();
    let audiences: Vec<&str> = [&tenant.issuer].into_iter().chain(&endpoints).map(String::as_str).collect();
    let profile = client.profile(&cx.config().oauth);
    let expected = ClientJwt {
        types: &["JWT", "client-authentication+jwt"],
        // RFC 7523 §3: the issuer or the token endpoint; RFC 9126 §2: the endpoint for pushed requests, too;
        // OpenID CIBA Core §7.1: and the one for backchannel requests; RFC 8705 §5: all by their other names.
        // FAPI 2.0 Security Profile §5.3.2.1 (8): the issuer alone.
        audiences: if profile.is_fapi2() { &audiences[..1] } else { &audiences },
        sole_audience: profile.is_fapi2(),
        profile,
        required: &["iss", "sub", "aud", "exp", "jti"],
        algorithm: client.metadata.token_endpoint_auth_signing_alg.as_deref(),
        longest: Some(LONGEST_ASSERTION),
    };
    let claims = if client.token_endpoint_auth_method == AuthMethod::ClientSecretJwt {
        let opened = secrets::open(&cx.app.master, client.id, secrets, cx.now)?;
        verify_mac(client, &opened, assertion.expose(), &expected, cx.now)
    } else {
        verify_jwt(cx, client, assertion.expose(), &expected).await
    };
    let claims = match claims {
        Ok(claims) => claims,
        Err(why) => return Ok(Err(Doubt::Assertion(why))),
    };
    let first = is_first_use(cx, "jti", client, &claims).await?;
    Ok(if first { Ok(()) } else { Err(Doubt::Replayed) })
}

/// Whether a JWT of a client is used for the first time, by its `jti`; true once. `purpose`: for what; a `jti` is used once for each.
/// It must not live longer than an hour.
pub async fn is_first_use(cx: &Cx, purpose: &str, client: &Client, claims: &Map<String, Value>) -> Result<bool> {
    Ok(cx.ephemeral().claim(&used(purpose, client, claims), remembered(claims, cx.now)).await?)
}

/// The name of a used JWT: one client's `jti` does not stand in another's way.
fn used(purpose: &str, client: &Client, claims: &Map<String, Value>) -> String {
    let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    format!("{purpose}:{}:{}", client.id.uuid().simple(), Secret::new(jti).digest().hex())
}

/// How long a used JWT has to be remembered: until nobody would believe it any more.
fn remembered(claims: &Map<String, Value>, now: Time) -> Duration {
    let exp = claims.get("exp").and_then(Value::as_f64).unwrap_or_default();
    let seconds = exp - now.timestamp() as f64 + AFTER_EXP as f64;
    Duration::from_secs_f64(seconds.clamp(1.0, 2.0 * LONGEST_ASSERTION.as_secs_f64()))
}

fn refusal(hidden: &str) -> Error {
    Code::InvalidClient.because("client authentication failed").hiding(hidden).into()
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::{domain::clients::testing::client, kernel::Clock};

    fn presented(basic: Option<(&str, &str)>, id: Option<&str>, secret: Option<&str>) -> Presented {
        Presented {
            basic: basic.map(|(user, secret)| (user.into(), Secret::new(secret))),
            client_id: id.map(Into::into),
            client_secret: secret.map(Secret::new),
            ..Presented::default()
        }
    }

    fn asserting(subject: &str, id: Option<&str>) -> Presented {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.AA", part(json!({ "alg": "ES256" })), part(json!({ "sub": subject })));
        Presented {
            assertion_type: Some(JWT_BEARER.into()),
            assertion: Some(Secret::new(token)),
            ..presented(None, id, None)
        }
    }

    fn stored(text: &str, expires_at: Option<Time>) -> StoredSecret {
        StoredSecret { digest: Secret::new(text).digest(), sealed: None, expires_at }
    }

    #[test]
    fn one_method_per_request() {
        let outcome = |p: Presented| match p.claim() {
            Ok(claim) => Ok(match claim.proof {
                Proof::Nothing => "none",
                Proof::Header(_) => "header",
                Proof::Body(_) => "body",
                Proof::Assertion(_) => "assertion",
                Proof::Svid(_) => "svid",
            }),
            Err(refusal) => Err(refusal.code),
        };
        assert_eq!(outcome(presented(Some(("a", "s")), None, None)), Ok("header"));
        assert_eq!(outcome(presented(Some(("a", "s")), Some("a"), None)), Ok("header"));
        assert_eq!(outcome(presented(None, Some("a"), Some("s"))), Ok("body"));
        assert_eq!(outcome(presented(None, Some("a"), None)), Ok("none"));
        assert_eq!(outcome(asserting("a", None)), Ok("assertion"));
        assert_eq!(outcome(asserting("a", Some("a"))), Ok("assertion"));
        let by_svid = Presented { assertion_type: Some(JWT_SPIFFE.into()), ..asserting("a", None) };
        assert_eq!(outcome(by_svid), Ok("svid"));
        // Whom it is about is judged with the registration of whom it is said to come from.
        assert_eq!(asserting("a", Some("b")).claim().unwrap().client_id, "b");
        assert_eq!(outcome(presented(Some(("a", "s")), Some("b"), None)), Err(Code::InvalidRequest));
        assert_eq!(outcome(presented(Some(("a", "s")), Some("a"), Some("s"))), Err(Code::InvalidRequest));
        assert_eq!(outcome(presented(None, None, Some("s"))), Err(Code::InvalidClient));
        assert_eq!(outcome(presented(None, None, None)), Err(Code::InvalidClient));
    }

    #[test]
    fn an_assertion_stands_alone_and_is_a_jwt() {
        let code = |p: Presented| p.claim().map(drop).map_err(|refusal| refusal.code);
        let with = |change: fn(&mut Presented)| {
            let mut presented = asserting("a", None);
            change(&mut presented);
            code(presented)
        };
        assert_eq!(with(|p| p.basic = Some(("a".into(), Secret::new("s")))), Err(Code::InvalidRequest));
        assert_eq!(with(|p| p.client_secret = Some(Secret::new("s"))), Err(Code::InvalidRequest));
        assert_eq!(with(|p| p.assertion_type = None), Err(Code::InvalidRequest));
        assert_eq!(with(|p| p.assertion = None), Err(Code::InvalidRequest));
        const SAML: &str = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
        assert_eq!(with(|p| p.assertion_type = Some(SAML.into())), Err(Code::InvalidClient));
        assert_eq!(with(|p| p.assertion = Some(Secret::new("a.b.c"))), Err(Code::InvalidClient));
    }

    #[test]
    fn the_registered_method_with_a_live_secret() {
        let now = Clock::System.now();
        let later = Some(now + TimeDelta::seconds(1));
        let verdict = |method, p: &Presented, secrets: &[StoredSecret]| {
            let claim = p.claim().unwrap();
            judge(method, &claim, secrets, now).map(|proved| proved == Proved::Done)
        };
        let by_header = presented(Some(("a", "right")), None, None);
        let header = |secrets: &[StoredSecret]| verdict(AuthMethod::ClientSecretBasic, &by_header, secrets);
        assert_eq!(header(&[stored("right", None)]), Ok(true));
        assert_eq!(header(&[stored("old", None), stored("right", later)]), Ok(true));
        assert_eq!(header(&[stored("right", Some(now))]), Err(Doubt::NoLiveSecret));
        assert_eq!(header(&[]), Err(Doubt::NoLiveSecret));
        assert_eq!(header(&[stored("old", None)]), Err(Doubt::WrongSecret));
        let nothing = presented(None, Some("a"), None);
        let by_body = presented(None, Some("a"), Some("right"));
        let asserted = asserting("a", None);
        assert_eq!(verdict(AuthMethod::None, &nothing, &[]), Ok(true));
        assert_eq!(verdict(AuthMethod::PrivateKeyJwt, &asserted, &[]), Ok(false));
        assert_eq!(verdict(AuthMethod::ClientSecretJwt, &asserted, &[]), Ok(false));
        let svid = Presented { assertion_type: Some(JWT_SPIFFE.into()), ..asserted.clone() };
        assert_eq!(verdict(AuthMethod::WorkloadJwt, &asserted, &[]), Ok(false));
        assert_eq!(verdict(AuthMethod::SpiffeJwt, &svid, &[]), Ok(false));
        let ways = [&nothing, &by_header, &by_body, &asserted, &svid];
        for (method, fitting) in [
            (AuthMethod::None, 0),
            (AuthMethod::ClientSecretBasic, 1),
            (AuthMethod::ClientSecretPost, 2),
            (AuthMethod::ClientSecretJwt, 3),
            (AuthMethod::PrivateKeyJwt, 3),
            (AuthMethod::WorkloadJwt, 3),
            (AuthMethod::SpiffeJwt, 4),
        ] {
            for (_, other) in ways.into_iter().enumerate().filter(|(nth, _)| *nth != fitting) {
                let secrets = [stored("right", None)];
                assert_eq!(verdict(method, other, &secrets), Err(Doubt::OtherMethod), "{method}");
            }
        }
    }

    #[test]
    fn a_used_assertion_is_remembered_until_it_is_worthless() {
        let now = Clock::System.now();
        let claims = |exp: i64| json!({ "jti": "1", "exp": exp }).as_object().cloned().unwrap();
        assert_eq!(remembered(&claims(now.timestamp() + 60), now), Duration::from_secs(75));
        assert_eq!(remembered(&claims(now.timestamp() - 9), now), Duration::from_secs(6));
        assert_eq!(remembered(&claims(0), now), Duration::from_secs(1));
        let (one, two) = (client(), client());
        assert_ne!(used("jti", &one, &claims(1)), used("jti", &two, &claims(1)));
        assert_eq!(used("jti", &one, &claims(1)), used("jti", &one, &claims(2)));
        assert_ne!(used("jti", &one, &claims(1)), used("request", &one, &claims(1)));
    }
}

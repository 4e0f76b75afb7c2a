//! Registering a client.

use std::borrow::Cow;

use serde::Serialize;
use url::Url;

use super::{ApplicationType, AuthMethod, Client, FIRST_PARTY_API, GrantType, Metadata, check_redirect_uri, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{
        Code, Event, Fact, Result,
        id::{ClientId, UserId},
        refusal::Findings,
        scope::Scopes,
        secret::Secret,
        text,
    },
    ports::random,
};

/// Shortest secret that may be supplied, in characters: it is stored as a fast digest, so it must not be guessable.
const SHORTEST_SECRET: usize = 32;

/// Registers a client.
#[derive(Debug, Clone)]
pub struct CreateClient {
    /// The name that people see.
    pub name: String,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// How it may obtain tokens.
    pub grants: Vec<GrantType>,
    /// Whether PKCE is demanded; public clients always need it.
    pub pkce_required: bool,
    /// What it may ask for, space-separated.
    pub scope: String,
    /// Whether consent is skipped.
    pub first_party: bool,
    /// The public identifier; made when absent.
    pub client_id: Option<String>,
    /// The secret; made when absent.
    pub client_secret: Option<Secret>,
    /// Lifetime of its access tokens in seconds.
    pub access_token_ttl: Option<u32>,
    /// Home page.
    pub client_uri: Option<String>,
    /// Logo.
    pub logo_uri: Option<String>,
    /// Privacy policy.
    pub policy_uri: Option<String>,
    /// Terms of service.
    pub tos_uri: Option<String>,
    /// Everything else.
    pub metadata: Metadata,
}

/// A client that was registered.
#[derive(Debug, Clone, Serialize)]
pub struct Created {
    /// The client.
    #[serde(flatten)]
    pub client: Client,
    /// Its secret, shown this once; none for a public client.
    #[serde(rename = "client_secret", skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
}

impl Operation for CreateClient {
    type Output = Created;
    const NAME: &'static str = "client.create";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Created> {
        let secret = match (self.auth_method, &self.client_secret) {
            (AuthMethod::None, _) => None,
            (_, Some(secret)) => Some(secret.clone()),
            (_, None) => Some(random::token("sgt_cs_")?),
        };
        let client = self.judge(cx)?;
        let tx = cx.begin().await?;
        if !store::insert(tx, &client).await? {
            let taken = Code::Conflict.because("A client with this client_id exists.");
            return Err(taken.at("client_id", "taken", "exists already").into());
        }
        if let Some(secret) = &secret {
            store::insert_secret(tx, &client, secret.digest()).await?;
        }
        tx.record(Event::from(Fact::ClientCreated).client(client.id).with("client_id", client.client_id.clone()));
        Ok(Created { client, secret })
    }
}

impl CreateClient {
    /// Everything that is wrong with the registration, or the client it describes.
    fn judge(self, cx: &Cx) -> Result<Client> {
        let mut findings = Findings::default();
        let name = findings.keep("name", "invalid", text::line(&self.name, 100));
        for uri in &self.redirect_uris {
            findings.keep("redirect_uris", "invalid", named(uri, check_redirect_uri(uri, self.application_type)));
        }
        for uri in &self.post_logout_redirect_uris {
            let checked = check_redirect_uri(uri, self.application_type);
            findings.keep("post_logout_redirect_uris", "invalid", named(uri, checked));
        }
        let scope = findings.keep("scope", "invalid", Scopes::parse(&self.scope));
        let may = |grant| self.grants.contains(&grant);
        if self.grants.is_empty() {
            findings.note("grants", "required", "must name at least one grant type");
        }
        if may(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            findings.note("redirect_uris", "required", "are required for the authorization_code grant");
        }
        if may(GrantType::RefreshToken) && !may(GrantType::AuthorizationCode) {
            findings.note("grants", "invalid", "refresh_token continues authorization_code, which is missing");
        }
        let public = self.auth_method == AuthMethod::None;
        if public && may(GrantType::ClientCredentials) {
            findings.note(
                "grants",
                "invalid",
                "client_credentials needs a client that authenticates (RFC 6749 section 4.4)",
            );
        }
        if public && !self.pkce_required {
            findings.note("pkce", "invalid", "is required for a public client (RFC 9700 section 2.1.1)");
        }
        if public && self.client_secret.is_some() {
            findings.note("client_secret", "invalid", "is not for a public client");
        }
        if let Some(secret) = &self.client_secret {
            let printable = secret.expose().bytes().all(|b| (0x20..0x7f).contains(&b));
            if secret.expose().chars().count() < SHORTEST_SECRET || secret.expose().len() > 512 || !printable {
                findings.note("client_secret", "too_weak", "must be 32 to 512 printable ASCII characters");
            }
        }
        let client_id = match self.client_id {
            Some(id) => findings.keep("client_id", "invalid", check_client_id(&id).map(|()| id)),
            None => Some(random::token("app_")?.expose()[..26].to_owned()),
        };
        if self.access_token_ttl.is_some_and(|ttl| !(10..=86_400).contains(&ttl)) {
            findings.note("access_token_ttl", "invalid", "must be 10 to 86400 seconds");
        }
        for (field, uri) in [
            ("client_uri", &self.client_uri),
            ("logo_uri", &self.logo_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
        ] {
            if let Some(uri) = uri {
                findings.keep(field, "invalid", check_page(uri));
            }
        }
        if let Some(refusal) = findings_refusal(findings) {
            return Err(refusal.into());
        }
        let (Some(client_name), Some(scope), Some(client_id)) = (name, scope, client_id) else {
            return Err(Code::InvalidInput.into());
        };
        Ok(Client {
            id: ClientId::fresh(),
            tenant: cx.tenant().id,
            client_id,
            client_name,
            application_type: self.application_type,
            token_endpoint_auth_method: self.auth_method,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grant_types: self.grants,
            scope,
            pkce_required: self.pkce_required,
            first_party: self.first_party,
            access_token_ttl: self.access_token_ttl,
            client_uri: self.client_uri,
            logo_uri: self.logo_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            metadata: self.metadata,
            created_at: cx.now,
            updated_at: cx.now,
        })
    }
}

fn findings_refusal(findings: Findings) -> Option<crate::kernel::Refusal> {
    findings.refusal().map(|refusal| crate::kernel::Refusal {
        sentence: Some(Cow::Borrowed("The client cannot be registered like this.")),
        ..refusal
    })
}

fn named<E: std::fmt::Display>(uri: &str, checked: Result<(), E>) -> Result<(), String> {
    checked.map_err(|error| format!("{uri} {error}"))
}

/// RFC 6749 appendix A.1 (visible ASCII and space), kept to what survives in URLs and logs. A client must not be able to
/// pose as a person, whose `sub` begins with `usr_` (RFC 9700 §4.15), nor as this service.
fn check_client_id(id: &str) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/@+".contains(&b);
    if !(1..=200).contains(&id.len()) || !id.bytes().all(plain) {
        return Err("must be 1 to 200 letters, digits or -._~:/@+");
    }
    if id.starts_with(UserId::PREFIX) && id[UserId::PREFIX.len()..].starts_with('_') {
        return Err("must not begin with usr_: it would look like a person");
    }
    if id == FIRST_PARTY_API {
        return Err("is reserved");
    }
    Ok(())
}

/// Pages and logos: https, or http on loopback.
fn check_page(uri: &str) -> Result<(), &'static str> {
    let Ok(url) = Url::parse(uri) else { return Err("is not an absolute URI") };
    let web = matches!(url.scheme(), "https" | "http");
    if web && check_redirect_uri(url.as_str(), ApplicationType::Web).is_ok() {
        Ok(())
    } else {
        Err("must be an https URL")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_pose_as_a_person_or_as_the_service() {
        assert!(check_client_id("shop").is_ok());
        assert!(check_client_id("https://client.example.test/meta").is_ok());
        assert!(check_client_id(&UserId::fresh().to_string()).is_err());
        assert!(check_client_id("usr_").is_err());
        assert!(check_client_id("signet").is_err());
        assert!(check_client_id("").is_err());
        assert!(check_client_id("a b").is_err());
        assert!(check_client_id("a\0b").is_err());
    }

    #[test]
    fn pages_are_https() {
        assert!(check_page("https://shop.example.test/logo.png").is_ok());
        assert!(check_page("http://localhost:3000/logo.png").is_ok());
        assert!(check_page("http://shop.example.test/").is_err());
        assert!(check_page("javascript:alert(1)").is_err());
    }
}

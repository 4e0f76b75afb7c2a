//! A document becomes a client (§4): the parser of dynamic registration, and what is different about documents.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use crate::{
    app::Cx,
    domain::clients::{ApplicationType, AuthMethod, Client, CreateClient, GrantType, rules::Rules, wire},
    kernel::{
        Code, Refusal, Result,
        id::{ClientId, TenantId},
        secret::Digest,
    },
    ports::http::{Answer, HttpError},
};

/// Most bytes of a document. §8.7 recommends 5 kB; keys stand in some.
const MOST: usize = 16 * 1024;
/// How long a document without `Cache-Control` counts.
const USUAL_AGE: Duration = Duration::from_secs(3600);
/// A document counts at least and at most so long, whatever its server says: a sign-in takes minutes and reads it several times, and
/// what is taken back has to be noticed within a day.
const LEAST_AGE: Duration = Duration::from_secs(300);
const MOST_AGE: Duration = Duration::from_secs(86_400);

/// Members that are left out: logos come from elsewhere while a person reads the page (§8.8), the others would have to be fetched or
/// believed.
const IGNORED: &[&str] = &["logo_uri", "software_statement", "sector_identifier_uri"];

/// Why there is no document.
#[derive(Debug)]
pub(super) enum NoDocument {
    /// Its server is away: what was read before may still count.
    Away(String),
    /// There is something else, or nothing.
    Useless(String),
}

/// Reads the document at an address: once, without following redirects (§5).
pub(super) async fn fetch(cx: &Cx, url: &Url) -> std::result::Result<(Map<String, Value>, Duration), NoDocument> {
    judge(cx.app.http.fetch_unmoved(url.as_str(), "application/json", MOST).await)
}

fn judge(
    answered: std::result::Result<Answer, HttpError>,
) -> std::result::Result<(Map<String, Value>, Duration), NoDocument> {
    let useless = |why: &str| NoDocument::Useless(why.to_owned());
    let answer = match answered {
        Ok(answer) => answer,
        Err(HttpError::TooLarge) => return Err(useless("is too large")),
        Err(HttpError::Refused(refused)) => return Err(NoDocument::Useless(refused.to_string())),
        Err(error) => return Err(NoDocument::Away(error.to_string())),
    };
    match answer.status {
        200 => {}
        500.. | 429 => return Err(NoDocument::Away(format!("was answered with status {}", answer.status))),
        status => return Err(NoDocument::Useless(format!("was answered with status {status}"))),
    }
    let is_json = |media: &str| {
        media == "application/json" || media.strip_prefix("application/").is_some_and(|kind| kind.ends_with("+json"))
    };
    if !is_json(&answer.media) {
        return Err(useless("is not served as application/json"));
    }
    let members = serde_json::from_slice(&answer.body).map_err(|_| useless("is not a JSON object"))?;
    Ok((members, answer.max_age.unwrap_or(USUAL_AGE).clamp(LEAST_AGE, MOST_AGE)))
}

/// The client that a document describes, or everything that is wrong with it.
pub(super) fn client(cx: &Cx, client_id: &str, members: Map<String, Value>) -> Result<Client, Refusal> {
    let mut asked = read(client_id, members, &cx.config().registration.client_scopes)?;
    asked.client_id = Some(client_id.to_owned());
    let judged = Rules::of(cx).judge(&asked)?;
    let mut client = asked.into_client(cx, judged, client_id.to_owned());
    client.id = row_of(cx.tenant().id, client_id);
    client.metadata.metadata_document = true;
    Ok(client)
}

/// The registration that a document asks for.
fn read(client_id: &str, mut members: Map<String, Value>, scopes: &[String]) -> Result<CreateClient, Refusal> {
    let wrong = |field: &'static str, why: &'static str| {
        let whole = Code::InvalidClientMetadata.because("The document of the application cannot be used.");
        Err(whole.at(field, "invalid", why))
    };
    // §4: simple string comparison, with what was asked for and with where it was read.
    if members.remove("client_id").as_ref().and_then(Value::as_str) != Some(client_id) {
        return wrong("client_id", "is not the address of the document");
    }
    // §4.1: there is nobody to share a secret with.
    for secret in ["client_secret", "client_secret_expires_at"] {
        if members.contains_key(secret) {
            return wrong("client_secret", "must not stand in a document");
        }
    }
    match members.get("token_endpoint_auth_method").map(Value::as_str) {
        // The usual method of a registration is a secret, which no document has: what is left is none.
        None => drop(members.insert("token_endpoint_auth_method".into(), AuthMethod::None.name().into())),
        Some(Some(method)) if is_without_secret(method) => {}
        Some(_) => return wrong("token_endpoint_auth_method", "must be none or private_key_jwt"),
    }
    members.retain(|name, _| !IGNORED.contains(&name.split('#').next().unwrap_or_default()));
    // The same document is read by other servers, too: what is not given here is left out (RFC 7591 §2).
    keep(&mut members, "grant_types", &[GrantType::AuthorizationCode.name(), GrantType::RefreshToken.name()]);
    keep(&mut members, "response_types", &["code"]);
    if !members.get("client_name").is_some_and(Value::is_string) {
        let host = Url::parse(client_id).ok().and_then(|url| url.host_str().map(str::to_owned));
        members.insert("client_name".into(), host.unwrap_or_default().into());
    }
    let asked = wire::read(members, wire::From::Client(scopes))?;
    // A program on somebody's device, whatever it says: its port is free, and it is never taken for the one that was allowed before
    // (RFC 8252 §7.3, §8.6).
    let on_device = asked.redirect_uris.iter().any(|uri| !uri.starts_with("https://"));
    let application_type = if on_device { ApplicationType::Native } else { asked.application_type };
    Ok(CreateClient { application_type, pkce_required: true, ..asked })
}

/// Whether a client proves who it is without a shared secret (§4.1, §8.2), or not at all.
fn is_without_secret(method: &str) -> bool {
    [AuthMethod::None, AuthMethod::PrivateKeyJwt].iter().any(|known| known.name() == method)
}

/// Leaves of a list what is among `known`. What is no list is left for whoever reads it.
fn keep(members: &mut Map<String, Value>, name: &str, known: &[&str]) {
    if let Some(Value::Array(items)) = members.get_mut(name) {
        items.retain(|item| item.as_str().is_none_or(|item| known.contains(&item)));
    }
}

/// The row of the client that an address describes: always the same, so that of two first sign-ins at once none is in the other's
/// way, and a row that was swept comes back as what it was.
fn row_of(tenant: TenantId, client_id: &str) -> ClientId {
    let digest = Digest::of(format!("client id metadata document {tenant} {client_id}").as_bytes()).to_vec();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    ClientId::from(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const URL: &str = "https://app.example.test/client.json";

    fn document(changes: Value) -> Map<String, Value> {
        let mut members = json!({ "client_id": URL, "redirect_uris": ["https://app.example.test/cb"] });
        members.as_object_mut().unwrap().extend(changes.as_object().cloned().unwrap());
        members.as_object().cloned().unwrap()
    }

    fn asked(changes: Value) -> CreateClient {
        read(URL, document(changes), &["mcp:tools".to_owned()]).unwrap()
    }

    fn refused(changes: Value) -> Option<&'static str> {
        let refusal = read(URL, document(changes), &[]).err()?;
        refusal.fields.first().map(|field| field.field)
    }

    #[test]
    fn the_least_that_a_document_says() {
        let app = asked(json!({}));
        assert_eq!((app.name.as_str(), app.auth_method), ("app.example.test", AuthMethod::None));
        assert_eq!((app.application_type, app.pkce_required, app.first_party), (ApplicationType::Web, true, false));
        assert_eq!(app.grants, [GrantType::AuthorizationCode]);
        assert_eq!(app.scope, "openid profile email address phone mcp:tools");
    }

    #[test]
    fn what_is_not_given_here_is_left_out() {
        let app = asked(json!({
            "grant_types": ["authorization_code", "client_credentials", "refresh_token", "urn:x"],
            "response_types": ["code", "id_token"], "logo_uri": "https://app.example.test/logo.png",
            "logo_uri#de": "https://app.example.test/logo.de.png", "software_statement": "a.b.c", "first_party": true,
            "scope": "mcp:tools payroll:write", "something": "else",
        }));
        assert_eq!(app.grants, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert_eq!(app.metadata.response_types, ["code"]);
        assert_eq!((app.logo_uri, app.metadata.localized.len(), app.first_party), (None, 0, false));
        assert_eq!(app.scope, "mcp:tools");
    }

    #[test]
    fn it_names_its_own_address_and_holds_no_secret() {
        for other in
            [json!("https://app.example.test/client.json/"), json!("https://APP.example.test/client.json"), json!(7)]
        {
            assert_eq!(refused(json!({ "client_id": other })), Some("client_id"));
        }
        assert_eq!(refused(json!({ "client_secret": "x" })), Some("client_secret"));
        assert_eq!(refused(json!({ "client_secret_expires_at": 0 })), Some("client_secret"));
        for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt", "tls_client_auth", "magic"] {
            let field = refused(json!({ "token_endpoint_auth_method": method }));
            assert_eq!(field, Some("token_endpoint_auth_method"), "{method}");
        }
        assert_eq!(refused(json!({ "token_endpoint_auth_method": 7 })), Some("token_endpoint_auth_method"));
        assert_eq!(refused(json!({ "redirect_uris": 7 })), Some("redirect_uris"));
        assert_eq!(refused(json!({ "token_endpoint_auth_method": "private_key_jwt" })), None);
    }

    #[test]
    fn whoever_is_answered_on_the_device_is_a_native_application() {
        for uri in ["http://127.0.0.1:3000/callback", "http://localhost/callback", "com.example.app:/cb"] {
            let uris = json!({ "redirect_uris": ["https://app.example.test/cb", uri], "application_type": "web" });
            assert_eq!(asked(uris).application_type, ApplicationType::Native, "{uri}");
        }
    }

    #[test]
    fn an_answer_is_a_document_or_says_why_not() {
        let answer = |status, media: &str, body: &str, max_age| {
            Ok(Answer { status, media: media.into(), max_age, dpop_nonce: None, body: body.into() })
        };
        let json = "application/json";
        let age = |max_age: Option<u64>| {
            judge(answer(200, json, "{}", max_age.map(Duration::from_secs))).unwrap().1.as_secs()
        };
        assert_eq!((age(None), age(Some(0)), age(Some(1000)), age(Some(u64::MAX))), (3600, 300, 1000, 86_400));
        assert!(judge(answer(200, "application/oauth-client+json", "{}", None)).is_ok());
        for useless in [
            answer(200, "text/html", "{}", None),
            answer(200, "", "{}", None),
            answer(200, "application/json-seq", "{}", None),
            answer(200, json, "[]", None),
            answer(200, json, "{", None),
            answer(204, json, "", None),
            answer(302, json, "{}", None),
            answer(404, json, "{}", None),
            answer(410, json, "{}", None),
            Err(HttpError::TooLarge),
        ] {
            assert!(matches!(judge(useless), Err(NoDocument::Useless(_))));
        }
        for away in [
            answer(503, json, "{}", None),
            answer(429, json, "", None),
            Err(HttpError::Late),
            Err(HttpError::LeftAlone),
        ] {
            assert!(matches!(judge(away), Err(NoDocument::Away(_))));
        }
    }

    #[test]
    fn an_address_has_one_row() {
        let (one, two) = (TenantId::fresh(), TenantId::fresh());
        assert_eq!(row_of(one, URL), row_of(one, URL));
        assert_ne!(row_of(one, URL), row_of(two, URL));
        assert_ne!(row_of(one, URL), row_of(one, "https://app.example.test/client"));
    }
}

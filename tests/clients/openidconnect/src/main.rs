//! A person and an application written with the openidconnect crate: registration by the application itself, code with PKCE, an ID token
//! whose signature, nonce and at_hash are checked, userinfo, refresh, introspection, revocation, and the way out.
//!
//! Needs ISSUER, AUTHORITY, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.

mod http;
mod person;
mod signet;

use std::{collections::HashMap, env, error::Error};

use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientName, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, IntrospectionUrl, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RevocationUrl,
    Scope, TokenIntrospectionResponse, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreClientRegistrationRequest, CoreGrantType,
        CoreRevocableToken, CoreTokenResponse, CoreUserInfoClaims,
    },
    registration::EmptyAdditionalClientMetadata,
    url::Url,
};
use person::Person;
use serde_json::Value;

type Fallible<T = ()> = Result<T, Box<dyn Error>>;
type Shop = CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

const CALLBACK: &str = "http://127.0.0.1:9603/cb";

fn main() -> Fallible {
    let issuer = IssuerUrl::new(env::var("ISSUER")?)?;
    let agent = http::agent()?;
    let send = |request: HttpRequest| http::send(&agent, request);
    let provider = ProviderMetadataWithLogout::discover(&issuer, &send)?;
    // The crate has no place for these two: they are read from the document itself.
    let document =
        openidconnect::http::Request::get(issuer.join(".well-known/openid-configuration")?.as_str()).body(Vec::new())?;
    let document: Value = serde_json::from_slice(send(document)?.body())?;
    let mut carol = Person::known(&agent, issuer.url())?;
    let member = |name: &str| document[name].as_str().map(str::to_owned).ok_or(format!("no {name}"));
    passed("discovery");

    let wanted = CoreClientRegistrationRequest::new(
        vec![RedirectUrl::new(CALLBACK.to_owned())?],
        EmptyAdditionalClientMetadata {},
    )
    .set_client_name(Some([(None, ClientName::new("Self-made".to_owned()))].into_iter().collect()))
    .set_token_endpoint_auth_method(Some(CoreClientAuthMethod::ClientSecretBasic))
    .set_grant_types(Some(vec![CoreGrantType::AuthorizationCode, CoreGrantType::RefreshToken]));
    let registration = provider.registration_endpoint().ok_or("no registration_endpoint")?;
    let registered = wanted.register(registration, &send)?;
    passed("the application registers itself");
    let shop = |id: &ClientId, secret: Option<&ClientSecret>| -> Fallible<Shop> {
        Ok(CoreClient::from_provider_metadata(provider.clone(), id.clone(), secret.cloned())
            .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned())?)
            .set_introspection_url(IntrospectionUrl::new(member("introspection_endpoint")?)?)
            .set_revocation_url(RevocationUrl::new(member("revocation_endpoint")?)?))
    };
    let confidential = shop(registered.client_id(), registered.client_secret())?;
    let tokens = signs_in(&confidential, &mut carol, &issuer, &send)?;
    passed("code with PKCE; the ID token has signature, nonce and at_hash");

    let person: CoreUserInfoClaims = confidential
        .user_info(tokens.access_token().clone(), None)?
        .request(&send)
        .map_err(|error| error.to_string())?;
    ensure(person.subject().as_str() == carol.subject, "userinfo speaks of somebody else")?;
    passed("userinfo");

    let first = tokens.refresh_token().ok_or("no refresh token")?;
    let refreshed = confidential.exchange_refresh_token(first)?.request(&send)?;
    let next = refreshed.refresh_token().ok_or("no further refresh token")?;
    ensure(next.secret() != first.secret(), "the refresh token did not change")?;
    passed("refresh");

    let told = confidential.introspect(refreshed.access_token()).request(&send)?;
    ensure(told.active() && told.sub() == Some(&carol.subject), "introspection does not know the token")?;
    confidential.revoke_token(CoreRevocableToken::RefreshToken(next.clone()))?.request(&send)?;
    let told = confidential.introspect(refreshed.access_token()).request(&send)?;
    ensure(!told.active() && told.sub().is_none(), "a revoked grant goes on")?;
    ensure(confidential.exchange_refresh_token(next)?.request(&send).is_err(), "a revoked refresh token works")?;
    passed("introspection and revocation");

    let options = ["--name", "Tool", "--public", "--application-type", "native", "--redirect-uri", CALLBACK];
    let created =
        signet::run(&[&["client", "create", "--post-logout-redirect-uri", CALLBACK], &options[..]].concat(), "")?;
    let id = ClientId::new(created["client_id"].as_str().ok_or("no client_id")?.to_owned());
    let tokens = signs_in(&shop(&id, None)?, &mut carol, &issuer, &send)?;
    passed("a public client, by PKCE alone");

    let end = provider.additional_metadata().end_session_endpoint.clone().ok_or("no end_session_endpoint")?;
    let asked = LogoutRequest::from(end)
        .set_id_token_hint(tokens.id_token().ok_or("no ID token")?)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(CALLBACK.to_owned())?)
        .set_state(CsrfToken::new("out".to_owned()));
    ensure(
        carol.visit(&asked.http_get_url())?.as_str() == format!("{CALLBACK}?state=out"),
        "the way out ends elsewhere",
    )?;
    passed("signing out at the provider");
    Ok(())
}

/// A person signs in; what comes of it is checked, and what must not work does not.
fn signs_in(
    shop: &Shop,
    person: &mut Person,
    issuer: &IssuerUrl,
    send: &impl Fn(HttpRequest) -> Result<openidconnect::HttpResponse, ureq::Error>,
) -> Fallible<CoreTokenResponse> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = shop
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email"].map(|name| Scope::new(name.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let code = arrived(&person.visit(&url)?, &state, issuer)?;
    let again = PkceCodeVerifier::new(verifier.secret().clone());
    let tokens = shop.exchange_code(code.clone())?.set_pkce_verifier(verifier).request(send)?;

    let checks = shop.id_token_verifier();
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let claims = id_token.claims(&checks, &nonce)?;
    ensure(claims.subject().as_str() == person.subject, "the ID token speaks of somebody else")?;
    ensure(id_token.claims(&checks, &Nonce::new("another".to_owned())).is_err(), "any nonce does")?;
    let hash = claims.access_token_hash().ok_or("no at_hash")?;
    let of = |token| {
        AccessTokenHash::from_token(token, id_token.signing_alg()?, id_token.signing_key(&checks)?)
            .map_err(Box::<dyn Error>::from)
    };
    ensure(of(tokens.access_token())? == *hash, "at_hash is that of another token")?;

    // A second pair for what follows: the replay takes back what the code gave.
    let replayed = shop.exchange_code(code)?.set_pkce_verifier(again).request(send);
    ensure(replayed.is_err(), "a code works twice")?;
    let gone: Result<CoreUserInfoClaims, _> = shop.user_info(tokens.access_token().clone(), None)?.request(send);
    ensure(gone.is_err(), "what a replayed code gave goes on")?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let asked = shop.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
    let (url, state, nonce) = asked.set_pkce_challenge(challenge).url();
    let code = arrived(&person.visit(&url)?, &state, issuer)?;
    let tokens = shop.exchange_code(code)?.set_pkce_verifier(verifier).request(send)?;
    tokens.id_token().ok_or("no ID token")?.claims(&checks, &nonce)?;
    Ok(tokens)
}

/// The code of an answer that is ours and the provider's (RFC 6749 §10.12, RFC 9207 §2.4).
fn arrived(url: &Url, state: &CsrfToken, issuer: &IssuerUrl) -> Fallible<AuthorizationCode> {
    let answer: HashMap<String, String> = url.query_pairs().into_owned().collect();
    ensure(answer.get("state") == Some(state.secret()), "the state is another")?;
    ensure(answer.get("iss") == Some(&issuer.to_string()), "the issuer is another")?;
    Ok(AuthorizationCode::new(answer.get("code").ok_or_else(|| format!("no code: {url}"))?.clone()))
}

fn ensure(holds: bool, otherwise: &str) -> Fallible {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

fn passed(what: &str) {
    println!("✔ {what}");
}

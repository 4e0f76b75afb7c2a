//! Every check of the authorization request, one table row each.

use super::*;
use crate::{
    domain::clients::{AuthMethod, GrantType, testing::client},
    kernel::{Clock, Code},
};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const URI: &str = "https://shop.example.test/cb";

fn parameters(changes: &[(&str, &str)]) -> Parameters {
    let mut pairs: Vec<(String, String)> = [
        ("client_id", "shop"),
        ("redirect_uri", URI),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    pairs.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    pairs.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Parameters::new(pairs)
}

fn outcome(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Code> {
    let parameters = parameters(changes);
    let (address, trouble) = ReturnAddress::judge(&parameters, client).map_err(|refusal| refusal.code)?;
    trouble.map_err(|refusal| refusal.code)?;
    let rules = Rules { now: Clock::System.now(), hinted_user: &|hint| hint.parse().ok() };
    check(&parameters, client, address, &rules).map_err(|rejection| rejection.refusal.code)
}

fn refused(changes: &[(&str, &str)]) -> Code {
    outcome(&client(), changes).expect_err("it should have been refused")
}

#[test]
fn a_good_request_is_understood() {
    let user = UserId::fresh();
    let request = outcome(
        &client(),
        &[
            ("nonce", "n"),
            ("prompt", "login consent"),
            ("max_age", "600"),
            ("display", "popup"),
            ("login_hint", "ada@example.test"),
            ("ui_locales", "de en"),
            ("id_token_hint", &user.to_string()),
            ("acr_values", "aal2 aal1"),
            ("claims", r#"{"userinfo":{"email":{"essential":true},"x":null},"id_token":{"acr":{"values":["aal1"]}}}"#),
            ("response_mode", "form_post"),
            ("unknown", "ignored"),
        ],
    )
    .unwrap();
    assert_eq!(request.address.mode, ResponseMode::FormPost);
    assert_eq!(request.address.state.as_deref(), Some("s"));
    assert_eq!(request.scope.to_string(), "openid profile");
    assert_eq!(request.prompt, [Prompt::Login, Prompt::Consent]);
    assert_eq!(request.max_age, Some(600));
    assert_eq!(request.expected_user, Some(user));
    assert_eq!(request.acr_values, ["aal2", "aal1"]);
    assert!(request.claims.userinfo.contains_key("email"));
    assert_eq!(request.code_challenge.as_deref(), Some(CHALLENGE));
}

#[test]
fn each_fault_has_its_error() {
    use Code::*;
    for (changes, code) in [
        (&[("response_type", "")][..], InvalidRequest),
        (&[("response_type", "token")], UnsupportedResponseType),
        (&[("response_type", "code id_token")], UnsupportedResponseType),
        (&[("scope", "")], InvalidScope),
        (&[("scope", "unknown")], InvalidScope),
        (&[("scope", "openid \"")], InvalidScope),
        (&[("code_challenge", "")], InvalidRequest),
        (&[("code_challenge", ""), ("code_challenge_method", "")], InvalidRequest),
        (&[("code_challenge_method", "")], InvalidRequest),
        (&[("code_challenge_method", "plain")], InvalidRequest),
        (&[("code_challenge", "short")], InvalidRequest),
        (&[("prompt", "none login")], InvalidRequest),
        (&[("prompt", "dance")], InvalidRequest),
        (&[("max_age", "-1")], InvalidRequest),
        (&[("max_age", "1.5")], InvalidRequest),
        (&[("max_age", "99999999999999999999")], InvalidRequest),
        (&[("display", "hologram")], InvalidRequest),
        (&[("claims", "{")], InvalidRequest),
        (&[("claims", "[]")], InvalidRequest),
        (&[("id_token_hint", "nonsense")], InvalidRequest),
        (&[("request", "eyJ")], RequestNotSupported),
        (&[("request_uri", "https://x.test/")], RequestUriNotSupported),
        (&[("registration", "{}")], RegistrationNotSupported),
        (&[("response_mode", "fragment")], InvalidRequest),
        (&[("nonce", "a"), ("nonce", "a")], InvalidRequest),
        (&[("whatever", "a"), ("whatever", "b")], InvalidRequest),
        (&[("state", "a"), ("state", "b")], InvalidRequest),
        (&[("redirect_uri", "https://evil.test/")], InvalidRedirectUri),
        (&[("redirect_uri", "")], InvalidRedirectUri),
        (&[("redirect_uri", URI), ("redirect_uri", URI)], InvalidRedirectUri),
        (&[("claims", r#"{"id_token":{"sub":{"value":"nobody"}}}"#)], LoginRequired),
        (&[("claims", r#"{"id_token":{"acr":{"essential":true,"value":"aal3"}}}"#)], UnmetAuthenticationRequirements),
    ] {
        assert_eq!(refused(changes), code, "{changes:?}");
    }
}

#[test]
fn nothing_but_what_the_client_may_have_is_granted() {
    let scope = |client: &Client, asked| outcome(client, &[("scope", asked)]).map(|request| request.scope.to_string());
    assert_eq!(scope(&client(), "openid phone admin"), Ok("openid".into()));
    assert_eq!(scope(&client(), "openid offline_access"), Ok("offline_access openid".into()));
    let without_refresh = Client { grant_types: vec![GrantType::AuthorizationCode], ..client() };
    assert_eq!(scope(&without_refresh, "openid offline_access"), Ok("openid".into()));
    let machine = Client { grant_types: vec![GrantType::ClientCredentials], ..client() };
    assert_eq!(scope(&machine, "openid"), Err(Code::UnauthorizedClient));
}

#[test]
fn pkce_is_optional_only_where_the_client_is_confidential_and_says_so() {
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    let lenient = Client { pkce_required: false, ..client() };
    assert!(outcome(&lenient, &none).is_ok());
    assert!(outcome(&lenient, &[]).unwrap().code_challenge.is_some());
    let public = Client { token_endpoint_auth_method: AuthMethod::None, ..lenient };
    assert!(outcome(&public, &none).is_err());
    assert!(outcome(&client(), &none).is_err());
}

#[test]
fn an_essential_acr_that_can_be_reached_is_accepted() {
    for claims in [
        r#"{"id_token":{"acr":{"essential":true,"values":["aal3","aal1"]}}}"#,
        r#"{"id_token":{"acr":{"essential":true}}}"#,
        r#"{"id_token":{"acr":{"value":"aal3"}}}"#,
    ] {
        assert!(outcome(&client(), &[("claims", claims)]).is_ok(), "{claims}");
    }
}

#[test]
fn single_claims_need_the_same_permission_as_their_scope() {
    let request = |claims| outcome(&client(), &[("scope", "openid"), ("claims", claims)]).unwrap();
    let asked = request(r#"{"userinfo":{"email":null,"phone_number":null},"id_token":{"name":null,"auth_time":null}}"#);
    assert!(!asked.claims.userinfo.contains_key("phone_number"), "the client is not registered for phone");
    assert_eq!(asked.scope.to_string(), "openid");
    assert_eq!(asked.to_be_allowed().to_string(), "email openid profile");
}

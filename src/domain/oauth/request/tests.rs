//! Every check of the authorization request, one table row each.

use super::*;
use crate::{
    domain::clients::{AuthMethod, GrantType, Metadata, SubjectType, testing::client},
    kernel::{Code, id::UserId},
};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const URI: &str = "https://shop.example.test/cb";
const NAMES: [&str; 7] =
    ["code", "none", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];

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
    outcome_with(&Oauth::default(), client, changes)
}

fn outcome_with(oauth: &Oauth, client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Code> {
    let parameters = parameters(changes);
    let (address, trouble) =
        ReturnAddress::judge(&parameters, client, client.profile(oauth)).map_err(|refusal| refusal.code)?;
    trouble.map_err(|refusal| refusal.code)?;
    let hinted = parameters.first("id_token_hint").filter(|hint| hint.starts_with("usr_")).map(str::to_owned);
    let usual_scope =
        Scopes::parse(if parameters.first("resource").is_some() { "email payroll:read" } else { "" }).unwrap();
    let rules = Rules { oauth, registration_open: true, hinted_subject: hinted, usual_scope };
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
            ("resource", "https://api.example.test"),
            ("resource", "https://api.example.test"),
        ],
    )
    .unwrap();
    assert_eq!(request.address.mode, ResponseMode::FORM_POST);
    assert_eq!(request.address.state.as_deref(), Some("s"));
    assert_eq!(request.scope.to_string(), "openid profile");
    assert_eq!(request.prompt, [Prompt::Login, Prompt::Consent]);
    assert_eq!(request.max_age, Some(600));
    assert_eq!(request.expected_subject, Some(user.to_string()));
    assert_eq!(request.response_type, ResponseType::CODE);
    assert_eq!(request.resources, ["https://api.example.test"]);
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
        (&[("registration", "{}")], RegistrationNotSupported),
        (&[("response_mode", "web_message")], InvalidRequest),
        (&[("response_type", "none")], UnauthorizedClient),
        (&[("claims", r#"{"id_token":{"sub":{"value":7}}}"#)], InvalidRequest),
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

fn app(types: &[&str]) -> Client {
    let types = types.iter().map(|name| (*name).to_owned()).collect();
    Client { metadata: Metadata { response_types: types, ..Metadata::default() }, ..client() }
}

#[test]
fn a_response_type_has_to_be_offered_and_registered() {
    let (off, on) = (Oauth::default(), Oauth { implicit_and_hybrid: true, ..Oauth::default() });
    let all = app(&NAMES);
    let asked = |oauth, client: &Client, name| {
        outcome_with(oauth, client, &[("response_type", name), ("nonce", "n")]).map(|request| request.address.mode)
    };
    for each in ResponseType::ALL {
        let mode = if each.is_front_channel() { ResponseMode::FRAGMENT } else { ResponseMode::QUERY };
        assert_eq!(asked(&on, &all, each.name()), Ok(mode), "{}", each.name());
        let without_switch = if each.is_front_channel() { Err(Code::UnsupportedResponseType) } else { Ok(mode) };
        assert_eq!(asked(&off, &all, each.name()), without_switch, "{}", each.name());
        let unregistered = if *each == ResponseType::CODE { Ok(mode) } else { Err(Code::UnauthorizedClient) };
        assert_eq!(asked(&on, &client(), each.name()), unregistered, "{}", each.name());
    }
    assert_eq!(asked(&on, &app(&["id_token"]), "code"), Err(Code::UnauthorizedClient));
    assert_eq!(asked(&on, &app(&["id_token code"]), "code id_token"), Ok(ResponseMode::FRAGMENT));
    let without_grant =
        Client { grant_types: vec![GrantType::ClientCredentials], ..app(&["code id_token", "id_token"]) };
    assert_eq!(asked(&on, &without_grant, "code id_token"), Err(Code::UnauthorizedClient));
    assert_eq!(asked(&on, &without_grant, "id_token"), Ok(ResponseMode::FRAGMENT));
}

#[test]
fn what_comes_through_the_browser_needs_a_nonce_and_no_challenge() {
    let on = Oauth { implicit_and_hybrid: true, ..Oauth::default() };
    let all = app(&NAMES);
    let bare = [("code_challenge", ""), ("code_challenge_method", "")];
    for each in ResponseType::ALL {
        let asked = |changes: &[(&str, &str)]| {
            let changes: Vec<_> = changes.iter().copied().chain([("response_type", each.name())]).collect();
            outcome_with(&on, &all, &changes).map(|_| ())
        };
        let needs_nonce = if each.id_token { Err(Code::InvalidRequest) } else { Ok(()) };
        assert_eq!(asked(&[]), needs_nonce, "{}", each.name());
        assert_eq!(asked(&[("nonce", "n")]), Ok(()));
        let needs_challenge = if each.code { Err(Code::InvalidRequest) } else { Ok(()) };
        assert_eq!(asked(&[("nonce", "n"), bare[0], bare[1]]), needs_challenge, "{}", each.name());
        let needs_openid = if each.id_token { Err(Code::InvalidScope) } else { Ok(()) };
        assert_eq!(asked(&[("nonce", "n"), ("scope", "profile")]), needs_openid, "{}", each.name());
    }
}

#[test]
fn what_the_client_registered_counts_where_the_request_says_nothing() {
    let metadata =
        Metadata { default_max_age: Some(60), default_acr_values: vec!["aal1".into()], ..Metadata::default() };
    let registered = Client { metadata, ..client() };
    let request = outcome(&registered, &[]).unwrap();
    assert_eq!((request.max_age, request.acr_values), (Some(60), vec!["aal1".into()]));
    let request = outcome(&registered, &[("max_age", "0"), ("acr_values", "aal2")]).unwrap();
    assert_eq!((request.max_age, request.acr_values), (Some(0), vec!["aal2".into()]));
}

#[test]
fn a_wanted_subject_is_found_wherever_it_is_asked_for() {
    let user = UserId::fresh().to_string();
    let value = |sub: &str| format!(r#"{{"sub":{{"value":"{sub}"}}}}"#);
    for claims in [
        format!(r#"{{"id_token":{}}}"#, value(&user)),
        format!(r#"{{"userinfo":{}}}"#, value(&user)),
        format!(r#"{{"userinfo":{0},"id_token":{0}}}"#, value(&user)),
    ] {
        let request = outcome(&client(), &[("claims", &claims)]).unwrap();
        assert_eq!(request.expected_subject.as_deref(), Some(user.as_str()), "{claims}");
        let other = UserId::fresh().to_string();
        let both = [("claims", claims.as_str()), ("id_token_hint", other.as_str())];
        assert_eq!(outcome(&client(), &both).map(|_| ()), Err(Code::InvalidRequest));
    }
    let two = format!(r#"{{"userinfo":{},"id_token":{}}}"#, value(&user), value(&UserId::fresh().to_string()));
    assert_eq!(outcome(&client(), &[("claims", &two)]).map(|_| ()), Err(Code::InvalidRequest));
    // A pairwise subject cannot be told from a wrong one without the person.
    let pairwise = Metadata { subject_type: SubjectType::Pairwise, ..Metadata::default() };
    let claims = format!(r#"{{"id_token":{}}}"#, value("opaque"));
    let request = outcome(&Client { metadata: pairwise, ..client() }, &[("claims", &claims)]).unwrap();
    assert_eq!(request.expected_subject.as_deref(), Some("opaque"));
}

#[test]
fn accounts_are_made_only_where_anyone_may() {
    let request = outcome(&client(), &[("prompt", "create")]).unwrap();
    assert!(request.prompts(Prompt::Create));
    assert!(!Prompt::offered(false).any(|prompt| prompt == Prompt::Create));
    assert_eq!(refused(&[("prompt", "none create")]), Code::InvalidRequest);
}

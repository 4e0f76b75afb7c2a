//! `/oauth2/token` with `client_credentials`: a client for itself (RFC 6749 §4.4).

use signet::domain::clients::GrantType;

use crate::world::{ISSUER, World};

#[tokio::test]
async fn the_token_is_the_clients_own() {
    let world = World::start().await;
    let grants = [GrantType::ClientCredentials];
    let robot = world.client("robot").grants(&grants).scope("orders:read orders:write openid email").create().await;
    let tokens = robot.token_request("client_credentials").send().await.tokens();
    // Nothing that is about a person, no refresh token (§4.4.3), no ID token.
    assert_eq!(tokens.scope, "orders:read orders:write");
    assert!(tokens.refresh.is_none() && tokens.id.is_none());
    let claims = world.jwks().await.verify(&tokens.access).claims;
    // RFC 9068 §2.2: without a person, the subject is the client.
    assert_eq!((&claims["sub"], &claims["client_id"]), (&robot.id.clone().into(), &robot.id.clone().into()));
    assert_eq!(claims["iss"], ISSUER);
    for absent in ["sid", "auth_time", "acr", "amr"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn it_can_be_narrowed_but_not_widened() {
    let world = World::start().await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).scope("a b openid").create().await;
    let ask = |scope: &str| robot.token_request("client_credentials").with("scope", scope).send();
    assert_eq!(ask("b").await.tokens().scope, "b");
    assert_eq!(ask("b a").await.tokens().scope, "a b");
    for scope in ["c", "a c", "openid", "a openid", "a\"", "a\tb"] {
        ask(scope).await.refused(400, "invalid_scope");
    }
}

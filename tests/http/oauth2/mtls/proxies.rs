//! The header of a proxy: believed from those that are trusted, in the form that the settings say, and nowhere else.

use axum::http::Method;
use signet::{
    config::CertificateForm::{Pem, Rfc9440},
    domain::clients::GrantType,
};

use crate::world::{Client, HEADER, Identity, PROXY, World};

async fn worker(world: &World) -> Client {
    world.client("worker").grants(&[GrantType::ClientCredentials]).scope("jobs").by_subject().create().await
}

async fn status(client: &Client, from: &str, headers: &[(&str, &str)]) -> u16 {
    let call = client.token_request("client_credentials").call().from(from);
    headers.iter().fold(call, |call, (name, value)| call.header(*name, value)).send().await.status.as_u16()
}

#[tokio::test]
async fn nobody_but_a_trusted_proxy_hands_certificates_on() {
    let (world, authority) = World::certified(Pem).await;
    let client = worker(&world).await;
    let identity: Identity = authority.issues(world.wanted());
    let escaped = identity.escaped();
    assert_eq!(status(&client, PROXY, &[(HEADER, &escaped)]).await, 200);
    // A certificate is no secret: whoever writes the header himself has shown nothing.
    assert_eq!(status(&client, "203.0.113.9", &[(HEADER, &escaped)]).await, 401);
    assert_eq!(status(&client, "203.0.113.9", &[(HEADER, &escaped), ("x-forwarded-for", PROXY)]).await, 401);
    // Another header, another form, twice, or spoilt: none.
    for headers in [
        vec![("x-ssl-cert", escaped.as_str())],
        vec![(HEADER, &identity.byte_sequence())],
        vec![("client-cert", &identity.byte_sequence())],
        vec![(HEADER, &escaped), (HEADER, &escaped)],
        vec![(HEADER, "")],
        vec![(HEADER, "(null)")],
        vec![(HEADER, &escaped[..escaped.len() / 2])],
    ] {
        assert_eq!(status(&client, PROXY, &headers).await, 401, "{headers:?}");
    }
    // Where certificates do not come from proxies, a header is a header.
    let plain = World::configured(|config| {
        config.server.trusted_proxies = vec![signet::config::Setting::parse("10.0.0.0/8").unwrap()];
    })
    .await;
    let public = plain.client("app").public().create().await;
    let call = public.code_request("x").call().with_certificate(&identity);
    call.send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn the_form_of_rfc_9440_brings_the_chain() {
    let (world, authority) = World::certified(Rfc9440).await;
    let client = worker(&world).await;
    let between = authority.issues_authority(&world);
    let identity = between.issues(world.wanted());
    let own = identity.byte_sequence();
    assert_eq!(status(&client, PROXY, &[(HEADER, &own)]).await, 401, "nobody knows its issuer");
    let chain = between.identity().byte_sequence();
    assert_eq!(status(&client, PROXY, &[(HEADER, &own), ("client-cert-chain", &chain)]).await, 200);
    assert_eq!(status(&client, PROXY, &[(HEADER, &identity.escaped()), ("client-cert-chain", &chain)]).await, 401);
    assert_eq!(status(&client, "203.0.113.9", &[(HEADER, &own), ("client-cert-chain", &chain)]).await, 401);
}

#[tokio::test]
async fn people_are_not_sent_where_certificates_are_asked_for() {
    let (world, _) = World::certified(Pem).await;
    let at = async |path: &str, host: &str| {
        let call = world.call(Method::GET, path).without("host").header("host", host);
        call.send().await.status.as_u16()
    };
    assert_eq!(at("/login", "id.example.test").await, 200);
    assert_eq!(at("/login", "mtls.example.test:8443").await, 421);
    assert_eq!(at("/.well-known/openid-configuration", "mtls.example.test:8443").await, 200);
    assert_eq!(at("/oauth2/userinfo", "mtls.example.test").await, 401);
    assert_eq!(at("/oauth2/userinfo", "evil.example.test").await, 421);
}

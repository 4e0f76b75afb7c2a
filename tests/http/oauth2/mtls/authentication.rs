//! Who a client is by its certificate (RFC 8705 §2): issued by an authority, or registered by the client itself.

use serde_json::json;
use signet::{
    config::CertificateForm::Pem,
    domain::clients::{Certified, GrantType},
};

use crate::world::{Answer, Authority, Client, Identity, NewClient, Site, World};

fn worker(world: &World) -> NewClient {
    world.client("worker").grants(&[GrantType::ClientCredentials]).scope("jobs")
}

/// What the token endpoint says to this client with this certificate.
async fn with(client: &Client, identity: &Identity) -> Answer {
    client.token_request("client_credentials").call().with_certificate(identity).send().await
}

#[tokio::test]
async fn section_2_1_2_each_kind_of_name_is_enough() {
    let (world, authority) = World::certified(Pem).await;
    let identity = authority.issues(world.wanted().named(|names| {
        names.dns("shop.example.test").uri("spiffe://example.test/shop").ip("2001:db8::7").email("ops@example.test");
    }));
    let bare = authority.issues(world.wanted());
    let some = |text: &str| Some(text.to_owned());
    let kinds = [
        Certified { tls_client_auth_subject_dn: some("CN=shop,O=Example,C=DE"), ..Certified::default() },
        Certified { tls_client_auth_san_dns: some("Shop.example.test"), ..Certified::default() },
        Certified { tls_client_auth_san_uri: some("spiffe://example.test/shop"), ..Certified::default() },
        Certified { tls_client_auth_san_ip: some("2001:DB8:0:0::7"), ..Certified::default() },
        Certified { tls_client_auth_san_email: some("ops@EXAMPLE.test"), ..Certified::default() },
    ];
    for kind in kinds {
        let by_subject = kind.tls_client_auth_subject_dn.is_some();
        let client = worker(&world).by_subject().with(|create| create.metadata.certified = kind.clone()).create().await;
        with(&client, &identity).await.tokens();
        match with(&client, &bare).await {
            answer if by_subject => drop(answer.tokens()),
            answer => drop(answer.refused(401, "invalid_client")),
        }
    }
}

#[tokio::test]
async fn section_2_1_every_other_certificate_is_refused() {
    let (world, authority) = World::certified(Pem).await;
    let client = worker(&world).by_subject().create().await;
    with(&client, &authority.issues(world.wanted())).await.tokens();
    let impostor = Authority::new(world.now().timestamp()); // by the same name
    let between = authority.issues(world.wanted());
    for (what, refused) in [
        ("another authority", impostor.issues(world.wanted())),
        ("its own word", world.wanted().self_signed()),
        ("expired", authority.issues(world.wanted().lasting(-100, -1))),
        ("not valid yet", authority.issues(world.wanted().lasting(60, 100))),
        ("for servers", authority.issues(world.wanted().of_server())),
        ("somebody else", authority.issues(world.named(&[("C", "DE"), ("O", "Example"), ("CN", "news")]))),
        ("the name turned around", authority.issues(world.named(&[("CN", "shop"), ("O", "Example"), ("C", "DE")]))),
        (
            "more than the name",
            authority.issues(world.named(&[("C", "DE"), ("O", "Example"), ("OU", "x"), ("CN", "shop")])),
        ),
        ("no name at all", authority.issues(world.named(&[]))),
        ("signed by a client", between.issues(world.wanted())),
    ] {
        let answer = with(&client, &refused).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"), "{what}");
        assert!(!answer.text().contains("certificate"), "{what}: {}", answer.text());
    }
    client.token_request("client_credentials").send().await.refused(401, "invalid_client");
    // The request has to say which client it is (§2), and no more.
    let identity = authority.issues(world.wanted());
    let request = || client.token_request("client_credentials");
    request().without("client_id").call().with_certificate(&identity).send().await.refused(401, "invalid_client");
    request().with("client_secret", "x").call().with_certificate(&identity).send().await.refused(401, "invalid_client");
    request()
        .without("client_id")
        .basic(&client.id, "")
        .call()
        .with_certificate(&identity)
        .send()
        .await
        .refused(401, "invalid_client");
    // Another method is not replaced by a certificate.
    let secret = worker(&world).create().await;
    let bare = secret.token_request("client_credentials").authorization(None).with("client_id", &secret.id);
    bare.call().with_certificate(&identity).send().await.refused(401, "invalid_client");
    with(&secret, &identity).await.tokens();
}

#[tokio::test]
async fn a_certificate_is_good_for_as_long_as_it_says() {
    let (world, authority) = World::certified(Pem).await;
    let client = worker(&world).by_subject().create().await;
    let identity = authority.issues(world.wanted().lasting(-60, 600));
    with(&client, &identity).await.tokens();
    world.advance(chrono::TimeDelta::seconds(601));
    with(&client, &identity).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn section_2_2_2_a_certificate_that_the_client_registered() {
    let (world, authority) = World::certified(Pem).await;
    let mine = world.wanted().self_signed();
    let renewed = world.wanted().of(&mine).self_signed();
    let other = world.wanted().self_signed();
    let by_certificate = worker(&world).by_own(mine.jwks()).create().await;
    with(&by_certificate, &mine).await.tokens();
    with(&by_certificate, &renewed).await.refused(401, "invalid_client");
    with(&by_certificate, &other).await.refused(401, "invalid_client");
    let by_key = worker(&world).by_own(mine.bare_jwks()).create().await;
    for good in [&mine, &renewed, &authority.issues(world.wanted().of(&mine))] {
        with(&by_key, good).await.tokens();
    }
    with(&by_key, &other).await.refused(401, "invalid_client");
    for bad in [
        world.wanted().of(&mine).lasting(-9, -1),
        world.wanted().of(&mine).lasting(60, 99),
        world.wanted().of(&mine).of_server(),
    ] {
        with(&by_key, &bad.self_signed()).await.refused(401, "invalid_client");
    }
    by_key.token_request("client_credentials").send().await.refused(401, "invalid_client");
}

#[tokio::test]
async fn certificates_at_an_address_may_change() {
    let (world, _) = World::certified(Pem).await;
    let (old, new, other) = (world.wanted().self_signed(), world.wanted().self_signed(), world.wanted().self_signed());
    let site = Site::start().await;
    site.put("/jwks", 200, &old.jwks().to_string());
    let client = worker(&world).by_own(json!(null)).with(|create| {
        create.metadata.jwks = None;
        create.metadata.jwks_uri = Some(site.url("/jwks"));
    });
    let client = client.create().await;
    with(&client, &old).await.tokens();
    site.put("/jwks", 200, &new.jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(2));
    with(&client, &new).await.tokens();
    with(&client, &old).await.refused(401, "invalid_client");
    with(&client, &other).await.refused(401, "invalid_client");
}

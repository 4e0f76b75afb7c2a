//! `spiffe_jwt` (draft-ietf-oauth-spiffe-client-auth §3.1): JWT-SVIDs as SPIRE makes them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::disbelieved;
use crate::world::{Client, ISSUER, NewClient, Platform, Signer, Site, World, changed, not_signed, with_local_servers};

const ID: &str = "spiffe://example.org/orders/api";

async fn start() -> (World, Platform, Client) {
    let world = World::start().await;
    let domain = world.trust_domain().await;
    let api = world.client("api").workload(&domain, ID).create().await;
    (world, domain, api)
}

fn called(client: NewClient, id: &str) -> NewClient {
    client.with(|create| create.client_id = Some(id.into()))
}

#[tokio::test]
async fn section_3_1_a_workload_authenticates_with_its_svid() {
    let (world, domain, api) = start().await;
    let svid = domain.token(ID);
    for _ in 0..2 {
        let tokens = api.presents(&svid).send().await.tokens();
        assert_eq!(world.jwks().await.verify(&tokens.access).claims["sub"], api.id);
    }
    let said = json!({ "client_id": api.id, "issuer": domain.issuer, "subject": ID });
    assert_eq!(world.details("workload.authenticated").await, [said]);
    // JWT-SVID §2.3, §3: both types, and whatever iss may say.
    let send = |typ: Option<&str>, changes: Value| {
        api.presents(&domain.signer.sign_as(typ, &changed(domain.claims(ID), &changes))).send()
    };
    send(Some("JWT"), json!({})).await.tokens();
    send(Some("JOSE"), json!({ "iss": "https://spire.example.org" })).await.tokens();
    send(None, json!({ "iat": null, "aud": ISSUER })).await.tokens();
}

#[tokio::test]
async fn section_3_1_a_client_may_be_called_by_its_spiffe_id() {
    let (world, domain, _) = start().await;
    const OWN: &str = "spiffe://example.org/my-oauth-client";
    let own = called(world.client("own").workload(&domain, OWN), OWN).create().await;
    own.presents(&domain.token(OWN)).without("client_id").send().await.tokens();
    own.presents(&domain.token(OWN)).send().await.tokens();
    disbelieved(own.presents(&domain.token(ID)).send().await);
    // Nobody is called like this one.
    disbelieved(own.presents(&domain.token(ID)).without("client_id").send().await);
}

#[tokio::test]
async fn section_5_1_a_prefix_stands_for_all_below_it() {
    let (world, domain, _) = start().await;
    let fleet = world.client("fleet").workload(&domain, "spiffe://example.org/client/*").create().await;
    let ids = ["spiffe://example.org/client/1", "spiffe://example.org/client/eu/2"];
    for id in ids {
        fleet.presents(&domain.token(id)).send().await.tokens();
    }
    let noted: Vec<_> =
        world.details("workload.authenticated").await.into_iter().map(|said| said["subject"].clone()).collect();
    assert_eq!(noted, ids, "the record says which of them it was");
    for outside in [
        "spiffe://example.org/client",
        "spiffe://example.org/client/",
        "spiffe://example.org/client123",
        "spiffe://example.org/client/*",
        "spiffe://example.org/client/../orders/api",
        "spiffe://example.org/client//1",
        "spiffe://other.test/client/1",
        ID,
    ] {
        disbelieved(fleet.presents(&domain.token(outside)).send().await);
    }
}

#[tokio::test]
async fn section_3_1_what_an_svid_has_to_say() {
    let (world, domain, api) = start().await;
    let now = world.now().timestamp();
    for bad in [
        json!({ "sub": null }),
        json!({ "sub": "spiffe://example.org/orders/other" }),
        json!({ "sub": "SPIFFE://example.org/orders/api" }),
        json!({ "sub": api.id }),
        json!({ "aud": null }),
        json!({ "aud": [] }),
        json!({ "aud": [ISSUER, "https://elsewhere.test"] }),
        json!({ "aud": [ISSUER, ISSUER] }),
        json!({ "aud": format!("{ISSUER}/oauth2/token") }),
        json!({ "aud": "https://elsewhere.test" }),
        json!({ "exp": null }),
        json!({ "exp": now - 30 }),
        json!({ "exp": now + 7200 }),
        json!({ "iat": now - 7200 }),
        json!({ "iat": now + 600 }),
        json!({ "nbf": now + 600 }),
    ] {
        let shown = bad.to_string();
        let answer = api.presents(&domain.signer.sign(&changed(domain.claims(ID), &bad))).send().await;
        assert_eq!(answer.status, 401, "{shown}");
        disbelieved(answer);
    }
    let claims = domain.claims(ID);
    for token in [
        Signer::new("ES256").sign(&claims),
        not_signed(&claims),
        domain.signer.sign_as(Some("at+jwt"), &claims),
        "a.b.c".into(),
    ] {
        disbelieved(api.presents(&token).send().await);
    }
    const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let svid = domain.token(ID);
    disbelieved(api.presents(&svid).with("client_assertion_type", BEARER).send().await);
    // A token of the same keys' owner for something else is no SVID of the other trust domain, though it says so.
    let other = Signer::new("ES256");
    let bundle = other.bundle();
    world.platform("spiffe://other.test", other.clone(), |create| create.jwks = Some(bundle)).await;
    disbelieved(api.presents(&other.sign(&claims)).send().await);
}

#[tokio::test]
async fn only_keys_for_svids_of_the_bundle_count() {
    let world = World::configured(with_local_servers).await;
    let site = Site::start().await;
    let (signer, usual, ed) = (Signer::new("ES256"), Signer::new("ES256"), Signer::new("EdDSA"));
    let mut bundle = signer.bundle();
    let keys = bundle["keys"].as_array_mut().unwrap();
    keys.push(usual.jwks()["keys"][0].clone());
    keys.push(ed.bundle()["keys"][0].clone());
    keys.push(json!({ "use": "x509-svid", "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "x5c": ["MIIB"] }));
    site.put("/bundle.json", 200, &bundle.to_string());
    let url = site.url("/bundle.json");
    let domain = world.platform("spiffe://example.org", signer.clone(), |create| {
        create.jwks = None;
        create.jwks_uri = Some(url);
        // What was agreed upon for others is no audience of an SVID.
        create.audiences = vec!["https://agreed.test".into()];
    });
    let domain = domain.await;
    let api = world.client("api").workload(&domain, ID).create().await;
    api.presents(&domain.token(ID)).send().await.tokens();
    disbelieved(api.presents(&usual.sign(&domain.claims(ID))).send().await);
    disbelieved(api.presents(&ed.sign(&domain.claims(ID))).send().await);
    let agreed = changed(domain.claims(ID), &json!({ "aud": "https://agreed.test" }));
    disbelieved(api.presents(&signer.sign(&agreed)).send().await);
    let next = Signer::new("ES256");
    site.put("/bundle.json", 200, &next.bundle().to_string());
    world.advance(TimeDelta::seconds(120));
    api.presents(&next.sign(&domain.claims(ID))).send().await.tokens();
    disbelieved(api.presents(&domain.token(ID)).send().await);
}

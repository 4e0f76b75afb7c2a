//! Assertions of registered issuers as grants (RFC 7523 §2.1, §3): whose word counts, for whom, how long and how often.

use serde_json::{Value, json};
use signet::domain::{
    clients::GrantType,
    issuers::{DeleteIssuer, LinkSubject, SubjectMapping, UnlinkSubject, Use},
    users::Whom,
};

use crate::world::{
    Client, ISSUER, Idp, Person, Signer, Site, World, changed, not_signed, together, unverified, with_local_servers,
};

const SCOPE: &str = "orders:read orders:write";

/// An agent, an issuer, and Alice, whom the issuer calls `u1`.
async fn start() -> (World, Person, Client, Idp) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let agent = world.client("agent").redeems().scope("openid orders:read orders:write").create().await;
    let idp = world.idp(&[Use::JwtBearer], SubjectMapping::Link, SCOPE).await;
    link(&idp, &world, "u1", &alice).await;
    (world, alice, agent, idp)
}

async fn link(idp: &Idp, world: &World, subject: &str, person: &Person) {
    let link = LinkSubject { issuer: idp.issuer.clone(), subject: subject.into(), whom: Whom::Id(person.id) };
    world.operator(link).await.unwrap();
}

#[tokio::test]
async fn section_2_1_a_linked_person_is_acted_for() {
    let (world, alice, agent, idp) = start().await;
    let tokens = agent.assert(&idp.assertion("u1")).send().await.tokens();
    assert!(tokens.refresh.is_none() && tokens.id.is_none());
    assert_eq!(tokens.scope, SCOPE);
    let claims = world.jwks().await.verify(&tokens.access).claims;
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(alice.sub()), &json!(agent.id)));
    for absent in ["sid", "grant_id", "auth_time", "acr", "amr", "act"] {
        assert!(claims.get(absent).is_none(), "nobody signed in here: {absent}");
    }
    let told = agent.finds_active(&tokens.access).await;
    assert_eq!(told["sub"], alice.sub());
    assert!(told.get("vouched_by").is_none());
    // It is for APIs: nothing about the person's account is given for it.
    world.userinfo(&tokens.access).await.refused(401, "invalid_token");
    let facts = alice.activity().await;
    let fact = facts.iter().find(|fact| fact.name == "assertion.redeemed").unwrap();
    let said = json!({
        "issuer": idp.issuer, "subject": "u1", "kind": "jwt", "client_id": agent.id, "audience": [ISSUER], "scope": SCOPE,
    });
    assert_eq!(fact.details, said);
}

#[tokio::test]
async fn section_3_what_an_assertion_has_to_say() {
    let (world, _, agent, idp) = start().await;
    let now = world.now().timestamp();
    let send = |changes: Value| {
        let assertion = idp.signer.sign(&changed(idp.claims("u1"), &changes));
        agent.assert(&assertion).send()
    };
    for good in [
        json!({}),
        json!({ "aud": [ISSUER, "https://elsewhere.test"] }),
        json!({ "aud": format!("{ISSUER}/oauth2/token") }),
        json!({ "iat": null, "nbf": now }),
        json!({ "exp": now + 3600, "iat": now + 8 }),
    ] {
        send(good).await.tokens();
    }
    // Clocks differ.
    send(json!({ "exp": world.now().timestamp() - 2 })).await.tokens();
    for bad in [
        json!({ "iss": null }),
        json!({ "iss": "https://elsewhere.test" }),
        json!({ "iss": 7 }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": "nobody" }),
        json!({ "sub": 7 }),
        json!({ "aud": null }),
        json!({ "aud": [] }),
        json!({ "aud": "https://elsewhere.test" }),
        json!({ "aud": format!("{ISSUER}/") }),
        json!({ "aud": agent.id }), // an ID token of the issuer is no assertion
        json!({ "exp": null }),
        json!({ "exp": now - 30 }),
        json!({ "exp": now + 4000 }),
        json!({ "exp": 1e300 }),
        json!({ "exp": u64::MAX }),
        json!({ "nbf": now + 400 }),
        json!({ "iat": now + 400 }),
        json!({ "iat": "now" }),
        json!({ "jti": null }),
        json!({ "jti": "" }),
        json!({ "jti": 7 }),
    ] {
        send(bad).await.refused(400, "invalid_grant");
    }
    agent.assert("").send().await.refused(400, "invalid_request");
    let twice = agent.assert(&idp.assertion("u1")).again("assertion", "x");
    twice.send().await.refused(400, "invalid_request");
}

#[tokio::test]
async fn rfc8725_only_a_signature_of_the_issuers_own_key_counts() {
    let (world, _, agent, idp) = start().await;
    let claims = idp.claims("u1");
    let part = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
    let tokens = [
        Signer::new("ES256").sign(&claims),
        Signer::new("RS256").sign(&claims),
        idp.signer.posing_as("EdDSA").sign(&claims),
        not_signed(&claims),
        format!("{}.", part(&idp.signer.sign(&claims))),
        idp.signer.sign_as(Some("at+jwt"), &claims),
        idp.signer.sign_as(Some("oauth-id-jag+jwt"), &claims),
        idp.signer.sign_as(Some("logout+jwt"), &claims),
        "nonsense".into(),
        "a.b.c".into(),
        "x".repeat(50_000),
    ];
    for token in tokens {
        agent.assert(&token).send().await.refused(400, "invalid_grant");
    }
    // Nor our own tokens: this issuer is not one of those.
    let own = world.client("own").first_party().create().await;
    let bob = world.person("bob").verified().await;
    agent.assert(own.tokens_of(&bob).await.id()).send().await.refused(400, "invalid_grant");
    agent.assert(&idp.signer.sign_as(Some("JWT"), &claims)).send().await.tokens();
}

#[tokio::test]
async fn section_3_an_assertion_counts_once() {
    let (world, _, agent, idp) = start().await;
    let assertion = idp.assertion("u1");
    // A request that is refused for another reason spends nothing.
    agent.assert(&assertion).with("scope", "admin").send().await.refused(400, "invalid_scope");
    agent.assert(&assertion).with("resource", "https://unknown.test").send().await.refused(400, "invalid_target");
    agent.assert(&assertion).send().await.tokens();
    agent.assert(&assertion).send().await.refused(400, "invalid_grant");
    let assertion = idp.assertion("u1");
    let tries = (0..20).map(|_| agent.assert(&assertion).send()).collect::<Vec<_>>();
    let won = together(tries).await.into_iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    assert_eq!(world.count_facts("assertion.redeemed").await, 2);
    let Some(second) = world.second_node().await else { return };
    agent.at(&second).assert(&assertion).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_verified_address_is_linked_once_and_counts_no_more_afterwards() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let eve = world.person("eve").unverified().await;
    let bob = world.person("bob").verified().await;
    let agent = world.client("agent").redeems().scope("orders:read").create().await;
    let idp = world.idp(&[Use::JwtBearer], SubjectMapping::Email, SCOPE).await;
    let send =
        |subject: &str, changes: Value| agent.assert(&idp.signer.sign(&changed(idp.claims(subject), &changes))).send();
    for bad in [
        json!({}),
        json!({ "email": alice.email }),
        json!({ "email": alice.email, "email_verified": false }),
        json!({ "email": alice.email, "email_verified": "true" }),
        json!({ "email": "nobody@example.test", "email_verified": true }),
        // Somebody registered the address here and never proved it.
        json!({ "email": eve.email, "email_verified": true }),
    ] {
        send("u1", bad).await.refused(400, "invalid_grant");
    }
    let sub = |token: &str| unverified(token).claims["sub"].clone();
    let first = send("u1", json!({ "email": "Alice@Example.test", "email_verified": true })).await.tokens();
    assert_eq!(sub(&first.access), alice.sub());
    assert_eq!(world.count_facts("issuer_subject.linked").await, 1);
    // From now on the subject decides, whatever address it has there.
    let again = send("u1", json!({ "email": bob.email, "email_verified": true })).await.tokens();
    assert_eq!(sub(&again.access), alice.sub());
    assert_eq!(sub(&send("u1", json!({})).await.tokens().access), alice.sub());
    assert_eq!(world.count_facts("issuer_subject.linked").await, 1);
    let unlink = UnlinkSubject { issuer: idp.issuer.clone(), subject: "u1".into() };
    world.operator(unlink).await.unwrap();
    send("u1", json!({})).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn rfc9700_4_15_a_service_cannot_pose_as_a_person_or_a_client() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let agent = world.client("agent").redeems().scope("orders:read").create().await;
    let idp = world.idp(&[Use::JwtBearer], SubjectMapping::Service, SCOPE).await;
    for subject in ["system:serviceaccount:shop:worker", &alice.sub(), &agent.id] {
        let tokens = agent.assert(&idp.assertion(subject)).send().await.tokens();
        let named = format!("{}|{subject}", idp.issuer);
        assert_eq!(unverified(&tokens.access).claims["sub"], named);
        assert_eq!(agent.finds_active(&tokens.access).await["sub"], named);
    }
    assert!(alice.activity().await.iter().all(|fact| fact.name != "assertion.redeemed"));
}

#[tokio::test]
async fn client_issuer_and_request_decide_what_is_given() {
    let world = World::start().await;
    let orders = world.resource("orders", "orders:read orders:write").await.uri;
    world.resource("stock", "stock:read").await;
    let alice = world.person("alice").verified().await;
    let scope = "openid offline_access orders:read orders:write stock:read";
    let agent = world.client("agent").redeems().scope(scope).create().await;
    let idp = world.idp(&[Use::JwtBearer], SubjectMapping::Link, "openid orders:read orders:write").await;
    link(&idp, &world, "u1", &alice).await;
    let send = |pairs: &[(&str, &str)]| {
        let request = agent.assert(&idp.assertion("u1"));
        pairs.iter().fold(request, |request, (name, value)| request.with(name, value)).send()
    };
    let tokens = send(&[]).await.tokens();
    assert_eq!(
        (tokens.scope.as_str(), &unverified(&tokens.access).claims["aud"]),
        ("orders:read orders:write", &json!(orders))
    );
    assert_eq!(send(&[("scope", "orders:read"), ("resource", &orders)]).await.tokens().scope, "orders:read");
    for more in ["stock:read", "openid", "offline_access", "orders:read profile"] {
        send(&[("scope", more)]).await.refused(400, "invalid_scope");
    }
    send(&[("resource", "https://stock.example.test")]).await.refused(400, "invalid_target");
}

#[tokio::test]
async fn who_may_present_what() {
    let (world, alice, agent, idp) = start().await;
    // Without the grant type; without proving who asks.
    let shop = world.client("shop").create().await;
    shop.assert(&idp.assertion("u1")).send().await.refused(400, "unauthorized_client");
    let wrong = Client { secret: Some("wrong".into()), ..agent.clone() };
    wrong.assert(&idp.assertion("u1")).send().await.refused(401, "invalid_client");
    assert!(world.client("app").public().grants(&[GrantType::JwtBearer]).try_create().await.is_err());
    // An issuer for one client, and one for another use.
    let other = world.client("other").redeems().scope(SCOPE).create().await;
    let only = other.id.clone();
    let narrow = world.idp_with(&[Use::JwtBearer], SubjectMapping::Link, SCOPE, |create| {
        create.issuer = "https://narrow.example.test".into();
        create.clients = vec![only];
    });
    let narrow = narrow.await;
    link(&narrow, &world, "u1", &alice).await;
    agent.assert(&narrow.assertion("u1")).send().await.refused(400, "invalid_grant");
    other.assert(&narrow.assertion("u1")).send().await.tokens();
    let platform = world.idp_with(&[Use::SoftwareStatement, Use::IdJag], SubjectMapping::Link, SCOPE, |create| {
        create.issuer = "https://platform.example.test".into();
    });
    let platform = platform.await;
    link(&platform, &world, "u1", &alice).await;
    agent.assert(&platform.assertion("u1")).send().await.refused(400, "invalid_grant");
    // An audience that was agreed upon, and a shorter life.
    let agreed = world.idp_with(&[Use::JwtBearer], SubjectMapping::Link, SCOPE, |create| {
        create.issuer = "https://agreed.example.test".into();
        create.audiences = vec!["signet".into()];
        create.max_lifetime = 60;
    });
    let agreed = agreed.await;
    link(&agreed, &world, "u1", &alice).await;
    let now = world.now().timestamp();
    let send = |claims: Value| agent.assert(&agreed.signer.sign(&claims)).send();
    let short = json!({ "exp": now + 60, "aud": "signet" });
    send(changed(agreed.claims("u1"), &short)).await.tokens();
    send(agreed.claims("u1")).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn with_the_person_or_the_issuer_everything_ends() {
    let (world, alice, agent, idp) = start().await;
    let rule = format!("audience={ISSUER},from={}", agent.id);
    let gateway = world.client("gateway").scope(SCOPE).may_act(&[&rule]).create().await;
    let tokens = agent.assert(&idp.assertion("u1")).send().await.tokens();
    let passed = gateway.exchange(&tokens.access).send().await.exchanged("access_token");
    let claims = unverified(&passed).claims;
    assert_eq!((&claims["sub"], &claims["act"]["sub"]), (&json!(alice.sub()), &json!(gateway.id)));
    gateway.finds_active(&passed).await;
    alice.lock().await;
    for (client, token) in [(&agent, &tokens.access), (&gateway, &passed)] {
        client.finds_inactive(token).await;
    }
    agent.assert(&idp.assertion("u1")).send().await.refused(400, "invalid_grant");
    alice.unlock().await;
    agent.finds_active(&tokens.access).await;
    agent.revoke(&tokens.access).await.expect(200);
    agent.finds_inactive(&tokens.access).await;
    gateway.finds_inactive(&passed).await;

    let tokens = agent.assert(&idp.assertion("u1")).send().await.tokens();
    let passed = gateway.exchange(&tokens.access).send().await.exchanged("access_token");
    world.operator(DeleteIssuer { issuer: idp.issuer.clone() }).await.unwrap();
    agent.finds_inactive(&tokens.access).await;
    gateway.finds_inactive(&passed).await;
    agent.assert(&idp.assertion("u1")).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn keys_at_an_address_are_fetched_when_they_are_needed() {
    let world = World::configured(with_local_servers).await;
    let site = Site::start().await;
    let alice = world.person("alice").verified().await;
    let agent = world.client("agent").redeems().scope("orders:read").create().await;
    let url = site.url("/jwks");
    let mut idp = world
        .idp_with(&[Use::JwtBearer], SubjectMapping::Link, SCOPE, |create| {
            create.jwks = None;
            create.jwks_uri = Some(url);
        })
        .await;
    link(&idp, &world, "u1", &alice).await;
    agent.assert(&idp.assertion("u1")).send().await.refused(400, "invalid_grant");
    site.put("/jwks", 200, &idp.signer.jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(70));
    agent.assert(&idp.assertion("u1")).send().await.tokens();
    let asked = site.asked().len();
    agent.assert(&idp.assertion("u1")).send().await.tokens();
    assert_eq!(site.asked().len(), asked, "the copy is used");
    idp.signer = Signer::new("RS256");
    site.put("/jwks", 200, &idp.signer.jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(70));
    agent.assert(&idp.assertion("u1")).send().await.tokens();
}

#[tokio::test]
async fn an_operator_looks_after_issuers_from_a_terminal() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), signer.jwks().to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    let idp = "https://idp.example.test";
    let create = ["issuer", "create", "--issuer", idp, "--use", "jwt-bearer", "--jwks", path, "--scope", SCOPE];
    let made = world.signet(&create, "").await.done();
    assert_eq!(
        (&made["issuer"], &made["uses"], &made["max_lifetime"]),
        (&json!(idp), &json!(["jwt-bearer"]), &json!(3600))
    );
    assert!(world.signet(&create, "").await.refused().contains("registered already"));
    let own = ["issuer", "create", "--issuer", ISSUER, "--use", "id-jag", "--jwks", path];
    assert!(world.signet(&own, "").await.refused().contains("is this issuer itself"));
    assert_eq!(world.signet(&["issuer", "list"], "").await.done().as_array().unwrap().len(), 1);
    assert_eq!(world.signet(&["issuer", "show", idp], "").await.done()["scope"], SCOPE);
    let link = ["issuer", "link", idp, "--subject", "u1", "--user", &alice.email];
    assert_eq!(world.signet(&link, "").await.done()["user_id"], alice.sub());
    assert!(world.signet(&link, "").await.refused().contains("linked already"));
    let unlink = ["issuer", "unlink", idp, "--subject", "u1"];
    world.signet(&unlink, "").await.done();
    world.signet(&unlink, "").await.refused();
    world.signet(&["issuer", "delete", idp], "").await.done();
    world.signet(&["issuer", "show", idp], "").await.refused();
}

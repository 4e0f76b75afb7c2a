//! Resource indicators (RFC 8707): whom an access token is for, and what it allows there.

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::domain::{
    clients::GrantType,
    resources::{DeleteResource, Resource},
};

use crate::world::{Client, ISSUER, Person, World};

const SCOPE: &str = "openid email offline_access orders:read orders:write stock:read";

struct Start {
    world: World,
    alice: Person,
    shop: Client,
    orders: Resource,
    stock: Resource,
}

async fn start() -> Start {
    let world = World::start().await;
    let orders = world.resource("orders", "orders:read orders:write").await;
    let stock = world.resource("stock", "stock:read").await;
    world.resource("payroll", "payroll:read").await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().scope(SCOPE).create().await;
    Start { world, alice, shop, orders, stock }
}

impl Start {
    /// The claims of an access token.
    async fn claims(&self, token: &str) -> Value {
        self.world.jwks().await.verify(token).claims
    }

    /// Whom a token is for and what it allows.
    async fn told(&self, token: &str) -> (Value, String) {
        let claims = self.claims(token).await;
        (claims["aud"].clone(), claims["scope"].as_str().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn without_a_resource_the_issuer_is_the_audience_and_apis_scopes_are_left_out() {
    let start = start().await;
    let tokens = start.shop.tokens_for(&start.alice, &start.shop.request().scope(SCOPE)).await;
    // RFC 9068 §2.2.3: every scope of a token means something to its audience.
    assert_eq!(start.told(&tokens.access).await, (json!(ISSUER), "email offline_access openid".into()));
    assert_eq!(tokens.scope, "email offline_access openid");
    start.world.userinfo(&tokens.access).await.expect(200);
}

#[tokio::test]
async fn section_2_1_the_authorization_request_names_it() {
    let start = start().await;
    let request = start.shop.request().scope(SCOPE).with("resource", &start.orders.uri);
    let tokens = start.shop.tokens_for(&start.alice, &request).await;
    assert_eq!(start.told(&tokens.access).await, (json!(start.orders.uri), "orders:read orders:write".into()));
    assert_eq!(tokens.scope, "orders:read orders:write");
    assert!(tokens.id.is_some(), "openid was granted, whatever the access token is for");
    // It is not for us: an API cannot use it to ask about the person.
    start.world.userinfo(&tokens.access).await.refused(401, "invalid_token");
    // The grant remembers.
    let next = start.shop.refresh(tokens.refresh()).await;
    assert_eq!(start.told(&next.access).await.0, json!(start.orders.uri));
}

#[tokio::test]
async fn section_2_2_several_are_narrowed_at_the_token_endpoint() {
    let start = start().await;
    let request = start.shop.request().scope(SCOPE);
    let request = request.with("resource", &start.orders.uri).again("resource", &start.stock.uri);
    let mut browser = start.alice.signed_in().await;
    let code = browser.authorize(&request).await.code();
    let one = start.shop.code_request(&code).with("resource", &start.stock.uri).send().await.tokens();
    assert_eq!(start.told(&one.access).await, (json!(start.stock.uri), "stock:read".into()));

    // The refresh token is for both still.
    let other = start.shop.refresh_request(one.refresh()).with("resource", &start.orders.uri).send().await.tokens();
    assert_eq!(start.told(&other.access).await, (json!(start.orders.uri), "orders:read orders:write".into()));
    let both = start.shop.refresh(other.refresh()).await;
    assert_eq!(
        start.told(&both.access).await,
        (json!([start.orders.uri, start.stock.uri]), "orders:read orders:write stock:read".into())
    );
    // Scope and resource narrow together.
    let narrow = start.shop.refresh_request(both.refresh());
    let narrow = narrow.with("resource", &start.orders.uri).with("scope", "orders:read openid").send().await.tokens();
    assert_eq!(start.told(&narrow.access).await, (json!(start.orders.uri), "orders:read".into()));
    // The issuer is always among them: the person signed in there.
    let ours = start.shop.refresh_request(narrow.refresh()).with("resource", ISSUER).send().await.tokens();
    assert_eq!(start.told(&ours.access).await, (json!(ISSUER), "email offline_access openid".into()));
    start.world.userinfo(&ours.access).await.expect(200);
}

#[tokio::test]
async fn section_2_2_nothing_is_widened_and_nothing_is_spent_for_it() {
    let start = start().await;
    let request = start.shop.request().scope(SCOPE).with("resource", &start.orders.uri);
    let tokens = start.shop.tokens_for(&start.alice, &request).await;
    for foreign in [start.stock.uri.as_str(), "https://payroll.example.test", "https://unknown.example.test"] {
        let wider = start.shop.refresh_request(tokens.refresh()).with("resource", foreign);
        wider.clone().send().await.refused(400, "invalid_target");
        wider.again("resource", &start.orders.uri).send().await.refused(400, "invalid_target");
    }
    assert_eq!(start.world.families().await[0].generation, 0);
    start.shop.refresh(tokens.refresh()).await;
    let code = start.alice.signed_in().await.authorize(&request).await.code();
    let wider = start.shop.code_request(&code).with("resource", &start.stock.uri);
    wider.send().await.refused(400, "invalid_target");
}

#[tokio::test]
async fn a_resource_that_was_not_named_needs_a_granted_scope_of_its_own() {
    let start = start().await;
    let request = start.shop.request().scope("openid orders:read");
    let tokens = start.shop.tokens_for(&start.alice, &request).await;
    let ask = |uri: &str| start.shop.refresh_request(tokens.refresh()).with("resource", uri);
    ask(&start.stock.uri).send().await.refused(400, "invalid_target");
    let orders = ask(&start.orders.uri).send().await.tokens();
    assert_eq!(start.told(&orders.access).await, (json!(start.orders.uri), "orders:read".into()));
}

#[tokio::test]
async fn section_2_what_cannot_be_a_resource_is_told_to_the_client() {
    let start = start().await;
    let mut browser = start.alice.signed_in().await;
    for odd in [
        "orders",
        "/orders",
        "https://orders.example.test#x",
        "https://orders.example.test/",
        "https://ORDERS.example.test",
        "https://unknown.example.test",
        "https://payroll.example.test", // not for this client
        "https://id.example.test/api/v1",
        "https://orders example.test",
    ] {
        browser.authorize(&start.shop.request().scope(SCOPE).with("resource", odd)).await;
        assert_eq!(browser.error(), "invalid_target", "{odd}");
        let both = start.shop.request().scope(SCOPE).with("resource", &start.orders.uri).again("resource", odd);
        browser.authorize(&both).await;
        assert_eq!(browser.error(), "invalid_target", "{odd}");
    }
    // An empty value counts as none (RFC 6749 §3.1).
    browser.authorize(&start.shop.request().with("resource", "")).await.code();
}

#[tokio::test]
async fn a_client_for_itself_names_what_it_needs() {
    let start = start().await;
    let grants = [GrantType::ClientCredentials];
    let robot = start.world.client("robot").grants(&grants).scope("orders:read stock:read jobs").create().await;
    let ask = || robot.token_request("client_credentials");
    let tokens = ask().with("resource", &start.orders.uri).send().await.tokens();
    assert_eq!(start.told(&tokens.access).await, (json!(start.orders.uri), "orders:read".into()));
    let both = ask().with("resource", &start.orders.uri).again("resource", &start.stock.uri).send().await.tokens();
    assert_eq!(
        start.told(&both.access).await,
        (json!([start.orders.uri, start.stock.uri]), "orders:read stock:read".into())
    );
    // A scope that speaks of one API names it (RFC 9068 §3); what speaks of none is the issuer's.
    let implied = ask().with("scope", "stock:read").send().await.tokens();
    assert_eq!(start.told(&implied.access).await, (json!(start.stock.uri), "stock:read".into()));
    let own = ask().send().await.tokens();
    assert_eq!(start.told(&own.access).await, (json!(ISSUER), "jobs".into()));
    for mixed in ["stock:read orders:read", "stock:read jobs"] {
        ask().with("scope", mixed).send().await.refused(400, "invalid_scope");
    }
    let foreign = ask().with("resource", &start.orders.uri).with("scope", "stock:read");
    foreign.send().await.refused(400, "invalid_scope");
    ask().with("resource", "https://payroll.example.test").send().await.refused(400, "invalid_target");
}

#[tokio::test]
async fn a_grant_for_while_the_person_is_away_lives_on_for_every_api() {
    let start = start().await;
    let request = start.shop.request().scope(SCOPE).with("resource", &start.orders.uri);
    let mut browser = start.alice.browser();
    let code = browser.authorize(&request).await.sign_in().await.code();
    let tokens = start.shop.token(&code).await;
    browser.open("/").await.press("Sign out").await;
    start.shop.finds_active(&tokens.access).await;
    let without = request.scope("openid orders:read");
    let code = browser.authorize(&without).await.sign_in().await.code();
    let bound = start.shop.token(&code).await;
    browser.open("/").await.press("Sign out").await;
    start.shop.finds_inactive(&bound.access).await;
}

#[tokio::test]
async fn an_api_that_is_gone_has_no_more_tokens() {
    let start = start().await;
    let request = start.shop.request().scope(SCOPE).with("resource", &start.orders.uri);
    let tokens = start.shop.tokens_for(&start.alice, &request).await;
    start.world.operator(DeleteResource { uri: start.orders.uri.clone() }).await.unwrap();
    start.shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_target");
    start.shop.refresh_request(tokens.refresh()).with("resource", ISSUER).send().await.tokens();
}

#[tokio::test]
async fn its_lifetime_is_kept_by_the_signing_keys() {
    let start = start().await;
    let slow = start.world.resource_with("slow", "slow:read", |create| create.access_token_ttl = Some(86_400)).await;
    let robot = start.world.client("robot").grants(&[GrantType::ClientCredentials]).scope("slow:read").create().await;
    let tokens = robot.token_request("client_credentials").with("resource", &slow.uri).send().await.tokens();
    assert_eq!(tokens.expires_in, 86_400);
    start.world.operator(signet::domain::signing::RotateKeys { now: true, algorithm: None }).await.unwrap();
    signet::domain::signing::announce_change(&start.world.app, start.world.tenant().id).await.unwrap();
    start.world.advance(TimeDelta::seconds(86_000));
    assert_eq!(start.claims(&tokens.access).await["aud"], slow.uri, "the key is published while the token lives");
}

#[tokio::test]
async fn the_command_line_registers_lists_shows_and_deletes() {
    let world = World::start().await;
    let uri = "https://orders.example.test/v1";
    let create = ["resource", "create", "--uri", uri, "--name", "Orders", "--scope", "orders:read orders:write"];
    let more = ["--scope", "orders:delete", "--access-token-format", "opaque", "--access-token-ttl", "5m"];
    let created = world.signet(&[&create[..], &more[..]].concat(), "").await.done();
    assert_eq!((&created["uri"], &created["name"]), (&json!(uri), &json!("Orders")));
    assert_eq!(created["scope"], "orders:delete orders:read orders:write");
    assert_eq!((&created["access_token_format"], &created["access_token_ttl"]), (&json!("opaque"), &json!(300)));
    assert_eq!(world.signet(&["resource", "list"], "").await.done(), json!([created]));
    assert_eq!(world.signet(&["resource", "show", uri], "").await.done(), created);
    assert!(world.signet(&create, "").await.refused().contains("conflict"));
    let reserved = ["resource", "create", "--uri", "https://id.example.test/api/v1", "--scope", "openid"];
    let said = world.signet(&reserved, "").await.refused();
    assert!(said.contains("\"uri\"") && said.contains("\"scope\""), "{said}");
    let taken = ["resource", "create", "--uri", "https://other.example.test", "--scope", "orders:read"];
    assert!(world.signet(&taken, "").await.refused().contains("taken"));
    world.signet(&["resource", "delete", uri], "").await.done();
    assert!(world.signet(&["resource", "show", uri], "").await.refused().contains("not_found"));
    assert!(world.signet(&["resource", "delete", uri], "").await.refused().contains("not_found"));
    let counted = (world.count_facts("resource.created").await, world.count_facts("resource.deleted").await);
    assert_eq!(counted, (1, 1));
}

#[tokio::test]
async fn without_a_scope_the_scopes_of_the_named_resources_are_asked_for() {
    let start = start().await;
    let shop = start.world.client("forum").scope("openid email offline_access orders:read stock:read").create().await;
    let request = shop.request().without("scope").with("resource", &start.orders.uri);
    let mut browser = start.alice.signed_in().await;
    let page = browser.authorize(&request).await.is_at("/consent").clone();
    assert!(page.text.contains("orders:read"), "{}", page.text);
    for other in ["orders:write", "openid", "stock:read", "offline_access"] {
        assert!(!page.text.contains(other), "{other} was not asked for: {}", page.text);
    }
    let tokens = shop.token(&browser.consent().await.code()).await;
    assert_eq!(start.told(&tokens.access).await, (json!(start.orders.uri), "orders:read".into()));
    assert!(tokens.id.is_none());
    let both = request.again("resource", &start.stock.uri);
    let tokens = shop.tokens_for(&start.alice, &both).await;
    assert_eq!(tokens.scope, "orders:read stock:read");
    // What was pushed is judged alike (RFC 9126 §2.1).
    let pushed = shop.pushed(&shop.request().without("scope").with("resource", &start.orders.uri)).await;
    browser.authorize(&pushed).await.code();
}

#[tokio::test]
async fn without_a_scope_and_nothing_to_take_it_from_there_is_none() {
    let start = start().await;
    let open = start.world.resource("open", "").await;
    let mut browser = start.alice.signed_in().await;
    let bare = start.shop.request().without("scope");
    for (request, error) in [
        (bare.clone(), "invalid_scope"),
        (bare.clone().with("scope", ""), "invalid_scope"),
        (bare.clone().with("resource", &open.uri), "invalid_scope"),
        (bare.clone().with("resource", ISSUER), "invalid_scope"),
        (bare.clone().with("resource", "https://unknown.example.test"), "invalid_target"),
        (bare.with("resource", "https://payroll.example.test"), "invalid_target"),
    ] {
        browser.authorize(&request).await;
        assert_eq!(browser.error(), error);
    }
}

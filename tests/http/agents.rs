//! Agents: `/account/agents`, `/api/v1/auth/agents`, `signet client create --profile agent`. Whoever answers for one sees it and ends
//! it, and it stops with them.

use axum::http::Method;
use serde_json::{Value, json};
use signet::domain::{
    clients::{DeleteClient, GrantType},
    users::{DeleteUser, Whom},
};

use crate::world::{Client, Person, World, with, without};

const PATH: &str = "/account/agents/revoke";
const ITSELF: &[GrantType] = &[GrantType::ClientCredentials];

async fn start() -> (World, Person, Client) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let agent = agent_of(&world, &alice, "robot").await;
    (world, alice, agent)
}

async fn agent_of(world: &World, owner: &Person, name: &str) -> Client {
    let owner = Whom::Id(owner.id);
    world.client(name).grants(ITSELF).scope("").with(|create| create.owner = Some(owner)).create().await
}

/// A token of the agent's own.
async fn own_token(agent: &Client) -> String {
    agent.token_request("client_credentials").send().await.tokens().access
}

async fn listed(person: &Person) -> Vec<Value> {
    let (front_end, _) = person.front_end().await;
    front_end.get("agents").await.expect(200).json()["agents"].as_array().unwrap().clone()
}

#[tokio::test]
async fn whoever_answers_for_an_agent_sees_it_and_nobody_else_does() {
    let (world, alice, agent) = start().await;
    let bob = world.person("bob").verified().await;
    world.client("shop").create().await;
    let agents = listed(&alice).await;
    assert_eq!(agents.len(), 1, "{agents:?}");
    assert_eq!((&agents[0]["client_id"], &agents[0]["client_name"]), (&json!(agent.id), &json!("Robot")));
    assert_eq!(agents[0]["grant_types"], json!(["client_credentials"]));
    assert_eq!(listed(&bob).await, Vec::<Value>::new());
    let mut browser = alice.signed_in().await;
    assert!(browser.follow("Your agents").await.is_at("/account/agents").text.contains("Robot"));
    assert!(!bob.signed_in().await.open("/account/agents").await.page().text.contains("Robot"));
    let mut nobody = alice.browser();
    nobody.open("/account/agents").await.is_at("/login");
    nobody.sign_in().await.is_at("/account/agents");
    world.call(Method::GET, "/api/v1/auth/agents").send().await.expect(401);
}

#[tokio::test]
async fn an_agent_that_is_ended_is_gone_on_every_node_with_its_tokens() {
    let (world, alice, agent) = start().await;
    let api = world.client("api").with(|create| create.metadata.may_introspect = true).create().await;
    let token = own_token(&agent).await;
    api.finds_active(&token).await;
    let other = world.second_node().await;
    let mut browser = alice.signed_in().await;
    browser.open("/account/agents").await.press("End this agent: Robot").await.is_at("/account/agents");
    assert!(browser.page().text.contains("That agent is gone") && !browser.page().text.contains("Robot"));
    for node in [Some(world.clone()), other].into_iter().flatten() {
        api.at(&node).finds_inactive(&token).await;
        agent.token_request("client_credentials").at(&node).send().await.refused(401, "invalid_client");
    }
    let facts = alice.activity().await;
    let fact = facts.iter().find(|fact| fact.name == "client.deleted").unwrap();
    assert_eq!((fact.details["client_id"].as_str(), fact.session_id.is_some()), (Some(&*agent.id), true));
    assert!(facts.iter().any(|fact| fact.name == "client.created"));
}

#[tokio::test]
async fn a_front_end_ends_it_too_and_nobody_elses() {
    let (world, alice, agent) = start().await;
    let bob = world.person("bob").verified().await;
    let bobs = agent_of(&world, &bob, "helper").await;
    let plain = world.client("shop").create().await;
    let (front_end, _) = alice.front_end().await;
    let row = |of: &str| format!("agents/{of}");
    let of_bob = listed(&bob).await[0]["id"].as_str().unwrap().to_owned();
    let of_alice = listed(&alice).await[0]["id"].as_str().unwrap().to_owned();
    for other in [of_bob.as_str(), &agent.id, &plain.id, "nobody", "cli_00000000000000000000000000"] {
        front_end.delete(&row(other)).await.expect(404);
    }
    front_end.delete(&row(&of_alice)).await.expect(204);
    front_end.delete(&row(&of_alice)).await.expect(404);
    agent.token_request("client_credentials").send().await.refused(401, "invalid_client");
    own_token(&bobs).await;
    assert_eq!(world.count_facts("client.deleted").await, 1);
}

#[tokio::test]
async fn only_the_owners_own_form_counts() {
    let (world, alice, agent) = start().await;
    let bob = world.person("bob").verified().await;
    agent_of(&world, &bob, "helper").await;
    let of_bob = listed(&bob).await[0]["id"].as_str().unwrap().to_owned();
    let mut browser = alice.signed_in().await;
    browser.open("/account/agents").await;
    let fields = browser.fields(PATH);
    for forged in [without(&fields, "csrf"), with(&fields, "csrf", "AAAA")] {
        browser.send(PATH, &forged).send().await.expect(403);
    }
    bob.signed_in().await.send(PATH, &fields).send().await.expect(403);
    for other in [of_bob.as_str(), "nobody", ""] {
        browser.send(PATH, &with(&fields, "agent", other)).send().await.expect(404);
    }
    assert_eq!(world.browser().send(PATH, &fields).send().await.expect(303).header("location"), "/login");
    assert_eq!(world.count_facts("client.deleted").await, 0);
    own_token(&agent).await;
}

#[tokio::test]
async fn an_agent_stops_while_its_owner_is_locked() {
    let (world, alice, agent) = start().await;
    let api = world.client("api").with(|create| create.metadata.may_introspect = true).create().await;
    let token = own_token(&agent).await;
    alice.lock().await;
    agent.token_request("client_credentials").send().await.refused(401, "invalid_client");
    api.finds_inactive(&token).await;
    alice.unlock().await;
    own_token(&agent).await;
    api.finds_active(&token).await;
}

#[tokio::test]
async fn people_are_not_signed_in_for_an_agent_whose_owner_is_locked() {
    let (world, alice, _) = start().await;
    let owner = Whom::Id(alice.id);
    let helper = world.client("helper").with(|create| create.owner = Some(owner)).create().await;
    let bob = world.person("bob").verified().await;
    let request = helper.request().scope("openid offline_access");
    let tokens = helper.tokens_for(&bob, &request).await;
    helper.userinfo(&tokens.access).await.expect(200);
    alice.lock().await;
    helper.userinfo(&tokens.access).await.refused(401, "invalid_token");
    helper.refresh_request(tokens.refresh()).send().await.refused(401, "invalid_client");
    let mut browser = bob.signed_in().await;
    assert!(browser.authorize(&request).await.page().text.contains("not known here"));
}

#[tokio::test]
async fn an_agent_goes_with_its_owner() {
    let (world, alice, agent) = start().await;
    let api = world.client("api").with(|create| create.metadata.may_introspect = true).create().await;
    let token = own_token(&agent).await;
    world.operator(DeleteUser { whom: Whom::Id(alice.id) }).await.unwrap();
    api.finds_inactive(&token).await;
    agent.token_request("client_credentials").send().await.refused(401, "invalid_client");
    let gone = world.operator(DeleteClient { client_id: agent.id.clone() }).await;
    assert!(gone.is_err());
}

#[tokio::test]
async fn an_operator_registers_lists_and_ends_agents() {
    let (world, alice, _) = start().await;
    let create = ["client", "create", "--name", "Crawler", "--profile", "agent"];
    let without_owner = world.signet(&create, "").await;
    assert_eq!(without_owner.status, 2, "{}", without_owner.err);
    assert!(without_owner.err.contains("--owner"), "{}", without_owner.err);
    let nobody = world.signet(&[&create[..], &["--owner", "nobody@example.test"]].concat(), "").await.refused();
    assert!(nobody.contains("owner"), "{nobody}");
    let made = world.signet(&[&create[..], &["--owner", &alice.email]].concat(), "").await.done();
    assert_eq!(made["owner"], json!(alice.id.to_string()));
    assert_eq!((&made["grant_types"], &made["access_token_ttl"]), (&json!(["client_credentials"]), &json!(300)));
    let of_alice = world.signet(&["client", "list", "--owner", &alice.email], "").await.done();
    let names: Vec<_> = of_alice.as_array().unwrap().iter().map(|each| each["client_name"].clone()).collect();
    assert_eq!(names, [json!("Crawler"), json!("Robot")]);
    world.client("shop").create().await;
    assert_eq!(world.signet(&["client", "list"], "").await.done().as_array().unwrap().len(), 3);

    // What is changed about it leaves it its owner, and it can be given to somebody else.
    let id = made["client_id"].as_str().unwrap().to_owned();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("changes.json");
    let bob = world.person("bob").verified().await;
    for (changes, owner) in
        [(json!({ "client_name": "Spider" }), alice.id), (json!({ "owner": bob.email.to_string() }), bob.id)]
    {
        std::fs::write(&file, changes.to_string()).unwrap();
        let import = ["client", "update", &id, "--import", file.to_str().unwrap()];
        assert_eq!(world.signet(&import, "").await.done()["owner"], json!(owner.to_string()));
    }
    assert_eq!(listed(&alice).await.len(), 1);
    world.signet(&["client", "delete", &id], "").await.done();
    assert_eq!(listed(&bob).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_client_that_registers_itself_names_no_owner() {
    let world =
        World::configured(|config| config.registration.clients = signet::config::ClientRegistration::Open).await;
    let alice = world.person("alice").verified().await;
    let document = json!({
        "redirect_uris": ["https://shop.example.test/cb"],
        "owner": alice.email.to_string(),
    });
    let answer = world.post_json("/oauth2/register", &document).await.expect(201).json();
    assert_eq!(answer.get("owner"), None);
    assert_eq!(listed(&alice).await, Vec::<Value>::new());
}

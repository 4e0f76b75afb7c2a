//! Types and who may use them: the command line, discovery and registration (RFC 9396 §10).

use serde_json::{Value, json};
use signet::domain::resources;

use super::start;
use crate::world::{World, account};

#[tokio::test]
async fn the_command_line_looks_after_types() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, schema: &Value| {
        let file = directory.path().join(name);
        std::fs::write(&file, schema.to_string()).unwrap();
        file.display().to_string()
    };
    let (first, second) = (json!({ "title": "See an account" }), json!({ "title": "See it all" }));
    let account = format!("account={}", write("account.json", &first));
    let payment = format!("payment={}", write("payment.json", &json!({ "x-once": true })));
    let uri = "https://bank.example.test";
    let create = ["resource", "create", "--uri", uri, "--authorization-details-type", &account];
    let created = world.signet(&create, "").await.done();
    assert_eq!(created["authorization_details_types"], json!({ "account": first }));
    let other = format!("account={}", write("other.json", &second));
    let update = ["resource", "update", uri, "--name", "Bank", "--scope", "bank:read"];
    let types = ["--authorization-details-type", &other, "--authorization-details-type", &payment];
    let updated = world.signet(&[&update[..], &types[..]].concat(), "").await.done();
    assert_eq!((&updated["name"], &updated["scope"]), (&json!("Bank"), &json!("bank:read")));
    assert_eq!(updated["authorization_details_types"], json!({ "account": second, "payment": { "x-once": true } }));
    assert_eq!(updated["created_at"], created["created_at"]);
    let without = ["resource", "update", uri, "--without-authorization-details-type", "account"];
    let left = world.signet(&without, "").await.done();
    assert_eq!(left["authorization_details_types"], json!({ "payment": { "x-once": true } }));
    assert_eq!(world.signet(&["resource", "list"], "").await.done(), json!([left]));
    assert_eq!(world.signet(&["resource", "show", uri], "").await.done(), left);
    assert_eq!(world.count_facts("resource.updated").await, 2);

    let taken = ["resource", "create", "--uri", "https://shop.example.test", "--authorization-details-type", &payment];
    assert!(world.signet(&taken, "").await.refused().contains("taken"));
    for bad in [json!([]), json!({ "$ref": "https://schemas.example.test/x.json" }), json!({ "pattern": "(" })] {
        let file = format!("bad={}", write("bad.json", &bad));
        let said =
            world.signet(&["resource", "update", uri, "--authorization-details-type", &file], "").await.refused();
        assert!(said.contains("schema"), "{said}");
    }
    assert!(world.signet(&["resource", "update", "https://nowhere.test"], "").await.refused().contains("not_found"));

    let client = ["client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example.test/cb"];
    let client = world.signet(&[&client[..], &["--authorization-details-type", "payment"]].concat(), "").await.done();
    assert_eq!(client["authorization_details_types"], json!(["payment"]));
}

#[tokio::test]
async fn section_10_discovery_names_the_types_that_are_there() {
    let world = World::start().await;
    let types = async || {
        resources::load(&world.app).await.unwrap(); // what a job does
        let document = world.get("/.well-known/openid-configuration").await.expect(200).json();
        document.get("authorization_details_types_supported").cloned()
    };
    assert_eq!(types().await, None);
    world.bank().await;
    world.file_store().await;
    assert_eq!(types().await, Some(json!(["account", "https://files.example.test/types/file", "payment"])));
    let without = resources::DeleteResource { uri: "https://files.example.test".into() };
    world.operator(without).await.unwrap();
    assert_eq!(types().await, Some(json!(["account", "payment"])));
}

#[tokio::test]
async fn section_10_a_client_that_registers_itself_names_its_types() {
    let mut start = start().await;
    let metadata = json!({
        "redirect_uris": ["https://self.example.test/cb"], "authorization_details_types": ["account"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let answer = start.world.post_json("/oauth2/register", &metadata).await.expect(201).json();
    assert_eq!(answer["authorization_details_types"], json!(["account"]));
    // A person reads what it asks for, and allows it or not.
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    let own = crate::world::Client {
        world: start.world.clone(),
        id: text("client_id"),
        name: text("client_name"),
        secret: Some(text("client_secret")),
        method: "client_secret_basic".parse().unwrap(),
        redirect_uri: "https://self.example.test/cb".into(),
        verifier: start.shop.verifier.clone(),
    };
    let code = start.browser.authorize(&own.request().details(&[account("DE1")])).await.consent().await.code();
    assert_eq!(own.code_request(&code).send().await.detailed().1, json!([account("DE1")]));
    // For itself it has only what the operator gave it.
    let greedy = json!({
        "grant_types": ["client_credentials"], "authorization_details_types": ["account"],
        "redirect_uris": [],
    });
    start.world.post_json("/oauth2/register", &greedy).await.refused(400, "invalid_client_metadata");
    for wrong in [json!("account"), json!([7]), json!(["a\u{202E}b"])] {
        let metadata =
            json!({ "redirect_uris": ["https://self.example.test/cb"], "authorization_details_types": wrong });
        start.world.post_json("/oauth2/register", &metadata).await.refused(400, "invalid_client_metadata");
    }
}

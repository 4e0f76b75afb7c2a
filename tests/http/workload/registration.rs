//! What operators register of workloads and their platforms, and what nobody else can.

use axum::http::Method;
use serde_json::{Value, json};
use signet::{
    domain::{
        clients::{AuthMethod, ShowClient},
        issuers::DiscoverKeys,
    },
    kernel::Error,
};

use crate::world::{ISSUER, Signer, Site, World, service_account, with_local_servers};

/// The fields that a refusal names.
fn fields(error: Error) -> Vec<&'static str> {
    match error {
        Error::Refused(refusal) => refusal.fields.iter().map(|field| field.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn signet_registers_platforms_and_workloads() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, json: &Value| {
        let path = directory.path().join(name);
        std::fs::write(&path, json.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let signer = Signer::new("RS256");
    let jwks = file("jwks.json", &signer.jwks());
    const CLUSTER: &str = "https://kubernetes.default.svc";
    let issuer =
        ["issuer", "create", "--issuer", CLUSTER, "--use", "workload", "--jwks", &jwks, "--max-lifetime", "10m"];
    let created = world.signet(&issuer, "").await.done();
    assert_eq!((&created["uses"], &created["max_lifetime"]), (&json!(["workload"]), &json!(600)));
    let name = service_account("api");
    let client = |extra: &[&'static str]| {
        let fixed = ["client", "create", "--name", "Orders", "--client-id", "orders", "--grant", "client_credentials"];
        let bound = ["--scope", "orders:read", "--workload-issuer", CLUSTER, "--workload-subject"];
        [&fixed[..], &bound[..], &[name.as_str()], extra]
            .concat()
            .iter()
            .map(|each| (*each).to_owned())
            .collect::<Vec<_>>()
    };
    let run = async |arguments: Vec<String>| {
        world.signet(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), "").await
    };
    let created = run(client(&[])).await.done();
    assert_eq!(created["token_endpoint_auth_method"], "workload_jwt");
    assert!(created.get("client_secret").is_none());
    let shown = world.signet(&["client", "show", "orders"], "").await.done();
    for (member, value) in [("workload_issuer", CLUSTER), ("workload_subject", name.as_str())] {
        assert_eq!((&shown[member], &created[member]), (&json!(value), &json!(value)));
    }
    assert!(run(client(&["--auth-method", "spiffe_jwt"])).await.refused().contains("SPIFFE trust domain"));
    assert!(run(client(&["--auth-method", "private_key_jwt"])).await.refused().contains("workload_jwt"));
    let half = ["client", "create", "--name", "x", "--workload-issuer", CLUSTER];
    assert_eq!(world.signet(&half, "").await.status, 2);
    // A trust domain says by itself how its workloads authenticate.
    let bundle = file("bundle.json", &Signer::new("ES256").bundle());
    let domain = ["issuer", "create", "--issuer", "spiffe://example.org", "--use", "workload", "--jwks", &bundle];
    world.signet(&domain, "").await.done();
    let spiffe = "client create --name fleet --grant client_credentials --workload-issuer spiffe://example.org \
                  --workload-subject spiffe://example.org/fleet/*";
    let created = world.signet(&spiffe.split_whitespace().collect::<Vec<_>>(), "").await.done();
    assert_eq!(created["token_endpoint_auth_method"], "spiffe_jwt");
    // What was registered can be changed, and taken back with its method.
    let change = file("change.json", &json!({ "workload_subject": service_account("other") }));
    world.signet(&["client", "update", "orders", "--import", &change], "").await.done();
    let client = world.operator(ShowClient { client_id: "orders".into() }).await.unwrap();
    assert_eq!(client.metadata.workload.workload_subject, Some(service_account("other")));
    let half = file("half.json", &json!({ "token_endpoint_auth_method": "client_secret_basic" }));
    assert!(
        world
            .signet(&["client", "update", "orders", "--import", &half], "")
            .await
            .refused()
            .contains("workload_issuer")
    );
    let back = json!({
        "token_endpoint_auth_method": "client_secret_basic", "workload_issuer": null, "workload_subject": null,
    });
    let back = file("back.json", &back);
    let changed = world.signet(&["client", "update", "orders", "--import", &back], "").await.done();
    assert!(changed["client_secret"].is_string() && changed.get("workload_issuer").is_none());
    // The record knows what each issuer counts for.
    assert_eq!(world.details("issuer.created").await[0], json!({ "issuer": CLUSTER, "uses": ["workload"] }));
}

#[tokio::test]
async fn a_workload_needs_an_issuer_that_was_registered_for_it() {
    let world = World::start().await;
    let cluster = world.cluster().await;
    let create = || world.client("api").workload(&cluster, &service_account("api"));
    let other = create().with(|create| create.metadata.workload.workload_issuer = Some("https://unknown.test".into()));
    assert_eq!(fields(other.try_create().await.err().unwrap()), ["workload_issuer"]);
    let without = create().with(|create| create.metadata.workload.workload_subject = None);
    assert_eq!(fields(without.try_create().await.err().unwrap()), ["workload_subject"]);
    let secretive = create().method(AuthMethod::ClientSecretBasic);
    assert_eq!(fields(secretive.try_create().await.err().unwrap()), ["workload_issuer"]);
    let secret =
        create().with(|create| create.client_secret = Some(signet::kernel::secret::Secret::new("x".repeat(32))));
    assert_eq!(fields(secret.try_create().await.err().unwrap()), ["client_secret"]);
    create().create().await;
}

#[tokio::test]
async fn a_client_does_not_give_itself_a_workload() {
    let world = World::start().await;
    let cluster = world.cluster().await;
    let register = |more: Value| {
        let mut metadata = json!({ "redirect_uris": ["https://shop.example.test/cb"] });
        metadata.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        world.call(Method::POST, "/oauth2/register").json(&metadata).send()
    };
    let bound = json!({ "workload_issuer": cluster.issuer, "workload_subject": service_account("api") });
    for method in ["workload_jwt", "spiffe_jwt"] {
        let mut asked = bound.clone();
        asked["token_endpoint_auth_method"] = method.into();
        register(asked).await.refused(400, "invalid_client_metadata");
    }
    // Without the method the members mean nothing, and are passed over.
    let registered = register(bound).await.expect(201).json();
    assert!(registered.get("workload_issuer").is_none() && registered.get("workload_subject").is_none());
    let client_id = registered["client_id"].as_str().unwrap().to_owned();
    let client = world.operator(ShowClient { client_id }).await.unwrap();
    assert_eq!(client.metadata.workload, Default::default());
}

#[tokio::test]
async fn metadata_names_the_method_that_a_standard_names() {
    let world = World::start().await;
    let document = world.get("/.well-known/openid-configuration").await.expect(200).json();
    for endpoint in ["token", "revocation", "introspection"] {
        let methods = document[format!("{endpoint}_endpoint_auth_methods_supported")].as_array().unwrap();
        assert!(methods.contains(&json!("spiffe_jwt")) && !methods.contains(&json!("workload_jwt")), "{endpoint}");
    }
}

#[tokio::test]
async fn an_issuer_says_where_its_keys_are() {
    let world = World::configured(with_local_servers).await;
    let site = Site::start().await;
    let issuer = site.url("");
    let discover = |issuer: &str| world.operator(DiscoverKeys { issuer: issuer.into() });
    assert_eq!(fields(discover(&issuer).await.err().unwrap()), ["issuer"], "nothing there");
    let path = "/.well-known/openid-configuration";
    let document = json!({ "issuer": issuer, "jwks_uri": site.url("/openid/v1/jwks") });
    site.put(path, 200, &document.to_string());
    assert_eq!(discover(&issuer).await.unwrap(), site.url("/openid/v1/jwks"));
    assert_eq!(fields(discover(&format!("{issuer}/")).await.err().unwrap()), ["issuer"], "another's");
    site.put(path, 200, &json!({ "issuer": ISSUER, "jwks_uri": site.url("/jwks") }).to_string());
    assert_eq!(fields(discover(&issuer).await.err().unwrap()), ["issuer"], "another's");
    site.put(path, 200, "no JSON");
    assert_eq!(fields(discover(&issuer).await.err().unwrap()), ["issuer"]);
    assert_eq!(fields(discover("no address").await.err().unwrap()), ["issuer"]);
    // Never inside, where that was not allowed.
    let guarded = World::start().await;
    site.put(path, 200, &document.to_string());
    let asked = site.asked().len();
    assert!(guarded.operator(DiscoverKeys { issuer }).await.is_err());
    assert_eq!(site.asked().len(), asked);
}

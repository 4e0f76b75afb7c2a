//! Clients that nobody registered, known by the address of the document that describes them
//! (draft-ietf-oauth-client-id-metadata-document-02; sections are its).

mod caching;
mod journey;
mod refused;
mod standing;

use serde_json::{Value, json};
use signet::{config::Config, domain::clients::AuthMethod};

use crate::world::{Client, Site, World, with_local_servers};

const REDIRECT: &str = "https://app.example.test/cb";
const SCOPE: &str = "openid email offline_access";

/// A world that reads documents, from this machine too.
async fn world() -> World {
    configured(|_| {}).await
}

async fn configured(change: impl FnOnce(&mut Config)) -> World {
    World::configured(|config| {
        with_local_servers(config);
        config.registration.client_id_documents = true;
        change(config);
    })
    .await
}

/// What the document at a path of the site says, with some of it changed; null takes a member out.
fn document(site: &Site, path: &str, changes: &Value) -> Value {
    let mut document = json!({
        "client_id": site.url(path), "client_name": "Notebook", "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(document.as_object_mut().unwrap().remove(name)),
            _ => document[name] = value.clone(),
        }
    }
    document
}

/// The client that a document describes, as the tests know clients.
fn client(world: &World, site: &Site, path: &str) -> Client {
    Client {
        world: world.clone(),
        id: site.url(path),
        name: "Notebook".into(),
        secret: None,
        method: AuthMethod::None,
        redirect_uri: REDIRECT.into(),
        verifier: signet::ports::random::token("").unwrap().expose().to_owned(),
    }
}

/// A client with a good document at `/client`.
async fn published(world: &World) -> (Site, Client) {
    let site = Site::start().await;
    site.publish("/client", &document(&site, "/client", &json!({})), "max-age=600");
    let client = client(world, &site, "/client");
    (site, client)
}

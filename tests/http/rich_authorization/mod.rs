//! Rich authorization requests (RFC 9396): asked for in detail, allowed in words, and narrowed on the way to each API.

mod asking;
mod consents;
mod registration;
mod services;
mod tokens;

use serde_json::Value;
use signet::config::Config;

use crate::world::{Browser, Client, Person, World};

/// A bank, a file store, Alice, and a shop that may ask for everything in detail.
struct Start {
    world: World,
    alice: Person,
    shop: Client,
    browser: Browser,
}

async fn start() -> Start {
    start_with(|_| {}).await
}

async fn start_with(change: impl FnOnce(&mut Config)) -> Start {
    let world = World::configured(change).await;
    world.bank().await;
    world.file_store().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").scope("openid email offline_access bank:read").detailed().create().await;
    let browser = alice.signed_in().await;
    Start { world, alice, shop, browser }
}

impl Start {
    /// The code for this in detail, besides `openid`, once it was allowed.
    async fn code_for(&mut self, objects: &[Value]) -> String {
        let request = self.shop.request().details(objects);
        self.browser.authorize(&request).await.consent_if_asked().await.code()
    }

    async fn claims(&self, token: &str) -> Value {
        self.world.jwks().await.verify(token).claims
    }
}

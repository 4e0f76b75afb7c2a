//! Two APIs, an application that uses them for a person, and services that act in between: where tokens are exchanged.

use serde_json::Value;

use crate::world::{Client, NewClient, Person, Tokens, World};

pub const ORDERS: &str = "https://orders.example.test";
pub const STOCK: &str = "https://stock.example.test";
pub const ALL: &str = "openid orders:read orders:write stock:read";

/// Two APIs, and Alice, who lets the portal use them.
pub struct Estate {
    pub world: World,
    pub alice: Person,
    pub portal: Client,
}

impl Estate {
    pub async fn start() -> Self {
        let world = World::start().await;
        world.resource("orders", "orders:read orders:write").await;
        world.resource("stock", "stock:read").await;
        let alice = world.person("alice").verified().await;
        let portal = world.client("portal").first_party().scope(ALL).create().await;
        Self { world, alice, portal }
    }

    /// What the portal has for the API of orders.
    pub async fn for_orders(&self) -> Tokens {
        let request = self.portal.request().scope("openid orders:read").with("resource", ORDERS);
        self.portal.tokens_for(&self.alice, &request).await
    }

    /// What the portal has for both APIs.
    pub async fn for_both(&self) -> Tokens {
        let request = self.portal.request().scope(ALL).with("resource", ORDERS).again("resource", STOCK);
        self.portal.tokens_for(&self.alice, &request).await
    }

    pub fn service(&self, name: &str) -> NewClient {
        self.world.client(name).scope("orders:read orders:write stock:read")
    }

    /// A service that acts by this rule.
    pub async fn acting(&self, name: &str, rule: &str) -> Client {
        self.service(name).may_act(&[rule]).create().await
    }

    pub async fn claims(&self, token: &str) -> Value {
        self.world.jwks().await.verify(token).claims
    }
}

/// A rule for the tokens that are for the API of orders.
pub fn from_orders(more: &str) -> String {
    format!("audience={ORDERS},from={ORDERS}{more}")
}

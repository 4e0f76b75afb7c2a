//! What applications and APIs ask about tokens, and how they give them back.

use signet::domain::{
    clients::TokenFormat,
    resources::{CreateResource, Resource},
};

use super::{Answer, Client, World, http::Call};

impl Client {
    /// A request of this client to any endpoint for clients, authenticated as it is registered.
    pub fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Call {
        let request = pairs.iter().fold(self.token_request("-").without("grant_type"), |r, (n, v)| r.again(n, v));
        request.call_to(path)
    }

    /// Asks what a token says.
    pub async fn introspect(&self, token: &str) -> Answer {
        self.post("/oauth2/introspect", &[("token", token)]).send().await
    }

    /// Gives a token back.
    pub async fn revoke(&self, token: &str) -> Answer {
        self.post("/oauth2/revoke", &[("token", token)]).send().await
    }

    /// Asserts that a token is inactive, and that nothing else is said about it.
    pub async fn finds_inactive(&self, token: &str) {
        let answer = self.introspect(token).await.expect(200);
        assert_eq!(answer.text(), "{\"active\":false}");
    }

    /// Asserts that a token is active.
    pub async fn finds_active(&self, token: &str) -> serde_json::Value {
        let answer = self.introspect(token).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        assert_eq!(json["active"], true, "{json}");
        json
    }
}

impl World {
    /// Registers an API at `https://<name>.example.test`.
    pub async fn resource(&self, name: &str, scope: &str) -> Resource {
        self.resource_with(name, scope, |_| {}).await
    }

    /// The same, with anything else.
    pub async fn resource_with(&self, name: &str, scope: &str, change: impl FnOnce(&mut CreateResource)) -> Resource {
        let mut create = CreateResource {
            uri: format!("https://{name}.example.test"),
            name: None,
            scope: scope.into(),
            access_token_format: TokenFormat::Jwt,
            access_token_ttl: None,
            authorization_details_types: Default::default(),
        };
        change(&mut create);
        self.operator(create).await.unwrap()
    }
}

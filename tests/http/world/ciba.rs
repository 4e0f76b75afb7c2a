//! Applications that ask people who are elsewhere, and the people who decide (OpenID CIBA Core).

use serde_json::Value;
use signet::domain::clients::{DeliveryMode, GrantType};

use super::{Answer, Browser, Client, Listener, NewClient, Person, TokenRequest, http::Call};

/// The endpoint at which they ask.
const ENDPOINT: &str = "/oauth2/bc-authorize";

/// What an application was given to ask again with.
#[derive(Debug, Clone)]
pub struct Asked {
    pub auth_req_id: String,
    pub json: Value,
}

impl NewClient {
    /// A confidential client that asks people elsewhere, and asks again and again.
    pub fn ciba(self) -> Self {
        self.grants(&[GrantType::Ciba, GrantType::RefreshToken]).redirects(&[]).ciba_too()
    }

    /// Registered for that, whatever else it does.
    pub fn ciba_too(self) -> Self {
        self.with(|create| {
            create.metadata.backchannel.backchannel_token_delivery_mode = Some(DeliveryMode::Poll);
        })
    }

    /// The same, told by this server when somebody has decided.
    pub fn told_at(self, server: &Listener) -> Self {
        let address = format!("{}/ping", server.origin);
        self.ciba().with(|create| {
            let registered = &mut create.metadata.backchannel;
            registered.backchannel_token_delivery_mode = Some(DeliveryMode::Ping);
            registered.backchannel_client_notification_endpoint = Some(address);
        })
    }
}

impl Client {
    /// Asks a person by their address, for this scope.
    pub async fn ask(&self, person: &Person, scope: &str) -> Asked {
        self.asking(person, scope).ask().send().await.asked()
    }

    /// The request, to be changed.
    pub fn asking(&self, person: &Person, scope: &str) -> TokenRequest {
        self.token_request("").without("grant_type").with("scope", scope).with("login_hint", &person.email)
    }

    /// Asks whether somebody has decided.
    pub fn collect(&self, asked: &Asked) -> TokenRequest {
        self.token_request(GrantType::Ciba.name()).with("auth_req_id", &asked.auth_req_id)
    }
}

impl TokenRequest {
    /// Sent to where people are asked.
    pub fn ask(self) -> Call {
        self.call_to(ENDPOINT)
    }
}

impl Answer {
    /// A good answer of the backchannel authentication endpoint (§7.3).
    #[track_caller]
    pub fn asked(self) -> Asked {
        let answer = self.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        Asked { auth_req_id: json["auth_req_id"].as_str().unwrap().to_owned(), json }
    }
}

impl Browser {
    /// Looks at the one request that waits, signing in on the way where that is needed.
    pub async fn look_at_request(&mut self) -> &mut Self {
        self.open("/account/requests").await;
        if self.page().path == "/login" {
            self.sign_in().await;
        }
        self.is_at("/account/requests/decide");
        self
    }

    /// Allows the one request that waits.
    pub async fn allow_request(&mut self) -> &mut Self {
        self.look_at_request().await.press("ciba-allow").await.is_at("/account/requests/done");
        self
    }
}

impl Person {
    /// Allows what they were last asked, by the mail that told them.
    pub async fn allow_newest_request(&self) {
        let link = self.world.mail("approval_wanted", &self.email).await.link();
        self.signed_in().await.open(&link).await.press("ciba-allow").await.is_at("/account/requests/done");
    }
}

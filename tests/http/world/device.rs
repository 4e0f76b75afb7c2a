//! Devices that cannot show pages, and the people who sign them in elsewhere (RFC 8628).

use serde_json::Value;
use signet::domain::clients::GrantType;

use super::{Answer, Browser, Client, NewClient, TokenRequest};

pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What a device was given to show and to ask again with.
#[derive(Debug, Clone)]
pub struct Begun {
    pub device_code: String,
    pub user_code: String,
    pub json: Value,
}

impl NewClient {
    /// A public client on a device: codes elsewhere, and refresh tokens.
    pub fn device(self) -> Self {
        self.native().grants(&[GrantType::DeviceCode, GrantType::RefreshToken]).redirects(&[])
    }
}

impl Client {
    /// Asks to be signed in, for this scope.
    pub async fn begin_device(&self, scope: &str) -> Begun {
        self.device_authorization().with("scope", scope).call_to("/oauth2/device_authorization").send().await.begun()
    }

    /// The request, to be changed.
    pub fn device_authorization(&self) -> TokenRequest {
        self.token_request("").without("grant_type")
    }

    /// Asks whether somebody has decided.
    pub fn poll(&self, device_code: &str) -> TokenRequest {
        self.token_request(DEVICE_GRANT).with("device_code", device_code)
    }
}

impl Answer {
    /// A good answer of the device authorization endpoint (RFC 8628 §3.2).
    #[track_caller]
    pub fn begun(self) -> Begun {
        let answer = self.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        Begun { device_code: text("device_code"), user_code: text("user_code"), json }
    }
}

impl Browser {
    /// Types a code on the page that devices name.
    pub async fn enter(&mut self, user_code: &str) -> &mut Self {
        self.open("/device").await.fill("Code", user_code).press("device-submit").await
    }

    /// Enters a code and signs the device in; whoever is not signed in signs in on the way.
    pub async fn sign_in_device(&mut self, user_code: &str) -> &mut Self {
        self.enter(user_code).await;
        if self.page().path == "/login" {
            self.sign_in().await;
        }
        self.is_at("/device/confirm");
        self.press("device-allow").await.is_at("/device/done");
        self
    }
}

//! First-party front ends, which speak JSON.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Answer, Person, World, http::Call};

/// A front end, perhaps with somebody signed in.
#[derive(Clone)]
pub struct FrontEnd {
    pub world: World,
    address: Option<String>,
    token: Option<String>,
}

/// What signing in to the API, or refreshing, gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokens {
    pub access: String,
    pub refresh: String,
    pub user: String,
    pub session: String,
}

impl World {
    /// A front end that nobody is signed in with.
    pub fn front_end(&self) -> FrontEnd {
        FrontEnd { world: self.clone(), address: None, token: None }
    }
}

impl Person {
    /// A new front end of theirs, signed in, and its tokens.
    pub async fn front_end(&self) -> (FrontEnd, ApiTokens) {
        let front_end = self.world.front_end();
        let tokens = front_end.login(&self.email, &self.password).await.api_tokens();
        (front_end.with(&tokens.access), tokens)
    }
}

impl FrontEnd {
    /// At another network address.
    pub fn from(mut self, address: &str) -> Self {
        self.address = Some(address.into());
        self
    }

    /// With this access token.
    pub fn with(mut self, access_token: &str) -> Self {
        self.token = Some(access_token.into());
        self
    }

    /// A request to a path below `/api/v1/auth/`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let mut call = self.world.call(method, &format!("/api/v1/auth/{path}"));
        if let Some(address) = &self.address {
            call = call.from(address);
        }
        match &self.token {
            Some(token) => call.bearer(token),
            None => call,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path).json(&body).send().await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path).send().await
    }

    pub async fn register(&self, email: &str, password: &str, name: &str) -> Answer {
        self.post("register", json!({ "email": email, "password": password, "name": name })).await
    }

    pub async fn login(&self, email: &str, password: &str) -> Answer {
        self.post("login", json!({ "email": email, "password": password })).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("refresh", json!({ "refresh_token": refresh_token })).await
    }

    /// Asks for a reset link.
    pub async fn forgot(&self, email: &str) -> Answer {
        self.post("forgot-password", json!({ "email": email })).await
    }

    pub async fn reset(&self, token: &str, password: &str) -> Answer {
        self.post("reset-password", json!({ "token": token, "password": password })).await
    }

    /// Asks for another verification mail.
    pub async fn resend(&self, email: &str) -> Answer {
        self.post("resend-verification", json!({ "email": email })).await
    }

    pub async fn verify_by_code(&self, email: &str, code: &str) -> Answer {
        self.post("verify-email", json!({ "email": email, "code": code })).await
    }

    pub async fn verify_by_link(&self, token: &str) -> Answer {
        self.post("verify-email", json!({ "token": token })).await
    }
}

impl Answer {
    /// The tokens of a good answer.
    #[track_caller]
    pub fn api_tokens(self) -> ApiTokens {
        self.api_tokens_of_type("Bearer")
    }

    /// The same where they are of another type.
    #[track_caller]
    pub fn api_tokens_of_type(self, token_type: &str) -> ApiTokens {
        let answer = self.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = answer.json();
        assert_eq!(json["token_type"], token_type);
        let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned();
        ApiTokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
            user: text("user_id"),
            session: text("session_id"),
        }
    }
}

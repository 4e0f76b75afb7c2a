//! A person with a session at the JSON API.

use serde_json::json;

use super::{Answer, Ask, Broken, Node};

/// Of everyone.
pub const PASSWORD: &str = "violet umbrella tango";

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub email: String,
    pub access: String,
    /// The last refresh token that an answer brought.
    pub refresh: String,
}

impl Person {
    /// Someone who can sign in.
    pub fn create(node: &Node, name: &str) -> String {
        let email = format!("{name}@example.test");
        node.command(&["user", "create", "--email", &email, "--verified", "--password-stdin"], PASSWORD);
        email
    }

    /// Makes an account and signs in.
    pub async fn signed_in(node: &Node, name: &str) -> Self {
        let email = Self::create(node, name);
        Self::sign_in(&email, node.port).await
    }

    /// Opens one more session.
    pub async fn sign_in(email: &str, port: u16) -> Self {
        let answer = Self::login(email).at(port).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let tokens = answer.json();
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self { email: email.to_owned(), access: text("access_token"), refresh: text("refresh_token") }
    }

    pub fn login(email: &str) -> Ask {
        Ask::post_json("/api/v1/auth/login", &json!({ "email": email, "password": PASSWORD }))
    }

    /// Who am I.
    pub fn me(&self) -> Ask {
        Ask::get("/api/v1/auth/me").bearer(&self.access)
    }

    /// Rotates the refresh token; what an answer brings is remembered.
    pub async fn rotate(&mut self, port: u16) -> Result<Answer, Broken> {
        let ask = Ask::post_json("/api/v1/auth/refresh", &json!({ "refresh_token": self.refresh }));
        let answer = ask.at(port).await?;
        if answer.status == 200 {
            let tokens = answer.json();
            self.refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
            self.access = tokens["access_token"].as_str().unwrap().to_owned();
        }
        Ok(answer)
    }
}

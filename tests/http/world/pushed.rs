//! Authorization requests that applications push (RFC 9126).

use axum::http::{Method, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use signet::domain::clients::AuthMethod;

use super::{Answer, Client, Request};

impl Client {
    /// Pushes a request, authenticated as the client is registered.
    pub async fn push(&self, request: &Request) -> Answer {
        let secret = self.secret.as_deref().unwrap_or_default();
        let call = self.world.call(Method::POST, "/oauth2/par");
        match self.method {
            AuthMethod::ClientSecretBasic => {
                let basic = STANDARD.encode(format!("{}:{secret}", self.id));
                call.header(header::AUTHORIZATION, &format!("Basic {basic}")).form(request.pairs()).send().await
            }
            AuthMethod::None => call.form(request.pairs()).send().await,
            other => panic!("the vocabulary does not know {other}"),
        }
    }

    /// What the browser is sent with after a request was pushed.
    pub async fn pushed(&self, request: &Request) -> Request {
        let answer = self.push(request).await.expect(201);
        let request_uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
        Request::default().with("client_id", &self.id).with("request_uri", &request_uri)
    }
}

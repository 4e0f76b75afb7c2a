//! A client hands its authorization request over (RFC 9126 §2).

use serde::Serialize;

use super::{PREFIX, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::oauth::{
        Parameters, flow, from_client,
        request_object::{self, Place},
    },
    kernel::{Code, Result, secret::Secret},
    ports::random,
};

/// Pushes an authorization request. It is checked like one that comes through a browser, and again when it is used.
#[derive(Debug, Clone)]
pub struct PushAuthorization {
    /// The body.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
}

/// What the client sends the browser with (RFC 9126 §2.2).
#[derive(Debug, Serialize)]
pub struct Pushed {
    /// The reference.
    pub request_uri: String,
    /// How long it is good, in seconds.
    pub expires_in: u64,
}

/// Parameters that say which client it is, and are no part of what it asks for.
const OF_THE_CLIENT: &[&str] = &["client_id", "client_secret", "client_assertion", "client_assertion_type"];

impl Operation for PushAuthorization {
    type Output = Pushed;
    const NAME: &'static str = "authorization.push";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Pushed> {
        let client = from_client::authenticate(cx, &self.parameters, self.basic).await?;
        if self.parameters.first("request_uri").is_some() {
            return Err(Code::InvalidRequest.because("a pushed request cannot refer to another one").into());
        }
        if self.parameters.first("client_id").is_some_and(|id| id != client.client_id) {
            return Err(Code::InvalidRequest.because("client_id is not the client that authenticated").into());
        }
        let asked = self.parameters.without(OF_THE_CLIENT).with("client_id", &client.client_id);
        let asked = request_object::resolve(cx, &client, &asked, Place::Pushed).await?;
        flow::understand(cx, &asked, &client).await?.map_err(|rejection| rejection.refusal)?;
        let request_uri = random::token(PREFIX)?.expose().to_owned();
        store::keep(cx, &request_uri, &client, asked).await?;
        Ok(Pushed { request_uri, expires_in: cx.config().tokens.par_ttl.std().as_secs() })
    }
}

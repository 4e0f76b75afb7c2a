//! Clients that register themselves (RFC 7591, OpenID Connect Registration) and look after their registration (RFC 7592).

mod initial_token;
mod manage;
mod refused;
mod register;
mod statement;
pub mod store;
mod sweep;

use chrono::TimeDelta;
use serde_json::{Map, Value};

pub use initial_token::{CreateInitialToken, DeleteInitialToken, InitialToken, ListInitialTokens, NewInitialToken};
pub use manage::{DeleteRegistration, ReadRegistration, UpdateRegistration};
pub use register::RegisterClient;
pub use sweep::SweepRegistrations;

use super::{Client, wire};
use crate::{
    app::Cx,
    config::ClientRegistration,
    kernel::{Code, Result, secret::Secret},
};

/// What a client is told about its registration (RFC 7591 §3.2.1).
#[derive(Debug)]
pub struct Registered {
    /// The client's public identifier.
    pub client_id: String,
    /// The whole answer.
    pub answer: Map<String, Value>,
}

/// A registered client's use is noted once in so long.
pub(super) const NOTED_EVERY: TimeDelta = TimeDelta::days(1);

/// The path below which every registration has its own address (RFC 7592 §2).
pub const PATH: &str = "/oauth2/register";

/// The answer: the metadata, the secret where one was made just now, and how to look after the registration.
fn answer(cx: &Cx, client: &Client, secret: Option<&Secret>, token: &Secret) -> Registered {
    let usual = cx.config().keys.id_token_alg.into();
    let id_token_alg = client.profile(&cx.config().oauth).signs_with(usual, &cx.config().keys.algorithms);
    let mut answer = wire::write(client, id_token_alg.unwrap_or(usual));
    if let Some(secret) = secret {
        answer.insert("client_secret".into(), secret.expose().into());
        answer.insert("client_secret_expires_at".into(), 0.into()); // never (RFC 7591 §3.2.1)
    }
    answer.insert("registration_access_token".into(), token.expose().into());
    let address = cx.tenant().url(&format!("{PATH}/{}", client.client_id));
    answer.insert("registration_client_uri".into(), address.into());
    Registered { client_id: client.client_id.clone(), answer }
}

/// Refuses everything while registration is switched off.
fn is_on(cx: &Cx) -> Result<()> {
    match cx.config().registration.clients {
        ClientRegistration::Off => Err(Code::NotFound.because("clients cannot register themselves here").into()),
        ClientRegistration::Token | ClientRegistration::Open => Ok(()),
    }
}

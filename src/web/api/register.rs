//! `POST /api/v1/auth/register`.

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode, routing::post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    domain::sign_up,
    kernel::{Result, secret::Secret},
    web::{
        Endpoint,
        endpoint::POST,
        extract::{Call, Fields, FromFields, Json},
        reply::problem::Problem,
    },
};

/// `/api/v1/auth/register`.
pub const REGISTER: Endpoint = Endpoint::api("/api/v1/auth/register", POST, || post(register));

/// Who registers.
#[derive(Debug, ToSchema)]
pub struct Register {
    /// The address; a mail goes there.
    #[schema(example = "ada@example.test")]
    email: String,
    /// 8 to 1024 characters.
    #[schema(value_type = String, format = Password)]
    password: Secret,
    /// What the person wants to be called.
    #[schema(example = "Ada Lovelace")]
    name: String,
}

impl FromFields for Register {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { email: fields.text("email"), password: fields.secret("password"), name: fields.text("name") }
    }
}

/// The request was taken; what comes of it is told by mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Always `check_your_mail`.
    status: &'static str,
}

impl Accepted {
    /// The answer that is the same for every address.
    pub fn check_your_mail() -> (StatusCode, Answer<Self>) {
        (StatusCode::ACCEPTED, Answer(Self { status: "check_your_mail" }))
    }
}

/// Registers a person. The answer is the same whether or not the address has an account: only its mailbox tells.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "registration", request_body = Register,
    responses(
        (status = 202, description = "A mail is on its way.", body = Accepted),
        (status = 422, description = "Some fields cannot be accepted.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn register(
    State(app): State<Arc<App>>,
    call: Call,
    Json(body): Json<Register>,
) -> Result<(StatusCode, Answer<Accepted>)> {
    let Register { email, password, name } = body;
    app.perform(call.caller(), sign_up::Register { email, password, name }).await?;
    Ok(Accepted::check_your_mail())
}

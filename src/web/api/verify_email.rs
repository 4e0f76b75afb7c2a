//! `POST /api/v1/auth/verify-email` and `/resend-verification`.

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode, routing::post};
use serde::Serialize;
use utoipa::ToSchema;

use super::register::Accepted;
use crate::{
    app::App,
    domain::sign_up::{self, Proved},
    kernel::{Result, id::UserId, secret::Secret},
    web::{
        Endpoint,
        endpoint::POST,
        extract::{Call, Fields, FromFields, Json},
        reply::problem::Problem,
    },
};

/// `/api/v1/auth/verify-email`.
pub const VERIFY_EMAIL: Endpoint = Endpoint::api("/api/v1/auth/verify-email", POST, || post(verify_email));
/// `/api/v1/auth/resend-verification`.
pub const RESEND: Endpoint = Endpoint::api("/api/v1/auth/resend-verification", POST, || post(resend_verification));

/// The proof: the link's token, or the code together with the address.
#[derive(Debug, ToSchema)]
pub struct VerifyEmail {
    /// What the link in the mail carries.
    #[schema(value_type = Option<String>)]
    token: Option<Secret>,
    /// The address; with `code`.
    email: String,
    /// The 6 digits in the mail.
    #[schema(value_type = String, example = "123456")]
    code: Secret,
}

impl FromFields for VerifyEmail {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            token: fields.optional("token").map(Secret::new),
            email: fields.text("email"),
            code: fields.secret("code"),
        }
    }
}

/// An address that is proved now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verified {
    /// Whose.
    #[schema(value_type = String)]
    user_id: UserId,
    /// The address.
    email: String,
}

/// An address.
#[derive(Debug, ToSchema)]
pub struct Address {
    /// The address.
    pub(super) email: String,
}

impl FromFields for Address {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { email: fields.text("email") }
    }
}

/// Proves an address. Link and code work once.
#[utoipa::path(
    post, path = "/api/v1/auth/verify-email", tag = "registration", request_body = VerifyEmail,
    responses(
        (status = 200, description = "The address is proved.", body = Verified),
        (status = 422, description = "The link or code is not good, or no longer.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn verify_email(
    State(app): State<Arc<App>>,
    call: Call,
    Json(body): Json<VerifyEmail>,
) -> Result<Answer<Verified>> {
    let by = match body.token {
        Some(token) => Proved::Link(token),
        None => Proved::Code { email: body.email, code: body.code },
    };
    let verified = app.perform(call.caller(), sign_up::VerifyEmail { by }).await?;
    Ok(Answer(Verified { user_id: verified.user, email: verified.email.to_string() }))
}

/// Sends another verification mail, if the address waits for one. The answer is the same for every address.
#[utoipa::path(
    post, path = "/api/v1/auth/resend-verification", tag = "registration", request_body = Address,
    responses(
        (status = 202, description = "If the address waits for a mail, one is on its way.", body = Accepted),
        (status = 429, description = "Too soon; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn resend_verification(
    State(app): State<Arc<App>>,
    call: Call,
    Json(body): Json<Address>,
) -> Result<(StatusCode, Answer<Accepted>)> {
    app.perform(call.caller(), sign_up::ResendVerification { email: body.email }).await?;
    Ok(Accepted::check_your_mail())
}

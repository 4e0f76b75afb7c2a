//! `POST /api/v1/auth/forgot-password`, `/reset-password` and `/change-password`.

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode, routing::post};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiPerson, register::Accepted, verify_email::Address};
use crate::{
    app::App,
    domain::sign_in,
    kernel::{Result, secret::Secret},
    web::{
        Endpoint,
        endpoint::POST,
        extract::{Call, Fields, FromFields, Json},
        reply::problem::Problem,
    },
};

/// `/api/v1/auth/forgot-password`.
pub const FORGOT: Endpoint = Endpoint::api("/api/v1/auth/forgot-password", POST, || post(forgot_password));
/// `/api/v1/auth/reset-password`.
pub const RESET: Endpoint = Endpoint::api("/api/v1/auth/reset-password", POST, || post(reset_password));
/// `/api/v1/auth/change-password`.
pub const CHANGE: Endpoint = Endpoint::api("/api/v1/auth/change-password", POST, || post(change_password));

/// A new password, by the mailed link.
#[derive(Debug, ToSchema)]
pub struct ResetPassword {
    /// What the link in the mail carries.
    #[schema(value_type = String)]
    token: Secret,
    /// The new password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

impl FromFields for ResetPassword {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { token: fields.secret("token"), password: fields.secret("password") }
    }
}

/// A new password, by the present one.
#[derive(Debug, ToSchema)]
pub struct ChangePassword {
    /// The present password.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    /// The new password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
    /// Whether every other session ends, and what applications were allowed to do offline. Missing: false.
    end_other_sessions: bool,
}

impl FromFields for ChangePassword {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            current_password: fields.secret("current_password"),
            password: fields.secret("password"),
            end_other_sessions: fields.flag("end_other_sessions"),
        }
    }
}

/// What a new password ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordChanged {
    /// How many sessions.
    sessions_ended: usize,
}

/// Sends a link to choose a new password, if the address has an account. The answer is the same for every address.
#[utoipa::path(
    post, path = "/api/v1/auth/forgot-password", tag = "password", request_body = Address,
    responses(
        (status = 202, description = "If the address has an account, a mail is on its way.", body = Accepted),
        (status = 429, description = "Too many tries; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn forgot_password(
    State(app): State<Arc<App>>,
    call: Call,
    Json(body): Json<Address>,
) -> Result<(StatusCode, Answer<Accepted>)> {
    app.perform(call.caller(), sign_in::ForgotPassword { email: body.email }).await?;
    Ok(Accepted::check_your_mail())
}

/// Sets a new password by the mailed link, which works once. Every session ends.
#[utoipa::path(
    post, path = "/api/v1/auth/reset-password", tag = "password", request_body = ResetPassword,
    responses(
        (status = 200, description = "The password is set.", body = PasswordChanged),
        (status = 422, description = "The link or the password cannot be accepted.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn reset_password(
    State(app): State<Arc<App>>,
    call: Call,
    Json(body): Json<ResetPassword>,
) -> Result<Answer<PasswordChanged>> {
    let reset = sign_in::ResetPassword { token: body.token, password: body.password };
    let done = app.perform(call.caller(), reset).await?;
    Ok(Answer(PasswordChanged { sessions_ended: done.sessions_ended }))
}

/// Changes the caller's password, which needs the present one.
#[utoipa::path(
    post, path = "/api/v1/auth/change-password", tag = "password", request_body = ChangePassword,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The password is changed.", body = PasswordChanged),
        (status = 401, description = "The access token is not good.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The present or the new password cannot be accepted.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn change_password(
    State(app): State<Arc<App>>,
    person: ApiPerson,
    Json(body): Json<ChangePassword>,
) -> Result<Answer<PasswordChanged>> {
    let change = sign_in::ChangePassword {
        current: body.current_password,
        new: body.password,
        end_others: body.end_other_sessions,
    };
    let sessions_ended = app.perform(person.caller(), change).await?;
    Ok(Answer(PasswordChanged { sessions_ended }))
}

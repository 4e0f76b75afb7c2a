//! `POST /api/v1/auth/login`, `/refresh` and `/logout`.

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode, routing::post};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiPerson;
use crate::{
    app::App,
    domain::{
        oauth::first_party::{ApiRefresh, ApiSignIn, ApiTokens},
        sessions::SignOut,
    },
    kernel::{
        Result,
        id::{SessionId, UserId},
        secret::Secret,
    },
    web::{
        Endpoint,
        endpoint::POST,
        extract::{Call, Fields, FromFields, Json, Shown},
        reply::problem::Problem,
    },
};

/// `/api/v1/auth/login`.
pub const LOGIN: Endpoint = Endpoint::api("/api/v1/auth/login", POST, || post(login));
/// `/api/v1/auth/refresh`.
pub const REFRESH: Endpoint = Endpoint::api("/api/v1/auth/refresh", POST, || post(refresh));
/// `/api/v1/auth/logout`.
pub const LOGOUT: Endpoint = Endpoint::api("/api/v1/auth/logout", POST, || post(logout));

/// Who signs in.
#[derive(Debug, ToSchema)]
pub struct Login {
    /// The address.
    #[schema(example = "ada@example.test")]
    email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

impl FromFields for Login {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { email: fields.text("email"), password: fields.secret("password") }
    }
}

/// The token to be exchanged.
#[derive(Debug, ToSchema)]
pub struct Refresh {
    /// The refresh token of the last answer.
    #[schema(value_type = String)]
    refresh_token: Secret,
}

impl FromFields for Refresh {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { refresh_token: fields.secret("refresh_token") }
    }
}

/// Tokens for this API.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// A JWT, sent as `Authorization: Bearer …`, or as `Authorization: DPoP …` with a proof where it is bound to a key.
    #[schema(value_type = String)]
    access_token: Secret,
    /// `Bearer`; or `DPoP`, where the request had a DPoP proof (RFC 9449) and the tokens are bound to its key.
    token_type: &'static str,
    /// How long the access token is good, in seconds.
    expires_in: u32,
    /// Good once: every refresh answers with the next one.
    #[schema(value_type = String)]
    refresh_token: Secret,
    /// Who signed in.
    #[schema(value_type = String)]
    user_id: UserId,
    /// The tracked session.
    #[schema(value_type = String)]
    session_id: SessionId,
}

impl From<ApiTokens> for Tokens {
    fn from(tokens: ApiTokens) -> Self {
        Self {
            access_token: tokens.access_token,
            token_type: tokens.token_type,
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh_token,
            user_id: tokens.user_id,
            session_id: tokens.session_id,
        }
    }
}

/// Signs a person in: opens a tracked session.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "session", request_body = Login,
    responses(
        (status = 200, description = "Signed in.", body = Tokens),
        (status = 400, description = "The DPoP proof is not good, or needs the nonce of the answer.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Name and password do not match.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn login(
    State(app): State<Arc<App>>,
    call: Call,
    Shown(evidence): Shown,
    Json(body): Json<Login>,
) -> Result<Answer<Tokens>> {
    let sign_in = ApiSignIn { username: body.email, password: body.password, evidence };
    let tokens = app.perform(call.caller(), sign_in).await?;
    call.noted.user(tokens.user_id);
    Ok(Answer(tokens.into()))
}

/// Exchanges a refresh token for the next tokens. A token that comes again after a while ends the session.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "session", request_body = Refresh,
    responses(
        (status = 200, description = "The next tokens.", body = Tokens),
        (status = 400, description = "The refresh token is not good, or no longer; or the DPoP proof is not.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn refresh(
    State(app): State<Arc<App>>,
    call: Call,
    Shown(evidence): Shown,
    Json(body): Json<Refresh>,
) -> Result<Answer<Tokens>> {
    let tokens = app.perform(call.caller(), ApiRefresh { refresh_token: body.refresh_token, evidence }).await?;
    call.noted.user(tokens.user_id);
    Ok(Answer(tokens.into()))
}

/// Ends the session that the access token belongs to; all its tokens die with it.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "session", security(("bearer" = [])),
    responses(
        (status = 204, description = "Signed out."),
        (status = 401, description = "The access token is not good.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn logout(State(app): State<Arc<App>>, person: ApiPerson) -> Result<StatusCode> {
    app.perform(person.caller(), SignOut).await?;
    Ok(StatusCode::NO_CONTENT)
}

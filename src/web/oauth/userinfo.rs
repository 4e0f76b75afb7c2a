//! `/oauth2/userinfo` (OpenID Connect Core §5.3, RFC 6750 §2).

use std::sync::Arc;

use axum::{
    extract::{FromRequest, Request, State},
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};

use super::cors;
use crate::{
    app::App,
    domain::oauth::{
        Claims, UserInfo,
        token::{self, PresentedToken, Scheme},
    },
    kernel::{Code, Result, secret::Secret},
    web::{
        Caching, Cors, Endpoint, Surface,
        endpoint::GET_POST,
        extract::{Call, FormBody, Shown},
    },
};

/// `/oauth2/userinfo`.
pub const USERINFO: Endpoint = Endpoint {
    advertised_as: Some("userinfo_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/userinfo", GET_POST, || get(by_header).post(by_header_or_body))
};

async fn by_header(State(app): State<Arc<App>>, call: Call, shown: Shown, headers: HeaderMap) -> Result<Response> {
    let token = shown.access_token(&call, &headers)?;
    show(&app, &call, &headers, token).await
}

/// The token may stand in the header or, as a bearer token, in the body (RFC 6750 §2.1, §2.2, RFC 9449 §7.1), not in both; never in
/// the address.
async fn by_header_or_body(
    State(app): State<Arc<App>>,
    call: Call,
    shown: Shown,
    request: Request,
) -> Result<Response> {
    let headers = request.headers().clone();
    let in_header = shown.access_token(&call, &headers)?;
    let in_body = match headers.contains_key(CONTENT_TYPE) {
        true => FormBody::from_request(request, &app).await?.0.once("access_token")?.map(Secret::new),
        false => None,
    };
    if in_header.is_some() && in_body.is_some() {
        return Err(Code::InvalidRequest
            .because("send the access token in the header or in the body, not in both")
            .into());
    }
    show(&app, &call, &headers, in_header.or_else(|| Some(shown.token(Scheme::Bearer, in_body?)))).await
}

async fn show(app: &Arc<App>, call: &Call, headers: &HeaderMap, presented: Option<PresentedToken>) -> Result<Response> {
    let presented = presented.ok_or_else(|| Code::NotSignedIn.because("an access token is needed"))?;
    if headers.contains_key(axum::http::header::ORIGIN) {
        let issuer = Some(call.tenant.issuer.as_str());
        let believed = token::authentic(app, &call.tenant, presented.token.expose(), issuer, call.now).await;
        cors::judge(app, call, headers, believed.ok().map(|(token, _)| token.client_id).as_deref()).await?;
    }
    Ok(match app.perform(call.caller(), UserInfo { presented }).await? {
        Claims::Plain(claims) => axum::Json(claims).into_response(),
        Claims::Jwt(jwt) => ([(CONTENT_TYPE, "application/jwt")], jwt).into_response(),
    })
}

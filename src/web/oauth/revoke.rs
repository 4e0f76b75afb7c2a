//! `/oauth2/revoke` (RFC 7009 §2).

use axum::routing::post;

use super::from_client::FromClient;
use crate::{
    domain::oauth::token::RevokeToken,
    kernel::Result,
    web::{Caching, Cors, Endpoint, Surface, endpoint::POST},
};

/// `/oauth2/revoke`.
pub const REVOKE: Endpoint = Endpoint {
    advertised_as: Some("revocation_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/revoke", POST, || post(revoke))
};

/// 200 and nothing else, whatever was given back (§2.2).
async fn revoke(FromClient { asker, parameters, basic }: FromClient) -> Result<()> {
    asker.lets_its_scripts_read().await?;
    asker.perform(RevokeToken { parameters, basic }).await
}

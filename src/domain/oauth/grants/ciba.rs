//! `urn:openid:params:grant-type:ciba` (OpenID CIBA Core §10.1).

use super::{Grant, Redeeming, TokenRequest};
use crate::{
    app::Cx,
    domain::{
        clients::GrantType,
        oauth::{
            decoupled::{self, Kind},
            token::Entitlement,
        },
    },
    kernel::Result,
};

/// The grant.
pub struct Ciba;

impl Grant for Ciba {
    fn grant_type(&self) -> GrantType {
        GrantType::Ciba
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["auth_req_id"]
    }

    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a> {
        Box::pin(redeem(cx, request))
    }
}

async fn redeem(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    let handle = request.parameters.required("auth_req_id")?;
    let interval = cx.config().tokens.backchannel_poll_interval.std();
    let (found, decision) = decoupled::poll(cx, &request.client, Kind::Backchannel, handle, interval).await?;
    decoupled::collect(cx, request, found, decision).await
}

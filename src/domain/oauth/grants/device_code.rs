//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4).

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
pub struct DeviceCode;

impl Grant for DeviceCode {
    fn grant_type(&self) -> GrantType {
        GrantType::DeviceCode
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["device_code"]
    }

    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a> {
        Box::pin(redeem(cx, request))
    }
}

async fn redeem(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    let handle = request.parameters.required("device_code")?;
    let interval = cx.config().tokens.device_poll_interval.std();
    let (found, decision) = decoupled::poll(cx, &request.client, Kind::Device, handle, interval).await?;
    decoupled::collect(cx, request, found, decision).await
}

//! `refresh_token` (RFC 6749 §6, OpenID Connect Core §12).

use super::{Grant, Redeeming, TokenRequest};
use crate::{
    app::Cx,
    domain::{
        clients::GrantType,
        oauth::{
            refresh::{self, Succession},
            rfc6749::{self, StoredGrant},
            token::{Entitlement, Granted, IdTokenOrder, Subject, aim},
        },
        users,
    },
    kernel::{Code, Result},
};

/// The grant.
pub struct RefreshToken;

impl Grant for RefreshToken {
    fn grant_type(&self) -> GrantType {
        GrantType::RefreshToken
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["refresh_token", "scope"]
    }

    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a> {
        Box::pin(redeem(cx, request))
    }
}

async fn redeem(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    let client = &request.client;
    let (presented, family, standing) = refresh::find(cx, request.parameters.required("refresh_token")?).await?;
    // What is held, scope, resources and details are judged before the token is spent: a bad request changes nothing, and whoever stole the
    // token without its key does not end the family (RFC 9449 §5).
    family.confirmation.is_met_by(&request.held).map_err(|why| refresh::refused(&why.to_string()))?;
    let stored = StoredGrant {
        client_id: if family.client == Some(client.id) { &client.client_id } else { "" },
        scope: &family.scope,
        expires_at: family.expires_at,
    };
    let scope = rfc6749::refresh(&client.client_id, &request.parameters, &stored)?;
    let granted = Granted { scope: &scope, resources: &family.resources, details: &family.details };
    let target = aim(cx, client, granted, request.wanted()).await?;
    let user = users::store::find(cx.db().reader(), cx.tenant().id, family.user).await?;
    let user = user.ok_or_else(|| Code::InvalidGrant.because("the person is gone"))?;
    let succession = match client.profile(&cx.config().oauth).is_fapi2() {
        true => Succession::Kept,
        false => Succession::Rotated(request.refresh_confirmation()),
    };
    let rotated = refresh::rotate(cx, &presented, (family, standing), Some(client.id), succession).await?;
    Ok(Entitlement {
        // The same facts as at the sign-in; no nonce (OpenID Connect Core §12.2).
        id_token: scope.has("openid").then(|| IdTokenOrder::of(rotated.family.id)),
        target,
        subject: Subject::Person {
            user: Box::new(user),
            authentication: rotated.family.authentication,
            grant: rotated.family.id,
        },
        refresh_token: Some(rotated.successor),
        device_secret: None,
        exchange: None,
    })
}

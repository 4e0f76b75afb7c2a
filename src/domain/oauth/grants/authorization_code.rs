//! `authorization_code` (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).

use super::{Grant, Redeeming, TokenRequest};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, GrantType},
        oauth::{
            code::{self, CodeGrant, Redeemed},
            confirmation::{Confirmation, Unconfirmed},
            native_sso::{self, DeviceSecret},
            refresh::{self, Opening},
            rfc6749::{self, StoredCode},
            scopes::OFFLINE_ACCESS,
            token::{
                Entitlement, Granted, IdTokenOrder, Subject, aim, revoke_grant,
                standing::{self, Dependence},
            },
        },
    },
    kernel::{Code, Error, Fact, Result},
};

/// The grant.
pub struct AuthorizationCode;

impl Grant for AuthorizationCode {
    fn grant_type(&self) -> GrantType {
        GrantType::AuthorizationCode
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["code", "redirect_uri", "code_verifier"]
    }

    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a> {
        Box::pin(redeem(cx, request))
    }
}

async fn redeem(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    let client = &request.client;
    let presented = request.parameters.required("code")?;
    let grant = match code::redeem(cx, presented).await? {
        Redeemed::Good(grant) => grant,
        Redeemed::Replayed(grant) if grant.client == client.id => return Err(replayed(cx, client, &grant).await?),
        Redeemed::Replayed(_) | Redeemed::Unknown => return Err(refused("unknown code")),
    };
    let stored = StoredCode {
        client_id: &grant.client_id,
        redirect_uri: &grant.redirect_uri,
        scope: &grant.scope,
        challenge: grant.challenge.as_deref(),
        expires_at: grant.expires_at,
    };
    rfc6749::exchange(&client.client_id, &request.parameters, &stored, cx.now)?;
    // RFC 9449 §10: the key that the authorization request named.
    grant.confirmation.is_met_by(&request.held).map_err(unconfirmed)?;
    let granted = Granted { scope: &grant.scope, resources: &grant.resources, details: &grant.details };
    let target = aim(cx, client, granted, request.wanted()).await?;
    // Between the code and now the person may have been locked out, may have signed out, or may have taken everything back.
    let whose = Dependence {
        user: grant.user,
        session: Some(grant.authentication.session),
        grant: None,
        client_id: &client.client_id,
    };
    let alive = standing::find(cx.db().reader(), cx.tenant().id, whose).await?;
    let user = match alive {
        Some(alive) if !alive.is_session_live(cx.now) => return Err(refused("the session is over")),
        Some(alive) if alive.epoch != grant.authentication.epoch => return Err(refused("the consent was withdrawn")),
        Some(alive) => alive.user,
        None => return Err(refused("the person is gone")),
    };
    let mut opening = Opening { confirmation: request.refresh_confirmation(), ..opening(cx, client, &grant) };
    let device_secret = match grant.scope.has(native_sso::SCOPE) && grant.scope.has("openid") {
        true => Some(DeviceSecret::fresh()?),
        false => None,
    };
    opening.authentication.ds_hash = device_secret.as_ref().map(DeviceSecret::hash);
    let authentication = opening.authentication.clone();
    let refresh_token = if client.may(GrantType::RefreshToken) {
        let app = cx.app.clone();
        let tx = cx.begin().await?;
        Some(refresh::open(tx, &app.macs.refresh_token, &app.config.tokens, opening).await?)
    } else {
        None
    };
    let id_token =
        grant.scope.has("openid").then_some(IdTokenOrder { nonce: grant.nonce, ..IdTokenOrder::of(grant.grant) });
    Ok(Entitlement {
        subject: Subject::Person { user: Box::new(user), authentication, grant: grant.grant },
        target,
        refresh_token,
        id_token,
        device_secret,
        exchange: None,
    })
}

/// The family of refresh tokens that a code begins.
fn opening(cx: &Cx, client: &Client, grant: &CodeGrant) -> Opening {
    Opening {
        grant: grant.grant,
        tenant: cx.tenant().id,
        user: grant.user,
        client: Some(client.id),
        session: (!grant.scope.has(OFFLINE_ACCESS)).then_some(grant.authentication.session),
        scope: grant.scope.clone(),
        resources: grant.resources.clone(),
        details: grant.details.clone(),
        confirmation: Confirmation::default(), // of the request, which may be a replay
        authentication: grant.authentication.clone(),
    }
}

/// A code was presented twice: what the first time gave is revoked, the fact is written (RFC 6749 §4.1.2).
async fn replayed(cx: &mut Cx, client: &Client, grant: &CodeGrant) -> Result<Error> {
    revoke_grant::fence(cx, grant.grant).await?;
    let opening = opening(cx, client, grant);
    let (tenant, app) = (cx.tenant().id, cx.app.clone());
    let tx = cx.begin().await?;
    if client.may(GrantType::RefreshToken) {
        // The first use may not have written its family yet: then it finds this one, revoked and held by nobody.
        refresh::write(tx, &app.macs.refresh_token, &app.config.tokens, opening).await?;
    }
    refresh::store::revoke(tx, tenant, grant.grant, "code_replayed").await?;
    tx.record(
        Fact::CodeReplayed.of(grant.user).client(grant.client).session(grant.authentication.session).grant(grant.grant),
    );
    Ok(tx.settle(Code::InvalidGrant.because(SENTENCE).hiding("replayed")))
}

/// Whoever redeems the code does not hold what it is bound to.
fn unconfirmed(why: Unconfirmed) -> Error {
    Code::InvalidGrant
        .because("the code is bound to a key that this request does not prove")
        .hiding(why.to_string())
        .into()
}

/// One sentence for every reason: a thief learns nothing from it.
const SENTENCE: &str = "the code is unknown, used, expired or of another client";

fn refused(hidden: &str) -> Error {
    Code::InvalidGrant.because(SENTENCE).hiding(hidden).into()
}

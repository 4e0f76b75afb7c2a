//! A client collects what a person allowed elsewhere: once.

use super::{Decision, Request, poll::unknown, store};
use crate::{
    app::Cx,
    domain::{
        clients::GrantType,
        oauth::{
            details,
            grants::TokenRequest,
            refresh::{self, Opening},
            scopes::OFFLINE_ACCESS,
            token::{
                Entitlement, Granted, IdTokenOrder, Subject, aim,
                standing::{self, Alive, Dependence},
            },
        },
    },
    kernel::{Code, Error, Fact, Result, Time, id::GrantId},
};

/// What the client of an allowed request is entitled to. Begins the operation's transaction, in which the request is used up.
pub async fn collect(cx: &mut Cx, asked: &TokenRequest, request: Request, by: Decision) -> Result<Entitlement> {
    let (client, tenant) = (&asked.client, request.tenant);
    let granted = Granted { scope: &request.scope, resources: &request.resources, details: &request.details };
    let target = aim(cx, client, granted, asked.wanted()).await?;
    let session = by.authentication.session;
    let whose = Dependence { user: by.user, session: Some(session), grant: None, client_id: &client.client_id };
    let alive = standing::find(cx.db().reader(), tenant, whose).await?;
    let alive = alive.filter(|alive| still_stands(alive, &by, cx.now));
    let user = alive.ok_or_else(withdrawn)?.user;
    let (grant, away) = (GrantId::fresh(), request.scope.has(OFFLINE_ACCESS));
    let opening = Opening {
        grant,
        tenant,
        user: user.id,
        client: Some(client.id),
        session: (!away).then_some(session),
        scope: request.scope.clone(),
        resources: request.resources.clone(),
        details: request.details.clone(),
        confirmation: asked.refresh_confirmation(),
        authentication: by.authentication.clone(),
    };
    let app = cx.app.clone();
    let tx = cx.begin().await?;
    if !store::spend(tx, tenant, request.id).await? {
        return Err(unknown("somebody was faster"));
    }
    let refresh_token = match client.may(GrantType::RefreshToken) {
        true => Some(refresh::open(tx, &app.macs.refresh_token, &app.config.tokens, opening).await?),
        false => None,
    };
    let fact = Fact::AuthorizationGranted.of(user.id).client(client.id).session(session).grant(grant);
    tx.record(details::noted(fact.with("scope", request.scope.to_string()), &request.details));
    Ok(Entitlement {
        subject: Subject::Person { user: Box::new(user), authentication: by.authentication, grant },
        target,
        refresh_token,
        id_token: request.scope.has("openid").then(|| IdTokenOrder::of(grant)),
        device_secret: None,
        exchange: None,
    })
}

/// Between the decision and now the person may have signed out, been locked out, taken everything back, or set a new password, which
/// ends all that was there: no grant begins in a session that is over, not even one that would go on without it.
fn still_stands(alive: &Alive, by: &Decision, now: Time) -> bool {
    alive.is_session_live(now) && alive.epoch == by.authentication.epoch
}

fn withdrawn() -> Error {
    Code::InvalidGrant.because("what was allowed has been withdrawn, or the session is over").into()
}

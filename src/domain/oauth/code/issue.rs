//! Issuing a code (RFC 6749 §4.1.2).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    app::Cx,
    domain::{
        clients::Client,
        oauth::{confirmation::Confirmation, flow::Flow, profile, refresh::Authentication},
    },
    kernel::{
        Fault, Result, Time,
        details::Details,
        id::{ClientId, GrantId, UserId},
        scope::Scopes,
        secret::Secret,
    },
    ports::random,
};

/// What a code stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CodeGrant {
    /// The grant: everything that comes of this code carries it, and dies with it.
    pub grant: GrantId,
    /// Row of the client.
    pub client: ClientId,
    /// Public identifier of the client.
    pub client_id: String,
    /// Who signed in.
    pub user: UserId,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What was granted.
    pub scope: Scopes,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// S256 challenge.
    pub challenge: Option<String>,
    /// How and when they did.
    pub authentication: Authentication,
    /// What access tokens are for, by URI.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Authorization details.
    #[serde(default)]
    pub details: Details,
    /// What whoever redeems it has to hold (`dpop_jkt`, RFC 9449 §10).
    #[serde(default)]
    pub confirmation: Confirmation,
    /// Until when the code is good.
    pub expires_at: Time,
}

/// Makes a code of this grant for a flow that is done.
pub async fn issue(
    cx: &Cx,
    flow: &Flow,
    client: &Client,
    (user, authentication): (UserId, &Authentication),
    grant: GrantId,
) -> Result<Secret> {
    let code = random::token("sgt_ac_")?;
    let ttl = profile::code_lifetime(client.profile(&cx.config().oauth), cx.config().tokens.code_ttl.std());
    let request = &flow.request;
    let grant = CodeGrant {
        grant,
        client: client.id,
        client_id: client.client_id.clone(),
        user,
        redirect_uri: request.address.redirect_uri.clone(),
        scope: request.scope.clone(),
        nonce: request.nonce.clone(),
        challenge: request.code_challenge.clone(),
        authentication: authentication.clone(),
        resources: request.resources.clone(),
        details: request.details.clone(),
        confirmation: Confirmation::of_key(request.dpop_jkt.clone()),
        expires_at: cx.now + TimeDelta::seconds(i64::try_from(ttl.as_secs()).unwrap_or(60)),
    };
    let bytes = serde_json::to_vec(&grant).map_err(|error| Fault::broken_by("a code is not JSON", error))?;
    cx.ephemeral().put_spendable(&super::redeem::key(cx, &code), &bytes, ttl).await?;
    Ok(code)
}

//! Revocation (RFC 7009): a client gives back what it no longer needs.

use super::{authentic, revoke_grant, revoked};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::Client,
        oauth::{
            Parameters, from_client,
            refresh::{self, RefreshTokens},
        },
    },
    kernel::{Code, Error, Event, Fact, Refusal, Result, secret::Secret},
};

/// Gives back a token. One that is unknown, spent or expired is as good as given back (§2.2).
#[derive(Debug, Clone)]
pub struct RevokeToken {
    /// The body. `token_type_hint` is not needed: every token says what it is (§2.1 lets a server ignore it).
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
}

impl Operation for RevokeToken {
    type Output = ();
    const NAME: &'static str = "token.revoke";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let client = from_client::authenticate(cx, &self.parameters, self.basic).await?;
        let token = self.parameters.required("token")?;
        if RefreshTokens(&cx.app.macs.refresh_token).read(token).is_some() {
            refresh_token(cx, &client, token).await
        } else {
            access_token(cx, &client, token).await
        }
    }
}

/// The family ends, and with it every access token of the grant (§2.1). Any token of the family does, spent ones too.
async fn refresh_token(cx: &mut Cx, client: &Client, token: &str) -> Result<()> {
    let family = match refresh::find(cx, token).await {
        Ok((_, family, _)) => family,
        Err(Error::Refused(_)) => return Ok(()),
        Err(fault) => return Err(fault),
    };
    if family.client != Some(client.id) {
        return Err(foreign().into());
    }
    if family.revoked_at.is_some() {
        return Ok(());
    }
    revoke_grant::fence(cx, family.id).await?;
    let tenant = cx.tenant().id;
    let tx = cx.begin().await?;
    if refresh::store::revoke(tx, tenant, family.id, "given_back").await? {
        let fact = Fact::TokenRevoked.of(family.user).client(client.id).session(family.authentication.session);
        tx.record(fact.grant(family.id).with("token", "refresh_token"));
    }
    Ok(())
}

/// Only this token ends; the grant goes on.
async fn access_token(cx: &mut Cx, client: &Client, token: &str) -> Result<()> {
    let token = match authentic(&cx.app, cx.tenant(), token, None, cx.now).await {
        Ok((token, _)) => token,
        Err(Error::Refused(_)) => return Ok(()),
        Err(fault) => return Err(fault),
    };
    if token.client_id != client.client_id {
        return Err(foreign().into());
    }
    let tenant = cx.tenant().id;
    if revoked::is_marked(&cx.app, tenant, &token.jti).await? {
        return Ok(());
    }
    revoked::mark(&cx.app, tenant, &token.jti, token.expires_at, cx.now).await?;
    let mut fact = Event::from(Fact::TokenRevoked).client(client.id).with("token", "access_token");
    if let Some(person) = &token.principal {
        fact.user = Some(person.user);
        fact.session = Some(person.session);
    }
    cx.begin().await?.record(fact);
    Ok(())
}

/// Somebody else's token stays what it is (§2.1).
fn foreign() -> Refusal {
    Code::InvalidGrant.because("the token was issued to another client")
}

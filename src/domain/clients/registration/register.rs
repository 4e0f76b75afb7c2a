//! A client registers itself (RFC 7591 §3, OpenID Connect Registration §3).

use serde_json::{Map, Value};

use super::{
    Registered, answer, is_on,
    refused::as_metadata,
    statement::{self, Stated},
    store,
};
use crate::{
    app::{Cx, Guard, Limit, Operation},
    config::ClientRegistration,
    domain::{
        clients::{create, secrets, wire},
        rates::rate,
    },
    kernel::{Code, Event, Fact, Refusal, Result, secret::Secret},
    ports::random,
};

/// Registers the client that asks.
#[derive(Debug, Clone)]
pub struct RegisterClient {
    /// The metadata document.
    pub metadata: Map<String, Value>,
    /// The initial access token, if one was sent.
    pub token: Option<Secret>,
}

impl Operation for RegisterClient {
    type Output = Registered;
    const NAME: &'static str = "client.register";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.client_registrations_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<Registered> {
        is_on(cx)?;
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let initial = admit(cx.config().registration.clients, self.token.as_ref())?.map(Secret::digest);
        if let Some(token) = initial
            && !store::is_good(db, tenant, token, cx.now).await?
        {
            return Err(worthless().into());
        }
        if store::count(db, tenant).await? >= u64::from(cx.config().registration.client_quota) {
            let full = "as many clients have registered themselves as may; ask the operator to register this one";
            return Err(Code::Forbidden.because(full).into());
        }
        let Stated { metadata, statement } = statement::unfold(cx, self.metadata).await?;
        let from = wire::From::Client(&cx.config().registration.client_scopes);
        let mut asked = wire::read(metadata, from).map_err(|refusal| as_metadata(refusal.into()))?;
        asked.metadata.software_statement = statement;
        let (client, secret) = asked.judged(cx).await.map_err(as_metadata)?;
        let sealed =
            secret.as_ref().map(|secret| secrets::seal(&cx.app.master, &client, secret)).transpose()?.flatten();
        let token = random::token("sgt_ra_")?;
        let tx = cx.begin().await?;
        // Of parallel registrations with the last use of a token, one wins.
        if let Some(initial) = initial
            && !store::spend_initial(tx, tenant, initial).await?
        {
            return Err(worthless().into());
        }
        create::insert(tx, &client, secret.as_ref(), sealed).await?;
        store::insert(tx, &client, token.digest()).await?;
        let event = Event::from(Fact::ClientRegistered).client(client.id);
        tx.record(event.with("client_id", client.client_id.clone()));
        Ok(answer(cx, &client, secret.as_ref(), &token))
    }
}

/// The token that has to be good: one is needed unless registration is open, and counts even then.
fn admit(mode: ClientRegistration, token: Option<&Secret>) -> std::result::Result<Option<&Secret>, Refusal> {
    match (mode, token) {
        (ClientRegistration::Token, None) => {
            Err(Code::NotSignedIn.because("an initial access token is needed to register a client"))
        }
        (_, token) => Ok(token),
    }
}

fn worthless() -> Refusal {
    Code::InvalidToken.because("the initial access token is unknown, used up or expired")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_needed_unless_registration_is_open() {
        let token = Secret::new("sgt_ia_x");
        assert!(admit(ClientRegistration::Token, None).is_err());
        assert_eq!(admit(ClientRegistration::Token, Some(&token)), Ok(Some(&token)));
        assert_eq!(admit(ClientRegistration::Open, None), Ok(None));
        assert_eq!(admit(ClientRegistration::Open, Some(&token)), Ok(Some(&token)));
    }
}

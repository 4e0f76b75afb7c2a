//! A client looks after its registration (RFC 7592 §2, OpenID Connect Registration §4).

use serde_json::{Map, Value};

use super::{
    Registered, answer, is_on,
    refused::as_metadata,
    statement::{self, Stated},
    store,
};
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::{
        Client,
        secrets::{self, StoredSecret},
        store as clients, wire,
    },
    kernel::{
        Code, Event, Fact, Refusal, Result, Time,
        secret::{Digest, Secret},
    },
    ports::random,
};

/// Reads the registration.
#[derive(Debug, Clone)]
pub struct ReadRegistration {
    /// The client's public identifier.
    pub client_id: String,
    /// Its registration access token.
    pub token: Secret,
}

impl Operation for ReadRegistration {
    type Output = Registered;
    const NAME: &'static str = "registration.read";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Registered> {
        let own = find(cx, &self.client_id, &self.token).await?;
        Ok(answer(cx, &own.client, None, &self.token))
    }
}

/// Replaces the registration.
#[derive(Debug, Clone)]
pub struct UpdateRegistration {
    /// The client's public identifier.
    pub client_id: String,
    /// Its registration access token; a new one is answered.
    pub token: Secret,
    /// The whole metadata document.
    pub metadata: Map<String, Value>,
}

impl Operation for UpdateRegistration {
    type Output = Registered;
    const NAME: &'static str = "registration.update";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Registered> {
        let own = find(cx, &self.client_id, &self.token).await?;
        judge_update(&self.metadata, &own, cx.now)?;
        let Stated { metadata, statement } = statement::unfold(cx, self.metadata).await?;
        let from = wire::From::Client(&cx.config().registration.client_scopes);
        let mut asked = wire::read(metadata, from).map_err(|refusal| as_metadata(refusal.into()))?;
        asked.metadata.software_statement = statement;
        asked.metadata.security_profile = own.client.metadata.security_profile; // no client frees itself of it
        let (asked, fresh) = asked.judged(cx).await.map_err(as_metadata)?;
        let client = Client {
            id: own.client.id,
            client_id: own.client.client_id.clone(),
            created_at: own.client.created_at,
            access_token_ttl: own.client.access_token_ttl,
            owner: own.client.owner,
            ..asked
        };
        // A secret is made only where the client needs one and has none that fits.
        let secret = fresh.filter(|_| !secrets::has_fitting(client.token_endpoint_auth_method, &own.secrets, cx.now));
        let sealed =
            secret.as_ref().map(|secret| secrets::seal(&cx.app.master, &client, secret)).transpose()?.flatten();
        let token = random::token("sgt_ra_")?;
        let tx = cx.begin().await?;
        // Of parallel updates with one token, one wins: the others' token is spent.
        if !store::replace_token(tx, client.id, self.token.digest(), token.digest()).await? {
            return Err(stranger().into());
        }
        if !clients::update(tx, &client).await? {
            return Err(stranger().into());
        }
        if let Some(secret) = &secret {
            clients::expire_secrets(tx, &client, tx.now).await?;
            clients::insert_secret(tx, &client, secret.digest(), sealed).await?;
        }
        tx.record(Event::from(Fact::ClientUpdated).client(client.id).with("client_id", client.client_id.clone()));
        Ok(answer(cx, &client, secret.as_ref(), &token))
    }
}

/// Deletes the client with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct DeleteRegistration {
    /// The client's public identifier.
    pub client_id: String,
    /// Its registration access token.
    pub token: Secret,
}

impl Operation for DeleteRegistration {
    type Output = ();
    const NAME: &'static str = "registration.delete";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let own = find(cx, &self.client_id, &self.token).await?;
        let tenant = cx.tenant().id;
        let tx = cx.begin().await?;
        if !clients::delete(tx, tenant, own.client.id).await? {
            return Err(stranger().into());
        }
        let event = Event::from(Fact::ClientDeleted).client(own.client.id);
        tx.record(event.with("client_id", own.client.client_id));
        Ok(())
    }
}

/// The registration that a token is good for.
struct Own {
    client: Client,
    secrets: Vec<StoredSecret>,
}

async fn find(cx: &Cx, client_id: &str, token: &Secret) -> Result<Own> {
    is_on(cx)?;
    let db = cx.db().reader();
    let found = clients::find_to_authenticate(db, cx.tenant().id, client_id).await?;
    let Some(clients::ToAuthenticate { client, secrets, .. }) = found else { return Err(stranger().into()) };
    match store::token_of(db, client.id).await? {
        Some(good) if good == token.digest() => Ok(Own { client, secrets }),
        _ => Err(stranger().into()),
    }
}

/// One answer to a wrong token, to a client that did not register itself, and to none (RFC 7592 §2.1).
fn stranger() -> Refusal {
    Code::InvalidToken.because("the registration access token is not good for this client")
}

/// What an update must say and must not say (RFC 7592 §2.2).
fn judge_update(metadata: &Map<String, Value>, own: &Own, now: Time) -> std::result::Result<(), Refusal> {
    let refused = |field, why: &'static str| {
        Code::InvalidClientMetadata.because("The registration cannot be updated like this:").at(field, "invalid", why)
    };
    if metadata.get("client_id").and_then(Value::as_str) != Some(&own.client.client_id) {
        return Err(refused("client_id", "has to be that of the registration"));
    }
    for name in wire::OURS {
        if metadata.contains_key(*name) {
            return Err(refused(name, "must not be sent"));
        }
    }
    match metadata.get("client_secret") {
        None => Ok(()),
        Some(Value::String(secret)) => {
            let digest = Digest::of(secret.as_bytes());
            let good = own.secrets.iter().any(|stored| stored.is_live(now) && stored.digest == digest);
            if good { Ok(()) } else { Err(refused("client_secret", "is not the present one")) }
        }
        Some(_) => Err(refused("client_secret", "is not the present one")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{domain::clients::testing::client, kernel::Clock};

    #[test]
    fn an_update_names_its_client_and_nothing_of_ours() {
        let now = Clock::System.now();
        let secret = StoredSecret { digest: Digest::of(b"good"), sealed: None, expires_at: None };
        let old = StoredSecret { digest: Digest::of(b"old"), sealed: None, expires_at: Some(now) };
        let own = Own { client: client(), secrets: vec![secret, old] };
        let judged = |members: Value| judge_update(members.as_object().unwrap(), &own, now).is_ok();
        assert!(judged(json!({ "client_id": "shop" })));
        assert!(judged(json!({ "client_id": "shop", "client_secret": "good" })));
        assert!(!judged(json!({ "client_id": "shop", "client_secret": "old" })));
        assert!(!judged(json!({ "client_id": "shop", "client_secret": "bad" })));
        assert!(!judged(json!({ "client_id": "shop", "client_secret": 7 })));
        assert!(!judged(json!({ "client_id": "other" })));
        assert!(!judged(json!({})));
        for name in wire::OURS {
            assert!(!judged(json!({ "client_id": "shop", *name: "x" })), "{name}");
        }
    }
}

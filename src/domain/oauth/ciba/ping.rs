//! Telling clients that somebody has decided (OpenID CIBA Core §10.2), by a job. Several nodes may do so at once: each call is claimed
//! by one of them. What was decided the client learns at the token endpoint.

use std::sync::Arc;

use serde_json::json;

use super::store::{self, Claimed};
use crate::{
    app::{App, Cx, Guard, Operation},
    domain::{
        clients,
        notices::{self, BATCH, Errand, LEASE, Outcome, Told},
    },
    kernel::{Result, id::PingId, secret::Secret},
};

/// Calls on the clients of a tenant that are to be told.
#[derive(Debug, Clone, Copy)]
pub struct SendPings;

impl Operation for SendPings {
    type Output = Told;
    const NAME: &'static str = "backchannel.send_pings";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<Told> {
        let due = store::due(cx.db().reader(), cx.tenant().id, cx.now, BATCH).await?;
        notices::round::<Attempt>(cx, due).await
    }
}

/// One call on one client, which this node has claimed.
struct Attempt {
    ping: Claimed,
    /// Where; none where the client takes no calls any more.
    address: Option<String>,
}

impl Errand for Attempt {
    type Id = PingId;

    async fn prepare(cx: &Cx, id: PingId) -> Result<Option<Self>> {
        let now = cx.app.clock.now();
        let Some(ping) = store::claim(&cx.app, id, now, now + LEASE).await? else { return Ok(None) };
        let client = clients::store::find_by_row(cx.db().reader(), cx.tenant().id, ping.client).await?;
        let address = client.and_then(|client| client.metadata.backchannel.told_at().map(str::to_owned));
        Ok(Some(Self { ping, address }))
    }

    async fn make(self, app: Arc<App>) -> Result<Outcome> {
        let Self { ping, address } = self;
        let Some(address) = address else {
            store::remove(app.db.lone_write().await, &ping).await?;
            return Ok(Outcome::Failed);
        };
        let bearer = Secret::new(format!("Bearer {}", ping.token.expose()));
        let body = json!({ "auth_req_id": ping.auth_req_id.expose() });
        let answer = app.http.post_json(&address, &body, &[("authorization", &bearer)]).await;
        let Err(why) = notices::taken(answer) else {
            store::remove(app.db.lone_write().await, &ping).await?;
            return Ok(Outcome::Sent);
        };
        // No later than the client could still collect something. It may ask by itself in any case.
        let now = app.clock.now();
        let next = notices::next_attempt(ping.attempt, now, ping.id.uuid()).filter(|at| *at < ping.expires_at);
        let write = app.db.lone_write().await;
        match next {
            Some(at) => {
                store::postpone(write, &ping, at).await?;
                tracing::debug!(ping = %ping.id, attempt = ping.attempt, why, "a client could not be told of a decision");
                Ok(Outcome::Postponed)
            }
            None => {
                store::remove(write, &ping).await?;
                tracing::warn!(ping = %ping.id, client = %ping.client, why, "a client was never told of a decision");
                Ok(Outcome::Failed)
            }
        }
    }
}

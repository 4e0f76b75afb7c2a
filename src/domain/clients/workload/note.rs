//! What the record says of workloads: that one came with a new token. The same token again is no news.

use std::time::Duration;

use serde_json::Value;

use crate::{
    app::{Cx, Guard, Operation},
    domain::{clients::Client, issuers::Believed},
    kernel::{Event, Fact, Result, Time, id::ClientId, secret::Secret},
};

/// How long a token is known after `exp`, for clocks that differ.
const AFTER_EXP: f64 = 15.0;

/// Writes down, where the token is new, that the client's workload came with it. Before the transaction of the operation: that
/// the client was believed stays true whatever becomes of its request.
pub(super) async fn note(cx: &Cx, client: &Client, believed: &Believed, token: &Secret) -> Result<()> {
    let key = format!("workload:{}:{}", client.id.uuid().simple(), token.digest().hex());
    let exp = believed.claims.get("exp").and_then(Value::as_f64).unwrap_or_default();
    if !cx.ephemeral().claim(&key, known_for(exp, believed.issuer.max_lifetime, cx.now)).await? {
        return Ok(());
    }
    let noted = Noted {
        client: client.id,
        client_id: client.client_id.clone(),
        issuer: believed.issuer.issuer.clone(),
        subject: believed.subject.clone(),
    };
    let written = cx.app.perform(cx.caller.clone(), noted).await;
    if written.is_err() {
        // The next try writes it.
        cx.ephemeral().take(&key).await?;
    }
    written
}

/// That a workload was believed. An operation of its own, because the one that asked has not begun to write.
#[derive(Debug)]
struct Noted {
    client: ClientId,
    client_id: String,
    issuer: String,
    subject: String,
}

impl Operation for Noted {
    type Output = ();
    const NAME: &'static str = "workload.note";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let fact = Event::from(Fact::WorkloadAuthenticated).client(self.client).with("client_id", self.client_id);
        cx.begin().await?.record(fact.with("issuer", self.issuer).with("subject", self.subject));
        Ok(())
    }
}

/// Until nobody would believe it any more.
fn known_for(exp: f64, longest: u32, now: Time) -> Duration {
    let seconds = exp - now.timestamp() as f64 + AFTER_EXP;
    Duration::from_secs_f64(seconds.clamp(1.0, 2.0 * f64::from(longest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    #[test]
    fn a_token_is_known_until_it_has_expired_everywhere() {
        let now = Clock::System.now();
        let after = |seconds: f64| known_for(now.timestamp() as f64 + seconds, 600, now).as_secs();
        assert_eq!((after(300.0), after(-10.0), after(-60.0), after(1e9)), (315, 5, 1, 1200));
    }
}

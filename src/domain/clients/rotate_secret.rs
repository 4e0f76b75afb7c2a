//! Giving a client a new secret, with time to change over.

use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;

use super::{list, secrets, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Event, Fact, Result, secret::Secret},
    ports::random,
};

/// Makes a new secret; the old ones keep working for `keep`.
#[derive(Debug, Clone)]
pub struct RotateClientSecret {
    /// The client's public identifier.
    pub client_id: String,
    /// How long older secrets are still accepted; none: not at all.
    pub keep: Option<Duration>,
}

/// The new secret.
#[derive(Debug, Clone, Serialize)]
pub struct Rotated {
    /// The client.
    pub client_id: String,
    /// Its secret, shown this once.
    pub client_secret: Secret,
}

impl Operation for RotateClientSecret {
    type Output = Rotated;
    const NAME: &'static str = "client.rotate_secret";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Rotated> {
        let client = list::find(cx, &self.client_id).await?;
        if !client.token_endpoint_auth_method.needs_secret() {
            return Err(Code::InvalidInput.because("This client has no secret.").into());
        }
        let secret = random::token("sgt_cs_")?;
        let keep = TimeDelta::from_std(self.keep.unwrap_or_default())
            .map_err(|_| Code::InvalidInput.because("That is too long to keep the old secret."))?;
        let until = cx.now + keep;
        let sealed = secrets::seal(&cx.app.master, &client, &secret)?;
        let tx = cx.begin().await?;
        store::expire_secrets(tx, &client, until).await?;
        store::insert_secret(tx, &client, secret.digest(), sealed).await?;
        tx.record(Event::from(Fact::ClientSecretRotated).client(client.id));
        Ok(Rotated { client_id: client.client_id, client_secret: secret })
    }
}

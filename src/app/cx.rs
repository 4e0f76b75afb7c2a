//! One run of one operation: who asks, when, and the ports it may use.

use std::{sync::Arc, time::Duration};

use super::{App, transaction::Tx};
use crate::{
    config::Config,
    kernel::{Caller, Code, Fault, Principal, Result, Tenant, Time},
    ports::{
        db::Db,
        ephemeral::{Ephemeral, Rate},
        passwords::Passwords,
    },
};

/// The context of one run of one operation.
pub struct Cx {
    /// The service.
    pub app: Arc<App>,
    /// Who asks.
    pub caller: Caller,
    /// The one instant of this run.
    pub now: Time,
    tx: Option<Tx>,
}

impl Cx {
    pub(super) fn new(app: Arc<App>, caller: Caller) -> Self {
        let now = app.clock.now();
        Self { app, caller, now, tx: None }
    }

    /// The tenant at whose door the caller stands.
    pub fn tenant(&self) -> &Tenant {
        &self.caller.tenant
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.app.config
    }

    /// The database, for reads.
    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// Codes, flows, throttles, the session cache.
    pub fn ephemeral(&self) -> &dyn Ephemeral {
        self.app.ephemeral.as_ref()
    }

    /// The password pool. Hash before `begin`: a transaction must not wait for it.
    pub fn passwords(&self) -> &Passwords {
        debug_assert!(self.tx.is_none(), "slow work inside a transaction");
        &self.app.passwords
    }

    /// The signed-in person, or the refusal. Operations guarded by `Guard::SignedIn` have one.
    pub fn person(&self) -> Result<&Principal> {
        self.caller.person().ok_or_else(|| Code::NotSignedIn.because("Sign in first.").into())
    }

    /// Counts one try in a bucket of this tenant, and refuses when it is full.
    pub async fn limit(&self, bucket: &str, key: &str, rate: Rate) -> Result<()> {
        if rate.limit == 0 {
            return Ok(());
        }
        let allowance = self.ephemeral().hit(&self.bucket(bucket, key), rate).await?;
        if allowance.allowed { Ok(()) } else { Err(too_many(allowance.retry_after)) }
    }

    /// The name of a throttle's bucket; long or odd keys are digested.
    pub fn bucket(&self, bucket: &str, key: &str) -> String {
        let key = crate::kernel::secret::Digest::of(key.as_bytes()).hex();
        format!("{}:{bucket}:{}", self.tenant().id.uuid().simple(), &key[..32])
    }

    /// Begins the one transaction of this run. Everything written is kept if the operation answers or settles.
    pub async fn begin(&mut self) -> Result<&mut Tx> {
        if self.tx.is_some() {
            return Err(Fault::broken("a second transaction in one operation").into());
        }
        let (inner, turn) = self.app.db.begin().await?;
        Ok(self.tx.insert(Tx::new(inner, turn, self.app.clone(), self.caller.clone(), self.now)))
    }

    /// The transaction, once begun.
    pub fn tx(&mut self) -> Result<&mut Tx> {
        self.tx.as_mut().ok_or_else(|| Fault::broken("no transaction was begun").into())
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        match self.tx.take() {
            Some(tx) => tx.commit().await,
            None => Ok(()),
        }
    }

    pub(super) async fn rollback(&mut self) {
        if let Some(tx) = self.tx.take() {
            tx.rollback().await;
        }
    }
}

/// The refusal of a full bucket.
pub fn too_many(retry_after: Duration) -> crate::kernel::Error {
    Code::TooManyRequests.because("Too many tries. Wait a little and try again.").after(retry_after).into()
}

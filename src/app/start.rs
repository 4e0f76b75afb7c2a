//! Putting the service together, and finding the tenant at a door.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;

use super::{
    App, ClientDocuments, DetailsTypes, Guard, Keyrings, Macs, Operation, PairwiseSalts, RemoteKeys, Schemas, cx::Cx,
};
use crate::{
    config::Config,
    kernel::{Caller, Clock, Code, Error, Fault, Result, Tenant},
    ports::{
        db::{Db, DbSettings},
        ephemeral,
        http::{Http, HttpSettings},
        passwords::{Hashing, Passwords},
    },
};

impl App {
    /// Opens every port. Nothing is asked of the database or Redis yet: they may be away.
    pub async fn open(config: Config, clock: Clock, master: keys::MasterKeys) -> Result<Self> {
        let db = Db::open(&DbSettings {
            url: config.database_url.expose().to_owned(),
            max_connections: config.database.max_connections,
            acquire_timeout: config.database.acquire_timeout.std(),
            statement_cache: config.database.statement_cache as usize,
        })
        .await?;
        let ephemeral = ephemeral::connect(
            config.redis_url.as_ref(),
            &config.redis.prefix,
            config.redis.timeout.std(),
            clock.clone(),
        )?;
        let passwords = Passwords::new(Hashing {
            memory_kib: config.passwords.memory_kib,
            iterations: config.passwords.iterations,
            parallelism: config.passwords.parallelism,
            workers: config.passwords.workers as usize,
            queue: config.passwords.queue as usize,
            wait: config.passwords.wait.std(),
        })?;
        let http = Arc::new(Http::open(HttpSettings {
            allow_private_targets: config.http.allow_private_targets,
            extra_ca: config.http.extra_ca.as_ref().map(|extra| extra.pem().to_owned()),
            timeout: config.http.timeout.std(),
            most: config.http.response_limit.as_usize(),
        })?);
        let anchors = config.mtls.trust_anchors.as_ref().map(|anchors| keys::Anchors::parse(anchors.pem())).transpose();
        let anchors =
            anchors.map_err(|error| Fault::broken_by("the trust anchors of clients cannot be read", error))?;
        Ok(Self {
            anchors: anchors.unwrap_or_default(),
            macs: Macs::derive(&master)?,
            config,
            clock,
            db,
            ephemeral,
            passwords,
            master,
            keyrings: Keyrings::default(),
            pairwise: PairwiseSalts::default(),
            remote_keys: RemoteKeys::new(http.clone()),
            http,
            schemas: Schemas::default(),
            details_types: DetailsTypes::default(),
            client_documents: ClientDocuments::default(),
            mail_queued: tokio::sync::Notify::new(),
            notice_queued: tokio::sync::Notify::new(),
            ping_queued: tokio::sync::Notify::new(),
            tenants: ArcSwap::default(),
        })
    }

    /// The tenant whose paths begin with `path` (empty: the one at the root issuer).
    pub fn tenant(&self, path: &str) -> Result<Arc<Tenant>> {
        self.tenants.load().get(path).cloned().ok_or_else(|| {
            if path.is_empty() {
                Fault::unavailable("database", "the tenants were not loaded yet").into()
            } else {
                Error::from(Code::NotFound)
            }
        })
    }

    /// Every tenant that is served.
    pub fn all_tenants(&self) -> Vec<Arc<Tenant>> {
        self.tenants.load().values().cloned().collect()
    }

    /// Replaces the tenants that are served; `domain::tenants` reads them from the database.
    pub fn serve_tenants(&self, tenants: impl IntoIterator<Item = Tenant>) {
        let by_path: HashMap<_, _> =
            tenants.into_iter().map(|tenant| (tenant.path.clone(), Arc::new(tenant))).collect();
        self.tenants.store(Arc::new(by_path));
    }

    /// Runs one operation for one caller: guard, limits, the operation, and then commit or rollback.
    ///
    /// An answer commits; a settled refusal commits too; everything else leaves no trace.
    pub async fn perform<O: Operation>(self: &Arc<Self>, caller: Caller, operation: O) -> Result<O::Output> {
        O::GUARD.admit(&caller)?;
        let mut cx = Cx::new(self.clone(), caller);
        for limit in O::LIMITS {
            limit.take(&cx, O::NAME).await?;
        }
        match operation.run(&mut cx).await {
            Ok(answer) => {
                cx.commit().await?;
                Ok(answer)
            }
            Err(Error::Settled(refusal)) => {
                cx.commit().await?;
                Err(Error::Refused(refusal))
            }
            Err(error) => {
                cx.rollback().await;
                Err(error)
            }
        }
    }
}

impl Guard {
    /// Whether `caller` may ask at all.
    pub fn admit(self, caller: &Caller) -> Result<()> {
        use crate::kernel::Who;
        match (self, &caller.who) {
            (Self::Anyone, _)
            | (Self::SignedIn, Who::Person(_))
            | (Self::Operator, Who::Operator)
            | (Self::Service, Who::Operator | Who::Job) => Ok(()),
            (Self::SignedIn, _) => Err(Code::NotSignedIn.because("Sign in first.").into()),
            (Self::Operator | Self::Service, _) => Err(Code::Forbidden.because("This is for operators.").into()),
        }
    }
}

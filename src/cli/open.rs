//! Opening the service for one command: database, schema, the tenant at the root.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, sync::Arc};

use super::{Ending, master_key};
use crate::{
    app::{App, Operation},
    config::{Config, LogFormat},
    domain::tenants,
    kernel::{Caller, Clock, Result, Tenant},
    ports::{
        db::{DbSettings, schema},
        telemetry::{self, Output},
    },
};

/// The service as a command uses it.
pub(super) struct Open {
    /// The service.
    pub(super) app: Arc<App>,
    /// The tenant at the root issuer.
    pub(super) tenant: Arc<Tenant>,
}

impl Open {
    /// Opens the service, works with it and closes it.
    pub(super) async fn and<T>(config: Config, work: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T, Ending> {
        // The log of a command is for troubles: its answer is what it prints.
        telemetry::start("warn", LogFormat::Pretty, Output::Stderr)?;
        make_data_directory(&config)?;
        let master = master_key::of(&config)?;
        let app = Arc::new(App::open(config, Clock::System, master).await?);
        let done = async {
            ready_schema(&app).await?;
            tenants::ensure_default(&app).await?;
            tenants::load(&app).await?;
            let tenant = app.tenant("")?;
            Ok(work(&Self { app: app.clone(), tenant }).await?)
        };
        let done = done.await;
        app.db.close().await;
        done
    }

    /// Performs an operation as the operator.
    pub(super) async fn perform<O: Operation>(&self, operation: O) -> Result<O::Output> {
        self.app.perform(Caller::operator(self.tenant.clone()), operation).await
    }
}

/// Makes sure that the schema is the one of this program: migrates where the settings say so, else says what to do.
pub(super) async fn ready_schema(app: &App) -> Result<(), Ending> {
    if app.config.migrates_on_start() {
        let applied = schema::up(&app.db).await?;
        if applied > 0 {
            tracing::info!(applied, "database migrated");
        }
        return Ok(());
    }
    if schema::is_ready(&schema::status(&app.db).await?) { Ok(()) } else { Err(Ending::SchemaBehind) }
}

/// How to reach the database, for commands that need nothing else.
pub(super) fn database(config: &Config) -> DbSettings {
    DbSettings {
        url: config.database_url.expose().to_owned(),
        max_connections: config.database.max_connections,
        acquire_timeout: config.database.acquire_timeout.std(),
        statement_cache: config.database.statement_cache as usize,
    }
}

/// Makes the data directory, open to nobody else: the database and the master key may lie there.
pub(super) fn make_data_directory(config: &Config) -> Result<(), Ending> {
    let directory = &config.data_dir;
    let needed = config.database_url.is_embedded() || config.master_key.is_none();
    if !needed || directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| Ending::failed(format!("cannot make the directory {}", directory.display()), error))
}

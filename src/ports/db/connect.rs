//! Opening the pool, and the three ways to use it: read, write one statement, write a transaction.

use std::{ops::Deref, path::Path, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::kernel::{Fault, Result};

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct DbSettings {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Size of the pool.
    pub max_connections: u32,
    /// How long a caller waits for a connection before it is told 503.
    pub acquire_timeout: Duration,
    /// Prepared statements kept per connection.
    pub statement_cache: usize,
}

/// The pool.
#[derive(Debug, Clone)]
pub struct Db {
    pool: DatabaseConnection,
    /// SQLite has one writer: waiting here is fair, waiting in SQLite is a spin. None on PostgreSQL.
    writer: Option<Arc<Mutex<()>>>,
}

/// The right to run one writing statement, which is its own transaction.
#[derive(Debug)]
pub struct LoneWrite {
    pool: DatabaseConnection,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Deref for LoneWrite {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.pool
    }
}

impl Db {
    /// Opens the pool without waiting for the server: a database that is away at start is a 503, not an exit.
    pub async fn open(settings: &DbSettings) -> Result<Self> {
        let mut options = ConnectOptions::new(settings.url.clone());
        let cache = settings.statement_cache;
        options
            .max_connections(settings.max_connections)
            .acquire_timeout(settings.acquire_timeout)
            .connect_lazy(true)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            // The pool notices dead connections by itself when they fail; a ping per acquire is a round trip per request.
            .test_before_acquire(false)
            .test_before_acquire_if_idle_for(Duration::from_secs(30))
            .map_sqlx_postgres_opts(move |postgres| postgres.statement_cache_capacity(cache).application_name("signet"))
            .map_sqlx_sqlite_opts(move |sqlite| {
                sqlite
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // FULL: an acknowledged write survives a power cut.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5))
                    .statement_cache_capacity(cache)
            });
        make_directory(&settings.url)?;
        let pool = Database::connect(options).await?;
        let writer = (pool.get_database_backend() == DbBackend::Sqlite).then(Arc::default);
        Ok(Self { pool, writer })
    }

    /// For reads outside of a transaction.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// For one writing statement outside of a transaction: one round trip where `begin` costs three.
    pub async fn lone_write(&self) -> LoneWrite {
        LoneWrite { pool: self.pool.clone(), _turn: self.turn().await }
    }

    /// Begins a transaction: READ COMMITTED on PostgreSQL, `BEGIN IMMEDIATE` on SQLite. The second part is SQLite's
    /// turn to write and is held until the transaction ends.
    pub(crate) async fn begin(&self) -> Result<(DatabaseTransaction, Option<OwnedMutexGuard<()>>)> {
        let turn = self.turn().await;
        let options = TransactionOptions {
            sqlite_transaction_mode: self.writer.is_some().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok((self.pool.begin_with_options(options).await?, turn))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.pool.ping().await?;
        Ok(())
    }

    /// "sqlite" or "postgres", for people.
    pub fn kind(&self) -> &'static str {
        if self.writer.is_some() { "sqlite" } else { "postgres" }
    }

    /// Closes every connection; called once, at shutdown.
    pub async fn close(&self) {
        if let Err(error) = self.pool.clone().close().await {
            tracing::warn!(%error, "the database pool did not close cleanly");
        }
    }

    async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.writer {
            Some(writer) => Some(writer.clone().lock_owned().await),
            None => None,
        }
    }
}

/// SQLite makes its file, not its directory.
fn make_directory(url: &str) -> Result<()> {
    let Some(path) = url.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or(rest)) else {
        return Ok(());
    };
    let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(());
    };
    std::fs::create_dir_all(parent)
        .map_err(|error| Fault::broken_by(format!("cannot make the directory {}", parent.display()), error).into())
}

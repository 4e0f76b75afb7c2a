//! Opening the pool, and the three ways to use it: read, write one statement, write a transaction.

use std::{ops::Deref, path::Path, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{circuit::Circuit, pool::Pool};
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
    pool: Pool,
    /// SQLite has one writer: waiting here is fair, waiting in SQLite is a spin. None on PostgreSQL.
    writer: Option<Arc<Mutex<()>>>,
}

/// The right to run one writing statement, which is its own transaction.
#[derive(Debug)]
pub struct LoneWrite {
    pool: Pool,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Deref for LoneWrite {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}

impl Db {
    /// Opens the pool. PostgreSQL is not asked for anything yet: a server that is away at the start is a 503, not an exit. The file of
    /// SQLite is opened.
    ///
    /// # Errors
    /// A file that cannot be opened, by name: waiting would not help.
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
        let connections = Database::connect(options)
            .await
            .map_err(|error| Fault::broken_by(format!("cannot open the database {}", name(&settings.url)), error))?;
        let embedded = connections.get_database_backend() == DbBackend::Sqlite;
        let circuit = if embedded { None } else { Some(Circuit::of(&settings.url)?) };
        let writer = embedded.then(Arc::default);
        let pool = Pool { connections, circuit };
        Ok(Self { pool, writer })
    }

    /// For reads outside of a transaction.
    pub fn reader(&self) -> &Pool {
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
        Ok((self.pool.begin(options).await?, turn))
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

    /// For moving the schema, which wants the connections themselves.
    pub(super) fn connections(&self) -> &sea_orm::DatabaseConnection {
        &self.pool.connections
    }

    /// Closes every connection; called once, at shutdown.
    pub async fn close(&self) {
        if let Err(error) = self.pool.connections.clone().close().await {
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

/// The file of a SQLite address.
fn file(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or(rest))
}

/// What errors may say of an address: addresses of servers hold passwords.
fn name(url: &str) -> &str {
    file(url).unwrap_or("server")
}

/// SQLite makes its file, not its directory.
fn make_directory(url: &str) -> Result<()> {
    let Some(path) = file(url) else { return Ok(()) };
    let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(());
    };
    std::fs::create_dir_all(parent)
        .map_err(|error| Fault::broken_by(format!("cannot make the directory {}", parent.display()), error).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Error;

    fn at(url: String) -> DbSettings {
        DbSettings { url, max_connections: 1, acquire_timeout: Duration::from_secs(1), statement_cache: 10 }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_opened_is_said_at_once_and_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let junk = directory.path().join("junk.db");
        std::fs::write(&junk, [7; 4096]).unwrap();
        for path in [directory.path(), &junk] {
            match Db::open(&at(format!("sqlite://{}", path.display()))).await {
                Err(Error::Fault(fault @ Fault::Broken { .. })) => {
                    let said = fault.chain();
                    assert!(said.starts_with(&format!("cannot open the database {}: ", path.display())), "{said}");
                    assert_eq!(said.matches("(code: ").count(), 1, "{said}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_no_reason_not_to_begin() {
        let db = Db::open(&at("postgres://nobody:hunter2@127.0.0.1:1/none".into())).await.unwrap();
        match db.ping().await {
            Err(Error::Fault(fault @ Fault::Unavailable { .. })) => assert!(!fault.chain().contains("hunter2")),
            other => panic!("{other:?}"),
        }
    }
}

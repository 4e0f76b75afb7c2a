//! Databases on the PostgreSQL server that `SIGNET_TEST_DATABASE_URL` names: made from a template, dropped at the end.
//!
//! A run holds a connection that carries its name, so that the next run knows whose databases were left behind by a crash.

use std::{
    fmt,
    sync::{LazyLock, mpsc},
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tokio::{runtime::Runtime, sync::OnceCell};
use url::Url;
use uuid::Uuid;

/// What the names of this run's databases begin with.
static RUN: LazyLock<String> = LazyLock::new(|| format!("signet_test_{}", &Uuid::new_v4().simple().to_string()[..12]));
/// Outlives every test's own runtime, so that the one connection does.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
static ADMIN: OnceCell<DatabaseConnection> = OnceCell::const_new();

/// One database of this run; dropped with its world.
pub struct Name(String);

/// Whether the tests run on PostgreSQL.
pub fn is_there() -> bool {
    server().is_some()
}

fn server() -> Option<Url> {
    super::setting("SIGNET_TEST_DATABASE_URL").map(|url| Url::parse(&url).unwrap())
}

impl Name {
    pub fn fresh() -> Self {
        Self(format!("{}_{}", *RUN, &Uuid::new_v4().simple().to_string()[..12]))
    }

    /// The empty database.
    pub async fn created(self) -> Self {
        run(format!("CREATE DATABASE {self}")).await;
        self
    }

    /// A copy under a name of its own.
    pub async fn copied(&self) -> Self {
        let copy = Self::fresh();
        run(format!("CREATE DATABASE {copy} TEMPLATE {self}")).await;
        copy
    }

    pub fn url(&self) -> String {
        let mut url = server().unwrap();
        url.set_path(&self.0);
        url.into()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {self} WITH (FORCE)");
        let (done, wait) = mpsc::channel();
        RUNTIME.spawn(async move {
            let _ = done.send(admin().await.execute_unprepared(&sql).await.is_ok());
        });
        if wait.recv() != Ok(true) {
            eprintln!("{self} was left behind");
        }
    }
}

async fn run(sql: String) {
    RUNTIME.spawn(async move { admin().await.execute_unprepared(&sql).await.unwrap() }).await.unwrap();
}

async fn admin() -> &'static DatabaseConnection {
    ADMIN
        .get_or_init(|| async {
            let mut options = ConnectOptions::new(server().unwrap());
            options.sqlx_logging(false).min_connections(1).max_connections(4);
            options.map_sqlx_postgres_opts(|postgres| postgres.application_name(&RUN));
            let admin = Database::connect(options).await.unwrap();
            sweep(&admin).await;
            admin
        })
        .await
}

/// Drops what crashed runs left behind.
async fn sweep(admin: &DatabaseConnection) {
    let left = "SELECT datname FROM pg_database WHERE datname LIKE 'signet_test_%' AND NOT EXISTS \
                (SELECT 1 FROM pg_stat_activity WHERE application_name = left(datname, 24))";
    let rows = admin.query_all_raw(Statement::from_string(DbBackend::Postgres, left)).await.unwrap();
    for row in rows {
        let name: String = row.try_get("", "datname").unwrap();
        admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    }
}

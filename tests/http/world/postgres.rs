//! Databases on the PostgreSQL server that `SIGNET_TEST_DATABASE_URL` names: copied from a template, and cleaned for the next world
//! when theirs has ended, because cleaning takes a fifth of the time of copying.
//!
//! A run holds a connection that carries its name: the next run drops the databases of those that are over.

use std::{
    fmt,
    sync::{LazyLock, Mutex},
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::{runtime::Runtime, sync::OnceCell};
use url::Url;
use uuid::Uuid;

/// What the names of this run's databases begin with.
static RUN: LazyLock<String> = LazyLock::new(|| format!("signet_test_{}", &Uuid::new_v4().simple().to_string()[..12]));
/// Outlives every test's own runtime, so that the connections of the run do.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
static ADMIN: OnceCell<DatabaseConnection> = OnceCell::const_new();
/// Databases that are as new.
static CLEAN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Remembers what the template holds, in every copy of it.
const REMEMBER: &str = "DO $$ DECLARE t text; filled bool; BEGIN CREATE SCHEMA pristine; \
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' LOOP \
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t) INTO filled; \
        IF filled THEN EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', t); END IF; \
    END LOOP; END $$";
/// Brings it back; everything else belongs to a tenant, so tenants come first.
const CLEAN_UP: &str = "DO $$ DECLARE t text; BEGIN \
    SELECT string_agg(format('public.%I', tablename), ', ') INTO t FROM pg_tables \
        WHERE schemaname = 'public' AND tablename <> 'seaql_migrations'; \
    EXECUTE 'TRUNCATE ' || t; \
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'pristine' ORDER BY tablename <> 'tenant' LOOP \
        EXECUTE format('INSERT INTO public.%1$I SELECT * FROM pristine.%1$I', t); \
    END LOOP; END $$";

/// One database of this run.
pub struct Name(String);

/// Whether the tests run on PostgreSQL.
pub fn is_there() -> bool {
    server().is_some()
}

fn server() -> Option<Url> {
    super::setting("SIGNET_TEST_DATABASE_URL").map(|url| Url::parse(&url).unwrap())
}

impl Name {
    /// A new, empty database.
    pub async fn create() -> Self {
        let name = Self(fresh());
        let sql = format!("CREATE DATABASE {name}");
        on_runtime(async move { admin().await.execute_unprepared(&sql).await.map(drop) }).await;
        name
    }

    /// Makes it what others are copied from: nobody is connected to it any more.
    pub async fn become_template(self) -> Self {
        let url = self.url();
        on_runtime(async move { once(&url, REMEMBER).await }).await;
        self
    }

    /// A database that holds the same.
    pub async fn copied(&self) -> Self {
        if let Some(clean) = CLEAN.lock().unwrap().pop() {
            return Self(clean);
        }
        let copy = Self(fresh());
        let sql = format!("CREATE DATABASE {copy} TEMPLATE {self}");
        on_runtime(async move { admin().await.execute_unprepared(&sql).await.map(drop) }).await;
        copy
    }

    pub fn url(&self) -> String {
        url(&self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.0);
        RUNTIME.spawn(async move {
            if let Err(error) = clean(&name).await {
                eprintln!("{name} cannot be cleaned: {error}");
            } else {
                CLEAN.lock().unwrap().push(name);
            }
        });
    }
}

/// As new: nobody is connected, and it holds what the template holds.
async fn clean(name: &str) -> Result<(), DbErr> {
    let left = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'");
    admin().await.execute_unprepared(&left).await?;
    once(&url(name), CLEAN_UP).await
}

fn fresh() -> String {
    format!("{}_{}", *RUN, &Uuid::new_v4().simple().to_string()[..12])
}

fn url(name: &str) -> String {
    let mut url = server().unwrap();
    url.set_path(name);
    url.into()
}

async fn on_runtime(work: impl Future<Output = Result<(), DbErr>> + Send + 'static) {
    RUNTIME.spawn(work).await.unwrap().unwrap();
}

/// Runs one statement on a connection of its own.
async fn once(url: &str, sql: &str) -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).max_connections(1);
    let connection = Database::connect(options).await?;
    connection.execute_unprepared(sql).await?;
    connection.close().await
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

/// Drops the databases of runs that are over.
async fn sweep(admin: &DatabaseConnection) {
    let left = "SELECT datname FROM pg_database WHERE datname LIKE 'signet_test_%' AND NOT EXISTS \
                (SELECT 1 FROM pg_stat_activity WHERE application_name = left(datname, 24))";
    let rows = admin.query_all_raw(Statement::from_string(DbBackend::Postgres, left)).await.unwrap();
    for row in rows {
        let name: String = row.try_get("", "datname").unwrap();
        admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    }
}

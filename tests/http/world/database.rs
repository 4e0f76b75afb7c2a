//! A database for each world: a copy of one that was migrated, with a tenant and signing keys, once per run.

use std::{fs, path::PathBuf, sync::Arc};

use signet::{
    app::App,
    config::{DatabaseUrl, Setting},
    domain::{signing, tenants},
    kernel::Clock,
    ports::db::schema,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::postgres;

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

/// What every database is a copy of.
enum Template {
    /// A closed file.
    Sqlite(Vec<u8>),
    /// A database that nobody is connected to.
    Postgres(postgres::Name),
}

/// The database of one world. A file goes with it; on a server, the next world gets it, cleaned.
pub enum Database {
    Sqlite(TempDir),
    Postgres(postgres::Name),
}

impl Database {
    /// A database of its own, ready to be served.
    pub async fn copied() -> Self {
        match TEMPLATE.get_or_init(make_template).await {
            Template::Sqlite(bytes) => {
                let database = Self::Sqlite(directory());
                fs::write(database.file().unwrap(), bytes).unwrap();
                database
            }
            Template::Postgres(template) => Self::Postgres(template.copied().await),
        }
    }

    pub fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(directory) => DatabaseUrl::in_directory(directory.path()),
            Self::Postgres(name) => DatabaseUrl::parse(&name.url()).unwrap(),
        }
    }

    fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(directory) => Some(directory.path().join("signet.db")),
            Self::Postgres(_) => None,
        }
    }
}

fn directory() -> TempDir {
    tempfile::Builder::new().prefix("signet-http-").tempdir().unwrap()
}

async fn make_template() -> Template {
    let database = match postgres::is_there() {
        true => Database::Postgres(postgres::Name::create().await),
        false => Database::Sqlite(directory()),
    };
    let mut config = super::settings(&database);
    config.redis_url = None; // nothing of it is kept
    let app = Arc::new(App::open(config, Clock::shifted(), super::master()).await.unwrap());
    schema::up(&app.db).await.unwrap();
    tenants::ensure_default(&app).await.unwrap();
    tenants::load(&app).await.unwrap();
    signing::ensure(&app, &app.tenant("").unwrap()).await.unwrap();
    app.db.close().await;
    match database {
        Database::Sqlite(_) => Template::Sqlite(fs::read(database.file().unwrap()).unwrap()),
        Database::Postgres(name) => Template::Postgres(name.become_template().await),
    }
}

//! Everything that stands in the database, to show that nothing was stored.

use std::collections::BTreeMap;

use sea_orm::EntityTrait;

use super::World;

macro_rules! tables {
    ($world:expr, $($table:ident)+) => {{
        let db = $world.app.db.reader();
        let mut snapshot = Snapshot::new();
        $(
            let rows = entity::$table::Entity::find().all(db).await.unwrap();
            let mut rows: Vec<_> = rows.iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            snapshot.insert(stringify!($table), rows);
        )+
        snapshot
    }};
}

/// Every row of every table, in words.
pub type Snapshot = BTreeMap<&'static str, Vec<String>>;

impl World {
    /// Everything that is stored.
    pub async fn snapshot(&self) -> Snapshot {
        tables!(self, tenant user email_verification user_session user_activity credential_password client client_secret
            consent refresh_token_family signing_key outgoing_mail)
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> usize {
        self.snapshot().await[table].len()
    }
}

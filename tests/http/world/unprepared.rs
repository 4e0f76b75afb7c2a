//! A service that was started before its database could be asked.

use std::sync::Arc;

use signet::{app::App, config::Config, kernel::Clock};

use super::{Database, World, master, settings};

impl World {
    /// A node that has read nothing yet: no tenants, no keys.
    pub async fn unprepared(change: impl FnOnce(&mut Config)) -> Self {
        let database = Database::copied().await;
        let mut config = settings(&database);
        change(&mut config);
        let app = Arc::new(App::open(config, Clock::shifted(), master()).await.unwrap());
        Self { router: signet::web::router(app.clone()), app, database: Arc::new(database) }
    }

    /// The same service with nothing that its web face remembers: a health report is good for a second.
    pub fn afresh(&self) -> Self {
        Self { router: signet::web::router(self.app.clone()), ..self.clone() }
    }
}

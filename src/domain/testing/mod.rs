//! A service on a database of its own, for the tests of this ring.

mod shared;
mod store;

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use chrono::TimeDelta;
use serde_json::Value;

use super::{
    sessions::{self, Kind},
    sign_in::{SignIn, SignedIn},
    sign_up::{Proved, Register, VerifyEmail},
    tenants,
};
use crate::{
    app::{App, Letter, Operation},
    config::{Config, DatabaseUrl, Span},
    kernel::{
        Caller, Clock, Principal, Result, Tenant, Who,
        device::Device,
        id::{RequestId, SessionId, UserId},
        secret::Secret,
    },
    ports::{db::schema, ephemeral::Memory},
};

/// A password that nothing objects to.
pub(crate) const PASSWORD: &str = "violet umbrella";

/// A service with its own SQLite file, its own clock and cheap hashes.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) tenant: Arc<Tenant>,
    _files: Files,
}

/// A directory that goes with its test.
pub(crate) struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A service that has a schema, and no tenant yet.
pub(crate) async fn bare(change: impl FnOnce(&mut Config)) -> (App, Files) {
    let directory = std::env::temp_dir().join(format!("signet-{}", RequestId::fresh()));
    let mut config = Config { database_url: DatabaseUrl::in_directory(&directory), ..Config::default() };
    config.passwords.memory_kib = 64;
    config.passwords.iterations = 1;
    config.passwords.queue = 100;
    config.passwords.wait = Span::minutes(1);
    change(&mut config);
    let app = App::open(config, Clock::shifted(), master()).await.unwrap();
    schema::up(&app.db).await.unwrap();
    (app, Files(directory))
}

/// The same for every node of a test run: what one seals, the others open.
fn master() -> keys::MasterKeys {
    static MASTER: LazyLock<String> = LazyLock::new(|| keys::MasterKeys::generate().unwrap().to_string());
    keys::MasterKeys::parse(&MASTER).unwrap()
}

impl World {
    /// A service with the default tenant.
    pub(crate) async fn start() -> Self {
        Self::configured(|_| {}).await
    }

    /// The same with some settings of its own.
    pub(crate) async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let (app, files) = bare(change).await;
        tenants::ensure_default(&app).await.unwrap();
        tenants::load(&app).await.unwrap();
        let tenant = app.tenant("").unwrap();
        Self { app: Arc::new(app), tenant, _files: files }
    }

    /// The same database served by another node, whose store the first one does not see.
    pub(crate) async fn another_node(&self) -> Arc<App> {
        let app = App::open(self.app.config.clone(), self.app.clock.clone(), master()).await.unwrap();
        tenants::load(&app).await.unwrap();
        Arc::new(app)
    }

    /// A service whose short-lived state is shared with other nodes, as with Redis.
    pub(crate) async fn shared() -> Self {
        let mut world = Self::start().await;
        let store = shared::Shared(Memory::new(world.app.clock.clone()));
        Arc::get_mut(&mut world.app).unwrap().ephemeral = Arc::new(store);
        world
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: TimeDelta) {
        self.app.clock.advance(time);
    }

    /// Someone unknown at a browser.
    pub(crate) fn visitor(&self) -> Caller {
        self.visitor_from("192.0.2.1")
    }

    /// Someone unknown at a browser in another network.
    pub(crate) fn visitor_from(&self, address: &str) -> Caller {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let device = Device { address: address.parse().ok(), user_agent: Some(agent.into()) };
        Caller::nobody(self.tenant.clone(), device, RequestId::fresh())
    }

    /// The command line.
    pub(crate) fn operator(&self) -> Caller {
        Caller::operator(self.tenant.clone())
    }

    /// Whoever a cookie vouches for, as every request begins.
    pub(crate) async fn resume(&self, cookie: &Secret) -> Option<Principal> {
        sessions::resume::principal(&self.app, &self.tenant, cookie, self.app.clock.now()).await.unwrap()
    }

    /// The person who signed in, asking for something.
    pub(crate) async fn person(&self, signed_in: &SignedIn) -> Caller {
        let principal = self.resume(signed_in.cookie.as_ref().unwrap()).await.unwrap();
        Caller { who: Who::Person(Box::new(principal)), ..self.visitor() }
    }

    /// One operation of a visitor.
    pub(crate) async fn ask<O: Operation>(&self, operation: O) -> Result<O::Output> {
        self.app.perform(self.visitor(), operation).await
    }

    /// Someone who registered and proved the address.
    pub(crate) async fn registered(&self, email: &str) {
        let register = Register { email: email.into(), password: Secret::new(PASSWORD), name: "Ada".into() };
        self.ask(register).await.unwrap();
        let token = self.link(Letter::VerifyEmail).await;
        self.ask(VerifyEmail { by: Proved::Link(token) }).await.unwrap();
    }

    pub(crate) fn sign_in(email: &str, password: &str) -> SignIn {
        SignIn { username: email.into(), password: Secret::new(password), session: None, kind: Kind::Browser }
    }

    /// The context of the newest letter of this kind.
    pub(crate) async fn letter(&self, letter: Letter) -> Value {
        self.letters(letter).await.pop().unwrap()
    }

    /// The contexts of every letter of this kind, in order.
    pub(crate) async fn letters(&self, letter: Letter) -> Vec<Value> {
        store::letters(&self.app, letter).await
    }

    /// What the link of the newest letter of this kind carries.
    pub(crate) async fn link(&self, letter: Letter) -> Secret {
        let context = self.letter(letter).await;
        Secret::new(context["link"].as_str().unwrap().split_once("token=").unwrap().1)
    }

    /// Adds a refresh token family, of `offline_access` where there is no session.
    pub(crate) async fn family(&self, user: UserId, session: Option<SessionId>) {
        store::insert_family(&self.app, self.tenant.id, user, session).await;
    }

    /// The reasons why families were revoked; none for those that live.
    pub(crate) async fn families(&self) -> Vec<Option<String>> {
        store::families(&self.app).await
    }

    /// The stable names of every fact, in order.
    pub(crate) async fn facts(&self) -> Vec<String> {
        store::facts(&self.app).await
    }
}

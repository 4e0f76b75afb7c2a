//! The vocabulary of the tests: a world of its own for each, with people, browsers and applications in it.
//!
//! ```ignore
//! let world = World::start().await;
//! let alice = world.person("alice").verified().await;
//! let shop = world.client("shop").public().create().await;
//! let code = alice.browser().authorize(&shop).await.sign_in().await.consent().await.code();
//! let tokens = shop.token(&code).await;
//! ```

mod browser;
mod certified;
mod ciba;
mod client;
mod command;
mod consents;
mod database;
mod delegation;
mod device;
mod exchange;
mod front_end;
mod http;
mod inspect;
mod jwe;
mod jwt;
mod listener;
mod mail;
mod person;
mod postgres;
mod prover;
mod pushed;
mod refusals;
mod rich;
mod rows;
mod sent;
mod signer;
mod site;
mod snapshot;
mod strict;
mod together;
mod unprepared;
mod way;
mod workload;

use std::sync::{Arc, LazyLock};

use axum::Router;
use chrono::TimeDelta;
use keys::MasterKeys;
use signet::{
    app::{App, Operation},
    config::{ClientRegistration, Config, RedisUrl, Setting, Span},
    domain::{signing, tenants},
    kernel::{Caller, Clock, Result, Tenant, Time},
};

pub use browser::{Browser, Page};
pub use certified::{ALIAS, Authority, HEADER, Identity, PROXY};
pub use ciba::Asked;
pub use client::{Client, NewClient, Request};
pub use command::Ended;
pub use delegation::{Idp, changed, token_type};
pub use exchange::{TokenRequest, Tokens};
pub use front_end::{ApiTokens, FrontEnd};
pub use http::{Answer, Call, HOST, encoded as query};
pub use jwe::{Reader, encrypted_for};
pub use jwt::{Jwks, Jwt, at_hash, challenge, unverified};
pub use listener::{Listener, with_local_servers};
pub use mail::Mail;
pub use person::{NewPerson, PASSWORD, Person};
pub use prover::{Proof, Prover};
pub use rich::{BANK, FILES, account, file, payment};
pub use sent::{Fields, with, without};
pub use signer::{Signer, not_signed};
pub use site::Site;
pub use strict::Strict;
pub use together::together;
pub use way::Way;
pub use workload::{Platform, service_account};

use database::Database;

/// The issuer of every world: https, so that cookies and headers are those of production.
pub const ISSUER: &str = "https://id.example.test";

/// What is answered to whoever comes without an access token, where one is taken under either scheme (RFC 9449 §7.1).
pub const CHALLENGE: &str = "Bearer realm=\"id.example.test\", resource_metadata=\"https://id.example.test/.well-known/oauth-protected-resource\", \
     DPoP realm=\"id.example.test\", algs=\"RS256 PS256 ES256 EdDSA Ed25519\", \
     resource_metadata=\"https://id.example.test/.well-known/oauth-protected-resource\"";

/// What every world seals with: signing keys are made once and copied.
static MASTER: LazyLock<String> = LazyLock::new(|| MasterKeys::generate().unwrap().to_string());

/// One running service on a database of its own, with a clock of its own. A clone is the same node.
#[derive(Clone)]
pub struct World {
    pub app: Arc<App>,
    router: Router,
    database: Arc<Database>,
}

impl World {
    /// A service with the default settings and cheap hashes.
    pub async fn start() -> Self {
        Self::configured(|_| {}).await
    }

    /// The same with some settings of its own.
    pub async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let database = Database::copied().await;
        let mut config = settings(&database);
        change(&mut config);
        Self::node(config, Clock::shifted(), Arc::new(database)).await
    }

    /// Another node of the same deployment; none where nodes cannot share their short-lived state.
    pub async fn second_node(&self) -> Option<Self> {
        let shared = self.on_redis();
        match shared {
            true => Some(Self::node(self.app.config.clone(), self.app.clock.clone(), self.database.clone()).await),
            false => None,
        }
    }

    /// The same deployment after its settings changed: another process on the same database.
    pub async fn reconfigured(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.app.config.clone();
        change(&mut config);
        Self::node(config, self.app.clock.clone(), self.database.clone()).await
    }

    async fn node(config: Config, clock: Clock, database: Arc<Database>) -> Self {
        let app = Arc::new(App::open(config, clock, master()).await.unwrap());
        tenants::load(&app).await.unwrap();
        signing::load(&app, app.tenant("").unwrap().id).await.unwrap();
        Self { router: signet::web::router(app.clone()), app, database }
    }

    /// Whether the short-lived state is in Redis, whose time no test can turn.
    pub fn on_redis(&self) -> bool {
        self.app.ephemeral.is_shared()
    }

    /// The instant of this world.
    pub fn now(&self) -> Time {
        self.app.clock.now()
    }

    /// Lets time pass. What Redis keeps does not notice.
    pub fn advance(&self, by: TimeDelta) {
        self.app.clock.advance(by);
    }

    /// The tenant at the root issuer.
    pub fn tenant(&self) -> Arc<Tenant> {
        self.app.tenant("").unwrap()
    }

    /// An operation, as the command line asks for it.
    pub async fn operator<O: Operation>(&self, operation: O) -> Result<O::Output> {
        self.app.perform(Caller::operator(self.tenant()), operation).await
    }

    /// Someone who has an account, or will have one: `alice@example.test`.
    pub fn person(&self, name: &str) -> NewPerson {
        NewPerson::new(self.clone(), name)
    }

    /// An application: a confidential web client unless it is told otherwise.
    pub fn client(&self, name: &str) -> NewClient {
        NewClient::new(self.clone(), name)
    }

    /// A browser that nobody is signed in with.
    pub fn browser(&self) -> Browser {
        Browser::new(self.clone())
    }

    /// The public keys, as the service serves them.
    pub async fn jwks(&self) -> Jwks {
        Jwks::fetch(self).await
    }
}

fn master() -> MasterKeys {
    MasterKeys::parse(&MASTER).unwrap()
}

/// Settings for a database: cheap hashes, a queue that takes every test's load, a Redis prefix of its own.
fn settings(database: &Database) -> Config {
    let mut config =
        Config { issuer: Setting::parse(ISSUER).unwrap(), database_url: database.url(), ..Config::default() };
    config.passwords.memory_kib = 64;
    config.passwords.iterations = 1;
    config.passwords.queue = 1000;
    config.passwords.wait = Span::minutes(1);
    config.database.acquire_timeout = Span::secs(30); // a busy machine is no outage
    config.redis_url = setting("SIGNET_TEST_REDIS_URL").map(|url| RedisUrl::parse(&url).unwrap());
    config.redis.prefix = format!("signet_test_{}:", uuid::Uuid::new_v4().simple());
    config.redis.timeout = Span::secs(10);
    config.registration.clients = ClientRegistration::Open; // every endpoint is served
    config
}

/// A setting of the test run.
#[allow(clippy::disallowed_methods)] // the tests have no other settings
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

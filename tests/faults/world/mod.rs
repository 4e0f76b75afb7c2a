//! Servers that a test starts, breaks and ends, and those who use them.

mod http;
mod load;
mod mailbox;
mod node;
mod person;
mod postgres;
#[path = "../../ports/redis_server.rs"]
#[allow(dead_code)] // written for other tests, too
mod redis_server;
mod walk;

use std::time::{Duration, Instant};

pub use http::{Answer, Ask, Broken};
pub use load::Load;
pub use mailbox::Mailbox;
pub use node::Node;
pub use person::{PASSWORD, Person};
pub use postgres::Postgres;
pub use redis_server::RedisServer;
pub use walk::code;
#[allow(unused_imports)] // tests/http/signet_login.rs begins here
pub use walk::{sign_in, sign_in_device};

/// Waits until something holds; fails when it does not in time.
pub async fn until(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let from = Instant::now();
    while !holds().await {
        assert!(from.elapsed() < limit, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    from.elapsed()
}

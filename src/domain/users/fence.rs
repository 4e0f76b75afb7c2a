//! The fence around what caches hold about a person: while it is up, readers ask the database and keep nothing.
//!
//! Whoever ends a session or locks a person raises it before the transaction begins. What a reader cached earlier is gone
//! before the fence is, because it lives half as long. Within one process nothing is cached and no fence is needed.

use std::time::Duration;

use crate::{
    kernel::{Result, id::UserId},
    ports::ephemeral::Ephemeral,
};

/// How long a cache may hold what it read.
pub const CACHED_FOR: Duration = Duration::from_secs(60);

/// How long the fence stays up: twice the age of what was cached just before, so that a reader that was slow between the
/// database and the cache has a minute to spare.
const UP_FOR: Duration = Duration::from_secs(120);

/// Raises the fence. When the store is away this is a fault: another node may still see it, and what it cached.
pub async fn raise(ephemeral: &dyn Ephemeral, user: UserId) -> Result<()> {
    if ephemeral.is_shared() {
        ephemeral.put(&key(user), b"1", UP_FOR).await?;
    }
    Ok(())
}

/// Whether the fence is up.
pub async fn is_up(ephemeral: &dyn Ephemeral, user: UserId) -> Result<bool> {
    Ok(ephemeral.get(&key(user)).await?.is_some())
}

fn key(user: UserId) -> String {
    format!("fence:{user}")
}

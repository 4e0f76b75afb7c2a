//! Taking a code: atomically once. The second time it is a replay, and everything it gave is revoked (RFC 6749 §4.1.2,
//! RFC 9700 §4.5).

use std::time::Duration;

use super::CodeGrant;
use crate::{
    app::Cx,
    kernel::{Fault, Result, secret::Secret},
    ports::ephemeral::Spend,
};

/// What became of a presented code.
#[derive(Debug)]
pub enum Redeemed {
    /// It is good, and is spent now.
    Good(Box<CodeGrant>),
    /// It was spent before.
    Replayed(Box<CodeGrant>),
    /// There is no such code, or no longer.
    Unknown,
}

/// How long a spent code is remembered. A replay comes within seconds (a race, a logged address) or never; and every
/// sign-in leaves one, so it must not be long.
const KEEP: Duration = Duration::from_secs(10 * 60);

/// Spends a code. What it stood for is remembered for a while, so that a replay revokes what it gave.
pub async fn redeem(cx: &Cx, code: &str) -> Result<Redeemed> {
    let read = |bytes: &[u8]| {
        let grant = serde_json::from_slice(bytes);
        grant.map(Box::new).map_err(|error| Fault::broken_by("a stored code cannot be read", error))
    };
    Ok(match cx.ephemeral().spend(&key(cx, &Secret::new(code)), KEEP).await? {
        Spend::First(bytes) => Redeemed::Good(read(&bytes)?),
        Spend::Again(bytes) => Redeemed::Replayed(read(&bytes)?),
        Spend::Unknown => Redeemed::Unknown,
    })
}

/// Where a code waits: under its digest, never itself.
pub(super) fn key(cx: &Cx, code: &Secret) -> String {
    format!("code:{}:{}", cx.tenant().id.uuid().simple(), code.digest().hex())
}

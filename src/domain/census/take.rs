//! Counting, for operators: every tenant's numbers are its own.

use serde::Serialize;

use super::store;
use crate::{
    app::{Cx, Guard, Operation},
    kernel::Result,
};

/// The numbers of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Census {
    /// People, verified or not.
    pub users: u64,
    /// Those whose address is proved.
    pub verified_users: u64,
    /// Sessions that have neither ended nor expired.
    pub sessions: u64,
}

/// Counts.
#[derive(Debug, Clone, Copy)]
pub struct TakeCensus;

impl Operation for TakeCensus {
    type Output = Census;
    const NAME: &'static str = "census.take";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<Census> {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        Ok(Census {
            users: store::users(db, tenant).await?,
            verified_users: store::verified_users(db, tenant).await?,
            sessions: store::live_sessions(db, tenant, cx.now).await?,
        })
    }
}

//! Deleting what nobody can use any more.

use chrono::TimeDelta;

use super::store::{self, BATCH};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::Result,
};

/// How long ended sessions, notices of their end, spent proofs and dead refresh token families stay, for whoever looks into what
/// happened: a replayed refresh token is told from an unknown one as long as its family is there.
const KEEP_ENDED: TimeDelta = TimeDelta::days(30);

/// How long a request to be decided elsewhere stays after it ran out: its client is told why for a while. The trail of facts says
/// the rest.
const KEEP_DECOUPLED: TimeDelta = TimeDelta::hours(1);

/// One run stops after so many batches of each kind; the next one goes on.
const BATCHES: usize = 20;

/// Deletes expired rows of a tenant, a batch at a time.
#[derive(Debug, Clone, Copy)]
pub struct DeleteExpired;

/// How many rows were deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Proofs of addresses.
    pub proofs: u64,
    /// Sessions.
    pub sessions: u64,
    /// Refresh token families.
    pub families: u64,
    /// Requests to be decided elsewhere.
    pub decoupled: u64,
    /// Mails.
    pub mails: u64,
    /// Notices of a session's end.
    pub notices: u64,
    /// Facts.
    pub activity: u64,
}

impl Operation for DeleteExpired {
    type Output = Deleted;
    const NAME: &'static str = "retention.delete_expired";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<Deleted> {
        let (tenant, ended) = (cx.tenant().id, cx.now - KEEP_ENDED);
        let mails = cx.now - cx.config().mail.keep_sent.chrono();
        let activity = cx.now - cx.config().audit.keep_activity.chrono();
        /// Batches until one is not full.
        macro_rules! all {
            ($kind:ident, $before:expr) => {{
                let mut total = 0;
                for _ in 0..BATCHES {
                    let deleted = store::$kind(cx.db().lone_write().await, tenant, $before).await?;
                    total += deleted;
                    if deleted < BATCH {
                        break;
                    }
                }
                total
            }};
        }
        Ok(Deleted {
            proofs: all!(proofs, ended),
            families: all!(families, ended),
            sessions: all!(sessions, ended),
            decoupled: all!(decoupled, cx.now - KEEP_DECOUPLED),
            mails: all!(mails, mails),
            notices: all!(notices, ended),
            activity: all!(activity, activity),
        })
    }
}

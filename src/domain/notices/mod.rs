//! Clients that had a session hear of its end (OpenID Connect Back-Channel Logout 1.0): notices are queued in the
//! transaction that ends the session, whatever the cause, and sent by a job.

mod list;
mod notice;
mod queue;
mod round;
pub mod store;

pub use list::{ListNotices, ListedNotice};
pub use notice::{Claimed, MOST_ATTEMPTS, State, next_attempt};
pub use queue::{Heard, Over, every_session_over, sessions_over};
pub use round::{BATCH, Errand, LEASE, Outcome, Told, round, taken};

//! Tracked sessions: one device that is or was signed in.

mod cache;
mod end;
mod expire;
mod list;
mod lock;
mod reason;
pub mod resume;
mod session;
mod sign_out;
pub mod start;
pub mod store;

pub use end::{EndOtherSessions, EndSession, end_every, end_one};
pub use expire::{EndExpired, Expired};
pub use list::{ListSessions, ListedSession};
pub use lock::{LockUser, UnlockUser};
pub use reason::EndReason;
pub use session::{Kind, Session, Standing};
pub use sign_out::SignOut;

#[cfg(test)]
mod tests;

//! The mail queue: rows that operations wrote in their transactions, rendered and sent by a job.

mod depth;
mod mailbox;
mod post;
mod queue;
mod send;
mod store;

pub use depth::{MailDepth, ShowMailDepth};
pub use mailbox::{KeptMail, ListKept, ShowKept};
pub use post::{Post, split_subject};
pub use queue::next_attempt;
pub use send::{SendDue, Sent};

#[cfg(test)]
mod tests;

//! What is kept how long: rows that nobody can use any more are deleted, a few at a time.

mod delete_expired;
mod store;

pub use delete_expired::{DeleteExpired, Deleted};

#[cfg(test)]
mod tests;

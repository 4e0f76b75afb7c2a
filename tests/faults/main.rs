//! Faults: what the service does when something around it, or it itself, is away, killed, slow or hostile.
//!
//! Each test starts servers of its own on free ports, and ends them by their process ids. They take a minute or two, so
//! `scripts/manage.sh test faults` runs them, one after the other; plain `cargo test` does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crash;
mod hostile;
mod mail;
mod nodes;
mod postgres;
mod redis;
mod shutdown;
mod world;

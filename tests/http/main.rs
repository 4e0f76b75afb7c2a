//! HTTP integration: the whole service called through its router, as browsers and applications call it. Files mirror the URLs.
//!
//! Without settings every world is a SQLite file and the process's own memory; `SIGNET_TEST_DATABASE_URL` and
//! `SIGNET_TEST_REDIS_URL` run the same tests on PostgreSQL and Redis.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod journey;
mod world;

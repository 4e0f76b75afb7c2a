//! HTTP integration: the whole service called through its router, as browsers and applications call it. Files mirror the URLs.
//!
//! Without settings every world is a SQLite file and the process's own memory; `SIGNET_TEST_DATABASE_URL` and
//! `SIGNET_TEST_REDIS_URL` run the same tests on PostgreSQL and Redis.
// `signet_login` borrows the world of the faults, which has the Redis server of the ports as well.
#![allow(clippy::duplicate_mod)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account_consents;
mod account_requests;
mod agents;
mod api_auth;
mod api_consents;
mod bad_input;
mod client_assertion;
mod client_documents;
mod client_registration;
mod client_registration_management;
mod clients_cli;
mod connections;
mod device_pages;
mod encrypted_answers;
mod forms;
mod front_door;
mod guessing;
mod health;
mod imported;
mod introspection;
mod invariants;
mod journey;
mod key_rotation;
mod login;
mod mailbox;
mod native_sso;
mod oauth2;
mod opaque_tokens;
mod pages;
mod pairwise_subjects;
mod passwords;
#[allow(dead_code)] // the tests of the ports use more of it
#[path = "../ports/redis_server.rs"]
mod redis_server;
mod register;
mod register_limits;
mod resource_indicators;
mod revocation;
mod rich_authorization;
mod sessions;
mod signed_answers;
mod signet_login;
mod signet_token;
mod software_statements;
mod static_files;
mod test_info;
mod users_cli_ops;
mod verify_email;
mod well_known;
mod workload;
mod world;

//! Rows: one file per table, no behavior. Only `store.rs` files of the service read them.

pub mod backchannel_ping;
pub mod client;
pub mod client_document;
pub mod client_registration;
pub mod client_secret;
pub mod consent;
pub mod credential_password;
pub mod decoupled_request;
pub mod email_verification;
pub mod initial_access_token;
pub mod issuer_subject;
pub mod logout_notice;
pub mod outgoing_mail;
pub mod refresh_token_family;
pub mod resource;
pub mod session_client;
pub mod signing_key;
pub mod subject_salt;
pub mod tenant;
pub mod trusted_issuer;
pub mod user;
pub mod user_activity;
pub mod user_session;

//! The JSON API for first-party front ends: the operations of the pages, with bearer tokens instead of cookies.

mod account;
mod agents;
mod consents;
mod openapi;
mod password;
mod person;
mod register;
mod session;
mod verify_email;

pub use openapi::Document;
pub use person::ApiPerson;

use super::Endpoint;

/// Every path of this folder.
pub const ENDPOINTS: &[Endpoint] = &[
    register::REGISTER,
    verify_email::VERIFY_EMAIL,
    verify_email::RESEND,
    session::LOGIN,
    session::REFRESH,
    session::LOGOUT,
    password::FORGOT,
    password::RESET,
    password::CHANGE,
    account::ME,
    account::SESSIONS,
    account::END_SESSION,
    account::ACTIVITY,
    agents::AGENTS,
    agents::REVOKE,
    consents::CONSENTS,
    consents::WITHDRAW,
    openapi::OPENAPI,
];

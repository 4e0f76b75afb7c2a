//! The hosted pages: one file per page, `ask` for GET and `answer` for POST. GET changes nothing; POST ends in a 303.

mod account_agents;
mod account_consents;
mod account_password;
mod account_requests;
mod account_sessions;
mod consent;
mod destination;
mod device;
mod flow_context;
mod forgot_password;
mod frame;
mod handle;
mod home;
mod login;
mod logout;
mod mailbox;
mod register;
mod reset_password;
mod select_account;
mod sign_out;
mod verify_email;
mod words;

pub use flow_context::{Application, FlowContext};
pub use frame::{Frame, Person};
pub use logout::logged_out;
pub use words::{Moment, moment};

use super::Endpoint;

/// Every page of this folder.
pub const ENDPOINTS: &[Endpoint] = &[
    home::HOME,
    login::LOGIN,
    register::REGISTER,
    verify_email::VERIFY_EMAIL,
    verify_email::RESEND,
    verify_email::DONE,
    forgot_password::FORGOT_PASSWORD,
    reset_password::RESET_PASSWORD,
    reset_password::DONE,
    account_password::ACCOUNT_PASSWORD,
    account_password::DONE,
    account_sessions::END,
    account_agents::LIST,
    account_agents::REVOKE,
    account_consents::LIST,
    account_consents::WITHDRAW,
    account_requests::LIST,
    account_requests::DECIDE,
    account_requests::DONE,
    account_requests::REFUSED,
    consent::CONSENT,
    device::DEVICE,
    device::CONFIRM,
    device::DONE,
    device::REFUSED,
    select_account::SELECT_ACCOUNT,
    logout::LOGOUT,
    sign_out::SIGN_OUT,
    mailbox::MAILBOX,
    mailbox::MAIL,
];

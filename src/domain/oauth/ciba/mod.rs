//! Client-Initiated Backchannel Authentication (OpenID CIBA Core 1.0, poll and ping): a client that knows whom it means asks, and the
//! person decides on a page of ours.

mod asked;
mod authenticate;
mod decide;
mod hint;
mod letter;
mod ping;
mod show;
mod signed;
mod store;

pub use authenticate::{Acknowledged, AuthenticateBackchannel};
pub use decide::DecideRequest;
pub use ping::SendPings;
pub use show::{ListRequests, RequestView, ShowRequest};

pub use super::decoupled::Decided;

/// Where people find what waits for them.
pub const PAGE: &str = "/account/requests";
/// Where they decide one of them (`request` names it).
pub const DECISION_PAGE: &str = "/account/requests/decide";

use crate::kernel::{Code, Error};

/// One sentence for every reason: nobody learns whether there is such a request.
fn over() -> Error {
    Code::FlowExpired.because("This request was answered already, has ended, or is not for this account.").into()
}

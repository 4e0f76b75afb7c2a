//! Requests that a person decides on another device than the one that asked: one shape for every flow in which the client asks
//! again and again until somebody elsewhere has decided (RFC 8628; OpenID CIBA polls in the same way).

mod collect;
mod decide;
mod poll;
mod request;
pub mod store;

pub use collect::collect;
pub use decide::{Decided, judge};
pub use poll::poll;
pub use request::{Decision, Kind, Origin, Request, State};

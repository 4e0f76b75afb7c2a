//! Token exchange (RFC 8693): one token for another, for somebody who acts for a person or a service.

mod abroad;
mod ceiling;
mod judge;
mod presented;
mod token_type;

pub use abroad::{Errand, abroad};
pub use ceiling::ceiling;
pub use judge::{Wish, judge};
pub use presented::{Presented, actor, subject};
pub use token_type::TokenType;

//! DPoP (RFC 9449): a request shows that its sender holds a key, so that tokens which are bound to that key are of no use to
//! whoever else has them.

mod address;
mod evidence;
mod nonce;
mod proof;

pub use evidence::{Evidence, Proved};
pub use nonce::current as current_nonce;

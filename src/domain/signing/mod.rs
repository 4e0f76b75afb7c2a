//! The keys that sign and decrypt: made at first start, sealed in `signing_key`, rotated by the clock, shared by all nodes.

mod carry_out;
mod key;
mod list;
mod plan;
mod ring;
mod rotate;
mod store;
mod tend;
mod verify;

pub use key::{Key, jwks_max_age};
pub use list::ListKeys;
pub use plan::Plan;
pub use ring::{CHANGED, announce_change, ensure, learn, load};
pub use rotate::{RetireKey, RotateKeys};
pub use tend::TendKeys;
pub use verify::{decrypt, verify, verify_hint};

#[cfg(test)]
mod tests;

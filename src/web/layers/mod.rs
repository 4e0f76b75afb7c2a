//! What happens around every request, whatever its path: one function, in one order.

mod admission;
mod around;
mod cors;
mod headers;
mod noted;
mod panics;
mod tally;

pub use around::{Arrival, Place, around};
pub use headers::PageRules;
pub use noted::Noted;
pub use tally::{Tallied, Tallies, Tally};

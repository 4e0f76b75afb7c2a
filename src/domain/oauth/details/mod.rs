//! Authorization details (RFC 9396): who may ask for which, what of a grant's a token gets, and how a person reads them.

mod ask;
mod assign;
mod kinds;
mod tell;
mod words;

pub use ask::{Asked, judge, read};
pub use assign::{assigned, at, noted, usable};
pub use kinds::Kinds;
pub use tell::TellDetails;
pub use words::{Member, Told, in_words};

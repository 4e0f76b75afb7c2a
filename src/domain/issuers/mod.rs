//! Other issuers whose word counts here (RFC 7523 §3), and what they call the people of this one.

mod believe;
mod create;
mod delete;
mod discover;
mod issuer;
mod link;
mod list;
pub mod spiffe;
pub mod store;
mod whose;

pub use believe::{Believed, Disbelief, Expected, believe, believe_claims};
pub use create::CreateIssuer;
pub use delete::DeleteIssuer;
pub use discover::DiscoverKeys;
pub use issuer::{Issuer, SubjectMapping, Use};
pub use link::{LinkSubject, Linked, UnlinkSubject};
pub use list::{ListIssuers, ShowIssuer};
pub use whose::{Whose, whose};

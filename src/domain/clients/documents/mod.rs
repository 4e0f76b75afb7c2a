//! Clients that nobody registered: their `client_id` is the https address of a document that describes them
//! (draft-ietf-oauth-client-id-metadata-document-02). Off by default; the operator says for which hosts.
//!
//! The document is read when an application first asks, and kept in memory. The client becomes a row when a person first allows it
//! something: from then on everything works as for any client, and the document is read again when it is no longer fresh.

mod address;
mod adopt;
mod find;
mod read;
pub(in crate::domain::clients) mod store;

pub use adopt::adopt;
pub use find::{find, is_admitted, present};

//! Clients that prove who they are with a token that their platform gave them (RFC 7523 §2.2, §3, with an issuer that is not the
//! client): Kubernetes service accounts, build pipelines, SPIFFE JWT-SVIDs (draft-ietf-oauth-spiffe-client-auth §3.1).

mod believe;
mod binding;
mod note;

pub(super) use believe::{Stranger, believe};
pub use binding::Workload;
pub(super) use binding::{check, is_bound, registered};

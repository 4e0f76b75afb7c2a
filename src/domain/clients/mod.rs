//! Clients: the applications that sign their users in here.

mod authenticate;
mod client;
mod create;
mod delete;
mod list;
mod metadata;
mod origin;
mod redirect;
mod rotate_secret;
pub mod store;
#[cfg(test)]
pub(in crate::domain) mod testing;

pub use authenticate::{Presented, authenticate};
pub use client::{ApplicationType, AuthMethod, Client, FIRST_PARTY_API, GrantType};
pub use create::{CreateClient, Created};
pub use delete::DeleteClient;
pub use list::{ListClients, ShowClient};
pub use metadata::{Metadata, Registration, SubjectType, TokenFormat};
pub use origin::OwnsOrigin;
pub use redirect::{RedirectUriError, check_redirect_uri, redirect_uri_matches};
pub use rotate_secret::{RotateClientSecret, Rotated};

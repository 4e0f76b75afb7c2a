//! Clients: the applications that sign their users in here.

mod agents;
mod authenticate;
mod backchannel;
mod certificate;
mod certified;
mod client;
mod create;
mod create_several;
mod delete;
pub mod documents;
mod envelope;
mod keys;
mod list;
pub mod may_act;
mod members;
mod metadata;
mod origin;
mod profile;
mod redirect;
pub mod registration;
mod rotate_secret;
mod rules;
mod secrets;
mod sector;
pub mod store;
#[cfg(test)]
pub(in crate::domain) mod testing;
mod update;
pub mod wire;
mod workload;

pub use agents::{ListAgents, RevokeAgent, find_active};
pub use authenticate::{Presented, authenticate, is_first_use};
pub use backchannel::{Backchannel, DeliveryMode};
pub use certified::Certified;
pub use client::{ApplicationType, AuthMethod, Client, FIRST_PARTY_API, GrantType};
pub use create::{CreateClient, Created};
pub use create_several::CreateClients;
pub use delete::DeleteClient;
pub use envelope::{Answer, Envelope};
pub use keys::{ClientJwt, SIGNATURE_ALGORITHMS, Untrusted, verify_jwt};
pub use list::{ListClients, ShowClient};
pub use may_act::MayAct;
pub use metadata::{Encryption, Metadata, SubjectType, TokenFormat};
pub use origin::OwnsOrigin;
pub use profile::{Profile, Registration, Shortcoming, shortcomings};
pub use redirect::{RedirectUriError, check_redirect_uri, redirect_uri_matches};
pub use registration::{
    CreateInitialToken, DeleteInitialToken, DeleteRegistration, InitialToken, ListInitialTokens, NewInitialToken,
    ReadRegistration, RegisterClient, Registered, SweepRegistrations, UpdateRegistration,
};
pub use rotate_secret::{RotateClientSecret, Rotated};
pub use secrets::StoredSecret;
pub use update::UpdateClient;
pub use workload::Workload;

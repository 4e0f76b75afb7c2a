//! Ring 2: the machine an operation runs in. Every face calls `App::perform`.

mod client_documents;
mod cx;
mod details_types;
mod keyrings;
mod limits;
mod message;
mod operation;
mod pairwise;
mod published;
mod remote_keys;
mod schemas;
mod start;
mod transaction;

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
pub use client_documents::{ClientDocuments, KeptDocument, KnownDocument};
pub use cx::{Cx, too_many};
pub use details_types::DetailsTypes;
pub use keyrings::Keyrings;
pub use limits::Limit;
pub use message::{Letter, Message};
pub use operation::{Guard, Operation};
pub use pairwise::PairwiseSalts;
pub use published::{NoBelief, Published};
pub use remote_keys::{NoKeys, RemoteKeys};
pub use schemas::{NoSchema, Schema, Schemas};
pub use transaction::{MAIL_SEAL, Tx};

use crate::{
    config::Config,
    kernel::{Clock, Fault, Result, Tenant, mac::MacKeys},
    ports::{db::Db, ephemeral::Ephemeral, http::Http, passwords::Passwords},
};

/// The running service: everything an operation may need, shared by all faces.
pub struct App {
    /// The settings it was started with.
    pub config: Config,
    /// Where time comes from.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// Codes, flows, throttles, the session cache.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// The password pool.
    pub passwords: Passwords,
    /// What private keys and mails are sealed with.
    pub master: keys::MasterKeys,
    /// Keys for digests, one per purpose.
    pub macs: Macs,
    /// The authorities whose word about clients' certificates counts.
    pub anchors: keys::Anchors,
    /// The signing keys of every tenant, ready to sign.
    pub keyrings: Keyrings,
    /// What pairwise subjects are made with.
    pub pairwise: PairwiseSalts,
    /// Requests to addresses that clients registered: guarded.
    pub http: Arc<Http>,
    /// The keys that clients publish at an address.
    pub remote_keys: RemoteKeys,
    /// Schemas of authorization details, ready to judge by.
    pub schemas: Schemas,
    /// The types of authorization details that each tenant knows.
    pub details_types: DetailsTypes,
    /// The documents that clients describe themselves with.
    pub client_documents: ClientDocuments,
    /// Told when a mail was queued.
    pub mail_queued: tokio::sync::Notify,
    /// Told when a notice of a session's end was queued.
    pub notice_queued: tokio::sync::Notify,
    /// Told when a client is to be told that somebody has decided.
    pub ping_queued: tokio::sync::Notify,
    tenants: ArcSwap<HashMap<String, Arc<Tenant>>>,
}

/// Keys derived from the master key, one per purpose, so that no digest can be used for another.
#[derive(Debug)]
pub struct Macs {
    /// Refresh tokens: their tag, and the successor of each.
    pub refresh_token: MacKeys,
    /// Six-digit codes at rest.
    pub code: MacKeys,
    /// Anti-forgery tokens of forms.
    pub form: MacKeys,
    /// Nonces for proofs of possession.
    pub dpop_nonce: MacKeys,
    /// What a browser may know of its session (OpenID Connect Session Management).
    pub browser_state: MacKeys,
}

impl Macs {
    fn derive(master: &keys::MasterKeys) -> Result<Self> {
        let keys = |label| {
            let derived = master.derive(label).map_err(|error| Fault::broken_by("a key cannot be derived", error))?;
            Ok::<_, Fault>(MacKeys::new(derived.iter().map(|key| **key).collect()))
        };
        Ok(Self {
            refresh_token: keys("refresh token")?,
            code: keys("verification code")?,
            form: keys("form")?,
            dpop_nonce: keys("DPoP nonce")?,
            browser_state: keys("browser state")?,
        })
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("issuer", &self.config.issuer).finish_non_exhaustive()
    }
}

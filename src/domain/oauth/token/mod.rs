//! Tokens: asked for in one pipeline, born in one place, believed by one rule.

pub mod access;
mod believe;
mod entitlement;
mod id_jag;
mod id_token;
mod introspect;
mod lineage;
mod live;
mod mint;
mod opaque;
mod presented;
mod redeem;
mod revoke;
pub mod revoke_grant;
mod revoked;
pub mod standing;
mod store;
mod target;

pub(in crate::domain::oauth) use believe::refusal;
pub use believe::{AccessToken, authentic, believe_live};
pub use entitlement::{Entitlement, Exchange, IdTokenOrder, Subject, Vouched};
pub use id_jag::{IdentityAssertion, TTL as ID_JAG_TTL, TYPE as ID_JAG};
pub use id_token::{Beside, algorithm as id_token_algorithm};
pub use introspect::{Introspect, Introspection};
pub use lineage::{Actor, Lineage, Origin, Witness};
pub use live::{Live, look_up};
pub(in crate::domain::oauth) use mint::seconds;
pub use mint::{TokenResponse, access_token, id_token, mint};
pub use presented::{PresentedToken, Scheme};
pub use redeem::RedeemToken;
pub use revoke::RevokeToken;
pub use target::{Granted, Target, Wanted, aim};

//! Ring 4: the web face. Pages, the JSON API and the protocol endpoints ask the same operations as everyone else.

pub mod api;
mod endpoint;
pub mod extract;
mod face;
mod forwarding;
pub mod layers;
pub mod oauth;
pub mod pages;
pub mod reply;
mod router;
pub mod server;
pub mod system;

pub use endpoint::{Caching, Cors, Endpoint, Surface};
pub use face::{Face, Site};
pub use router::{every_endpoint, router};

//! `/robots.txt`: nothing here is for search engines.

use axum::routing::get;

use crate::web::{Caching, Endpoint};

/// `/robots.txt` (RFC 9309).
pub const ROBOTS: Endpoint =
    Endpoint::system("/robots.txt", Caching::Public(86_400), || get(|| async { "User-agent: *\nDisallow: /\n" }));

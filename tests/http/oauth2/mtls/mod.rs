//! Certificates of clients (RFC 8705): who authenticates with them, what is bound to them, and where they come from.

mod authentication;
mod endpoints;
mod listener;
mod proxies;
mod tokens;

//! Signet behind things: proxies that are believed and those that are not, and TLS by itself.

mod proxies;
mod tls;

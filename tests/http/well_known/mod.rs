//! `/.well-known/…`

mod discovery;
mod protected_resource;

//! `/.well-known/…`

mod discovery;

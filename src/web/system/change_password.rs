//! `/.well-known/change-password`: where password managers send people (W3C Well-Known URL for Changing Passwords).

use axum::{response::Redirect, routing::get};

use crate::web::{Endpoint, endpoint::GET};

/// The well-known path; the page itself asks for a sign-in.
pub const WELL_KNOWN: Endpoint =
    Endpoint::page("/.well-known/change-password", GET, || get(|| async { Redirect::to("/account/password") }));

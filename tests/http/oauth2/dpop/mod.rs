//! DPoP (RFC 9449): tokens that are bound to a key, and proofs that it is held.

mod first_party;
mod nonces;
mod proofs;
mod refresh;
mod requests;
mod resources;
mod tokens;

//! The keys of the service: what signs tokens, what seals secrets, and the clock they live by.
//!
//! This crate is the only place that knows josekit and OpenSSL. It has no I/O: rows, files and time are given to it.
//!
//! - [`MasterKeys`] seal what lies in the database and give purpose keys to others.
//! - [`SigningKey`] is one key pair; [`Schedule`] says when it is announced, signs, retires and is gone.
//! - [`Ring`] holds all of them: it signs, verifies against an [`Expectation`], and publishes the JWK Set.

mod algorithm;
mod claims;
mod compact;
mod expectation;
mod fault;
mod foreign;
mod foreign_key;
mod hash;
mod jwk;
mod master;
mod ring;
mod schedule;
mod sealing;
mod signing;
mod verifying;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use expectation::{Expectation, Expiry, Invalid, Verified};
pub use fault::Fault;
pub use foreign::{ED25519, Foreign, ForeignAlgorithm, ForeignExpectation};
pub use foreign_key::{ForeignKeys, JwksError};
pub use hash::{at_hash, c_hash};
pub use master::{MasterKeyError, MasterKeys};
pub use ring::{Jwks, Ring, SignError};
pub use schedule::{Action, Life, Pace, Schedule, due};
pub use sealing::SealError;
pub use signing::{KeyError, SigningKey};

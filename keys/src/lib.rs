//! The keys of the service: what signs tokens, what seals secrets, and the clock they live by.
//!
//! This crate is the only place that knows josekit and OpenSSL. It has no I/O: rows, files and time are given to it.
//!
//! - [`MasterKeys`] seal what lies in the database and give purpose keys to others.
//! - [`SigningKey`] and [`DecryptionKey`] are one key pair each; [`Schedule`] says when it is announced, active, retires and is
//!   gone.
//! - [`Ring`] holds all of them: it signs, verifies against an [`Expectation`], decrypts, and publishes the JWK Set.
//! - [`ForeignKeys`] are those of others: what they signed is verified, and a [`Recipient`] among them is encrypted for.
//! - A [`Certificate`] is what a client shows in a TLS handshake, and [`Anchors`] are whose word about it counts.
//! - [`SelfSigned`] is a token that carries the key it is signed with: a DPoP proof.

mod algorithm;
mod certificate;
mod claims;
mod compact;
mod expectation;
mod fault;
mod foreign;
mod foreign_key;
mod hash;
mod jwe;
mod jwk;
mod master;
mod pair;
mod ring;
mod schedule;
mod sealing;
mod self_signed;
mod signing;
mod verifying;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use certificate::{Anchors, Certificate, CertificateName, DistinguishedName, Distrusted, NoAnchors, NoName};
pub use expectation::{Expectation, Expiry, Invalid, Verified};
pub use fault::Fault;
pub use foreign::{ED25519, Foreign, ForeignAlgorithm, ForeignExpectation};
pub use foreign_key::{ForeignKeys, JwksError};
pub use hash::{at_hash, c_hash};
pub use jwe::{
    Content, ContentEncryption, DecryptionAlgorithm, DecryptionKey, EncryptionAlgorithm, Recipient, UnknownEncryption,
    is_encrypted,
};
pub use master::{MasterKeyError, MasterKeys};
pub use pair::{KeyAlgorithm, KeyPair, UnknownKeyAlgorithm};
pub use ring::{Jwks, Ring, SignError};
pub use schedule::{Action, Life, Pace, Schedule, due};
pub use sealing::SealError;
pub use self_signed::SelfSigned;
pub use signing::{KeyError, SigningKey};

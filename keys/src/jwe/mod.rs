//! Encryption (RFC 7516): tokens that only a client can read, and requests that only we can.

mod algorithm;
mod content;
mod decryption_key;
mod envelope;
mod recipient;

pub use algorithm::{ContentEncryption, DecryptionAlgorithm, EncryptionAlgorithm, UnknownEncryption};
pub use decryption_key::DecryptionKey;
pub(crate) use envelope::Envelope;
pub use envelope::is_encrypted;
pub use recipient::{Content, Recipient};

#[cfg(test)]
mod tests;

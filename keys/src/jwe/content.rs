//! Decrypting the content of a JWE (RFC 7518 §5.2, §5.3).
//!
//! Own code on purpose: josekit decrypts CBC before it looks at the MAC (whoever sends changed messages learns from errors and
//! times whether the padding was right), compares the MAC byte by byte, takes a GCM tag of a single byte, and panics without an
//! initialization vector.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, decrypt, decrypt_aead};

use super::ContentEncryption;

/// Length of every authentication tag, in bytes: half of HMAC-SHA-256 (RFC 7518 §5.2.3), all of GCM's (§5.3).
const TAG: usize = 16;

/// What was encrypted, and all that belongs to it.
pub(super) struct Sealed<'a> {
    /// Initialization vector.
    pub(super) iv: &'a [u8],
    /// The content.
    pub(super) ciphertext: &'a [u8],
    /// Authentication tag.
    pub(super) tag: &'a [u8],
    /// The encoded header, which the tag covers too (RFC 7516 §5.2).
    pub(super) header: &'a [u8],
}

impl ContentEncryption {
    /// Length of the key, in bytes.
    pub(super) fn key_length(self) -> usize {
        self.josekit().key_len()
    }

    /// The content, if `key` and everything else is what it was sealed with. Why not is not told.
    pub(super) fn open(self, key: &[u8], sealed: &Sealed<'_>) -> Option<Vec<u8>> {
        let lengths =
            key.len() == self.key_length() && sealed.iv.len() == self.josekit().iv_len() && sealed.tag.len() == TAG;
        if !lengths {
            return None;
        }
        match self {
            Self::A128CbcHs256 => open_cbc(key, sealed),
            Self::A128Gcm => open_gcm(Cipher::aes_128_gcm(), key, sealed),
            Self::A256Gcm => open_gcm(Cipher::aes_256_gcm(), key, sealed),
        }
    }
}

/// First the MAC, in constant time, then the rest (RFC 7518 §5.2.2.2).
fn open_cbc(key: &[u8], sealed: &Sealed<'_>) -> Option<Vec<u8>> {
    let (mac_key, key) = key.split_at(16);
    let header_bits = (sealed.header.len() as u64) * 8;
    let mac = || {
        let mac_key = PKey::hmac(mac_key)?;
        let mut signer = Signer::new(MessageDigest::sha256(), &mac_key)?;
        for part in [sealed.header, sealed.iv, sealed.ciphertext, &header_bits.to_be_bytes()] {
            signer.update(part)?;
        }
        signer.sign_to_vec()
    };
    let mac: Vec<u8> = mac().ok()?;
    if !openssl::memcmp::eq(mac.get(..TAG)?, sealed.tag) {
        return None;
    }
    decrypt(Cipher::aes_128_cbc(), key, Some(sealed.iv), sealed.ciphertext).ok()
}

fn open_gcm(cipher: Cipher, key: &[u8], sealed: &Sealed<'_>) -> Option<Vec<u8>> {
    decrypt_aead(cipher, key, Some(sealed.iv), sealed.header, sealed.ciphertext, sealed.tag).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// RFC 7518 appendix B.1.
    #[test]
    fn cbc_with_hmac_agrees_with_rfc_7518() {
        let key: Vec<u8> = (0..32).collect();
        let iv = hex("1af38c2dc2b96ffdd86694092341bc04");
        let header = b"The second principle of Auguste Kerckhoffs";
        let ciphertext = hex(concat!(
            "c80edfa32ddf39d5ef00c0b468834279a2e46a1b8049f792f76bfe54b903a9c9",
            "a94ac9b47ad2655c5f10f9aef71427e2fc6f9b3f399a221489f16362c7032336",
            "09d45ac69864e3321cf82935ac4096c86e133314c54019e8ca7980dfa4b9cf1b",
            "384c486f3a54c51078158ee5d79de59fbd34d848b3d69550a67646344427ade5",
            "4b8851ffb598f7f80074b9473c82e2db",
        ));
        let tag = hex("652c3fa36b0a7c5b3219fab3a30bc1c4");
        let sealed = Sealed { iv: &iv, ciphertext: &ciphertext, tag: &tag, header };
        let opened = ContentEncryption::A128CbcHs256.open(&key, &sealed).unwrap();
        assert!(opened.starts_with(b"A cipher system must not be required to be secret"));
    }

    #[test]
    fn whatever_was_changed_or_cut_does_not_open() {
        for enc in ContentEncryption::ALL {
            let key: Vec<u8> = (0..).take(enc.key_length()).collect();
            let iv = vec![7; enc.josekit().iv_len()];
            let (ciphertext, tag) = enc.josekit().encrypt(&key, Some(&iv), b"content", b"header").unwrap();
            let tag = tag.unwrap();
            let whole = Sealed { iv: &iv, ciphertext: &ciphertext, tag: &tag, header: b"header" };
            assert_eq!(enc.open(&key, &whole).unwrap(), b"content", "{enc}");
            for length in 0..tag.len() {
                assert!(enc.open(&key, &Sealed { tag: &tag[..length], ..whole }).is_none(), "{enc}: tag of {length}");
            }
            for length in 0..iv.len() {
                assert!(enc.open(&key, &Sealed { iv: &iv[..length], ..whole }).is_none(), "{enc}: iv of {length}");
            }
            for length in 0..key.len() {
                assert!(enc.open(&key[..length], &whole).is_none(), "{enc}: key of {length}");
            }
            let changed = |bytes: &[u8]| bytes.iter().map(|byte| byte ^ 1).collect::<Vec<u8>>();
            assert!(enc.open(&key, &Sealed { tag: &changed(&tag), ..whole }).is_none());
            assert!(enc.open(&key, &Sealed { iv: &changed(&iv), ..whole }).is_none());
            assert!(enc.open(&key, &Sealed { ciphertext: &changed(&ciphertext), ..whole }).is_none());
            assert!(enc.open(&key, &Sealed { ciphertext: &[], ..whole }).is_none());
            assert!(enc.open(&key, &Sealed { header: b"Header", ..whole }).is_none());
            assert!(enc.open(&changed(&key), &whole).is_none());
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }
}

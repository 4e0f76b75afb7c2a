//! The master keys: one that is used, and older ones that still open what they sealed.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use openssl::md::Md;
use openssl::pkey::Id;
use openssl::pkey_ctx::PkeyCtx;
use openssl::sha::Sha256;
use zeroize::Zeroizing;

use crate::Fault;

/// Length of a master key and of a derived key, in bytes.
pub(crate) const KEY_LENGTH: usize = 32;

/// Operators paste keys from `openssl rand -base64 32` and from tools that leave the padding out.
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT_PADDING);
const LENIENT_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Why a text is not a list of master keys. Carries the place in the list (from 1), never the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// Not base64, or an empty entry.
    #[error("master key {0} is not base64")]
    NotBase64(usize),
    /// Decodes, but not to 32 bytes.
    #[error("master key {0} is not 32 bytes long")]
    Length(usize),
}

/// One master key with the name that sealed blobs know it by.
pub(crate) struct MasterKey {
    pub(crate) id: [u8; 8],
    pub(crate) key: Zeroizing<[u8; KEY_LENGTH]>,
}

/// The master keys of an installation: the first is current, the others are previous ones. The memory is wiped on drop.
pub struct MasterKeys {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

impl MasterKeys {
    /// Reads `base64[,base64…]` of 32 bytes each; the first is the current key. Spaces and line ends around an entry
    /// are ignored (the text often comes from a file).
    ///
    /// # Errors
    /// [`MasterKeyError`] names the entry that is wrong.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let mut entries = text.split(',').enumerate();
        let (_, first) = entries.next().ok_or(MasterKeyError::NotBase64(1))?;
        let current = MasterKey::parse(first, 1)?;
        let previous = entries.map(|(index, entry)| MasterKey::parse(entry, index + 1)).collect::<Result<_, _>>()?;
        Ok(Self { current, previous })
    }

    /// Makes a new key and gives its text, as [`MasterKeys::parse`] reads it.
    ///
    /// # Errors
    /// [`Fault`] if the system has no randomness to give.
    pub fn generate() -> Result<Zeroizing<String>, Fault> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        openssl::rand::rand_priv_bytes(key.as_mut())?;
        Ok(Zeroizing::new(STANDARD.encode(key.as_ref())))
    }

    /// A 32-byte key for one purpose from each master key, the current one first: HKDF-SHA256 (RFC 5869) with `label`
    /// as info. Make with the first; check with each in turn, so that a rotated master key does not break what is in flight.
    ///
    /// # Errors
    /// [`Fault`] if the library cannot derive.
    pub fn derive(&self, label: &str) -> Result<Vec<Zeroizing<[u8; KEY_LENGTH]>>, Fault> {
        self.all().map(|master| expand(master.key.as_ref(), label.as_bytes())).collect()
    }

    /// The key that seals from now on.
    pub(crate) fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The key with this id, current or previous.
    pub(crate) fn find(&self, id: &[u8]) -> Option<&MasterKey> {
        self.all().find(|master| master.id == id)
    }

    fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKeys(1 current, {} previous)", self.previous.len())
    }
}

impl MasterKey {
    fn parse(entry: &str, position: usize) -> Result<Self, MasterKeyError> {
        let entry = entry.trim();
        let bytes = STANDARD
            .decode(entry)
            .or_else(|_| URL_SAFE.decode(entry))
            .map(Zeroizing::new)
            .map_err(|_| MasterKeyError::NotBase64(position))?;
        if entry.is_empty() {
            return Err(MasterKeyError::NotBase64(position));
        }
        let key = <[u8; KEY_LENGTH]>::try_from(bytes.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| MasterKeyError::Length(position))?;
        Ok(Self { id: key_id(&key), key })
    }
}

/// The name of a key inside blobs. It may be public: a hash of 256 random bits gives nothing of them away.
fn key_id(key: &[u8; KEY_LENGTH]) -> [u8; 8] {
    let mut hash = Sha256::new();
    // A prefix of its own, so that no other hash of the key anywhere equals its id.
    hash.update(b"signet master key id\0");
    hash.update(key);
    let digest = hash.finish();
    let mut id = [0; 8];
    id.copy_from_slice(&digest[..8]);
    id
}

/// HKDF-SHA256 without salt: the key is already uniform (RFC 5869 §3.1).
fn expand(key: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; KEY_LENGTH]>, Fault> {
    let mut context = PkeyCtx::new_id(Id::HKDF)?;
    context.derive_init()?;
    context.set_hkdf_md(Md::sha256())?;
    context.set_hkdf_key(key)?;
    context.add_hkdf_info(info)?;
    let mut derived = Zeroizing::new([0; KEY_LENGTH]);
    context.derive(Some(derived.as_mut()))?;
    Ok(derived)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ONES: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const TWOS: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

    #[test]
    fn reads_a_list_with_any_padding_and_a_line_end() {
        let keys = MasterKeys::parse(&format!("{ONES}, {TWOS}\n")).unwrap();
        assert_eq!(*keys.current().key, [1; 32]);
        assert_eq!(keys.previous.len(), 1);
        assert_eq!(*keys.previous[0].key, [2; 32]);
    }

    #[test]
    fn reads_both_alphabets() {
        let bytes = [0xfb; 32];
        for text in [STANDARD.encode(bytes), URL_SAFE.encode(bytes)] {
            assert_eq!(*MasterKeys::parse(&text).unwrap().current().key, bytes);
        }
    }

    #[test]
    fn says_which_entry_is_wrong() {
        let wrong = |text: &str| MasterKeys::parse(text).err();
        assert_eq!(wrong(""), Some(MasterKeyError::NotBase64(1)));
        assert_eq!(wrong("hello world"), Some(MasterKeyError::NotBase64(1)));
        assert_eq!(wrong(&format!("{ONES},")), Some(MasterKeyError::NotBase64(2)));
        assert_eq!(wrong(&format!("{ONES},AQEB")), Some(MasterKeyError::Length(2)));
    }

    #[test]
    fn generated_keys_differ_and_read_back() {
        let (one, two) = (MasterKeys::generate().unwrap(), MasterKeys::generate().unwrap());
        assert_ne!(one, two);
        assert_ne!(MasterKeys::parse(&one).unwrap().current().id, MasterKeys::parse(&two).unwrap().current().id);
    }

    #[test]
    fn derives_by_rfc_5869() {
        // HKDF-SHA256 of 32 bytes 0x01, no salt, info "csrf": computed with Python's hmac module.
        let derived = MasterKeys::parse(ONES).unwrap().derive("csrf").unwrap();
        assert_eq!(hex(derived[0].as_ref()), CSRF_OF_ONES);
    }

    #[test]
    fn derives_from_the_current_key_first_and_apart_by_label() {
        let old = MasterKeys::parse(ONES).unwrap();
        let new = MasterKeys::parse(&format!("{TWOS},{ONES}")).unwrap();
        let derived = new.derive("csrf").unwrap();
        assert_eq!(derived.len(), 2);
        assert_eq!(derived[1], old.derive("csrf").unwrap()[0]);
        assert_ne!(derived[0], derived[1]);
        assert_ne!(new.derive("cursor").unwrap()[0], derived[0]);
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", MasterKeys::parse(&format!("{ONES},{TWOS}")).unwrap());
        assert_eq!(shown, "MasterKeys(1 current, 1 previous)");
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    const CSRF_OF_ONES: &str = "6cbce19cb22da421e08c9138d107698711240fdf289a86f99f3fea2901928216";
}

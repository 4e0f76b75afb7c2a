//! The keys that seal private keys and seeds at rest.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::secret_text::REDACTED;
use super::setting::Setting;

/// Tools disagree about the trailing `=`; both forms are accepted.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One current 256-bit key, and earlier ones that still open what they sealed.
#[derive(Clone)]
pub struct MasterKeys(String);

impl MasterKeys {
    /// The keys as padded base64 separated by commas, the current one first, for the crate `keys` only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Setting for MasterKeys {
    const SECRET: bool = true;
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "list of base64 keys".into()
    }

    /// Reads keys separated by commas, white space or line breaks.
    fn parse(text: &str) -> Result<Self, String> {
        let mut keys = Vec::new();
        for item in text.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty()) {
            let place = keys.len() + 1;
            let key = BASE64.decode(item).ok().filter(|key| key.len() == 32).map(|key| BASE64.encode(key));
            let key = key.ok_or_else(|| {
                format!("must be 32 bytes in base64 (make them with: openssl rand -base64 32); key {place} is not")
            })?;
            if keys.contains(&key) {
                return Err(format!("must not hold the same key twice (key {place})"));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err("must hold at least one key".into());
        }
        Ok(Self(keys.join(",")))
    }

    fn shown(&self) -> String {
        REDACTED.into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const ONES: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const TWOS: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

    #[test]
    fn keys_keep_their_order_and_get_one_form() {
        let text = format!("{},\n{TWOS}\n", ONES.trim_end_matches('='));
        assert_eq!(MasterKeys::parse(&text).unwrap().expose(), format!("{ONES},{TWOS}"));
    }

    #[test]
    fn wrong_keys_are_refused_without_being_quoted() {
        let too_long = "A".repeat(44);
        for text in ["c2hvcnQ=", "not+base64!", too_long.as_str()] {
            let why = MasterKeys::parse(&format!("{ONES},{text}")).unwrap_err();
            assert!(why.ends_with("key 2 is not") && !why.contains(text), "{why}");
        }
        for text in ["", ",", "\n"] {
            assert!(MasterKeys::parse(text).is_err(), "{text:?}");
        }
        let unpadded = ONES.trim_end_matches('=');
        assert!(MasterKeys::parse(&format!("{ONES},{unpadded}")).unwrap_err().contains("twice"));
    }

    #[test]
    fn debug_shows_nothing() {
        let keys = MasterKeys::parse(ONES).unwrap();
        assert_eq!((format!("{keys:?}").as_str(), keys.shown().as_str()), ("[redacted]", "[redacted]"));
    }
}

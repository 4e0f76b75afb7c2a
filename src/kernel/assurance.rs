//! How sure we are of a person: `acr` and `amr` (OpenID Connect Core §2, RFC 8176).

use serde::{Deserialize, Serialize};

/// One way in which a person proved who they are: an `amr` value of RFC 8176 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Method {
    /// A password was verified.
    #[serde(rename = "pwd")]
    Password,
}

impl Method {
    /// The `amr` value.
    pub fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
        }
    }
}

/// The authentication context class that is reached with one factor (NIST SP 800-63B AAL1).
pub const AAL1: &str = "aal1";

/// Every `acr` value that Signet can vouch for, weakest first: `acr_values_supported`.
pub const ACR_VALUES: &[&str] = &[AAL1];

/// The `acr` that a set of methods reaches.
pub fn acr(_methods: &[Method]) -> &'static str {
    AAL1
}

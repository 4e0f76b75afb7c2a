//! What a kind of client usually needs, by one name.

use clap::ValueEnum;

use crate::domain::clients::{ApplicationType, GrantType};

/// A kind of client. Options that are given besides count more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Profile {
    /// A television, a console, a command line: it shows a code, and a person signs it in elsewhere (RFC 8628). Public, native,
    /// with refresh tokens.
    Device,
}

impl Profile {
    /// How such a client obtains tokens.
    pub(super) fn grants(self) -> Vec<GrantType> {
        match self {
            Self::Device => vec![GrantType::DeviceCode, GrantType::RefreshToken],
        }
    }

    /// Where it runs.
    pub(super) fn application_type(self) -> ApplicationType {
        match self {
            Self::Device => ApplicationType::Native,
        }
    }

    /// Whether it can keep no secret.
    pub(super) fn is_public(self) -> bool {
        match self {
            Self::Device => true,
        }
    }
}

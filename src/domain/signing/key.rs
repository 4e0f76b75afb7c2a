//! One key as the rows tell it, and how fast keys follow each other here.

use std::time::Duration;

use keys::{Algorithm, DecryptionAlgorithm, KeyAlgorithm, Life, Pace, Schedule};

use crate::{config, kernel::Time};

/// The longest that anyone may keep the JWK Set without asking again (OpenID Connect Core §10.1.1).
const LONGEST_CACHE: Duration = Duration::from_secs(3600);

/// How long another node may take to learn that keys changed, with room to spare: it reads the rows every 30 seconds
/// even when it hears no announcement.
const SLOWEST_NODE: Duration = Duration::from_secs(60);

/// A key without its private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The `kid` in JWKS: its RFC 7638 thumbprint.
    pub kid: String,
    /// What it signs or decrypts with.
    pub algorithm: KeyAlgorithm,
    /// The instants of its life.
    pub schedule: Schedule,
}

impl Key {
    /// Where it stands at `now`.
    pub fn life(&self, now: Time) -> Life {
        self.schedule.life(now)
    }
}

/// The `max-age` of the JWK Set. Half the announcement, so that a set read just before a key was announced has been read
/// anew before that key signs, although one node may serve the older set a little longer.
pub fn jwks_max_age(config: &config::Config) -> Duration {
    (config.keys.announce.std() / 2).min(LONGEST_CACHE)
}

/// How fast keys follow each other. `longest_client_ttl` is the longest access token lifetime of any client, in seconds.
pub(super) fn pace(config: &config::Config, longest_client_ttl: Option<i32>) -> Pace {
    let of_clients = Duration::from_secs(longest_client_ttl.unwrap_or(0).max(0).unsigned_abs().into());
    let longest_token = config.tokens.id_token_ttl.std().max(config.tokens.access_token_ttl.std()).max(of_clients);
    Pace {
        rotate_every: config.keys.rotate_every.std(),
        announcement: config.keys.announce.std(),
        keep: longest_token + jwks_max_age(config) + SLOWEST_NODE,
    }
}

impl From<config::Algorithm> for Algorithm {
    fn from(setting: config::Algorithm) -> Self {
        match setting {
            config::Algorithm::Rs256 => Self::RS256,
            config::Algorithm::Ps256 => Self::PS256,
            config::Algorithm::Es256 => Self::ES256,
            config::Algorithm::EdDsa => Self::EdDSA,
        }
    }
}

impl From<config::DecryptionAlgorithm> for DecryptionAlgorithm {
    fn from(setting: config::DecryptionAlgorithm) -> Self {
        match setting {
            config::DecryptionAlgorithm::RsaOaep256 => Self::RsaOaep256,
            config::DecryptionAlgorithm::EcdhEs => Self::EcdhEs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Span};

    #[test]
    fn a_key_is_kept_as_long_as_the_longest_token() {
        let config = Config::default();
        let keep = |ttl| pace(&config, ttl).keep;
        assert_eq!(keep(None), Duration::from_secs(3600) + jwks_max_age(&config) + SLOWEST_NODE);
        assert_eq!(keep(Some(60)), keep(None));
        assert_eq!(keep(Some(7200)), keep(None) + Duration::from_secs(3600));
        assert_eq!(keep(Some(-5)), keep(None));
    }

    #[test]
    fn a_cached_set_is_read_anew_before_a_new_key_signs() {
        let mut config = Config::default();
        for announce in [Span::secs(0), Span::secs(10), Span::hours(1), Span::days(2)] {
            config.keys.announce = announce;
            assert!(jwks_max_age(&config) <= announce.std() / 2);
            assert!(jwks_max_age(&config) <= LONGEST_CACHE);
        }
    }

    #[test]
    fn settings_and_jose_agree_on_names() {
        for name in ["RS256", "PS256", "ES256", "EdDSA"] {
            let setting: config::Algorithm = config::Setting::parse(name).unwrap();
            assert_eq!(Algorithm::from(setting).as_str(), name);
        }
        for name in ["RSA-OAEP-256", "ECDH-ES"] {
            let setting: config::DecryptionAlgorithm = config::Setting::parse(name).unwrap();
            assert_eq!(DecryptionAlgorithm::from(setting).as_str(), name);
        }
    }
}

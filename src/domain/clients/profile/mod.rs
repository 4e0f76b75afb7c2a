//! The security profile that a client is held to: none, FAPI 2.0 Security Profile (final, February 2025), or that and FAPI 2.0
//! Message Signing (final, September 2025). What a registration has to be is a table ([`clauses`]); what a request has to be is
//! judged where requests are.

mod clauses;

use std::{fmt, str::FromStr};

use keys::{Algorithm, ForeignAlgorithm};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ApplicationType, AuthMethod, Client, SIGNATURE_ALGORITHMS};
use crate::{
    config::{self, Config, Oauth, SecurityProfile},
    kernel::{Fault, Result},
};
pub use clauses::{Registration, Shortcoming, shortcomings};

/// What a client is held to; each holds to more than the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Profile {
    /// To what the standards ask of everybody.
    #[default]
    #[serde(rename = "none")]
    Usual,
    /// FAPI 2.0 Security Profile.
    #[serde(rename = "fapi2")]
    Fapi2,
    /// That, and FAPI 2.0 Message Signing: requests, responses and introspection are signed.
    #[serde(rename = "fapi2-message-signing")]
    Fapi2MessageSigning,
}

impl Profile {
    /// All of them, the least strict first.
    pub const ALL: &[Self] = &[Self::Usual, Self::Fapi2, Self::Fapi2MessageSigning];

    /// What every client is held to.
    pub fn of_all(oauth: &Oauth) -> Self {
        match oauth.profile {
            SecurityProfile::None => Self::Usual,
            SecurityProfile::Fapi2 => Self::Fapi2,
            SecurityProfile::Fapi2MessageSigning => Self::Fapi2MessageSigning,
        }
    }

    /// The name in metadata and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usual => "none",
            Self::Fapi2 => "fapi2",
            Self::Fapi2MessageSigning => "fapi2-message-signing",
        }
    }

    /// Whether it holds to nothing.
    pub fn is_usual(&self) -> bool {
        *self == Self::Usual
    }

    /// Whether the Security Profile is in force.
    pub fn is_fapi2(self) -> bool {
        self >= Self::Fapi2
    }

    /// Whether Message Signing is in force.
    pub fn signs_messages(self) -> bool {
        self >= Self::Fapi2MessageSigning
    }

    /// Whether a client may authenticate like this (Security Profile §5.3.2.1, 3 and 6): none is public, and none shares its secret.
    pub fn admits_method(self, method: AuthMethod) -> bool {
        let by_key = matches!(
            method,
            AuthMethod::PrivateKeyJwt | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth
        );
        !self.is_fapi2() || by_key
    }

    /// Whether a JWT may be signed with this, by whomever (Security Profile §5.4.1, 1): PS256, ES256 and EdDSA.
    pub fn admits(self, algorithm: Algorithm) -> bool {
        !self.is_fapi2() || algorithm != Algorithm::RS256
    }

    /// The same by the name in metadata; `none` and MACs are no signatures.
    pub fn admits_name(self, name: &str) -> bool {
        !self.is_fapi2() || matches!(name.parse(), Ok(ForeignAlgorithm::Signed(algorithm)) if self.admits(algorithm))
    }

    /// The names of the algorithms that clients may sign with, in the order in which metadata lists them.
    pub fn signatures(self) -> Vec<&'static str> {
        SIGNATURE_ALGORITHMS.iter().copied().filter(|name| self.admits_name(name)).collect()
    }

    /// Whether an authorization response may go there (Security Profile §5.3.2.2, 8): `http` only to the loopback interface of a native
    /// client (RFC 8252 §7.3).
    pub fn admits_redirect_uri(self, uri: &str, application_type: ApplicationType) -> bool {
        let loopback = |url: &Url| matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
        let plain = Url::parse(uri).ok().filter(|url| url.scheme() == "http");
        !self.is_fapi2() || plain.is_none_or(|url| application_type == ApplicationType::Native && loopback(&url))
    }

    /// What is signed with, where `wished` is what the client registered or the usual: that, or the first of the service's own that
    /// the profile allows. None where it has none.
    pub fn signs_with(self, wished: Algorithm, kept: &[config::Algorithm]) -> Option<Algorithm> {
        let kept = kept.iter().map(|algorithm| Algorithm::from(*algorithm));
        std::iter::once(wished).chain(kept).find(|algorithm| self.admits(*algorithm))
    }

    /// The same, where there has to be one.
    ///
    /// # Errors
    /// A fault where the settings leave the service without any (`signet client show` and `signet config check` say so).
    pub fn signing_algorithm(self, wished: Algorithm, config: &Config) -> Result<Algorithm> {
        let found = self.signs_with(wished, &config.keys.algorithms);
        found.ok_or_else(|| Fault::broken("keys.algorithms has none that the client's security profile allows").into())
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|profile| profile.name() == text);
        found.ok_or_else(|| "must be one of: none, fapi2, fapi2-message-signing".into())
    }
}

impl Client {
    /// What it is held to: its own profile, or the one of all where that is stricter.
    pub fn profile(&self, oauth: &Oauth) -> Profile {
        self.metadata.security_profile.max(Profile::of_all(oauth))
    }

    /// What is signed for it with, where `wished` is what it registered or the usual.
    ///
    /// # Errors
    /// As [`Profile::signing_algorithm`].
    pub fn signing_algorithm(&self, wished: Algorithm, config: &Config) -> Result<Algorithm> {
        self.profile(&config.oauth).signing_algorithm(wished, config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::testing::client;

    const FAPI2: [Profile; 2] = [Profile::Fapi2, Profile::Fapi2MessageSigning];

    #[test]
    fn a_client_is_held_to_the_stricter_of_both() {
        let held = |own, all| {
            let mut client = client();
            client.metadata.security_profile = own;
            client.profile(&Oauth { profile: all, ..Oauth::default() })
        };
        use Profile::{Fapi2, Fapi2MessageSigning, Usual};
        assert_eq!(held(Usual, SecurityProfile::None), Usual);
        assert_eq!(held(Fapi2, SecurityProfile::None), Fapi2);
        assert_eq!(held(Usual, SecurityProfile::Fapi2), Fapi2);
        assert_eq!(held(Fapi2MessageSigning, SecurityProfile::Fapi2), Fapi2MessageSigning);
        assert_eq!(held(Fapi2, SecurityProfile::Fapi2MessageSigning), Fapi2MessageSigning);
    }

    #[test]
    fn every_profile_has_one_name() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse(), Ok(*profile));
            assert_eq!(serde_json::to_value(profile).unwrap(), profile.name());
        }
        assert!("fapi1".parse::<Profile>().is_err() && "".parse::<Profile>().is_err());
    }

    #[test]
    fn section_5_3_2_1_clients_prove_themselves_by_a_key() {
        for method in AuthMethod::ALL {
            assert!(Profile::Usual.admits_method(*method));
            // A platform's word for its services is neither of the two that the clause names.
            let named = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"].contains(&method.name());
            for profile in FAPI2 {
                assert_eq!(profile.admits_method(*method), named, "{method}");
            }
        }
    }

    #[test]
    fn section_5_4_1_three_algorithms() {
        for profile in FAPI2 {
            let admitted: Vec<_> = Algorithm::ALL.iter().filter(|algorithm| profile.admits(**algorithm)).collect();
            assert_eq!(admitted, [&Algorithm::PS256, &Algorithm::ES256, &Algorithm::EdDSA]);
            assert_eq!(profile.signatures(), ["PS256", "ES256", "EdDSA", "Ed25519"]);
            for name in ["none", "HS256", "RS256", "RS512", ""] {
                assert!(!profile.admits_name(name), "{name}");
            }
        }
        assert!(Profile::Usual.admits(Algorithm::RS256) && Profile::Usual.admits_name("none"));
    }

    #[test]
    fn what_is_wished_is_taken_if_it_may_be() {
        use config::Algorithm::{EdDsa, Es256, Rs256};
        let with = |profile: Profile, wished, kept: &[config::Algorithm]| profile.signs_with(wished, kept);
        assert_eq!(with(Profile::Usual, Algorithm::RS256, &[Rs256, Es256]), Some(Algorithm::RS256));
        assert_eq!(with(Profile::Fapi2, Algorithm::RS256, &[Rs256, EdDsa, Es256]), Some(Algorithm::EdDSA));
        assert_eq!(with(Profile::Fapi2, Algorithm::ES256, &[Rs256, EdDsa, Es256]), Some(Algorithm::ES256));
        assert_eq!(with(Profile::Fapi2, Algorithm::RS256, &[Rs256]), None);
    }

    #[test]
    fn section_5_3_2_2_answers_are_encrypted_on_their_way() {
        use ApplicationType::{Native, Web};
        for (uri, application_type, admitted) in [
            ("https://shop.example.test/cb", Web, true),
            ("https://shop.example.test/cb", Native, true),
            ("com.example.app:/cb", Native, true),
            ("http://127.0.0.1:4711/cb", Native, true),
            ("http://[::1]/cb", Native, true),
            ("http://localhost/cb", Native, false),
            ("http://127.0.0.1:4711/cb", Web, false),
            ("http://localhost:3000/cb", Web, false),
            ("http://shop.example.test/cb", Native, false),
        ] {
            assert!(Profile::Usual.admits_redirect_uri(uri, application_type));
            for profile in FAPI2 {
                assert_eq!(profile.admits_redirect_uri(uri, application_type), admitted, "{uri}");
            }
        }
    }
}

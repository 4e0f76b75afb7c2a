//! What contradicts the security profile that every client is held to (`oauth.profile`), clause by clause.

use super::layers::Mistake;
use super::service::Config;
use super::values::{Algorithm, SecurityProfile, Span};

/// One clause that settings can break.
struct Clause {
    /// The profile that asks for it; the stricter ones do too.
    of: SecurityProfile,
    /// Where it stands.
    section: &'static str,
    /// Section and key of the setting that breaks it.
    setting: (&'static str, &'static str),
    /// Whether the settings meet it.
    holds: fn(&Config) -> bool,
    /// What the setting has to be: a clause that follows its name.
    why: &'static str,
}

const CLAUSES: &[Clause] = &[
    Clause {
        of: SecurityProfile::Fapi2,
        section: "FAPI 2.0 Security Profile §5.2.1",
        setting: ("", "issuer"),
        holds: |config| config.issuer.is_https() || config.issuer.is_loopback(),
        why: "must be an https URL",
    },
    Clause {
        of: SecurityProfile::Fapi2,
        section: "FAPI 2.0 Security Profile §5.3.2.1 (11)",
        setting: ("tokens", "code_ttl"),
        holds: |config| config.tokens.code_ttl <= Span::minutes(1),
        why: "must be at most 1m",
    },
    Clause {
        of: SecurityProfile::Fapi2,
        section: "FAPI 2.0 Security Profile §5.3.2.2 (1)",
        setting: ("oauth", "implicit_and_hybrid"),
        holds: |config| !config.oauth.implicit_and_hybrid,
        why: "must be false",
    },
    Clause {
        of: SecurityProfile::Fapi2,
        section: "FAPI 2.0 Security Profile §5.3.2.2 (12)",
        setting: ("tokens", "par_ttl"),
        holds: |config| config.tokens.par_ttl < Span::minutes(10),
        why: "must be less than 10m",
    },
    Clause {
        of: SecurityProfile::Fapi2,
        section: "FAPI 2.0 Security Profile §5.4.1 (1)",
        setting: ("keys", "algorithms"),
        holds: |config| config.keys.algorithms.iter().any(|algorithm| *algorithm != Algorithm::Rs256),
        why: "must contain PS256, ES256 or EdDSA",
    },
    Clause {
        of: SecurityProfile::Fapi2MessageSigning,
        section: "FAPI 2.0 Message Signing §5.3.1 (1)",
        setting: ("oauth", "request_objects"),
        holds: |config| config.oauth.request_objects,
        why: "must be true",
    },
];

/// Everything in the settings that contradicts `oauth.profile`. Pure.
pub(super) fn unmet(config: &Config) -> Vec<Mistake> {
    let asked = |clause: &&Clause| match config.oauth.profile {
        SecurityProfile::None => false,
        SecurityProfile::Fapi2 => clause.of == SecurityProfile::Fapi2,
        SecurityProfile::Fapi2MessageSigning => true,
    };
    let broken = CLAUSES.iter().filter(asked).filter(|clause| !(clause.holds)(config));
    broken
        .map(|clause| {
            let (section, key) = clause.setting;
            let why = format!("{} where oauth.profile is {} ({})", clause.why, config.oauth.profile, clause.section);
            Mistake::new(section, key, config.origins.of(section, key), why)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::layers::Sources;
    use super::*;

    fn refused(variables: &[(&str, &str)]) -> Vec<String> {
        let loaded = Config::load(&Sources::none().with_environment(variables.iter().copied()));
        loaded.map_or_else(|mistakes| mistakes.0.iter().map(ToString::to_string).collect(), |_| Vec::new())
    }

    #[test]
    fn the_defaults_meet_both_profiles() {
        for profile in ["none", "fapi2", "fapi2-message-signing"] {
            assert_eq!(refused(&[("SIGNET_OAUTH__PROFILE", profile)]), [""; 0], "{profile}");
        }
        assert_eq!(refused(&[("SIGNET_OAUTH__PROFILE", "fapi1")]).len(), 1);
    }

    #[test]
    fn every_contradiction_is_told_and_only_where_the_profile_is_in_force() {
        let broken = [
            ("SIGNET_ISSUER", "http://id.example.test"),
            ("SIGNET_TOKENS__CODE_TTL", "61s"),
            ("SIGNET_OAUTH__IMPLICIT_AND_HYBRID", "true"),
            ("SIGNET_TOKENS__PAR_TTL", "10m"),
            ("SIGNET_KEYS__ALGORITHMS", "RS256"),
            ("SIGNET_KEYS__ACCESS_TOKEN_ALG", "RS256"), // so that the former is a mistake for this reason alone
            ("SIGNET_OAUTH__REQUEST_OBJECTS", "false"),
        ];
        let under = |profile| {
            let told = refused(&[&broken[..], &[("SIGNET_OAUTH__PROFILE", profile)]].concat());
            told.into_iter().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(under("none"), [""; 0]);
        let fapi2 = ["issuer", "tokens.code_ttl", "oauth.implicit_and_hybrid", "tokens.par_ttl", "keys.algorithms"];
        assert_eq!(under("fapi2"), fapi2);
        assert_eq!(under("fapi2-message-signing"), [&fapi2[..], &["oauth.request_objects"]].concat());
        let told = refused(&[("SIGNET_OAUTH__PROFILE", "fapi2"), ("SIGNET_TOKENS__CODE_TTL", "2m")]);
        let expected = "tokens.code_ttl must be at most 1m where oauth.profile is fapi2 (FAPI 2.0 Security Profile §5.3.2.1 (11)) \
                        (environment SIGNET_TOKENS__CODE_TTL)";
        assert_eq!(told, [expected]);
    }

    #[test]
    fn what_the_profile_allows_passes() {
        for (name, value) in [
            ("SIGNET_ISSUER", "https://id.example.test"),
            ("SIGNET_TOKENS__CODE_TTL", "1m"),
            ("SIGNET_TOKENS__PAR_TTL", "599s"),
            ("SIGNET_OAUTH__REQUEST_OBJECTS", "false"),
        ] {
            assert_eq!(refused(&[("SIGNET_OAUTH__PROFILE", "fapi2"), (name, value)]), [""; 0], "{name}");
        }
    }
}

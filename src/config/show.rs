//! The settings as they are in force, for an operator's eyes: secrets are not among them.

use super::layers::Origin;
use super::section::full_name;
use super::service::Config;

/// One setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Name, such as `tokens.code_ttl`.
    pub key: String,
    /// The value as it would be written; secrets and passwords are replaced.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

impl Config {
    /// Every setting in force, in the order of the reference.
    pub fn show(&self) -> Vec<Shown> {
        let sections = self.sections();
        let rows = sections.iter().flat_map(|section| {
            section.keys().iter().zip(section.shown()).map(|(key, value)| Shown {
                key: full_name(section.name(), key.name),
                value,
                origin: self.origins.of(section.name(), key.name),
            })
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::layers::Sources;
    use super::*;

    #[test]
    fn values_stand_with_their_origin() {
        let sources =
            Sources::none().with_toml("[tokens]\ncode_ttl = \"30s\"").with_environment([("SIGNET_LOG", "debug")]);
        let shown = Config::load(&sources).unwrap().show();
        let line = |key: &str| {
            let row = shown.iter().find(|row| row.key == key).unwrap();
            format!("{} = {} ({})", row.key, row.value, row.origin)
        };
        assert_eq!(line("tokens.code_ttl"), "tokens.code_ttl = 30s (signet.toml tokens.code_ttl)");
        assert_eq!(line("log"), "log = debug (environment SIGNET_LOG)");
        assert_eq!(line("smtp_url"), "smtp_url = (unset) (default)");
        assert_eq!(line("keys.algorithms"), "keys.algorithms = RS256, ES256 (default)");
    }

    #[test]
    fn no_secret_is_shown_or_printed_for_debugging() {
        let master_key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        let token = "operator-hunter2-operator-hunter2";
        let sources = Sources::none().with_environment([
            ("SIGNET_MASTER_KEY", master_key),
            ("SIGNET_OPERATOR__TOKEN", token),
            ("SIGNET_DATABASE_URL", "postgres://u:hunter2@h/d"),
            ("SIGNET_REDIS_URL", "redis://u:hunter2@h"),
            ("SIGNET_SMTP_URL", "smtp://u:hunter2@h"),
        ]);
        let config = Config::load(&sources).unwrap();
        let seen = format!("{:?} {config:?}", config.show());
        assert!(!seen.contains("hunter2") && !seen.contains(master_key), "{seen}");
        assert!(seen.contains("redis://u:***@h"));
    }
}

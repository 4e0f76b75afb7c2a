//! What production refuses: the conveniences of development, each with a sentence that says what to set.

use super::layers::Mistake;
use super::service::Config;

/// Every convenience of development that the settings rely on. Pure; the mode is not looked at.
pub fn production(config: &Config) -> Vec<Mistake> {
    let mut refused = Vec::new();
    let mut refuse = |key: &str, why: &str| {
        refused.push(Mistake::new("", key, config.origins.of("", key), why));
    };
    if !config.issuer.is_https() && !config.issuer.is_loopback() {
        refuse(
            "issuer",
            "must be an https URL in production: set SIGNET_ISSUER to the public address, such as https://id.example.com",
        );
    }
    if config.redis_url.is_none() {
        refuse(
            "redis_url",
            "must be set in production, where the process's own memory does not do: set SIGNET_REDIS_URL, such as redis://localhost:6379",
        );
    }
    if config.smtp_url.is_none() {
        refuse(
            "smtp_url",
            "must be set in production, where there is no mailbox page: set SIGNET_SMTP_URL, such as smtp://user:password@mail.example.com:587",
        );
    }
    if config.master_key.is_none() {
        refuse(
            "master_key",
            "must be given in production, apart from the data it seals: set SIGNET_MASTER_KEY_FILE to a file made with openssl rand -base64 32",
        );
    }
    refused
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::layers::{Mistakes, Sources};
    use super::super::values::{Issuer, MasterKeys, Mode, RedisUrl, Setting, SmtpUrl};
    use super::*;

    const MASTER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn sound() -> Config {
        Config {
            issuer: Issuer::parse("https://id.example.com").unwrap(),
            redis_url: Some(RedisUrl::parse("redis://h").unwrap()),
            smtp_url: Some(SmtpUrl::parse("smtp://h").unwrap()),
            master_key: Some(MasterKeys::parse(MASTER_KEY).unwrap()),
            ..Config::default()
        }
    }

    fn refused(config: &Config) -> Vec<String> {
        production(config).into_iter().map(|mistake| mistake.key).collect()
    }

    #[test]
    fn sound_settings_pass() {
        assert!(refused(&sound()).is_empty());
    }

    #[test]
    fn each_convenience_is_refused_by_itself() {
        let base = sound();
        let issuer = Issuer::parse("http://id.example.com").unwrap();
        assert_eq!(refused(&Config { issuer, ..base.clone() }), ["issuer"]);
        assert_eq!(refused(&Config { redis_url: None, ..base.clone() }), ["redis_url"]);
        assert_eq!(refused(&Config { smtp_url: None, ..base.clone() }), ["smtp_url"]);
        assert_eq!(refused(&Config { master_key: None, ..base }), ["master_key"]);
    }

    #[test]
    fn http_on_loopback_is_left_alone() {
        let issuer = Issuer::localhost(8001);
        assert!(refused(&Config { issuer, ..sound() }).is_empty());
    }

    #[test]
    fn every_refusal_says_what_to_set() {
        for mistake in production(&Config::default()) {
            assert!(mistake.why.contains("set SIGNET_"), "{mistake}");
        }
    }

    fn loaded(variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
        Config::load(&Sources::none().with_environment(variables.iter().copied()))
    }

    fn refusals(variables: &[(&str, &str)]) -> Vec<String> {
        let mistakes = loaded(variables).unwrap_err().0;
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn production_refuses_what_development_allows() {
        assert!(loaded(&[("SIGNET_ISSUER", "http://id.test")]).is_ok());
        let found = refusals(&[("SIGNET_MODE", "production"), ("SIGNET_ISSUER", "http://id.test")]);
        let keys: Vec<_> = found.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(keys, ["issuer", "redis_url", "smtp_url", "master_key"]);
        assert!(found[0].ends_with("(environment SIGNET_ISSUER)"), "{found:?}");
    }

    #[test]
    fn production_does_not_ask_for_what_could_not_be_read() {
        let found = refusals(&[
            ("SIGNET_MODE", "production"),
            ("SIGNET_REDIS_URL", "http://h"),
            ("SIGNET_SMTP_URL", "smtps://u:p@h"),
            ("SIGNET_MASTER_KEY", MASTER_KEY),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("redis_url must be one of redis://"), "{found:?}");
    }

    #[test]
    fn production_starts_when_everything_is_given() {
        let config = loaded(&[
            ("SIGNET_MODE", "production"),
            ("SIGNET_ISSUER", "https://id.example.com"),
            ("SIGNET_REDIS_URL", "rediss://u:p@h"),
            ("SIGNET_SMTP_URL", "smtps://u:p@h"),
            ("SIGNET_MASTER_KEY", MASTER_KEY),
        ])
        .unwrap();
        assert_eq!(config.mode, Mode::Production);
    }
}

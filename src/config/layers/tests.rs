//! The layers together: who wins, and what is said about mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;

use super::{Origin, Sources};
use crate::config::{Algorithm, Config, DatabaseKind, Span};

fn mistakes(sources: &Sources) -> Vec<String> {
    Config::load(sources).unwrap_err().0.iter().map(ToString::to_string).collect()
}

fn environment(variables: &[(&'static str, &'static str)]) -> Sources {
    Sources::none().with_environment(variables.iter().copied())
}

#[test]
fn nothing_at_all_is_the_defaults() {
    let config = Config::load(&Sources::none()).unwrap();
    let defaults = Config::default();
    assert_eq!(config.show(), defaults.show());
    assert!(config.show().iter().all(|row| row.origin == Origin::BuiltIn));
}

#[test]
fn each_layer_covers_the_one_before() {
    let toml = "log = \"toml\"\n[tokens]\ncode_ttl = 10\naccess_token_ttl = \"1m\"\nid_token_ttl = \"2m\"";
    let dotenv = "SIGNET_TOKENS__CODE_TTL=20s\nSIGNET_TOKENS__ACCESS_TOKEN_TTL=3m\nOTHER=ignored\n";
    let sources = Sources::none()
        .with_toml(toml)
        .with_dotenv(dotenv)
        .with_environment([("SIGNET_TOKENS__CODE_TTL", "30s"), ("HOME", "/root")]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.tokens.code_ttl, Span::secs(30));
    assert_eq!(config.tokens.access_token_ttl, Span::minutes(3));
    assert_eq!(config.tokens.id_token_ttl, Span::minutes(2));
    assert_eq!(config.log, "toml");
    assert_eq!(config.origins.of("tokens", "code_ttl").to_string(), "environment SIGNET_TOKENS__CODE_TTL");
    assert_eq!(config.origins.of("tokens", "access_token_ttl").to_string(), ".env line 2");
    assert_eq!(config.origins.of("tokens", "id_token_ttl").to_string(), "signet.toml tokens.id_token_ttl");
    assert_eq!(config.origins.of("tokens", "flow_ttl"), Origin::BuiltIn);
}

#[test]
fn toml_values_have_their_natural_form() {
    let toml = "[keys]\nalgorithms = [\"RS256\", \"EdDSA\"]\naccess_token_alg = \"EdDSA\"\n\
                [registration]\nopen = false\n[limits]\naddress_failures = 0\n[server]\nform_limit = 8192\n";
    let config = Config::load(&Sources::none().with_toml(toml)).unwrap();
    assert_eq!(config.keys.algorithms, [Algorithm::Rs256, Algorithm::EdDsa]);
    assert!(!config.registration.open && config.limits.address_failures.is_off());
    assert_eq!(config.server.form_limit.as_usize(), 8192);
}

#[test]
fn every_mistake_is_reported_at_once_with_its_place() {
    let sources = environment(&[
        ("SIGNET_TOKENS__ACCESS_TOKEN_TTL", "soon"),
        ("SIGNET_TOKENS_CODE_TTL", "5s"),
        ("SIGNET_COLOR", "red"),
        ("SIGNET_TEST_DATABASE_URL", "postgres://ignored"),
        ("SIGNET_CONFIG", "ignored.toml"),
    ])
    .with_dotenv("SIGNET_MODE=test\nnonsense\nSIGNET_LISTEN=8001\n")
    .with_toml("[tokens]\ncode_ttl = \"11m\"\nttl = 1");
    let mut found = mistakes(&sources);
    found.sort();
    assert_eq!(
        found,
        [
            "SIGNET_COLOR is not a setting (environment SIGNET_COLOR)",
            "SIGNET_TOKENS_CODE_TTL is not a setting; did you mean SIGNET_TOKENS__CODE_TTL? (environment SIGNET_TOKENS_CODE_TTL)",
            "The line is not NAME=value (.env line 2)",
            "listen must be an IP address and a port such as 127.0.0.1:8001 or [::]:8001, not \"8001\" (.env line 3)",
            "mode must be `development` or `production`, not \"test\" (.env line 1)",
            "tokens.access_token_ttl must be a duration such as 30s, 10m, 12h or 14d, not \"soon\" (environment SIGNET_TOKENS__ACCESS_TOKEN_TTL)",
            "tokens.code_ttl must be from 1s to 10m, not 11m (signet.toml tokens.code_ttl)",
            "tokens.ttl is not a setting (signet.toml tokens.ttl)",
        ]
    );
}

#[test]
fn unknown_names_in_dotenv_are_mistakes_too() {
    let found = mistakes(&Sources::none().with_dotenv("\nSIGNET_ISUER=x\nSIGNET_TEST_X=1"));
    assert_eq!(found, ["SIGNET_ISUER is not a setting (.env line 2)"]);
}

#[test]
fn an_objection_names_the_key_that_was_set() {
    let found = mistakes(&environment(&[("SIGNET_SESSIONS__IDLE", "60d")]));
    assert_eq!(
        found,
        ["sessions.absolute must not be shorter than the idle time (60d) (environment SIGNET_SESSIONS__IDLE)"]
    );
}

#[test]
fn no_objection_rests_on_a_value_that_could_not_be_read() {
    let found = mistakes(&environment(&[("SIGNET_SESSIONS__IDLE", "long"), ("SIGNET_SESSIONS__ABSOLUTE", "1d")]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("sessions.idle must be a duration"), "{found:?}");
}

#[test]
fn each_rule_between_keys_is_held() {
    for (variable, value, key) in [
        ("SIGNET_KEYS__ALGORITHMS", "ES256", "keys.algorithms"),
        ("SIGNET_KEYS__ALGORITHMS", "RS256,ES256,RS256", "keys.algorithms"),
        ("SIGNET_KEYS__ACCESS_TOKEN_ALG", "PS256", "keys.access_token_alg"),
        ("SIGNET_KEYS__ID_TOKEN_ALG", "EdDSA", "keys.id_token_alg"),
        ("SIGNET_KEYS__ANNOUNCE", "90d", "keys.announce"),
        ("SIGNET_TOKENS__CODE_TTL", "0", "tokens.code_ttl"),
        ("SIGNET_TOKENS__REFRESH_ABSOLUTE", "1d", "tokens.refresh_absolute"),
        ("SIGNET_TOKENS__REFRESH_IDLE", "10s", "tokens.refresh_grace"),
        ("SIGNET_SESSIONS__API_ABSOLUTE", "1d", "sessions.api_absolute"),
        ("SIGNET_SESSIONS__TOUCH_EVERY", "14d", "sessions.touch_every"),
        ("SIGNET_PASSWORDS__MIN_LENGTH", "7", "passwords.min_length"),
        ("SIGNET_PASSWORDS__MIN_LENGTH", "2000", "passwords.min_length"),
        ("SIGNET_PASSWORDS__MAX_LENGTH", "32", "passwords.max_length"),
        ("SIGNET_PASSWORDS__MEMORY_KIB", "1024", "passwords.memory_kib"),
        ("SIGNET_VERIFICATION__CODE_ATTEMPTS", "100", "verification.code_attempts"),
        ("SIGNET_SERVER__MAX_CONNECTIONS", "0", "server.max_connections"),
        ("SIGNET_DATABASE__MAX_CONNECTIONS", "0", "database.max_connections"),
        ("SIGNET_REDIS__PREFIX", "{a}", "redis.prefix"),
        ("SIGNET_MAIL__ATTEMPTS", "0", "mail.attempts"),
        ("SIGNET_BRANDING__PRODUCT_NAME", " ", "branding.product_name"),
        ("SIGNET_OPERATOR__TOKEN", "0123456789abcdef0123456789abcde", "operator.token"),
        ("SIGNET_AUDIT__KEEP_ACTIVITY", "1h", "audit.keep_activity"),
    ] {
        let found = mistakes(&environment(&[(variable, value)]));
        assert_eq!(found.len(), 1, "{variable}={value}: {found:?}");
        assert!(found[0].starts_with(&format!("{key} ")), "{variable}={value}: {found:?}");
    }
}

#[test]
fn a_secret_or_url_may_stand_in_a_file() {
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let sources = environment(&[("SIGNET_MASTER_KEY_FILE", "/run/key"), ("SIGNET_SMTP_URL_FILE", "")])
        .with_dotenv("SIGNET_DATABASE_URL_FILE=/run/database")
        .with_files(move |path| match path.to_str() {
            Some("/run/key") => Ok(format!("{key}\n")),
            Some("/run/database") => Ok("postgres://u:p@h/signet\r\n".into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        });
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.master_key.as_ref().unwrap().expose(), key);
    assert_eq!(config.database_url.kind(), DatabaseKind::Postgres);
    assert_eq!(config.database_url.expose(), "postgres://u:p@h/signet");
    assert_eq!(config.origins.of("", "master_key").to_string(), "environment SIGNET_MASTER_KEY_FILE");
    assert!(config.smtp_url.is_none());
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake() {
    let found = mistakes(&environment(&[("SIGNET_OPERATOR__TOKEN_FILE", "/run/none")]));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("operator.token cannot be read from /run/none: "), "{found:?}");
}

#[test]
fn other_settings_have_no_file_form() {
    let found = mistakes(&environment(&[("SIGNET_LOG_FILE", "/var/log/signet")]));
    assert_eq!(found, ["SIGNET_LOG_FILE is not a setting (environment SIGNET_LOG_FILE)"]);
}

#[test]
fn a_value_and_its_file_in_one_layer_are_a_contradiction() {
    let token = "0123456789abcdef0123456789abcdef";
    let sources = environment(&[("SIGNET_OPERATOR__TOKEN", token), ("SIGNET_OPERATOR__TOKEN_FILE", "/run/token")]);
    assert_eq!(
        mistakes(&sources),
        [
            "operator.token is set twice: here and in environment SIGNET_OPERATOR__TOKEN (environment SIGNET_OPERATOR__TOKEN_FILE)"
        ]
    );
    let twice = Sources::none().with_dotenv("SIGNET_LOG=a\nSIGNET_LOG=b");
    assert_eq!(mistakes(&twice), ["log is set twice: here and in .env line 1 (.env line 2)"]);
}

#[test]
fn a_value_covers_the_file_of_a_layer_below() {
    let token = "0123456789abcdef0123456789abcdef";
    let sources = environment(&[("SIGNET_OPERATOR__TOKEN", token)]).with_dotenv("SIGNET_OPERATOR__TOKEN_FILE=/none");
    assert_eq!(Config::load(&sources).unwrap().operator.token.unwrap().expose(), token);
}

#[test]
fn nothing_unsets_what_a_layer_below_has_set() {
    let sources = environment(&[("SIGNET_REDIS_URL", "")]).with_toml("redis_url = \"redis://h\"");
    assert!(Config::load(&sources).unwrap().redis_url.is_none());
}

#[test]
fn the_database_follows_the_data_directory_unless_it_is_set() {
    let moved = Config::load(&environment(&[("SIGNET_DATA_DIR", "/var/lib/signet")])).unwrap();
    assert_eq!(moved.database_url.expose(), "sqlite:///var/lib/signet/signet.db");
    let both = [("SIGNET_DATA_DIR", "/var/lib/signet"), ("SIGNET_DATABASE_URL", "sqlite://data/signet.db")];
    let set = Config::load(&environment(&both)).unwrap();
    assert_eq!(set.database_url.expose(), "sqlite://data/signet.db");
}

#[test]
fn mistakes_do_not_quote_secrets() {
    let found = mistakes(&environment(&[
        ("SIGNET_MASTER_KEY", "hunter2"),
        ("SIGNET_OPERATOR__TOKEN", "hunter2"),
        ("SIGNET_DATABASE_URL", "postgres://u:hunter2@h"),
        ("SIGNET_REDIS_URL", "redis://u:hunter2@h/x"),
        ("SIGNET_SMTP_URL", "smtp://u:hunter2@h/x"),
        ("SIGNET_ISSUER", "https://u:hunter2@h"),
        ("SIGNET_BRANDING__TERMS_URL", "https://u:hunter2@h"),
    ]))
    .join("\n");
    assert_eq!(found.lines().count(), 7);
    assert!(!found.contains("hunter2"), "{found}");
}

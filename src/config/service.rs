//! The whole configuration: the settings above all sections, and the sections.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::layers::Origins;
use super::objections::Objections;
use super::section::{Judged, Section, section};
use super::values::{DatabaseUrl, Issuer, LogFormat, MasterKeys, Mode, RedisUrl, SmtpUrl};
use super::{
    Audit, Branding, Database, Dpop, Http, Keys, Limits, Mail, Mtls, Oauth, Operator, Passwords, Redis, Registration,
    Server, Sessions, Tokens, Verification,
};

section! {
    /// The settings that most installations touch. They stand above all sections in `signet.toml`.
    pub struct Config as "" {
        /// `development` allows conveniences that `production` refuses: mail kept in a mailbox page, short-lived state in
        /// the process's own memory, an http issuer off loopback, a master key made in the data directory.
        mode: Mode = Mode::Development,
        /// The issuer identifier and public URL: scheme, host and port, without a path or a slash at the end. Relying
        /// parties compare it byte by byte, so choose it once.
        issuer: Issuer = default_issuer(),
        /// The address and port to listen on. Plain HTTP, for a proxy in front that speaks TLS, unless `tls_cert_file` is
        /// set.
        listen: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8001),
        /// The certificate for TLS by Signet itself: PEM, the server's own first, then its issuers'. Relative to the
        /// working directory; read again when it changes. TLS 1.3, and 1.2 with ECDHE and AES-GCM.
        tls_cert_file: Option<PathBuf> = None,
        /// The private key of that certificate: PEM, not encrypted. Read again when it changes.
        tls_key_file: Option<PathBuf> = None,
        /// The database: `sqlite://<path>` (relative to the working directory) or
        /// `postgres://user:password@host:port/database`. Unset: the file `signet.db` in `data_dir`.
        database_url: DatabaseUrl = DatabaseUrl::in_directory(Path::new("data")),
        /// Where authorization codes, rate limits and other short-lived state are kept. Unset: in the process's own
        /// memory, which serves one node.
        ///
        /// - `redis://user:password@host:6379/0`, one server; `rediss://` for TLS; `redis+unix:///run/redis.sock`
        /// - `redis+cluster://user:password@host:6379,host:6379`, a cluster found through these nodes
        /// - `redis+sentinel://user:password@host:26379,host:26379/master/0`, the master of that name and its database;
        ///   the login is the master's, `?sentinel_username=…&sentinel_password=…` are the sentinels'
        /// - `rediss+cluster://` and `rediss+sentinel://`, the same with TLS
        ///
        /// User names and passwords are percent-encoded.
        redis_url: Option<RedisUrl> = None,
        /// The mail server: `smtp://user:password@host:587` or `smtps://user:password@host`. Unset: mail is kept in a
        /// mailbox page, for development. `?tls=required`, `opportunistic` or `none` says whether `smtp://` must, may or must
        /// not use STARTTLS; without it, it must, unless the server is on this machine and there is no login.
        smtp_url: Option<SmtpUrl> = None,
        /// The directory for what Signet keeps in files: the SQLite database, and the master key if none is given.
        data_dir: PathBuf = PathBuf::from("data"),
        /// The key that seals private keys and seeds: 32 bytes in base64. Several, separated by commas: the first seals, the others
        /// still open. Unset: made in `data_dir` at first start, for development.
        master_key: Option<MasterKeys> = None,
        /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`) or directives such as `info,sea_orm=debug`.
        log: String = "info".into(),
        /// The shape of log lines. Unset: `pretty` in development, `json` in production.
        log_format: Option<LogFormat> = None,
    }
    and
        /// How requests are received.
        server: Server,
        /// The connection pool of the database.
        database: Database,
        /// The use of Redis.
        redis: Redis,
        /// Password rules and hashing cost.
        passwords: Passwords,
        /// How long people stay signed in.
        sessions: Sessions,
        /// Proof of addresses, and password resets.
        verification: Verification,
        /// Lifetimes of tokens and codes.
        tokens: Tokens,
        /// What applications may ask.
        oauth: Oauth,
        /// How proofs of possession are judged.
        dpop: Dpop,
        /// Certificates of clients.
        mtls: Mtls,
        /// Requests to addresses that clients registered.
        http: Http,
        /// Signing keys.
        keys: Keys,
        /// Mail that is sent.
        mail: Mail,
        /// How often things may be tried.
        limits: Limits,
        /// Who may register.
        registration: Registration,
        /// What the pages and mails look like.
        branding: Branding,
        /// What operators see.
        operator: Operator,
        /// How long the record is kept.
        audit: Audit,
        /// Where each value came from; what is not in it is a default.
        origins: Origins,
}

impl Judged for Config {
    fn judge(&self, objections: &mut Objections) {
        objections.unless(
            self.tls_cert_file.is_some() == self.tls_key_file.is_some(),
            &["tls_cert_file", "tls_key_file"],
            "is one of a pair: set both tls_cert_file and tls_key_file, or neither",
        );
        // Cookies, links and HSTS follow the issuer: under an http issuer people would be signed in as if there were no TLS.
        objections.unless(
            self.tls_cert_file.is_none() || self.issuer.is_https(),
            &["issuer", "tls_cert_file"],
            "must be an https URL where Signet speaks TLS itself (tls_cert_file is set)",
        );
        objections.unless(
            self.mtls.listen.is_none() || self.tls_cert_file.is_some(),
            &["tls_cert_file"],
            "must be set where Signet asks clients for certificates itself (mtls.listen is set)",
        );
        // It has to be another address: at the issuer's own, clients would be told to go where nobody asks for certificates.
        objections.unless(
            self.mtls.listen.is_none() || self.mtls.url.as_ref() != Some(&self.issuer),
            &["issuer"],
            "must not be mtls.url: the listener of mtls.listen is another one",
        );
        objections.unless(
            self.mtls.proxy_header.is_none() || !self.server.trusted_proxies.is_empty(),
            &["mtls.proxy_header"],
            "is believed from server.trusted_proxies alone, and there are none",
        );
    }
}

fn default_issuer() -> Issuer {
    Issuer::localhost(8001)
}

impl Config {
    /// Every section, the keys above all sections first.
    pub(super) fn sections(&self) -> Vec<&dyn Section> {
        vec![
            self,
            &self.server,
            &self.database,
            &self.redis,
            &self.passwords,
            &self.sessions,
            &self.verification,
            &self.tokens,
            &self.oauth,
            &self.dpop,
            &self.mtls,
            &self.http,
            &self.keys,
            &self.mail,
            &self.limits,
            &self.registration,
            &self.branding,
            &self.operator,
            &self.audit,
        ]
    }

    /// The section of that name, to be changed.
    pub(super) fn section_mut(&mut self, name: &str) -> Option<&mut dyn Section> {
        Some(match name {
            "" => self,
            "server" => &mut self.server,
            "database" => &mut self.database,
            "redis" => &mut self.redis,
            "passwords" => &mut self.passwords,
            "sessions" => &mut self.sessions,
            "verification" => &mut self.verification,
            "tokens" => &mut self.tokens,
            "oauth" => &mut self.oauth,
            "dpop" => &mut self.dpop,
            "mtls" => &mut self.mtls,
            "http" => &mut self.http,
            "keys" => &mut self.keys,
            "mail" => &mut self.mail,
            "limits" => &mut self.limits,
            "registration" => &mut self.registration,
            "branding" => &mut self.branding,
            "operator" => &mut self.operator,
            "audit" => &mut self.audit,
            _ => return None,
        })
    }

    /// True in production.
    pub fn is_production(&self) -> bool {
        self.mode == Mode::Production
    }

    /// The shape of log lines: as set, or what the mode suggests.
    pub fn log_format(&self) -> LogFormat {
        self.log_format.unwrap_or(match self.mode {
            Mode::Development => LogFormat::Pretty,
            Mode::Production => LogFormat::Json,
        })
    }

    /// Whether `serve` migrates before it starts: as set, or only the embedded database.
    pub fn migrates_on_start(&self) -> bool {
        self.database.migrate_on_start.unwrap_or_else(|| self.database_url.is_embedded())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::objections::Objections;
    use super::super::section::variable;
    use super::super::values::Setting;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_section_is_found_by_its_name() {
        let mut config = Config::default();
        let names: Vec<_> = config.sections().iter().map(|section| section.name()).collect();
        for name in names {
            assert_eq!(config.section_mut(name).unwrap().name(), name);
        }
        assert!(config.section_mut("nonsense").is_none());
    }

    #[test]
    fn the_defaults_raise_no_objection() {
        for section in Config::default().sections() {
            let mut objections = Objections::default();
            section.judge(&mut objections);
            assert_eq!(objections.into_vec(), [], "{}", section.name());
        }
    }

    #[test]
    fn every_key_has_one_variable_of_its_own() {
        let config = Config::default();
        let mut seen = BTreeSet::new();
        for section in config.sections() {
            for key in section.keys() {
                assert!(seen.insert(variable(section.name(), key.name)));
                // A path that is a setting itself and the NAME_FILE of another setting must not collide.
                assert!(!key.from_file || seen.insert(format!("{}_FILE", variable(section.name(), key.name))));
                assert!(!key.name.starts_with("test_") && key.name != "config");
            }
        }
        assert!(seen.contains("SIGNET_ISSUER") && seen.contains("SIGNET_TOKENS__CODE_TTL"));
    }

    #[test]
    fn every_key_is_explained() {
        for section in Config::default().sections() {
            assert!(section.about().trim().len() > 10, "{}", section.name());
            for key in section.keys() {
                assert!(key.about.trim().ends_with('.'), "{} is a sentence", key.name);
            }
        }
    }

    #[test]
    fn the_laptop_defaults_are_the_documented_ones() {
        let config = Config::default();
        assert_eq!(config.issuer.as_str(), "http://localhost:8001");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8001");
        assert_eq!(config.database_url.expose(), "sqlite://data/signet.db");
        assert_eq!(config.log_format(), LogFormat::Pretty);
        assert!(config.migrates_on_start() && !config.is_production());
    }

    #[test]
    fn tls_takes_two_files_and_an_https_issuer() {
        let file = || Some(PathBuf::from("x.pem"));
        let objections = |config: &Config| {
            let mut objections = Objections::default();
            config.judge(&mut objections);
            objections.into_vec().iter().map(|objection| objection.keys[0]).collect::<Vec<_>>()
        };
        let issuer = Issuer::parse("https://id.example.com").unwrap();
        let both = Config { issuer, tls_cert_file: file(), tls_key_file: file(), ..Config::default() };
        assert!(objections(&both).is_empty());
        assert_eq!(objections(&Config { tls_key_file: None, ..both.clone() }), ["tls_cert_file"]);
        assert_eq!(objections(&Config { tls_cert_file: None, ..both.clone() }), ["tls_cert_file"]);
        assert_eq!(objections(&Config { issuer: Issuer::localhost(8001), ..both }), ["issuer"]);
    }

    #[test]
    fn certificates_of_clients_need_tls_another_address_or_a_trusted_proxy() {
        let objections = |config: &Config| {
            let mut objections = Objections::default();
            config.judge(&mut objections);
            objections.into_vec().iter().map(|objection| objection.keys[0]).collect::<Vec<_>>()
        };
        let file = || Some(PathBuf::from("x.pem"));
        let issuer = || Issuer::parse("https://id.example.com").unwrap();
        let mut asking = Config { issuer: issuer(), tls_cert_file: file(), tls_key_file: file(), ..Config::default() };
        asking.mtls.listen = Some("127.0.0.1:8443".parse().unwrap());
        asking.mtls.url = Some(Issuer::parse("https://id.example.com:8443").unwrap());
        assert!(objections(&asking).is_empty());
        let plain = Config { tls_cert_file: None, tls_key_file: None, ..asking.clone() };
        assert_eq!(objections(&plain), ["tls_cert_file"]);
        asking.mtls.url = Some(issuer());
        assert_eq!(objections(&asking), ["issuer"]);
        let mut behind = Config::default();
        behind.mtls.proxy_header = Some("X-Client-Cert".into());
        assert_eq!(objections(&behind), ["mtls.proxy_header"]);
        behind.server.trusted_proxies = vec![crate::config::Network::parse("127.0.0.1").unwrap()];
        assert!(objections(&behind).is_empty());
    }

    #[test]
    fn what_is_unset_follows_the_mode() {
        let config = Config { mode: Mode::Production, ..Config::default() };
        assert_eq!(config.log_format(), LogFormat::Json);
    }
}

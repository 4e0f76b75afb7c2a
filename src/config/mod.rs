//! Settings: one file per section; defaults that run on a laptop; every mistake at once.

mod audit;
mod branding;
mod database;
mod dpop;
mod http;
mod keys;
mod layers;
mod limits;
mod mail;
mod mtls;
mod oauth;
mod objections;
mod operator;
mod passwords;
mod production;
mod profile;
mod redis;
mod reference;
mod registration;
mod section;
mod server;
mod service;
mod sessions;
mod show;
mod tokens;
mod values;
mod verification;

pub use self::audit::Audit;
pub use self::branding::Branding;
pub use self::database::Database;
pub use self::dpop::Dpop;
pub use self::http::Http;
pub use self::keys::Keys;
pub use self::layers::{Mistake, Mistakes, Origin, Origins, Sources};
pub use self::limits::Limits;
pub use self::mail::Mail;
pub use self::mtls::Mtls;
pub use self::oauth::Oauth;
pub use self::operator::Operator;
pub use self::passwords::Passwords;
pub use self::production::production;
pub use self::redis::Redis;
pub use self::registration::Registration;
pub use self::server::Server;
pub use self::service::Config;
pub use self::sessions::Sessions;
pub use self::show::Shown;
pub use self::tokens::Tokens;
pub use self::values::{
    Accent, Algorithm, Bytes, CertificateForm, Certificates, ClientRegistration, DatabaseKind, DatabaseUrl,
    DecryptionAlgorithm, HostName, HostPattern, Issuer, Link, LogFormat, Mailbox, MasterKeys, Mode, Network, Rate,
    RedisTopology, RedisUrl, SecretText, SecurityProfile, Setting, SmtpTls, SmtpUrl, Span,
};
pub use self::verification::Verification;

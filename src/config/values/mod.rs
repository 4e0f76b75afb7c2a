//! The types a setting can have: each knows how to be read, how to be shown and what it refuses.

mod accent;
mod algorithm;
mod choice;
mod database_url;
mod host_name;
mod issuer;
mod link;
mod mailbox;
mod master_keys;
mod rate;
mod redis_url;
mod secret_text;
mod setting;
mod size;
mod smtp_url;
mod span;
mod url_text;

pub use accent::Accent;
pub use algorithm::Algorithm;
pub use choice::{LogFormat, Mode};
pub use database_url::{DatabaseKind, DatabaseUrl};
pub use host_name::HostName;
pub use issuer::Issuer;
pub use link::Link;
pub use mailbox::Mailbox;
pub use master_keys::MasterKeys;
pub use rate::Rate;
pub use redis_url::{RedisTopology, RedisUrl};
pub use secret_text::SecretText;
pub use setting::{Given, Setting};
pub use size::Bytes;
pub use smtp_url::{SmtpTls, SmtpUrl};
pub use span::Span;

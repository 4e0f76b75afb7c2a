//! Where Redis is, in the library's own types: one server, a cluster, or a master that sentinels know.

use redis::{
    Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisResult, TlsMode,
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};
use tokio::sync;

use crate::{
    config::{RedisTopology, RedisUrl, SecretText},
    kernel::Fault,
};

/// Where Redis is.
pub(super) enum Form {
    /// One server.
    One(Client),
    /// Some nodes of a cluster; they know the others.
    Cluster(Vec<ConnectionInfo>),
    /// Sentinels, asked for the master at each dialing.
    Sentinel(sync::Mutex<SentinelClient>),
}

impl Form {
    /// What the configuration means. Nothing is contacted yet.
    pub(super) fn of(url: &RedisUrl) -> Result<Self, Fault> {
        // The library's message could repeat the URL, which may hold a password; its category does not.
        Self::read(url.topology())
            .map_err(|error| Fault::broken(format!("redis_url cannot be used: {}", error.category())))
    }

    fn read(topology: &RedisTopology) -> RedisResult<Self> {
        Ok(match topology {
            RedisTopology::Single { url } => Self::One(Client::open(connection(url)?)?),
            RedisTopology::Cluster { nodes } => {
                Self::Cluster(nodes.iter().map(connection).collect::<RedisResult<_>>()?)
            }
            RedisTopology::Sentinel { nodes, master, username, password, database, tls } => {
                let nodes = nodes.iter().map(connection).collect::<RedisResult<Vec<_>>>()?;
                let addresses = nodes.iter().map(|node| node.addr().clone()).collect::<Vec<_>>();
                let mut builder = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?
                    .set_client_to_redis_protocol(ProtocolVersion::RESP3)
                    .set_client_to_redis_db(*database);
                if *tls {
                    builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
                }
                if let Some(username) = username {
                    builder = builder.set_client_to_redis_username(username);
                }
                if let Some(password) = password {
                    builder = builder.set_client_to_redis_password(password.expose());
                }
                // Every sentinel has the same login.
                let login = nodes.first().map(ConnectionInfo::redis_settings);
                if let Some(username) = login.and_then(|login| login.username()) {
                    builder = builder.set_client_to_sentinel_username(username);
                }
                if let Some(password) = login.and_then(|login| login.password()) {
                    builder = builder.set_client_to_sentinel_password(password);
                }
                Self::Sentinel(sync::Mutex::new(builder.build()?))
            }
        })
    }
}

/// A connection by the third protocol: it tells that a connection is gone before a command is lost on it, and carries
/// announcements.
fn connection(url: &SecretText) -> RedisResult<ConnectionInfo> {
    let info = url.expose().into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(settings))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::Setting;

    #[test]
    fn every_url_that_the_configuration_takes_has_a_form() {
        let form = |url: &str| Form::of(&RedisUrl::parse(url).unwrap()).unwrap();
        for url in ["redis://127.0.0.1:6379/3", "rediss://user:p%40ss@redis.test", "redis+unix:///run/redis.sock"] {
            assert!(matches!(form(url), Form::One(_)), "{url}");
        }
        for url in ["redis+cluster://u:p@a:7000,b", "rediss+cluster://[::1],c"] {
            assert!(matches!(form(url), Form::Cluster(nodes) if nodes.len() == 2), "{url}");
        }
        for url in ["redis+sentinel://a,b:1/main", "rediss+sentinel://u:p@a:26379,b/main/2?sentinel_password=s"] {
            assert!(matches!(form(url), Form::Sentinel(_)), "{url}");
        }
    }
}

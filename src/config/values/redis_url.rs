//! Where the short-lived state is: one Redis server, a cluster, or servers watched by sentinels.

use url::Url;

use super::secret_text::SecretText;
use super::setting::Setting;
use super::url_text::{decoded, without_password};

/// The forms of the setting, for mistakes.
const FORMS: &str = "redis://[user:password@]host[:port][/database], redis+cluster://[user:password@]host:port,host:port, \
                     redis+sentinel://[user:password@]host:port,host:port/master[/database], the same with rediss for TLS, \
                     or redis+unix:///path";

/// A Redis deployment.
#[derive(Clone, Debug)]
pub struct RedisUrl {
    shown: String,
    topology: RedisTopology,
}

/// How the servers are found. URLs are in the form that the `redis` crate takes.
#[derive(Clone, Debug)]
pub enum RedisTopology {
    /// One server.
    Single {
        /// URL of the server.
        url: SecretText,
    },
    /// A cluster, found through any of its nodes.
    Cluster {
        /// URLs of the nodes given.
        nodes: Vec<SecretText>,
    },
    /// A master that sentinels know.
    Sentinel {
        /// URLs of the sentinels, with their own login if one was given.
        nodes: Vec<SecretText>,
        /// Name of the master.
        master: String,
        /// User name at the master.
        username: Option<String>,
        /// Password at the master.
        password: Option<SecretText>,
        /// Number of the database at the master.
        database: i64,
        /// Whether sentinels and master are reached by TLS.
        tls: bool,
    },
}

impl RedisUrl {
    /// How the servers are found.
    pub const fn topology(&self) -> &RedisTopology {
        &self.topology
    }
}

/// A multi-host URL taken apart by hand: URL parsers refuse a comma between hosts.
struct Several<'a> {
    scheme: &'static str,
    login: &'a str,
    hosts: Vec<&'a str>,
    path: &'a str,
    query: &'a str,
}

impl<'a> Several<'a> {
    fn parse(tls: bool, rest: &'a str) -> Result<Self, String> {
        if rest.contains('#') {
            return Err("must not have a fragment; percent-encode special characters in the password".into());
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let scheme = if tls { "rediss" } else { "redis" };
        Ok(Self { scheme, login, hosts: hosts.split(',').collect(), path, query })
    }

    /// The URL of each host, refused unless it is one that the `redis` crate takes.
    fn nodes(&self, login: &str, usual_port: u16) -> Result<Vec<SecretText>, String> {
        let at = if login.is_empty() { "" } else { "@" };
        let node = |host: &&str| {
            let mut text = format!("{}://{login}{at}{host}", self.scheme);
            // The crate would take 6379 for a sentinel too.
            if judge_one(&text)?.port().is_none() {
                text = format!("{text}:{usual_port}");
            }
            Ok(SecretText::new(text))
        };
        self.hosts.iter().map(node).collect()
    }
}

/// The number of a database.
fn number(text: &str) -> Result<i64, String> {
    text.parse::<u16>().map(i64::from).map_err(|_| "must name the database by its number, such as /0".into())
}

/// One server's URL, which the driver reads as it is.
fn judge_one(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|why| format!("must be one of {FORMS} ({why})"))?;
    if url.fragment().is_some() {
        return Err("must not have a fragment: #insecure would switch off the check of certificates".into());
    }
    match (url.scheme(), url.path().trim_matches('/')) {
        ("redis+unix", "") => return Err("must name a socket: redis+unix:///run/redis.sock".into()),
        ("redis+unix", _) => {}
        _ if url.host_str().is_none_or(str::is_empty) => return Err("must name a host".into()),
        (_, "") => {}
        (_, database) => {
            number(database)?;
        }
    }
    Ok(url)
}

fn cluster(tls: bool, rest: &str) -> Result<RedisTopology, String> {
    let several = Several::parse(tls, rest)?;
    if !several.path.is_empty() || !several.query.is_empty() {
        return Err("must end after the hosts: a cluster has no numbered databases".into());
    }
    let nodes = several.nodes(several.login, 6379)?;
    Ok(RedisTopology::Cluster { nodes })
}

fn sentinel(tls: bool, rest: &str) -> Result<RedisTopology, String> {
    let several = Several::parse(tls, rest)?;
    let (master, database) = several.path.split_once('/').unwrap_or((several.path, "0"));
    if master.is_empty() {
        return Err("must name the master after the sentinels: redis+sentinel://host:26379,host:26379/master".into());
    }
    let (username, password) = several.login.split_once(':').unwrap_or((several.login, ""));
    let given = |text: &str| (!text.is_empty()).then(|| decoded(text));
    Ok(RedisTopology::Sentinel {
        nodes: several.nodes(&sentinel_login(several.query)?, 26379)?,
        master: decoded(master),
        username: given(username),
        password: given(password).map(SecretText::new),
        database: number(database)?,
        tls,
    })
}

/// What the sentinels themselves ask for, still percent-encoded: `user:password`, or nothing.
fn sentinel_login(query: &str) -> Result<String, String> {
    let (mut user, mut password) = ("", "");
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sentinel_username", value)) => user = value,
            Some(("sentinel_password", value)) => password = value,
            _ => return Err("takes two parameters only, sentinel_username and sentinel_password".into()),
        }
    }
    Ok(if password.is_empty() { user.to_owned() } else { format!("{user}:{password}") })
}

impl Setting for RedisUrl {
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "URL".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let topology = match text.split_once("://") {
            Some(("redis" | "rediss" | "redis+unix", _)) => {
                judge_one(text)?;
                RedisTopology::Single { url: SecretText::new(text) }
            }
            Some(("redis+cluster", rest)) => cluster(false, rest)?,
            Some(("rediss+cluster", rest)) => cluster(true, rest)?,
            Some(("redis+sentinel", rest)) => sentinel(false, rest)?,
            Some(("rediss+sentinel", rest)) => sentinel(true, rest)?,
            _ => return Err(format!("must be one of {FORMS}")),
        };
        Ok(Self { shown: without_password(text), topology })
    }

    fn shown(&self) -> String {
        self.shown.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn exposed(nodes: &[SecretText]) -> Vec<&str> {
        nodes.iter().map(SecretText::expose).collect()
    }

    #[test]
    fn one_server_is_passed_on() {
        for text in
            ["redis://127.0.0.1:6379", "rediss://:p@h/3", "redis+unix:///run/redis.sock", "redis://h?protocol=resp3"]
        {
            match RedisUrl::parse(text).unwrap().topology() {
                RedisTopology::Single { url } => assert_eq!(url.expose(), text),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_cluster_gives_each_node_the_login() {
        let url = RedisUrl::parse("rediss+cluster://u:p%40w@a:7000,b").unwrap();
        let RedisTopology::Cluster { nodes } = url.topology() else {
            panic!("{url:?}");
        };
        assert_eq!(exposed(nodes), ["rediss://u:p%40w@a:7000", "rediss://u:p%40w@b:6379"]);
    }

    #[test]
    fn sentinels_and_master_have_their_own_logins() {
        let url = RedisUrl::parse("redis+sentinel://u:p%40w@a:1,[::1]/main/2?sentinel_password=s").unwrap();
        let RedisTopology::Sentinel { nodes, master, username, password, database, tls } = url.topology() else {
            panic!("{url:?}");
        };
        assert_eq!(exposed(nodes), ["redis://:s@a:1", "redis://:s@[::1]:26379"]);
        assert_eq!((master.as_str(), username.as_deref(), *database, *tls), ("main", Some("u"), 2, false));
        assert_eq!(password.as_ref().unwrap().expose(), "p@w");
    }

    #[test]
    fn passwords_stay_inside() {
        let url = RedisUrl::parse("redis+sentinel://u:hunter2@a,b/main?sentinel_password=hunter2").unwrap();
        assert_eq!(url.shown(), "redis+sentinel://u:***@a,b/main?sentinel_password=***");
        assert!(!format!("{url:?}").contains("hunter2"));
    }

    #[test]
    fn mistakes_do_not_quote_the_password() {
        for text in [
            "",
            "h:6379",
            "http://u:hunter2@h",
            "redis://",
            "redis+unix://",
            "redis://u:hunter2@h/zero",
            "rediss://u:hunter2@h/#insecure",
            "redis+cluster://u:hunter2@a:1,b:2/1",
            "redis+cluster://u:hunter2@a:1,,b:2",
            "redis+cluster://u:hunter2@",
            "redis+cluster://u:hunter2@a:x",
            "redis+cluster://u:hunter2@a?x=1",
            "redis+sentinel://u:hunter2@a:1",
            "redis+sentinel://u:hunter2@a:1/m/x",
            "redis+sentinel://u:hunter2@a:1/m#x",
            "redis+sentinel://a/m?password=hunter2",
        ] {
            let why = RedisUrl::parse(text).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}

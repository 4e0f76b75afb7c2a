//! Which identifiers are addresses of documents that may be read (§3). Pure.

use url::Url;

use crate::{
    config::Config,
    domain::clients::rules::check_client_id,
    ports::http::{Refused, judge_url},
};

/// What an identifier is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// No address of a document, or documents are not read here: an identifier like any other.
    Other,
    /// An address that is not read, and why.
    Refused(&'static str),
    /// An address to read.
    Document(Url),
}

/// Judges an identifier by its form and its host. What its name resolves to is judged when it is read.
pub(super) fn judge(client_id: &str, config: &Config) -> Address {
    let (registration, private) = (&config.registration, config.http.allow_private_targets);
    if !registration.client_id_documents || !client_id.starts_with("https://") && !client_id.starts_with("http://") {
        return Address::Other;
    }
    let url = match judge_form(client_id, private) {
        Ok(url) => url,
        Err(why) => return Address::Refused(why),
    };
    let host = url.host_str().unwrap_or_default();
    // A document below the issuer would be read by itself, and look like its own.
    if url.origin().ascii_serialization() == config.issuer.origin() {
        return Address::Refused("is an address of this service");
    }
    let listed = &registration.client_id_document_hosts;
    let denied = registration.client_id_document_hosts_denied.iter().any(|pattern| pattern.matches(host));
    if denied || !listed.is_empty() && !listed.iter().any(|pattern| pattern.matches(host)) {
        return Address::Refused("has a host whose applications are not admitted here");
    }
    Address::Document(url)
}

/// An https URL with a path, and nothing that two readers might read differently: it has to be as the URL standard writes it, so
/// without dot segments, default ports, capitals in the host or user names (§3). Queries, which are advised against, and fragments
/// are no part of any `client_id` here.
fn judge_form(client_id: &str, private: bool) -> Result<Url, &'static str> {
    check_client_id(client_id).map_err(|_| "has characters that an application's address cannot have, or too many")?;
    let url = judge_url(client_id, private).map_err(|refused| match refused {
        Refused::NotAUrl => "is not a URL",
        Refused::NotHttps => "is not an https URL",
        Refused::Credentials => "has a user name",
        Refused::Private => "is not on the public internet",
    })?;
    if url.path() == "/" {
        return Err("has no path");
    }
    if url.as_str() != client_id { Err("is not written in its normal form") } else { Ok(url) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{HostPattern, Setting};

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config { issuer: Setting::parse("https://id.example.test").unwrap(), ..Config::default() };
        config.registration.client_id_documents = true;
        change(&mut config);
        config
    }

    fn is_read(client_id: &str, config: &Config) -> bool {
        matches!(judge(client_id, config), Address::Document(_))
    }

    #[test]
    fn an_https_url_with_a_path_in_its_normal_form() {
        let config = config(|_| {});
        for good in ["https://app.example.test/client.json", "https://app.example.test:8443/a/b", "https://1.1.1.1/c"] {
            assert!(is_read(good, &config), "{good}");
        }
        for bad in [
            "https://app.example.test",
            "https://app.example.test/",
            "http://app.example.test/client",
            "https://app.example.test/a/../client",
            "https://app.example.test/./client",
            "https://app.example.test/%2e%2e/client",
            "https://app.example.test:443/client",
            "https://APP.example.test/client",
            "https://user@app.example.test/client",
            "https://user:word@app.example.test/client",
            "https://app.example.test/client#x",
            "https://app.example.test/client?x=1",
            "https://app.example.test/a b",
            "https://127.0.0.1/client",
            "https://localhost/client",
            "https://10.0.0.1/client",
            "https://[::1]/client",
            "https://169.254.169.254/latest",
            "https://id.example.test/client",
            "https:///client",
        ] {
            assert!(matches!(judge(bad, &config), Address::Refused(_)), "{bad}");
        }
        for other in ["shop", "app_1", "HTTPS://app.example.test/client", "urn:x", ""] {
            assert_eq!(judge(other, &config), Address::Other, "{other}");
        }
        assert!(matches!(judge(&format!("https://a.test/{}", "x".repeat(200)), &config), Address::Refused(_)));
    }

    #[test]
    fn off_by_default_and_by_host() {
        let url = "https://app.example.test/client.json";
        assert_eq!(judge(url, &Config::default()), Address::Other);
        let hosts = |names: &str| <Vec<HostPattern>>::parse(names).unwrap();
        let only = config(|config| config.registration.client_id_document_hosts = hosts("*.example.test"));
        assert!(is_read(url, &only) && !is_read("https://app.example.org/client", &only));
        let but = config(|config| {
            config.registration.client_id_document_hosts = hosts("*.example.test");
            config.registration.client_id_document_hosts_denied = hosts("app.example.test");
        });
        assert!(!is_read(url, &but) && is_read("https://other.example.test/client", &but));
    }

    #[test]
    fn plain_http_on_this_machine_is_for_development() {
        let private = config(|config| config.http.allow_private_targets = true);
        assert!(is_read("http://127.0.0.1:8080/client", &private) && is_read("https://localhost/client", &private));
        assert!(!is_read("http://app.example.test/client", &private));
    }
}

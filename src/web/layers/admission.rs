//! What is refused before anything else is looked at: other hosts, long addresses, wrong methods, bodies that say they
//! are too large.

use axum::http::{HeaderMap, Uri, header, uri::Authority};

use crate::{
    config::Config,
    kernel::{Code, Refusal},
    web::forwarding::Unreadable,
};

/// The longest path and query, in bytes: an authorization request with hints and claims fits many times.
const MAX_URI: usize = 16 * 1024;

/// Refuses an address that is too long.
pub fn judge_uri(uri: &Uri) -> Result<(), Refusal> {
    let length = uri.path_and_query().map_or(0, |both| both.as_str().len());
    if length > MAX_URI {
        return Err(Code::UriTooLong.because(format!("The address has more than {MAX_URI} bytes.")));
    }
    Ok(())
}

/// Refuses a body that says it is larger than any that is read here. Those that do not say are cut while they are read.
pub fn judge_length(headers: &HeaderMap, most: usize) -> Result<(), Refusal> {
    let says = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match says {
        Some(length) if length > most as u64 => {
            Err(Code::TooLarge.because(format!("The body has more than {most} bytes.")))
        }
        _ => Ok(()),
    }
}

/// The one host that a request names (RFC 9110 §7.2).
pub fn host(uri: &Uri, headers: &HeaderMap) -> Result<Authority, Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let header = hosts.next();
    if hosts.next().is_some() {
        return Err(Code::Malformed.because("The request has more than one Host header."));
    }
    let header = match header {
        None => None,
        Some(value) => {
            let authority = Authority::try_from(value.as_bytes());
            Some(authority.map_err(|_| Code::Malformed.because("The Host header cannot be read."))?)
        }
    };
    // HTTP/2's :authority, or an absolute-form request: it goes before Host, which must say the same (RFC 9110 §7.2).
    match (uri.authority(), header) {
        (Some(authority), Some(host)) if !authority.as_str().eq_ignore_ascii_case(host.as_str()) => {
            Err(Code::Malformed.because("The request names two different hosts."))
        }
        (Some(authority), _) => Ok(authority.clone()),
        (None, Some(host)) => Ok(host),
        (None, None) => Err(Code::Malformed.because("The request names no host.")),
    }
}

/// The same by the word of a trusted proxy: then the `Host` it sends is its own business.
pub fn forwarded_host(host: &Result<Authority, Unreadable>) -> Result<Authority, Refusal> {
    host.clone().map_err(|Unreadable| Code::Malformed.because("The forwarded host cannot be read."))
}

/// Refuses hosts that are not served, so that no page, link or redirect is made for a name that someone else chose
/// (host header attacks, DNS rebinding). RFC 9110 §7.4, §15.5.20.
///
/// Where clients are asked for certificates (`mtls.url`, or `for_clients`: our own listener), no pages are shown: people are at the
/// issuer, where their cookies and the links of the pages belong.
pub fn judge_host(config: &Config, asked: &Authority, pages: bool, for_clients: bool) -> Result<(), Refusal> {
    let alias = config.mtls.url.as_ref().is_some_and(|url| asked.host().eq_ignore_ascii_case(url.host()));
    let usual = is_served(config, asked.host());
    if usual && !(pages && for_clients) || alias && !pages {
        return Ok(());
    }
    Err(Code::MisdirectedRequest.because(format!("This service is at {}.", config.issuer)).hiding(asked.to_string()))
}

/// Ports are not compared: behind a proxy the one in the header is the proxy's.
fn is_served(config: &Config, host: &str) -> bool {
    let loopback = ["localhost", "127.0.0.1", "[::1]"];
    host.eq_ignore_ascii_case(config.issuer.host())
        || config.server.allowed_hosts.iter().any(|allowed| host.eq_ignore_ascii_case(allowed.as_str()))
        || (!config.is_production() && loopback.iter().any(|name| host.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Mode;

    fn host(config: &Config, uri: &str, hosts: &[&str]) -> Result<(), Code> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().unwrap());
        }
        let judged =
            super::host(&uri.parse().unwrap(), &headers).and_then(|asked| judge_host(config, &asked, true, false));
        judged.map_err(|refusal| refusal.code)
    }

    #[test]
    fn only_our_own_names_are_served() {
        let development = Config::default();
        assert_eq!(host(&development, "/", &["localhost:8001"]), Ok(()));
        assert_eq!(host(&development, "/", &["LOCALHOST"]), Ok(()));
        assert_eq!(host(&development, "/", &["127.0.0.1:9"]), Ok(()));
        assert_eq!(host(&development, "/", &["[::1]:8001"]), Ok(()));
        assert_eq!(host(&development, "/", &["evil.test"]), Err(Code::MisdirectedRequest));
        assert_eq!(host(&development, "/", &["localhost.evil.test"]), Err(Code::MisdirectedRequest));
        let production = Config { mode: Mode::Production, ..Config::default() };
        assert_eq!(host(&production, "/", &["127.0.0.1:8001"]), Err(Code::MisdirectedRequest));
    }

    #[test]
    fn a_forwarded_host_is_judged_like_any_other() {
        let judged = |host: &str| {
            let host = host.parse().map_err(|_| Unreadable);
            let judged = forwarded_host(&host).and_then(|asked| judge_host(&Config::default(), &asked, true, false));
            judged.map_err(|refusal| refusal.code)
        };
        assert_eq!(judged("localhost:443"), Ok(()));
        assert_eq!(judged("evil.test"), Err(Code::MisdirectedRequest));
        assert_eq!(judged("a b"), Err(Code::Malformed));
    }

    #[test]
    fn where_certificates_are_asked_for_there_are_no_pages() {
        let mut config = Config::default();
        config.mtls.url = Some(crate::config::Setting::parse("https://mtls.example.test").unwrap());
        let judged = |host: &str, pages, for_clients| {
            judge_host(&config, &host.parse().unwrap(), pages, for_clients).map_err(|refusal| refusal.code)
        };
        for for_clients in [true, false] {
            assert_eq!(judged("mtls.example.test:8443", false, for_clients), Ok(()));
            assert_eq!(judged("mtls.example.test", true, for_clients), Err(Code::MisdirectedRequest));
            assert_eq!(judged("localhost:8443", false, for_clients), Ok(()));
            assert_eq!(judged("evil.test", false, for_clients), Err(Code::MisdirectedRequest));
        }
        assert_eq!(judged("localhost:8443", true, false), Ok(()));
        assert_eq!(judged("localhost:8443", true, true), Err(Code::MisdirectedRequest));
    }

    #[test]
    fn a_request_names_exactly_one_host() {
        let config = Config::default();
        assert_eq!(host(&config, "/", &[]), Err(Code::Malformed));
        assert_eq!(host(&config, "/", &["localhost", "localhost"]), Err(Code::Malformed));
        assert_eq!(host(&config, "/", &["a b"]), Err(Code::Malformed));
        assert_eq!(host(&config, "http://localhost/", &["evil.test"]), Err(Code::Malformed));
        assert_eq!(host(&config, "http://evil.test/", &["evil.test"]), Err(Code::MisdirectedRequest));
        assert_eq!(host(&config, "http://localhost:8001/", &["localhost:8001"]), Ok(()));
        assert_eq!(host(&config, "http://localhost:8001/", &[]), Ok(()));
    }

    #[test]
    fn long_addresses_and_bodies_are_refused_by_what_they_say() {
        let long: Uri = format!("/?x={}", "a".repeat(MAX_URI)).parse().unwrap();
        assert_eq!(judge_uri(&long).map_err(|refusal| refusal.code), Err(Code::UriTooLong));
        assert_eq!(judge_uri(&"/?x=1".parse().unwrap()), Ok(()));
        let says = |length: &'static str| HeaderMap::from_iter([(header::CONTENT_LENGTH, length.parse().unwrap())]);
        assert_eq!(judge_length(&says("11"), 10).map_err(|refusal| refusal.code), Err(Code::TooLarge));
        assert_eq!(judge_length(&says("10"), 10), Ok(()));
        assert_eq!(judge_length(&HeaderMap::new(), 10), Ok(()));
    }
}

//! A cookie jar by RFC 6265bis, as far as one host needs it.

use axum::http::HeaderMap;
use chrono::TimeDelta;
use signet::kernel::Time;

/// The cookies of one browser for the one host there is.
#[derive(Debug, Clone, Default)]
pub struct Cookies(Vec<Cookie>);

#[derive(Debug, Clone)]
struct Cookie {
    name: String,
    value: String,
    lax: bool,
    expires: Option<Time>,
}

impl Cookies {
    /// Takes what an answer sets. A cookie that a browser would refuse, or that scripts could read, is a defect.
    pub fn take(&mut self, headers: &HeaderMap, now: Time) {
        for line in headers.get_all("set-cookie") {
            let mut parts = line.to_str().unwrap().split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let attributes: Vec<&str> = parts.collect();
            let has = |attribute: &str| attributes.iter().any(|each| each.eq_ignore_ascii_case(attribute));
            // One says which session this is, and nothing of it: scripts of our frame read it inside other sites (Session
            // Management 1.0 §4.2). Every other one is hidden from scripts.
            let state = name == "__Host-signet_state";
            assert!((has("HttpOnly") || state) && has("Path=/"), "{line:?}");
            if name.starts_with("__Host-") {
                let domain = attributes.iter().any(|each| each.to_ascii_lowercase().starts_with("domain"));
                assert!(has("Secure") && !domain, "a browser refuses {line:?}");
            }
            assert!(name.len() + value.len() < 4096);
            let age = attributes.iter().find_map(|each| each.strip_prefix("Max-Age=")).map(|age| age.parse().unwrap());
            self.0.retain(|cookie| cookie.name != name);
            if age != Some(0) {
                let expires = age.map(|age| now + TimeDelta::seconds(age));
                let lax = has("SameSite=Lax");
                assert!(lax || has("SameSite=Strict") || state && has("SameSite=None"), "{line:?}");
                self.0.push(Cookie { name: name.into(), value: value.into(), lax, expires });
            }
        }
    }

    /// The `Cookie` header of a request. `safe`: a navigation by GET; `same_site`: begun by ourselves or the address bar.
    pub fn header(&self, same_site: bool, safe: bool, now: Time) -> Option<String> {
        let sent =
            |cookie: &&Cookie| cookie.expires.is_none_or(|expires| expires > now) && (same_site || cookie.lax && safe);
        let pairs: Vec<_> = self.0.iter().filter(sent).map(|each| format!("{}={}", each.name, each.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The value of a cookie.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.as_str())
    }

    /// Puts a cookie in, as an attacker or another browser would.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.0.retain(|cookie| cookie.name != name);
        self.0.push(Cookie { name: name.into(), value: value.into(), lax: true, expires: None });
    }
}

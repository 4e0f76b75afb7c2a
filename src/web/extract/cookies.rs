//! The cookies: one names the session, one binds forms and flows to the browser; and one that scripts of our frame read tells
//! one session from another.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    config::Issuer,
    kernel::{Fault, secret::Secret},
};

/// The names and attributes that fit the issuer: `__Host-` and `Secure` under https, plain on a development host
/// (browsers refuse `__Host-` there).
#[derive(Debug, Clone, Copy)]
pub struct CookieNames {
    https: bool,
}

impl CookieNames {
    /// The names under this issuer.
    pub fn of(issuer: &Issuer) -> Self {
        Self { https: issuer.is_https() }
    }

    /// The session's cookie: its value is the session's secret.
    pub fn session(self) -> &'static str {
        if self.https { "__Host-signet_session" } else { "signet_session" }
    }

    /// The browser's cookie: 256 random bits that forms and flows are bound to.
    pub fn browser(self) -> &'static str {
        if self.https { "__Host-signet_browser" } else { "signet_browser" }
    }

    /// The cookie that says which session this is, and nothing of it (OpenID Connect Session Management 1.0 §4.2).
    pub fn state(self) -> &'static str {
        if self.https { "__Host-signet_state" } else { "signet_state" }
    }

    /// The header that sets the state's cookie for `seconds`; 0 deletes it. Scripts read it, in a frame inside other sites: it
    /// is neither `HttpOnly` nor, under https, `SameSite`.
    pub fn set_state(self, value: &Secret, seconds: u64) -> Result<HeaderValue, Fault> {
        let site = if self.https { "SameSite=None; Secure" } else { "SameSite=Lax" };
        let text = format!("{}={}; Path=/; {site}; Max-Age={seconds}", self.state(), value.expose());
        HeaderValue::from_str(&text).map_err(|error| Fault::broken_by("a cookie has an odd value", error))
    }

    /// The header that sets a cookie until the browser is closed, or for `seconds`; 0 deletes it.
    ///
    /// Lax, not Strict: the way to the authorization endpoint begins at another site.
    pub fn set(self, name: &str, value: &Secret, seconds: Option<u64>) -> Result<HeaderValue, Fault> {
        let secure = if self.https { "; Secure" } else { "" };
        let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let text = format!("{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", value.expose());
        let mut header =
            HeaderValue::from_str(&text).map_err(|error| Fault::broken_by("a cookie has an odd value", error))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// The value of a cookie. If it came twice (a neighboring host may have planted one), the first: the more specific
/// path, or with `__Host-` the only one.
pub fn value(headers: &HeaderMap, name: &str) -> Option<Secret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name && !value.is_empty() && value.len() <= 256).then(|| Secret::new(value))
        })
}

/// Whether a value is what we put into the browser's cookie: 256 bits in base64url.
pub fn is_browser_id(value: &Secret) -> bool {
    URL_SAFE_NO_PAD.decode(value.expose()).is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_under_https_belong_to_this_host_only() {
        let names = CookieNames { https: true };
        let header = names.set(names.session(), &Secret::new("s"), Some(60)).unwrap();
        assert_eq!(header, "__Host-signet_session=s; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60");
        assert!(header.is_sensitive());
        let plain = CookieNames { https: false };
        assert_eq!(
            plain.set(plain.browser(), &Secret::new("b"), None).unwrap(),
            "signet_browser=b; Path=/; HttpOnly; SameSite=Lax"
        );
        assert!(names.set("x", &Secret::new("a\r\nSet-Cookie: y"), None).is_err());
    }

    #[test]
    fn the_state_can_be_read_in_a_frame_of_another_site() {
        let set = |https| CookieNames { https }.set_state(&Secret::new("s"), 60).unwrap();
        assert_eq!(set(true), "__Host-signet_state=s; Path=/; SameSite=None; Secure; Max-Age=60");
        assert_eq!(set(false), "signet_state=s; Path=/; SameSite=Lax; Max-Age=60");
    }

    #[test]
    fn the_first_of_two_cookies_counts() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("other=1; signet_session=a; signet_session=b"));
        headers.append(header::COOKIE, HeaderValue::from_static("signet_browser=c"));
        let read = |name| value(&headers, name).map(|value| value.expose().to_owned());
        assert_eq!(read("signet_session").as_deref(), Some("a"));
        assert_eq!(read("signet_browser").as_deref(), Some("c"));
        assert_eq!(read("session"), None);
    }

    #[test]
    fn a_browsers_identifier_is_256_bits() {
        assert!(is_browser_id(&Secret::new("A".repeat(43))));
        assert!(!is_browser_id(&Secret::new("A".repeat(42))));
        assert!(!is_browser_id(&Secret::new("!".repeat(43))));
    }
}

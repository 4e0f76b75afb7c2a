//! The mail server: `smtp://user:password@host:587?tls=required` or `smtps://…`.

use std::fmt;

use url::{Host, Url};

use super::choice::choice;
use super::secret_text::SecretText;
use super::setting::Setting;
use super::url_text::{decoded, is_loopback};

choice! {
    /// How the connection to the mail server is protected.
    pub enum SmtpTls {
        /// TLS from the first byte (`smtps://`, RFC 8314 §3.3).
        Implicit = "implicit",
        /// STARTTLS, and no mail without it.
        Required = "required",
        /// STARTTLS if the server offers it.
        Opportunistic = "opportunistic",
        /// Never TLS.
        Off = "none",
    }
}

/// A mail server and how to sign in to it.
#[derive(Clone, Debug)]
pub struct SmtpUrl {
    /// Name or address of the server.
    pub host: String,
    /// Port: given, or 465 for `smtps`, 587 with a user name, 25 without.
    pub port: u16,
    /// User name and password, decoded.
    pub login: Option<(String, SecretText)>,
    /// Protection of the connection.
    pub tls: SmtpTls,
}

impl fmt::Display for SmtpUrl {
    /// Never shows the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls == SmtpTls::Implicit { "smtps" } else { "smtp" };
        write!(f, "{scheme}://")?;
        if let Some((user, _)) = &self.login {
            write!(f, "{user}:***@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port)?,
            false => write!(f, "{}:{}", self.host, self.port)?,
        }
        if self.tls == SmtpTls::Implicit {
            return Ok(());
        }
        write!(f, "?tls={}", self.tls)
    }
}

/// Whether the server is on this machine. The `url` crate takes what stands in an `smtp` URL for a name, digits or not.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().and_then(|host| Host::parse(host).ok());
    host.is_some_and(|host| match &host {
        Host::Domain(name) => is_loopback(&Host::Domain(name.as_str())),
        Host::Ipv4(address) => is_loopback(&Host::Ipv4(*address)),
        Host::Ipv6(address) => is_loopback(&Host::Ipv6(*address)),
    })
}

/// The `tls` parameter, the only one there is.
fn tls_of(url: &Url, has_login: bool) -> Result<SmtpTls, String> {
    let mut asked = None;
    for (name, value) in url.query_pairs() {
        if name != "tls" || asked.is_some() {
            return Err("takes one parameter only, tls".into());
        }
        asked = Some(SmtpTls::parse(&value).map_err(|_| "must say tls=required, tls=opportunistic or tls=none")?);
    }
    match (url.scheme(), asked) {
        ("smtps", None | Some(SmtpTls::Implicit)) => Ok(SmtpTls::Implicit),
        ("smtps", Some(_)) => Err("must not say tls=… with smtps, which is always encrypted".into()),
        (_, Some(SmtpTls::Implicit)) => Err("must start with smtps:// for implicit TLS".into()),
        (_, Some(tls)) => Ok(tls),
        // Nothing on the way reads or changes what stays on this machine.
        (_, None) if !has_login && is_here(url) => Ok(SmtpTls::Opportunistic),
        // Mails hold links that open accounts, and logins hold passwords: neither may travel in the clear because someone
        // stripped STARTTLS from the greeting (RFC 8314 §3).
        (_, None) => Ok(SmtpTls::Required),
    }
}

impl Setting for SmtpUrl {
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "URL".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|why| {
            format!("must be a URL such as smtp://user:password@host:587; percent-encode special characters in the password ({why})")
        })?;
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err("must start with smtp:// or smtps://".into());
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("must name a host")?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("must end after the host, the port and ?tls=…".into());
        }
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => {
                return Err("must hold both a user name and a password, or neither".into());
            }
            (user, Some(password)) => Some((decoded(user), SecretText::new(decoded(password)))),
        };
        let tls = tls_of(&url, login.is_some())?;
        let usual = match tls {
            SmtpTls::Implicit => 465,
            _ if login.is_some() => 587,
            _ => 25,
        };
        // As resolvers want an IPv6 address: without the brackets of URLs.
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(usual), login, tls })
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn ports_and_protection_have_sound_defaults() {
        for (text, port, tls) in [
            ("smtp://mail.example", 25, SmtpTls::Required),
            ("smtp://10.0.0.25", 25, SmtpTls::Required),
            ("smtp://mail.example?tls=opportunistic", 25, SmtpTls::Opportunistic),
            ("smtp://localhost", 25, SmtpTls::Opportunistic),
            ("smtp://127.0.0.1:1025", 1025, SmtpTls::Opportunistic),
            ("smtp://[::1]", 25, SmtpTls::Opportunistic),
            ("smtp://u:p@localhost", 587, SmtpTls::Required),
            ("smtp://u:p@mail.example", 587, SmtpTls::Required),
            ("smtp://u:p@mail.example:2525?tls=opportunistic", 2525, SmtpTls::Opportunistic),
            ("smtp://127.0.0.1:1025?tls=none", 1025, SmtpTls::Off),
            ("smtps://u:p@mail.example", 465, SmtpTls::Implicit),
        ] {
            let url = SmtpUrl::parse(text).unwrap();
            assert_eq!((url.port, url.tls), (port, tls), "{text}");
        }
    }

    #[test]
    fn the_login_is_decoded_and_hidden() {
        let url = SmtpUrl::parse("smtp://user%40example.com:p%2Fw+1@mail.example").unwrap();
        let (user, password) = url.login.clone().unwrap();
        assert_eq!((user.as_str(), password.expose()), ("user@example.com", "p/w+1"));
        assert_eq!(url.shown(), "smtp://user@example.com:***@mail.example:587?tls=required");
        assert!(!format!("{url:?}").contains("p/w"));
        let six = SmtpUrl::parse("smtp://[::1]:2525").unwrap();
        assert_eq!((six.host.as_str(), six.shown().as_str()), ("::1", "smtp://[::1]:2525?tls=opportunistic"));
    }

    #[test]
    fn mistakes_do_not_quote_the_password() {
        for text in [
            "mail.example:25",
            "http://u:hunter2@h",
            "smtp://",
            "smtp://u:hunter2@h/x",
            "smtp://:hunter2@h",
            "smtp://u@h",
            "smtp://u:hunter2@h?tls=maybe",
            "smtp://u:hunter2@h?starttls=1",
            "smtps://u:hunter2@h?tls=none",
            "smtp://h?tls=implicit",
            "smtp://u:hunter2@h:99999",
            "smtp://h?tls=none&tls=required",
        ] {
            let why = SmtpUrl::parse(text).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}

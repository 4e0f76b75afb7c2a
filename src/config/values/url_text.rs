//! What every URL setting needs: hiding its password, undoing its percent-encoding, knowing loopback.

use url::Host;

/// The URL with its password, in the authority or in a query parameter, replaced by `***`.
///
/// Works on text, because the multi-host forms of Redis are not URLs that a parser takes. Where a stray `@` or `?`
/// leaves it open which part is the password, more is hidden rather than less.
pub(super) fn without_password(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (login, place) = match rest.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, rest),
    };
    let mut shown = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    if let Some(login) = login {
        shown.push_str(login.split(':').next().unwrap_or_default());
        shown.push_str(if login.contains(':') { ":***@" } else { "@" });
    }
    let (before_query, query) = place.split_once('?').unwrap_or((place, ""));
    shown.push_str(before_query);
    if !query.is_empty() {
        let parameters: Vec<String> = query.split('&').map(hide_parameter).collect();
        shown.push('?');
        shown.push_str(&parameters.join("&"));
    }
    shown
}

fn hide_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if name.contains("pass") => format!("{name}=***"),
        _ => parameter.to_owned(),
    }
}

/// Undoes percent-encoding in a user name or password; `+` stays `+`, unlike in a form.
pub(super) fn decoded(text: &str) -> String {
    let form = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(form.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}

/// True for hosts that only this machine answers (RFC 8252 §7.3, RFC 6761 §6.3).
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn passwords_are_hidden_wherever_they_stand() {
        for (text, shown) in [
            ("postgres://u:p@db/signet", "postgres://u:***@db/signet"),
            ("postgres://u:p@w@db/signet", "postgres://u:***@db/signet"),
            ("redis://:p@h", "redis://:***@h"),
            ("redis+cluster://u:p@a:1,b:2", "redis+cluster://u:***@a:1,b:2"),
            ("redis+sentinel://h/m?sentinel_password=p&x=1", "redis+sentinel://h/m?sentinel_password=***&x=1"),
            ("postgres://h/db?password=p", "postgres://h/db?password=***"),
            ("redis://u:1?x@h", "redis://u:***@h"),
            ("smtp://u@h", "smtp://u@h"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite://data/signet.db", "sqlite://data/signet.db"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }

    #[test]
    fn percent_encoding_is_undone_and_plus_is_kept() {
        assert_eq!(decoded("a%40b+c&d=e%25"), "a@b+c&d=e%");
        assert_eq!(decoded(""), "");
    }

    #[test]
    fn loopback_is_recognized() {
        for (host, expected) in [
            ("localhost", true),
            ("app.localhost", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("localhost.example", false),
            ("notlocalhost", false),
            ("10.0.0.1", false),
        ] {
            let url = url::Url::parse(&format!("http://{host}/")).unwrap();
            assert_eq!(is_loopback(&url.host().unwrap()), expected, "{host}");
        }
    }
}

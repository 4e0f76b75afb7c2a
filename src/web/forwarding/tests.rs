//! Chains of proxies, honest and forged.

use axum::http::HeaderValue;

use super::*;
use crate::config::Setting;

/// The proxies of every case: one network of each family.
fn trusted() -> Vec<Network> {
    ["10.0.0.0/8", "fd00::/8"].map(|text| Network::parse(text).unwrap()).into()
}

fn judged(peer: &str, lines: &[(&str, &str)]) -> Forwarding {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    judge(peer.parse().unwrap(), &headers, &trusted())
}

#[track_caller]
fn client(peer: &str, lines: &[(&str, &str)], expected: &str) {
    assert_eq!(judged(peer, lines).client.to_string(), expected, "{peer} {lines:?}");
}

const XFF: &str = "x-forwarded-for";

#[test]
fn strangers_are_not_believed() {
    for name in [XFF, "forwarded", "x-forwarded-host"] {
        let value = if name == "forwarded" { "for=192.0.2.1;host=evil.test" } else { "192.0.2.1" };
        let found = judged("203.0.113.9", &[(name, value)]);
        assert_eq!(found, Forwarding { client: "203.0.113.9".parse().unwrap(), host: None });
    }
    let headers = HeaderMap::from_iter([(X_FORWARDED_FOR, HeaderValue::from_static("192.0.2.1"))]);
    let nobody_is_trusted = judge("10.0.0.1".parse().unwrap(), &headers, &[]);
    assert_eq!(nobody_is_trusted.client.to_string(), "10.0.0.1");
}

#[test]
fn the_client_is_the_last_address_that_is_no_trusted_proxy() {
    client("10.0.0.1", &[], "10.0.0.1");
    client("10.0.0.1", &[(XFF, "203.0.113.5")], "203.0.113.5");
    client("::ffff:10.0.0.1", &[(XFF, "203.0.113.5")], "203.0.113.5");
    client("10.0.0.1", &[(XFF, "203.0.113.5, 10.0.0.2")], "203.0.113.5");
    client("10.0.0.1", &[(XFF, "203.0.113.5"), (XFF, "10.0.0.2, fd00::3")], "203.0.113.5");
    client("fd00::1", &[(XFF, "2001:db8::7")], "2001:db8::7");
    client("fd00::1", &[("forwarded", r#"for="[2001:db8::7]:4711";proto=https"#)], "2001:db8::7");
    client("10.0.0.1", &[("forwarded", "for=203.0.113.5, for=10.0.0.2")], "203.0.113.5");
    // People inside the network of the proxies.
    client("10.0.0.1", &[(XFF, "10.0.0.9, 10.0.0.2")], "10.0.0.9");
}

#[test]
fn what_the_client_wrote_itself_stands_further_left_and_is_not_read() {
    client("10.0.0.1", &[(XFF, "192.0.2.66, 203.0.113.5")], "203.0.113.5");
    client("10.0.0.1", &[(XFF, "10.0.0.7, 203.0.113.5")], "203.0.113.5");
    client("10.0.0.1", &[(XFF, "<script>, , 203.0.113.5, 10.0.0.2")], "203.0.113.5");
    client("10.0.0.1", &[(XFF, "192.0.2.66"), (XFF, "203.0.113.5")], "203.0.113.5");
    client("10.0.0.1", &[("forwarded", "for=192.0.2.66, for=203.0.113.5")], "203.0.113.5");
    client("10.0.0.1", &[("forwarded", "for=192.0.2.66"), ("forwarded", "for=203.0.113.5")], "203.0.113.5");
}

#[test]
fn an_entry_that_cannot_be_read_ends_at_the_proxy_that_wrote_it() {
    client("10.0.0.1", &[(XFF, "203.0.113.5, unknown")], "10.0.0.1");
    client("10.0.0.1", &[(XFF, "203.0.113.5, unknown, 10.0.0.2")], "10.0.0.2");
    client("10.0.0.1", &[(XFF, "")], "10.0.0.1");
    client("10.0.0.1", &[(XFF, "203.0.113.5\u{ff}")], "10.0.0.1");
    client("10.0.0.1", &[("forwarded", "for=203.0.113.5, for=_hidden")], "10.0.0.1");
    client("10.0.0.1", &[("forwarded", "for=203.0.113.5, proto=https")], "10.0.0.1");
    // An open quote would swallow what the proxy appended.
    client("10.0.0.1", &[("forwarded", "for=\"192.0.2.66, for=203.0.113.5")], "10.0.0.1");
    client("10.0.0.1", &[("forwarded", "nonsense")], "10.0.0.1");
}

#[test]
fn two_headers_that_disagree_are_not_believed() {
    let both = |new: &'static str, old: &'static str| [("forwarded", new), (XFF, old)];
    client("10.0.0.1", &both("for=203.0.113.5", "203.0.113.5"), "203.0.113.5");
    client("10.0.0.1", &both("for=192.0.2.66", "203.0.113.5"), "10.0.0.1");
    client("10.0.0.1", &both("nonsense", "203.0.113.5"), "10.0.0.1");
}

#[test]
fn the_host_is_what_the_nearest_proxy_says() {
    let host = |lines: &[(&str, &str)]| judged("10.0.0.1", lines).host.map(|host| host.map(|host| host.to_string()));
    assert_eq!(host(&[]), None);
    assert_eq!(host(&[("x-forwarded-host", "id.example.com:8443")]), Some(Ok("id.example.com:8443".into())));
    assert_eq!(host(&[("x-forwarded-host", "evil.test, id.example.com")]), Some(Ok("id.example.com".into())));
    assert_eq!(
        host(&[("forwarded", "host=evil.test, for=192.0.2.1;host=\"[::1]:8001\"")]),
        Some(Ok("[::1]:8001".into()))
    );
    assert_eq!(host(&[("forwarded", "host=evil.test, for=192.0.2.1")]), None);
    assert_eq!(host(&[("x-forwarded-host", "a b")]), Some(Err(Unreadable)));
    assert_eq!(host(&[("x-forwarded-host", "")]), Some(Err(Unreadable)));
}

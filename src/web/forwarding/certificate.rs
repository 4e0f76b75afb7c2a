//! The certificate of a client, as a proxy in front hands it on: in a header that everyone can write, so it is read where a trusted
//! proxy is the one next to us, and nowhere else.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    config::{CertificateForm, Mtls, Network},
    kernel::CertificateChain,
    web::server::Handshake,
};

/// Where the certificates of the issuers stand (RFC 9440 §2.3).
const CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

/// What the client showed, by the word of the proxy next to us where certificates come from proxies, or of our own handshake.
///
/// A proxy that connects to our own listener may show a certificate itself: that one is not its clients'.
pub fn certificate(
    peer: IpAddr,
    headers: &HeaderMap,
    handshake: Option<&Handshake>,
    settings: &Mtls,
    trusted: &[Network],
) -> Option<CertificateChain> {
    let peer = peer.to_canonical();
    let name = settings.proxy_header.as_ref().filter(|_| trusted.iter().any(|network| network.contains(peer)));
    let Some(name) = name else { return handshake?.certificate.clone() };
    let read = match settings.proxy_header_form {
        CertificateForm::Pem => once(headers, name).map(pem),
        CertificateForm::Rfc9440 => once(headers, name).map(|own| rfc9440(own, headers)),
    };
    match read {
        None => None,
        Some(Some(chain)) => Some(chain),
        Some(None) => {
            tracing::warn!(header = name, "the certificate that a trusted proxy hands on cannot be read");
            None
        }
    }
}

/// The header, where it says something. What stands there twice says nothing that could be believed: a proxy that appends lets its
/// clients write, too.
fn once<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (only, second) = (values.next()?, values.next());
    let text = only.to_str().unwrap_or("?").trim();
    match second {
        Some(_) => Some("?"), // which nothing can be read from
        None => Some(text).filter(|text| !text.is_empty()),
    }
}

/// Percent-encoded PEM, of one certificate or of a chain. A plus sign is one: it is part of base64.
fn pem(text: &str) -> Option<CertificateChain> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let decoded = decoded(text)?;
    let (mut found, mut rest) = (Vec::new(), decoded.trim());
    while !rest.is_empty() {
        let (body, behind) = rest.strip_prefix(BEGIN)?.split_once(END)?;
        let base64: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        found.push(STANDARD.decode(base64).ok()?);
        rest = behind.trim_start();
    }
    CertificateChain::new(found)
}

fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |b: u8| char::from(b).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// A byte sequence, and a list of them (RFC 9440 §2.2, §2.3).
fn rfc9440(own: &str, headers: &HeaderMap) -> Option<CertificateChain> {
    let mut found = vec![bytes(own)?];
    for line in headers.get_all(CHAIN) {
        let each = line.to_str().ok()?.split(',').map(str::trim).filter(|item| !item.is_empty());
        found.extend(each.map(bytes).collect::<Option<Vec<_>>>()?);
    }
    CertificateChain::new(found)
}

/// RFC 9651 §3.3.5.
fn bytes(item: &str) -> Option<Vec<u8>> {
    let base64 = item.strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(base64).ok().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Setting;

    fn settings(form: CertificateForm) -> Mtls {
        Mtls { proxy_header: Some("X-Client-Cert".into()), proxy_header_form: form, ..Mtls::default() }
    }

    fn judged(form: CertificateForm, peer: &str, lines: &[(&str, &str)]) -> Option<Vec<Vec<u8>>> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let own = Handshake { certificate: CertificateChain::new([b"own".to_vec()]) };
        let trusted = [Network::parse("10.0.0.0/8").unwrap()];
        let found = certificate(peer.parse().unwrap(), &headers, Some(&own), &settings(form), &trusted);
        found.map(|chain| chain.certificates().to_vec())
    }

    const PROXY: &str = "10.0.0.1";
    const PEM: &str = "-----BEGIN%20CERTIFICATE-----%0AAP%2B/%0A+//+%0A-----END%20CERTIFICATE-----%0A";

    #[test]
    fn pem_is_read_as_nginx_writes_it() {
        let one = || vec![vec![0, 0xff, 0xbf, 0xfb, 0xff, 0xfe]];
        let of = |lines: &[(&str, &str)]| judged(CertificateForm::Pem, PROXY, lines);
        assert_eq!(of(&[("x-client-cert", PEM)]), Some(one()));
        assert_eq!(of(&[("x-client-cert", &PEM.to_lowercase().replace("begin", "BEGIN"))]), None);
        assert_eq!(of(&[("x-client-cert", &format!("{PEM}{PEM}"))]), Some([one(), one()].concat()));
        for nothing in ["", " ", "(null)", "?", "-----BEGIN%20CERTIFICATE-----", "%2", "%zz", "AP+/"] {
            assert_eq!(of(&[("x-client-cert", nothing)]), None, "{nothing}");
        }
        assert_eq!(of(&[("x-client-cert", PEM), ("x-client-cert", PEM)]), None, "whoever wrote the other one");
        assert_eq!(of(&[]), None, "the certificate of the proxy's own connection is not its client's");
    }

    #[test]
    fn der_is_read_as_rfc_9440_writes_it() {
        let of = |lines: &[(&str, &str)]| judged(CertificateForm::Rfc9440, PROXY, lines);
        assert_eq!(of(&[("x-client-cert", ":AAE=:")]), Some(vec![vec![0, 1]]));
        let chain =
            [("x-client-cert", ":AAE=:"), ("client-cert-chain", ":AAI=:, :AAM=:"), ("client-cert-chain", ":AAQ=:")];
        assert_eq!(of(&chain), Some(vec![vec![0, 1], vec![0, 2], vec![0, 3], vec![0, 4]]));
        for nothing in ["AAE=", "::", ":AAE=", ":AAE:", ":!:", PEM] {
            assert_eq!(of(&[("x-client-cert", nothing)]), None, "{nothing}");
        }
        assert_eq!(of(&[("x-client-cert", ":AAE=:"), ("client-cert-chain", "AAI=")]), None);
    }

    #[test]
    fn a_stranger_writes_nothing() {
        let own = Some(vec![b"own".to_vec()]);
        assert_eq!(judged(CertificateForm::Pem, "192.0.2.1", &[("x-client-cert", PEM)]), own);
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-client-cert"), PEM.parse().unwrap())]);
        let of = |settings: &Mtls, trusted: &[Network]| {
            certificate(PROXY.parse().unwrap(), &headers, None, settings, trusted)
        };
        assert_eq!(of(&settings(CertificateForm::Pem), &[]), None);
        assert_eq!(of(&Mtls::default(), &[Network::parse("10.0.0.0/8").unwrap()]), None);
    }
}

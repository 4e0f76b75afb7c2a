//! Whom a certificate names (RFC 8705 §2.1.2): its subject, or one of its alternative names.

use std::net::IpAddr;

use openssl::x509::{GeneralNameRef, X509Ref};

use super::DistinguishedName;

/// The one name that a client is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateName {
    /// The subject.
    Subject(DistinguishedName),
    /// A `dNSName`. A wildcard in it stands for nothing but itself.
    Dns(String),
    /// A `uniformResourceIdentifier`, character by character.
    Uri(String),
    /// An `iPAddress`, compared as the bytes that it is.
    Ip(IpAddr),
    /// An `rfc822Name`: the host without regard to case, the rest as it is (RFC 5280 §7.5).
    Email(String),
}

impl CertificateName {
    pub(super) fn is_on(&self, certificate: &X509Ref) -> bool {
        if let Self::Subject(expected) = self {
            let subject = certificate.subject_name().to_der().ok().and_then(|der| DistinguishedName::from_der(&der));
            return subject.is_some_and(|subject| subject == *expected);
        }
        certificate.subject_alt_names().is_some_and(|names| names.iter().any(|name| self.is(name)))
    }

    fn is(&self, name: &GeneralNameRef) -> bool {
        match self {
            Self::Subject(_) => false,
            Self::Dns(expected) => name.dnsname().is_some_and(|name| name.eq_ignore_ascii_case(expected)),
            Self::Uri(expected) => name.uri().is_some_and(|name| name == expected),
            Self::Ip(IpAddr::V4(expected)) => name.ipaddress().is_some_and(|name| name == expected.octets()),
            Self::Ip(IpAddr::V6(expected)) => name.ipaddress().is_some_and(|name| name == expected.octets()),
            Self::Email(expected) => name.email().is_some_and(|name| is_same_mailbox(name, expected)),
        }
    }
}

fn is_same_mailbox(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((local, host)), Some((expected, at))) => local == expected && host.eq_ignore_ascii_case(at),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_the_same_where_its_local_part_is() {
        assert!(is_same_mailbox("Ops@Example.test", "Ops@example.TEST"));
        assert!(!is_same_mailbox("ops@example.test", "Ops@example.test"));
        assert!(!is_same_mailbox("example.test", "example.test"));
    }
}

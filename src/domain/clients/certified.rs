//! Whom a client's certificate has to name (RFC 8705 §2.1.2).

use keys::{CertificateName, DistinguishedName};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The metadata of `tls_client_auth`: exactly one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Certified {
    /// `tls_client_auth_subject_dn`: the subject, as RFC 4514 writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject_dn: Option<String>,
    /// `tls_client_auth_san_dns`: a `dNSName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_dns: Option<String>,
    /// `tls_client_auth_san_uri`: a `uniformResourceIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_uri: Option<String>,
    /// `tls_client_auth_san_ip`: an `iPAddress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_ip: Option<String>,
    /// `tls_client_auth_san_email`: an `rfc822Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_email: Option<String>,
}

/// What is wrong with it: the member, and why.
pub type Wrong = (&'static str, String);

impl Certified {
    /// The members that are there, by name.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("tls_client_auth_subject_dn", &self.tls_client_auth_subject_dn),
            ("tls_client_auth_san_dns", &self.tls_client_auth_san_dns),
            ("tls_client_auth_san_uri", &self.tls_client_auth_san_uri),
            ("tls_client_auth_san_ip", &self.tls_client_auth_san_ip),
            ("tls_client_auth_san_email", &self.tls_client_auth_san_email),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// The one name.
    ///
    /// # Errors
    /// [`Wrong`] where there is none, more than one, or one that no certificate can have.
    pub fn name(&self) -> Result<CertificateName, Wrong> {
        let mut members = self.members();
        let first = members.next().ok_or_else(|| {
            let why = "or one of tls_client_auth_san_dns, _uri, _ip and _email is required for tls_client_auth";
            ("tls_client_auth_subject_dn", why.to_owned())
        })?;
        if let Some((second, _)) = members.next() {
            return Err((second, format!("excludes {} (RFC 8705 section 2.1.2)", first.0)));
        }
        read(first.0, first.1).map_err(|why| (first.0, why))
    }
}

fn read(member: &str, value: &str) -> Result<CertificateName, String> {
    // No wildcard: it would stand for nothing but itself, whatever its writer meant.
    let host = |text: &str| match Host::parse(text) {
        Ok(Host::Domain(domain)) if domain.eq_ignore_ascii_case(text) && !text.contains('*') => Ok(()),
        _ => Err("is no host name that a certificate can have"),
    };
    Ok(match member {
        "tls_client_auth_subject_dn" => {
            CertificateName::Subject(DistinguishedName::parse(value).map_err(|why| why.to_string())?)
        }
        "tls_client_auth_san_dns" => {
            host(value)?;
            CertificateName::Dns(value.to_owned())
        }
        "tls_client_auth_san_uri" => {
            Url::parse(value).map_err(|_| "is no URI")?;
            CertificateName::Uri(value.to_owned())
        }
        "tls_client_auth_san_ip" => {
            CertificateName::Ip(value.parse().map_err(|_| "is no IP address, such as 192.0.2.7 or 2001:db8::7")?)
        }
        _ => {
            let (local, at) = value.rsplit_once('@').ok_or("is no mail address")?;
            host(at)?;
            if local.is_empty() {
                return Err("is no mail address".into());
            }
            CertificateName::Email(value.to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(members: serde_json::Value) -> Result<CertificateName, &'static str> {
        serde_json::from_value::<Certified>(members).unwrap().name().map_err(|(member, _)| member)
    }

    #[test]
    fn exactly_one_is_there() {
        assert_eq!(name(json!({})), Err("tls_client_auth_subject_dn"));
        assert_eq!(
            name(json!({ "tls_client_auth_subject_dn": "CN=a", "tls_client_auth_san_ip": "::1" })),
            Err("tls_client_auth_san_ip")
        );
        let ip = CertificateName::Ip("2001:db8::7".parse().unwrap());
        assert_eq!(name(json!({ "tls_client_auth_san_ip": "2001:DB8:0:0::7" })), Ok(ip));
        assert!(name(json!({ "tls_client_auth_subject_dn": "CN=a,O=b" })).is_ok());
        assert!(name(json!({ "tls_client_auth_san_dns": "Shop.example.test" })).is_ok());
        assert!(name(json!({ "tls_client_auth_san_uri": "spiffe://example.test/shop" })).is_ok());
        assert!(name(json!({ "tls_client_auth_san_email": "ops@example.test" })).is_ok());
    }

    #[test]
    fn it_is_one_that_a_certificate_can_have() {
        for (member, bad) in [
            ("tls_client_auth_subject_dn", "shop"),
            ("tls_client_auth_san_dns", "*.example.test"),
            ("tls_client_auth_san_dns", "https://example.test"),
            ("tls_client_auth_san_dns", "192.0.2.1"),
            ("tls_client_auth_san_uri", "example.test"),
            ("tls_client_auth_san_ip", "192.0.2.256"),
            ("tls_client_auth_san_ip", "192.0.2.0/24"),
            ("tls_client_auth_san_email", "example.test"),
            ("tls_client_auth_san_email", "@example.test"),
        ] {
            assert_eq!(name(json!({ member: bad })), Err(member), "{bad}");
        }
    }
}

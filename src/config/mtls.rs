//! Certificates of clients.

use std::net::SocketAddr;

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{CertificateForm, Certificates, Issuer};
use crate::kernel::Tenant;

section! {
    /// Certificates of clients (mutual TLS, RFC 8705): applications authenticate with them, and access tokens are bound to them.
    /// They come by a listener of Signet's own (`listen`), by a proxy in front that speaks TLS (`proxy_header`), or both.
    pub struct Mtls as "mtls" {
        /// A second address and port, where TLS is spoken with the same certificate as at the first (`tls_cert_file`), and clients are
        /// asked for one of theirs. Browsers are asked at neither: pages are served at the first alone.
        listen: Option<SocketAddr> = None,
        /// The public URL at which clients are asked for certificates: scheme, host and port, such as `https://id.example.com:8443`
        /// or `https://mtls.id.example.com`. Discovery names the endpoints there (`mtls_endpoint_aliases`). Unset: the same as the
        /// issuer, for a proxy that asks everybody.
        url: Option<Issuer> = None,
        /// The certificate authorities whose word about clients counts (`tls_client_auth`), in PEM. `SIGNET_MTLS__TRUST_ANCHORS_FILE`
        /// names a file that holds them. Unset: only certificates that clients registered themselves count
        /// (`self_signed_tls_client_auth`). Also what a proxy has verified is verified again.
        trust_anchors: Option<Certificates> = None,
        /// The header in which a proxy hands on the certificate of a client, such as `X-Client-Cert` or `Client-Cert`. It is believed
        /// from `server.trusted_proxies` alone. The proxy has to set it in every request, or to take away what the client wrote.
        proxy_header: Option<String> = None,
        /// How the certificate stands in that header: `pem`, percent-encoded, as nginx's `$ssl_client_escaped_cert`, or `rfc9440`,
        /// DER in base64 between colons, with the issuers' certificates in `Client-Cert-Chain`.
        proxy_header_form: CertificateForm = CertificateForm::Pem,
    }
}

impl Mtls {
    /// Whether certificates of clients are looked at.
    pub fn is_on(&self) -> bool {
        self.listen.is_some() || self.proxy_header.is_some()
    }

    /// Whether authorities vouch for clients.
    pub fn has_authorities(&self) -> bool {
        self.is_on() && self.trust_anchors.is_some()
    }

    /// The address of a path where clients are asked for certificates, if it is another one.
    pub fn alias(&self, tenant: &Tenant, path: &str) -> Option<String> {
        self.url.as_ref().map(|url| format!("{url}{}{path}", tenant.path))
    }
}

impl Judged for Mtls {
    fn judge(&self, objections: &mut Objections) {
        objections.unless(
            self.listen.is_none() || self.url.is_some(),
            &["url", "listen"],
            "must be set where mtls.listen is: it is how clients reach that listener",
        );
        let secure = self.url.as_ref().is_none_or(Issuer::is_https);
        objections.unless(secure, &["url"], "must be an https URL: there are no certificates without TLS");
        for (set, key) in [
            (self.url.is_some(), &["url", "listen", "proxy_header"]),
            (self.trust_anchors.is_some(), &["trust_anchors", "listen", "proxy_header"]),
        ] {
            objections.unless(!set || self.is_on(), key, "is of no use without mtls.listen or mtls.proxy_header");
        }
        if let Some(Err(why)) = self.trust_anchors.as_ref().map(|anchors| keys::Anchors::parse(anchors.pem())) {
            objections.unless(false, &["trust_anchors"], why.to_string());
        }
        let token = |name: &String| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        objections.unless(
            self.proxy_header.as_ref().is_none_or(token),
            &["proxy_header"],
            "must be the name of a header, such as X-Client-Cert",
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::values::Setting;
    use super::*;
    use crate::kernel::id::TenantId;

    fn objections(mtls: &Mtls) -> Vec<&'static str> {
        let mut objections = Objections::default();
        mtls.judge(&mut objections);
        objections.into_vec().iter().map(|objection| objection.keys[0]).collect()
    }

    #[test]
    fn what_does_not_go_together_is_said() {
        let url = |text: &str| Some(Issuer::parse(text).unwrap());
        let listen = Some("127.0.0.1:8443".parse().unwrap());
        let header = || Some("X-Client-Cert".to_owned());
        let good = Mtls { listen, url: url("https://id.example.com:8443"), ..Mtls::default() };
        assert!(objections(&good).is_empty());
        assert!(objections(&Mtls { proxy_header: header(), ..Mtls::default() }).is_empty());
        assert_eq!(objections(&Mtls { url: None, ..good.clone() }), ["url"]);
        assert_eq!(objections(&Mtls { url: url("http://id.example.com:8443"), ..good.clone() }), ["url"]);
        assert_eq!(objections(&Mtls { listen: None, ..good.clone() }), ["url"]);
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let broken = Some(Certificates::parse(pem).unwrap());
        assert_eq!(objections(&Mtls { trust_anchors: broken.clone(), ..good }), ["trust_anchors"]);
        assert_eq!(objections(&Mtls { trust_anchors: broken, ..Mtls::default() }), ["trust_anchors", "trust_anchors"]);
        for bad in ["", "X Client", "X-Client-Cert:", "ü"] {
            assert_eq!(
                objections(&Mtls { proxy_header: Some(bad.into()), ..Mtls::default() }),
                ["proxy_header"],
                "{bad}"
            );
        }
    }

    #[test]
    fn an_alias_is_there_where_it_is_another_address() {
        let tenant = Tenant {
            id: TenantId::fresh(),
            slug: "default".into(),
            path: String::new(),
            issuer: "https://id.example.com".into(),
            name: "Signet".into(),
        };
        assert_eq!(Mtls::default().alias(&tenant, "/oauth2/token"), None);
        let mtls = Mtls { url: Some(Issuer::parse("https://mtls.example.com").unwrap()), ..Mtls::default() };
        assert_eq!(mtls.alias(&tenant, "/oauth2/token").as_deref(), Some("https://mtls.example.com/oauth2/token"));
    }
}

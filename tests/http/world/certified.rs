//! Certificates that applications show, and the authority that issues them. What it takes to hand them on as a proxy does.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    hash::MessageDigest,
    pkey::{PKey, Private},
    sha::sha256,
    x509::{
        X509, X509Builder, X509NameBuilder,
        extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName},
    },
};
use serde_json::{Value, json};
use signet::{
    config::{CertificateForm, Certificates, Network, Rate, Setting, Span},
    domain::clients::AuthMethod,
};

use super::{NewClient, Signer, World, http::Call};

/// Where clients are asked for certificates.
pub const ALIAS: &str = "https://mtls.example.test:8443";
/// The one proxy that is trusted, and the header in which it hands certificates on.
pub const PROXY: &str = "10.0.0.1";
pub const HEADER: &str = "x-client-cert";

/// A certificate and its key.
#[derive(Clone)]
pub struct Identity {
    pub key: PKey<Private>,
    pub certificate: X509,
}

/// One that issues certificates.
pub struct Authority(Identity);

/// A certificate in the making: for the shop, good now.
#[must_use]
pub struct Wanted {
    builder: X509Builder,
    key: PKey<Private>,
    now: i64,
}

impl Wanted {
    fn new(now: i64, subject: &[(&str, &str)]) -> Self {
        let key = PKey::ec_gen("prime256v1").unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        for (kind, value) in subject {
            name.append_entry_by_text(kind, value).unwrap();
        }
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let mut serial = BigNum::new().unwrap();
        serial.rand(64, openssl::bn::MsbOption::MAYBE_ZERO, false).unwrap();
        builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(&key).unwrap();
        Self { builder, key, now }.lasting(-60, 86_400)
    }

    fn of_authority(now: i64, name: &str) -> Self {
        let mut wanted = Self::new(now, &[("O", "Example"), ("CN", name)]).lasting(-86_400, 8_640_000);
        wanted.builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        wanted
    }

    /// Good from then to then, in seconds from now.
    pub fn lasting(mut self, from: i64, to: i64) -> Self {
        self.builder.set_not_before(&Asn1Time::from_unix(self.now + from).unwrap()).unwrap();
        self.builder.set_not_after(&Asn1Time::from_unix(self.now + to).unwrap()).unwrap();
        self
    }

    /// For servers alone.
    pub fn of_server(mut self) -> Self {
        self.builder.append_extension(ExtendedKeyUsage::new().server_auth().build().unwrap()).unwrap();
        self
    }

    /// With other names.
    pub fn named(mut self, names: impl FnOnce(&mut SubjectAlternativeName)) -> Self {
        let mut all = SubjectAlternativeName::new();
        names(&mut all);
        let all = all.build(&self.builder.x509v3_context(None, None)).unwrap();
        self.builder.append_extension(all).unwrap();
        self
    }

    /// For this key.
    pub fn of(mut self, identity: &Identity) -> Self {
        self.key = identity.key.clone();
        self.builder.set_pubkey(&self.key).unwrap();
        self
    }

    /// Signed by its own key.
    pub fn self_signed(mut self) -> Identity {
        self.builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        Identity { certificate: self.builder.build(), key: self.key }
    }
}

impl Authority {
    /// One of that name, at this time.
    pub fn new(now: i64) -> Self {
        Self(Wanted::of_authority(now, "Authority").self_signed())
    }

    /// Another one, by the word of this one.
    pub fn issues_authority(&self, world: &World) -> Self {
        Self(self.issues(Wanted::of_authority(world.now().timestamp(), "Between")))
    }

    pub fn identity(&self) -> &Identity {
        &self.0
    }

    pub fn issues(&self, mut wanted: Wanted) -> Identity {
        wanted.builder.set_issuer_name(self.0.certificate.subject_name()).unwrap();
        wanted.builder.sign(&self.0.key, MessageDigest::sha256()).unwrap();
        Identity { certificate: wanted.builder.build(), key: wanted.key }
    }

    pub fn pem(&self) -> String {
        String::from_utf8(self.0.certificate.to_pem().unwrap()).unwrap()
    }
}

impl Identity {
    /// Signs a certificate, though it is no authority.
    pub fn issues(&self, wanted: Wanted) -> Self {
        Authority(self.clone()).issues(wanted)
    }

    pub fn der(&self) -> Vec<u8> {
        self.certificate.to_der().unwrap()
    }

    /// What tokens are bound to (RFC 8705 §3.1), made here.
    pub fn x5t(&self) -> String {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha256(&self.der()))
    }

    /// As nginx writes `$ssl_client_escaped_cert`.
    pub fn escaped(&self) -> String {
        let pem = String::from_utf8(self.certificate.to_pem().unwrap()).unwrap();
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        pem.bytes().map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    }

    /// As RFC 9440 writes it.
    pub fn byte_sequence(&self) -> String {
        format!(":{}:", STANDARD.encode(self.der()))
    }

    /// A JWK Set with its public key, and without the certificate.
    pub fn bare_jwks(&self) -> Value {
        Signer::of(self.key.clone()).jwks()
    }

    /// A JWK Set with the certificate (RFC 8705 §2.2.2).
    pub fn jwks(&self) -> Value {
        let mut jwk = self.bare_jwks()["keys"][0].clone();
        jwk["x5c"] = json!([STANDARD.encode(self.der())]);
        json!({ "keys": [jwk] })
    }
}

impl World {
    /// One where a proxy hands certificates on, and this authority's word counts.
    pub async fn certified(form: CertificateForm) -> (Self, Authority) {
        // Worlds begin at the time of this machine, give or take what an authority lasts.
        let authority = Authority::new(signet::kernel::Clock::System.now().timestamp());
        let world = Self::configured(|config| {
            config.server.trusted_proxies = vec![Network::parse("10.0.0.0/8").unwrap()];
            config.mtls.proxy_header = Some("X-Client-Cert".into());
            config.mtls.proxy_header_form = form;
            config.mtls.trust_anchors = Some(Certificates::parse(&authority.pem()).unwrap());
            config.mtls.url = Some(Setting::parse(ALIAS).unwrap());
            config.http.allow_private_targets = true;
            config.limits.client_failures_per_address = Rate::new(10_000, Span::minutes(1));
        })
        .await;
        (world, authority)
    }

    /// A certificate for `CN=shop,O=Example,C=DE`.
    pub fn wanted(&self) -> Wanted {
        self.named(&[("C", "DE"), ("O", "Example"), ("CN", "shop")])
    }

    /// The same for somebody else, the most general first.
    pub fn named(&self, subject: &[(&str, &str)]) -> Wanted {
        Wanted::new(self.now().timestamp(), subject)
    }
}

impl NewClient {
    /// Is known by what an authority issued for `CN=shop,O=Example,C=DE`.
    pub fn by_subject(self) -> Self {
        let subject = Some("cn=Shop, O=Example, C=DE".to_owned());
        let named = self.method(AuthMethod::TlsClientAuth);
        named.with(|create| create.metadata.certified.tls_client_auth_subject_dn = subject)
    }

    /// Is known by certificates of its own.
    pub fn by_own(self, jwks: Value) -> Self {
        self.method(AuthMethod::SelfSignedTlsClientAuth).with(|create| create.metadata.jwks = Some(jwks))
    }

    /// Has tokens that are bound to its certificate.
    pub fn certificate_bound(self) -> Self {
        self.with(|create| create.metadata.tls_client_certificate_bound_access_tokens = true)
    }
}

impl Call {
    /// Comes through the trusted proxy, with this certificate.
    pub fn with_certificate(self, identity: &Identity) -> Self {
        self.from(PROXY).header(HEADER, &identity.escaped())
    }
}

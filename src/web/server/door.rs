//! Where connections come in: a listening socket, with TLS behind it if that is Signet's own business.

use std::{path::Path, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    version::{TLS12, TLS13},
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{
    certificate::{Certificate, CertificateError},
    client_certificate::AnyCertificate,
};

/// A listening socket, and the TLS to speak there; and, perhaps, a second one where clients are asked for certificates.
pub struct Door {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<Tls>,
    pub(super) mtls: Option<(TcpListener, TlsAcceptor)>,
}

impl Door {
    /// A socket at which TLS is spoken, or plain HTTP.
    pub fn new(listener: TcpListener, tls: Option<Tls>) -> Self {
        Self { listener, tls, mtls: None }
    }

    /// Also at a second socket, with the same certificate, asking clients for theirs.
    ///
    /// # Errors
    /// When TLS cannot be spoken like this, or is not spoken at the first.
    pub fn asking_at(self, listener: TcpListener) -> Result<Self, CertificateError> {
        let tls = self.tls.as_ref().ok_or(CertificateError::None)?;
        let mtls = Some((listener, acceptor(&tls.certificate, true)?));
        Ok(Self { mtls, ..self })
    }
}

impl From<TcpListener> for Door {
    fn from(listener: TcpListener) -> Self {
        Self::new(listener, None)
    }
}

/// TLS by Signet itself: version 1.3, and 1.2 with forward secrecy and AES-GCM only (RFC 9325 §4.2).
#[derive(Clone)]
pub struct Tls {
    pub(super) acceptor: TlsAcceptor,
    pub(super) certificate: Arc<Certificate>,
}

impl Tls {
    /// TLS with the certificate chain and the private key in these files (PEM). They are read again when they change.
    ///
    /// # Errors
    /// When one of them cannot be read or used.
    pub fn open(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let certificate = Arc::new(Certificate::open(chain, key)?);
        Ok(Self { acceptor: acceptor(&certificate, false)?, certificate })
    }
}

/// TLS with this certificate. `asks`: whether clients are asked for theirs.
fn acceptor(certificate: &Arc<Certificate>, asks: bool) -> Result<TlsAcceptor, CertificateError> {
    let provider = Arc::new(provider());
    let verifier = AnyCertificate(provider.signature_verification_algorithms);
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(CertificateError::Unusable)?;
    let builder = match asks {
        true => builder.with_client_cert_verifier(Arc::new(verifier)),
        false => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(certificate.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// ring's algorithms, without ChaCha20 in TLS 1.2: everything that can do that can do 1.3.
fn provider() -> CryptoProvider {
    use ring::cipher_suite as suite;
    CryptoProvider {
        cipher_suites: vec![
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS13_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        ..ring::default_provider()
    }
}

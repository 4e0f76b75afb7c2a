//! `signet client create`: whom a client's certificate names.

use clap::Args;

use crate::domain::clients::{Certified, Metadata};

/// The options.
#[derive(Debug, Args)]
#[group(id = "registration_certified", conflicts_with = "import", multiple = true)]
pub(in crate::cli) struct Certificates {
    /// The subject of its certificate, as RFC 4514 writes it: CN=shop,O=Example,C=DE. For --auth-method tls_client_auth, which needs this
    /// or one of the next four.
    #[arg(long, value_name = "NAME")]
    tls_client_auth_subject_dn: Option<String>,
    /// A DNS name in its certificate.
    #[arg(long, value_name = "HOST")]
    tls_client_auth_san_dns: Option<String>,
    /// A URI in its certificate.
    #[arg(long, value_name = "URI")]
    tls_client_auth_san_uri: Option<String>,
    /// An IP address in its certificate.
    #[arg(long, value_name = "ADDRESS")]
    tls_client_auth_san_ip: Option<String>,
    /// A mail address in its certificate.
    #[arg(long, value_name = "ADDRESS")]
    tls_client_auth_san_email: Option<String>,
    /// Its access tokens are bound to its certificate: every token request needs one, however the client authenticates.
    #[arg(long)]
    certificate_bound: bool,
}

impl Certificates {
    /// What the options say.
    pub(super) fn put(self, metadata: &mut Metadata) {
        metadata.tls_client_certificate_bound_access_tokens = self.certificate_bound;
        metadata.certified = Certified {
            tls_client_auth_subject_dn: self.tls_client_auth_subject_dn,
            tls_client_auth_san_dns: self.tls_client_auth_san_dns,
            tls_client_auth_san_uri: self.tls_client_auth_san_uri,
            tls_client_auth_san_ip: self.tls_client_auth_san_ip,
            tls_client_auth_san_email: self.tls_client_auth_san_email,
        };
    }
}

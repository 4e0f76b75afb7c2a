//! X.509 certificates that clients show (RFC 5280, RFC 8705): whether one is good now, who vouches for it, and whom it names.

mod anchors;
mod der;
mod distinguished_name;
mod name;

use openssl::{
    pkey::{PKey, Public},
    stack::Stack,
    x509::{
        X509, X509PurposeId, X509StoreContext,
        store::X509StoreBuilder,
        verify::{X509VerifyFlags, X509VerifyParam},
    },
};

pub use anchors::{Anchors, NoAnchors};
pub use distinguished_name::{DistinguishedName, NoName};
pub use name::CertificateName;

/// More certificates of one chain are not looked at.
const MOST: usize = 8;

/// OpenSSL's security level: keys and signatures of 112 bits at least, which excludes RSA below 2048 bits, and SHA-1.
const SECURITY_LEVEL: i32 = 2;

/// OpenSSL's reasons (`X509_V_ERR_…`) that have a name here.
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
const INVALID_PURPOSE: i32 = 26;
const WEAK: &[i32] = &[66, 67, 68];

/// A client's certificate and what it sent along to show who issued it. Nothing of it is believed until it is judged, but that the
/// client holds the key: that is the handshake's business.
pub struct Certificate {
    own: X509,
    der: Vec<u8>,
    others: Vec<X509>,
}

/// Why a certificate does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrusted {
    /// It cannot be read, or OpenSSL failed.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// Its time has not come, or that of one of its issuers.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// Its time is over, or that of one of its issuers.
    #[error("the certificate is expired")]
    Expired,
    /// Its key usages exclude authenticating a client (RFC 5280 §4.2.1.3, §4.2.1.12).
    #[error("the certificate is not for clients")]
    NotForClients,
    /// A key or a signature in the chain is too weak.
    #[error("the certificate is too weak")]
    Weak,
    /// No trust anchor vouches for it.
    #[error("nobody who is trusted issued the certificate: {0}")]
    NotIssued(&'static str),
}

impl Certificate {
    /// Reads a chain in DER, the client's own certificate first. Of the others, those that cannot be read are passed over.
    ///
    /// # Errors
    /// [`Distrusted::Unreadable`] without an own certificate that can be read.
    pub fn parse<D: AsRef<[u8]>>(chain: &[D]) -> Result<Self, Distrusted> {
        let (own, others) = chain.split_first().ok_or(Distrusted::Unreadable)?;
        let der = own.as_ref().to_vec();
        let own = X509::from_der(&der).map_err(|_| Distrusted::Unreadable)?;
        // What stands behind the certificate would be part of its thumbprint, and of nothing else.
        if own.to_der().map_err(|_| Distrusted::Unreadable)? != der {
            return Err(Distrusted::Unreadable);
        }
        let others = others.iter().take(MOST).filter_map(|other| X509::from_der(other.as_ref()).ok()).collect();
        Ok(Self { own, der, others })
    }

    /// SHA-256 of its DER: `x5t#S256` (RFC 8705 §3.1).
    pub fn thumbprint(&self) -> [u8; 32] {
        openssl::sha::sha256(&self.der)
    }

    /// Whether it is good at `now` by itself, whoever issued it: its time, its usages, its strength.
    ///
    /// # Errors
    /// [`Distrusted`] by reason.
    pub fn judge(&self, now: chrono::DateTime<chrono::Utc>) -> Result<(), Distrusted> {
        self.verify(std::slice::from_ref(&self.own), now)
    }

    /// Whether it is good at `now` and one of the anchors vouches for it (RFC 5280 §6).
    ///
    /// # Errors
    /// [`Distrusted`] by reason.
    pub fn judge_issuer(&self, anchors: &Anchors, now: chrono::DateTime<chrono::Utc>) -> Result<(), Distrusted> {
        self.verify(anchors.certificates(), now)
    }

    fn verify(&self, trusted: &[X509], now: chrono::DateTime<chrono::Utc>) -> Result<(), Distrusted> {
        let judged = || {
            let mut rules = X509VerifyParam::new()?;
            rules.set_time(now.timestamp());
            rules.set_purpose(X509PurposeId::SSL_CLIENT)?;
            rules.set_auth_level(SECURITY_LEVEL);
            // An anchor is one because it is named, also where somebody else issued it.
            rules.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
            let mut store = X509StoreBuilder::new()?;
            for anchor in trusted {
                store.add_cert(anchor.clone())?;
            }
            store.set_param(&rules)?;
            let mut others = Stack::new()?;
            for other in &self.others {
                others.push(other.clone())?;
            }
            X509StoreContext::new()?
                .init(&store.build(), &self.own, &others, |context| Ok((context.verify_cert()?, context.error())))
        };
        match judged() {
            Ok((true, _)) => Ok(()),
            Ok((false, why)) => Err(match why.as_raw() {
                NOT_YET_VALID => Distrusted::NotYetValid,
                EXPIRED => Distrusted::Expired,
                INVALID_PURPOSE => Distrusted::NotForClients,
                weak if WEAK.contains(&weak) => Distrusted::Weak,
                _ => Distrusted::NotIssued(why.error_string()),
            }),
            Err(_) => Err(Distrusted::Unreadable),
        }
    }

    /// Whether it names somebody like this (RFC 8705 §2.1.2).
    pub fn bears(&self, name: &CertificateName) -> bool {
        name.is_on(&self.own)
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn public_key(&self) -> Option<PKey<Public>> {
        self.own.public_key().ok()
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("others", &self.others.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;

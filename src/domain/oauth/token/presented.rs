//! An access token as a request presents it.

use crate::{
    app::App,
    domain::oauth::dpop::{Evidence, Proved},
    kernel::{Code, Refusal, Tenant, Time, secret::Secret},
};

/// Under which scheme an access token comes (RFC 9110 §11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has it may use it (RFC 6750 §2.1), unless it is bound to a certificate.
    Bearer,
    /// Only whoever holds the key that it is bound to (RFC 9449 §7.1).
    Dpop,
}

impl Scheme {
    /// Both.
    pub const ALL: &[Self] = &[Self::Bearer, Self::Dpop];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// An access token, how it came, and what came with it.
#[derive(Debug, Clone)]
pub struct PresentedToken {
    /// The token.
    pub token: Secret,
    /// Its scheme.
    pub scheme: Scheme,
    /// What the request shows besides.
    pub evidence: Evidence,
}

impl PresentedToken {
    /// What its sender holds. A proof counts under the scheme `DPoP` only, and is needed there (RFC 9449 §7.1).
    ///
    /// # Errors
    /// As [`Evidence::judge`].
    pub fn judge(&self, app: &App, tenant: &Tenant, now: Time) -> Result<Proved, Refusal> {
        match self.scheme {
            Scheme::Bearer => self.evidence.without_proof().judge(app, tenant, None, now),
            Scheme::Dpop if self.evidence.proof.is_none() => {
                Err(Code::InvalidDpopProof.because("the request has no DPoP header"))
            }
            Scheme::Dpop => self.evidence.judge(app, tenant, Some(self.token.expose()), now),
        }
    }
}

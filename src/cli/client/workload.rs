//! Which workload a client is, by the word of which issuer.

use clap::Args;

use crate::domain::clients::{AuthMethod, Metadata, Workload};

#[derive(Debug, Args)]
#[group(id = "registration_workload", conflicts_with = "import", multiple = true)]
pub(in crate::cli) struct Bound {
    /// It proves who it is with the tokens that this issuer gives its workloads: the issuer of a Kubernetes cluster, or a SPIFFE trust
    /// domain (spiffe://example.org); registered by signet issuer create --use workload. Without --auth-method, workload_jwt, or
    /// spiffe_jwt for a trust domain.
    #[arg(long, value_name = "ISSUER", requires = "workload_subject")]
    workload_issuer: Option<String>,
    /// What those tokens call it: system:serviceaccount:NAMESPACE:NAME, or a SPIFFE ID, which may end in /* for all below it.
    #[arg(long, value_name = "SUB", requires = "workload_issuer")]
    workload_subject: Option<String>,
}

impl Bound {
    /// How it authenticates, if that follows from the options.
    pub(super) fn method(&self) -> Option<AuthMethod> {
        let issuer = self.workload_issuer.as_ref()?;
        Some(if issuer.starts_with("spiffe:") { AuthMethod::SpiffeJwt } else { AuthMethod::WorkloadJwt })
    }

    /// What the options say.
    pub(super) fn put(self, metadata: &mut Metadata) {
        metadata.workload = Workload { workload_issuer: self.workload_issuer, workload_subject: self.workload_subject };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_says_how_it_authenticates() {
        let method =
            |issuer: Option<&str>| Bound { workload_issuer: issuer.map(Into::into), workload_subject: None }.method();
        assert_eq!(method(None), None);
        assert_eq!(method(Some("https://kubernetes.default.svc")), Some(AuthMethod::WorkloadJwt));
        assert_eq!(method(Some("spiffe://example.org")), Some(AuthMethod::SpiffeJwt));
    }
}

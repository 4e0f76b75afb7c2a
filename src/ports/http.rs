//! Requests that Signet makes to addresses other people chose: guarded against being sent to where it should not go
//! (SSRF, RFC 9700 §4.13, OWASP API7), and against servers that are slow, huge or away.
//!
//! https only; every address of a name is judged after it was resolved, and the connection goes to a judged address, so
//! that a name cannot change its mind in between; every redirect begins anew. Time, size and redirects are bounded. A host
//! that failed several times is left alone for a while.

mod breaker;
mod exchange;
mod target;

use std::{fmt, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_rustls::TlsConnector;
use url::Url;

pub use self::target::{Refused, judge_address, judge_url};
use self::{
    breaker::Breakers,
    exchange::{Asked, Posted},
};
use crate::kernel::{Fault, secret::Secret};

/// How many redirects of one request are followed.
const REDIRECTS: usize = 3;

/// What the client was set to.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Whether private, loopback and link-local addresses may be asked, and plain http on loopback.
    pub allow_private_targets: bool,
    /// Certificate authorities to trust besides the public ones, in PEM.
    pub extra_ca: Option<String>,
    /// How long one request may take, redirects included.
    pub timeout: Duration,
    /// Most bytes of an answer that are read.
    pub most: usize,
}

/// Why there is no answer. Not a fault of ours: the address was somebody else's choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address may not be asked.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The name does not resolve.
    #[error("the name cannot be resolved")]
    Unresolved,
    /// Nobody answers there, or not in HTTP.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the server did not answer in time")]
    Late,
    /// The answer is larger than is read.
    #[error("the answer is too large")]
    TooLarge,
    /// It redirects too often, or to nowhere.
    #[error("the redirects lead nowhere")]
    Lost,
    /// The host failed several times and is left alone for a while.
    #[error("the server failed before and is left alone for a while")]
    LeftAlone,
}

/// An answer, whatever its status.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type without its parameters, in lower case; empty where none was sent.
    pub media: String,
    /// How long the answer may be kept, by `Cache-Control: max-age`.
    pub max_age: Option<Duration>,
    /// The nonce for the next proof of possession (`DPoP-Nonce`, RFC 9449 §8).
    pub dpop_nonce: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The guarded client. It keeps no cookies and no connections.
pub struct Http {
    settings: HttpSettings,
    tls: TlsConnector,
    breakers: Breakers,
}

impl Http {
    /// A client with the public certificate authorities and those of the settings.
    ///
    /// # Errors
    /// A fault where the extra certificates cannot be read.
    pub fn open(settings: HttpSettings) -> Result<Self, Fault> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = &settings.extra_ca {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let added = certificate.map_err(|error| Fault::broken_by("http.extra_ca is not PEM", error))?;
                roots.add(added).map_err(|error| Fault::broken_by("http.extra_ca has a bad certificate", error))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Fault::broken_by("TLS cannot be set up", error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { settings, tls: TlsConnector::from(Arc::new(config)), breakers: Breakers::default() })
    }

    /// Reads `url`; up to three redirects are followed. `accept` is the media type that is wanted.
    ///
    /// # Errors
    /// [`HttpError`] by reason. A status that is no success is an answer.
    pub async fn fetch(&self, url: &str, accept: &str) -> Result<Answer, HttpError> {
        let within = async {
            let mut url = judge_url(url, self.settings.allow_private_targets)?;
            for _ in 0..=REDIRECTS {
                let asked = Asked { url: &url, accept, posted: None, headers: &[], most: self.settings.most };
                match self.ask(&asked).await? {
                    (answer, None) => return Ok(answer),
                    (_, Some(location)) => {
                        let next = url.join(&location).map_err(|_| HttpError::Lost)?;
                        url = judge_url(next.as_str(), self.settings.allow_private_targets)?;
                    }
                }
            }
            Err(HttpError::Lost)
        };
        tokio::time::timeout(self.settings.timeout, within).await.unwrap_or(Err(HttpError::Late))
    }

    /// Reads `url` and nothing else: a redirect is an answer. At most `most` bytes are read, or what the settings say, if that is less.
    ///
    /// # Errors
    /// As [`Http::fetch`].
    pub async fn fetch_unmoved(&self, url: &str, accept: &str, most: usize) -> Result<Answer, HttpError> {
        let url = judge_url(url, self.settings.allow_private_targets)?;
        let asked = Asked { url: &url, accept, posted: None, headers: &[], most: most.min(self.settings.most) };
        let within = tokio::time::timeout(self.settings.timeout, self.ask(&asked));
        within.await.unwrap_or(Err(HttpError::Late)).map(|(answer, _)| answer)
    }

    /// Posts a form to `url`. A redirect is an answer: what was posted is meant for this address only.
    ///
    /// # Errors
    /// As [`Http::fetch`].
    pub async fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Answer, HttpError> {
        self.post_form_with(url, form, &[]).await
    }

    /// The same with headers that prove something: `authorization`, `dpop`.
    ///
    /// # Errors
    /// As [`Http::fetch`].
    pub async fn post_form_with(
        &self,
        url: &str,
        form: &[(&str, &str)],
        headers: &[(&'static str, &Secret)],
    ) -> Result<Answer, HttpError> {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.post(url, Posted { media: "application/x-www-form-urlencoded", text }, headers).await
    }

    /// Posts JSON to `url`, with headers that prove something. A redirect is an answer.
    ///
    /// # Errors
    /// As [`Http::fetch`].
    pub async fn post_json(
        &self,
        url: &str,
        json: &serde_json::Value,
        headers: &[(&'static str, &Secret)],
    ) -> Result<Answer, HttpError> {
        self.post(url, Posted { media: "application/json", text: json.to_string() }, headers).await
    }

    async fn post(&self, url: &str, posted: Posted, headers: &[(&'static str, &Secret)]) -> Result<Answer, HttpError> {
        let url = judge_url(url, self.settings.allow_private_targets)?;
        let asked = Asked { url: &url, accept: "*/*", posted: Some(posted), headers, most: self.settings.most };
        let within = tokio::time::timeout(self.settings.timeout, self.ask(&asked));
        within.await.unwrap_or(Err(HttpError::Late)).map(|(answer, _)| answer)
    }

    /// One exchange with one host; the breaker learns of it. A call that is cut off by its time counts as failed.
    async fn ask(&self, asked: &Asked<'_>) -> Result<(Answer, Option<String>), HttpError> {
        let host = authority(asked.url);
        let attempt = self.breakers.attempt(&host).ok_or(HttpError::LeftAlone)?;
        let addresses = target::resolve(asked.url, self.settings.allow_private_targets).await?;
        let answer = exchange::exchange(asked, &addresses, &self.tls).await;
        match &answer {
            // A server that answers 5xx is as good as away.
            Ok((answer, _)) if answer.status >= 500 => drop(attempt),
            Ok(_) | Err(HttpError::TooLarge) => attempt.succeeded(),
            Err(_) => drop(attempt),
        }
        answer
    }

    /// Whether `url` may be registered as an address that is asked later: the part of the judgment that needs no look-up.
    ///
    /// # Errors
    /// [`Refused`] by reason.
    pub fn judge(&self, url: &str) -> Result<Url, Refused> {
        judge_url(url, self.settings.allow_private_targets)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} {} {} bytes)", self.status, self.media, self.body.len())
    }
}

/// Host and port, as the breaker knows a server.
fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

#[cfg(test)]
mod tests;

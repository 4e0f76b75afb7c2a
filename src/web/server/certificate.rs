//! The certificate for TLS: read from two files, and read again when they change.

use std::{
    fmt, fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::time::MissedTickBehavior;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The certificate that is presented, and where it comes from.
#[derive(Debug)]
pub(super) struct Certificate {
    files: Files,
    current: ArcSwap<CertifiedKey>,
}

#[derive(Debug, Clone)]
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug)]
pub enum CertificateError {
    /// There is none.
    None,
    /// A file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// A file does not hold what it should.
    Holds(PathBuf, &'static str),
    /// The two do not belong together, or are of a kind that is not supported.
    Unusable(rustls::Error),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("there is no certificate"),
            Self::Unreadable(path, error) => write!(f, "{} cannot be read: {error}", path.display()),
            Self::Holds(path, what) => write!(f, "{} holds {what}", path.display()),
            Self::Unusable(rustls::Error::InconsistentKeys(_)) => {
                f.write_str("the private key is not the one of the certificate")
            }
            Self::Unusable(error) => write!(f, "the certificate cannot be used: {error}"),
        }
    }
}

impl std::error::Error for CertificateError {}

impl Certificate {
    /// Reads the chain, the server's own certificate first, and its private key, both in PEM.
    pub(super) fn open(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let files = Files { chain: chain.to_owned(), key: key.to_owned() };
        Ok(Self { current: ArcSwap::from_pointee(files.read()?), files })
    }

    /// Follows the files for as long as it is polled. What cannot be used leaves the certificate before in its place:
    /// the two files are often written one after the other.
    pub(super) async fn follow(&self) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut used, mut said) = (self.files.mark(), String::new());
        loop {
            looks.tick().await;
            let mark = self.files.mark();
            if mark.is_some() && mark == used {
                continue;
            }
            match self.files.read() {
                Ok(fresh) => {
                    self.current.store(Arc::new(fresh));
                    tracing::info!(file = %self.files.chain.display(), "the TLS certificate was read again");
                    (used, said) = (mark, String::new());
                }
                Err(error) if error.to_string() != said => {
                    said = error.to_string();
                    tracing::error!(error = said, "the new TLS certificate cannot be used, the one before stays");
                }
                Err(_) => {}
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Files {
    fn read(&self) -> Result<CertifiedKey, CertificateError> {
        let text = |path: &PathBuf| fs::read(path).map_err(|error| CertificateError::Unreadable(path.clone(), error));
        let holds = |path: &PathBuf, what| CertificateError::Holds(path.clone(), what);
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&text(&self.chain)?)
            .collect::<Result<_, _>>()
            .map_err(|_| holds(&self.chain, "something that is not PEM"))?;
        if chain.is_empty() {
            return Err(holds(&self.chain, "no certificate in PEM"));
        }
        let key = PrivateKeyDer::from_pem_slice(&text(&self.key)?)
            .map_err(|_| holds(&self.key, "no private key in PEM (an encrypted one cannot be used)"))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(CertificateError::Unusable)
    }

    /// What changes when a file is written or replaced; nothing while one is away.
    fn mark(&self) -> Option<[(u64, i64, i64, u64); 2]> {
        let of = |path: &Path| {
            fs::metadata(path).ok().map(|found| (found.ino(), found.mtime(), found.mtime_nsec(), found.size()))
        };
        Some([of(&self.chain)?, of(&self.key)?])
    }
}

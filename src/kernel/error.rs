//! The one error of the service: refused, or our fault.

use super::{fault::Fault, refusal::Refusal};

/// Why an operation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is told no; nothing was written.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The caller is told no, and what was written stays (a replay, a failed attempt).
    #[error("{0}")]
    Settled(Box<Refusal>),
    /// We failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What operations return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<super::refusal::Code> for Error {
    fn from(code: super::refusal::Code) -> Self {
        Refusal::from(code).into()
    }
}

impl Error {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) | Self::Settled(refusal) => Some(refusal),
            Self::Fault(_) => None,
        }
    }
}

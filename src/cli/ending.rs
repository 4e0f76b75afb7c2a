//! How a command ends when it is not done: refused, wrongly asked, or failed.

use crate::kernel::{Error, Fault, Refusal};

/// Why a command was not done.
#[derive(Debug)]
pub(super) enum Ending {
    /// The service says no.
    Refused(Box<Refusal>),
    /// The database is not ready for this program.
    SchemaBehind,
    /// The command or a setting is wrong.
    Usage(String),
    /// Something failed.
    Fault(Fault),
}

impl Ending {
    /// Something failed, and what it said.
    pub(super) fn failed(what: impl Into<String>, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Fault(Fault::broken_by(what, source))
    }

    /// The exit status of the process.
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::SchemaBehind => 1,
            Self::Usage(_) => 2,
            Self::Fault(_) => 3,
        }
    }

    /// A stable name, for programs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code.name(),
            Self::SchemaBehind => "schema_behind",
            Self::Usage(_) => "usage",
            Self::Fault(Fault::Unavailable { .. }) => "unavailable",
            Self::Fault(Fault::Broken { .. }) => "failed",
        }
    }

    /// What happened, in words: a sentence, and a line for each field that could not be accepted.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Refused(refusal) => {
                let mut words = refusal.sentence.clone().unwrap_or_else(|| refusal.code.name().into()).into_owned();
                for field in &refusal.fields {
                    words.push_str(&format!("\n- {} {}", field.field, field.message));
                }
                words
            }
            Self::SchemaBehind => "The database schema is not the one of this program. Run: signet migrate up".into(),
            Self::Usage(words) => words.clone(),
            Self::Fault(fault) => fault.chain(),
        }
    }
}

impl From<Error> for Ending {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) | Error::Settled(refusal) => Self::Refused(refusal),
            Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Fault> for Ending {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Code;

    #[test]
    fn each_ending_has_its_status_and_words() {
        let refused: Ending =
            Error::from(Code::InvalidInput.because("Look again.").at("email", "taken", "is taken")).into();
        assert_eq!((refused.status(), refused.name()), (1, "invalid_input"));
        assert_eq!(refused.words(), "Look again.\n- email is taken");
        assert_eq!(Ending::Usage(String::new()).status(), 2);
        let fault: Ending = Error::from(Fault::unavailable("database", "connection refused")).into();
        assert_eq!((fault.status(), fault.name()), (3, "unavailable"));
        assert_eq!(fault.words(), "database is unavailable: connection refused");
        assert!(Ending::SchemaBehind.words().contains("signet migrate up"));
    }
}

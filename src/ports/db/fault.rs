//! What a database error means: away (503), or broken (500).

use sea_orm::{DbErr, RuntimeErr, SqlErr, SqlxError};

use crate::kernel::{Error, Fault};

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) {
            Self::unavailable("database", error)
        } else {
            Self::broken_by("the database refused a statement", error)
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Fault::from(error).into()
    }
}

/// Whether a unique index said no.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether the same statement may well succeed in a moment.
pub(super) fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match error.as_ref() {
                SqlxError::Io(_)
                | SqlxError::Tls(_)
                | SqlxError::PoolTimedOut
                | SqlxError::PoolClosed
                | SqlxError::WorkerCrashed
                | SqlxError::BeginFailed
                | SqlxError::Protocol(_) => true,
                SqlxError::Database(error) => error.code().is_some_and(|code| is_passing(&code)),
                _ => false,
            }
        }
        _ => false,
    }
}

/// SQLSTATE classes 08 (connection), 40 (rolled back), 53 (no resources), 55 (not in the state), 57 (operator
/// intervention), 58 (system error); and SQLite's BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL and CANTOPEN with their
/// extended codes.
fn is_passing(code: &str) -> bool {
    match (code.len(), code.parse::<u32>()) {
        (5, _) if ["08", "40", "53", "55", "57", "58"].contains(&&code[..2]) => true,
        (length, Ok(number)) if length < 5 => matches!(number & 0xff, 5 | 6 | 7 | 8 | 10 | 13 | 14),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_troubles_are_told_from_defects() {
        for code in ["08006", "57P01", "53300", "40001", "5", "517", "13", "10", "266", "8"] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["23505", "42P01", "22021", "1", "19", "2067", "1555"] {
            assert!(!is_passing(code), "{code}");
        }
    }
}

//! The core of RFC 6749, decided by oxide-auth's machines. Nothing outside of this folder knows that library.
//!
//! The machines have no I/O: they ask, we answer from what was loaded before. What they get wrong is corrected here
//! (docs/architecture/decisions/0002-oxide-auth.md): redirect URIs are compared byte for byte by us and handed in as equal, an
//! unknown code and a failed PKCE proof are `invalid_grant`, a verifier without challenge is refused, and clients are
//! authenticated before a machine sees them.

mod authorize;
mod exchange;
mod refresh;

pub use authorize::{Registration, authorize};
pub use exchange::{StoredCode, exchange};
pub use refresh::{StoredGrant, refresh};

use oxide_auth::code_grant::error::AccessTokenErrorType;

use crate::kernel::{Code, Refusal};

/// What a machine at the token endpoint said, in our words (RFC 6749 §5.2).
fn token_refusal(kind: AccessTokenErrorType) -> Refusal {
    match kind {
        AccessTokenErrorType::InvalidRequest => Code::InvalidRequest.because("the request is not as RFC 6749 has it"),
        AccessTokenErrorType::InvalidClient => Code::InvalidClient.because("client authentication failed"),
        AccessTokenErrorType::InvalidGrant => {
            Code::InvalidGrant.because("the grant is unknown, used, expired or of another client")
        }
        AccessTokenErrorType::UnauthorizedClient => {
            Code::UnauthorizedClient.because("the client may not use this grant")
        }
        AccessTokenErrorType::UnsupportedGrantType => {
            Code::UnsupportedGrantType.because("this grant type is not supported")
        }
        AccessTokenErrorType::InvalidScope => {
            Code::InvalidScope.because("the scope is malformed or more than was granted")
        }
    }
}

//! Device authorization (RFC 8628): a device that cannot show pages shows a code, and a person enters it elsewhere.

mod authorize;
mod decide;
mod enter;
mod show;
mod user_code;
mod visit;

pub use super::decoupled::Decided;
pub use authorize::{AuthorizeDevice, DeviceAuthorization};
pub use decide::DecideDevice;
pub use enter::EnterUserCode;
pub use show::{DeviceView, ShowDevice};
pub(in crate::domain::oauth) use visit::Visit;

/// Where people enter the code (RFC 8628 §3.2, `verification_uri`). Short: it is read from a screen and typed.
pub const PAGE: &str = "/device";
/// Where they decide.
pub const DECISION_PAGE: &str = "/device/confirm";

//! Signing out: at the wish of a client (OpenID Connect RP-Initiated Logout 1.0), and telling the clients that had the session,
//! through the browser (Front-Channel Logout 1.0) and from server to server (Back-Channel Logout 1.0).

mod backchannel;
mod frontchannel;
mod hint;
mod judge;
mod perform;
mod sign_in;
mod sign_out;
mod waiting;

pub use backchannel::SendNotices;
pub use hint::Hint;
pub use judge::{LogoutRequest, Return};
pub use perform::{BeginLogout, ConfirmLogout, Logout, SignedOut};
pub use sign_in::{SignInHere, SignedInHere};
pub use sign_out::SignOutHere;
pub use waiting::{AskedLogout, ShowLogout};

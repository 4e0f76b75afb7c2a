//! Ending the session of this browser, and finding out who hears of it through the browser.

use super::frontchannel;
use crate::{
    app::{Cx, Guard, Operation},
    domain::sessions::SignOut,
    kernel::Result,
};

/// Signs the caller out here; answers the addresses that the browser has to load in frames (Front-Channel Logout 1.0 §3).
/// Clients that hear of it from server to server are told by a job.
#[derive(Debug, Clone, Copy)]
pub struct SignOutHere;

impl Operation for SignOutHere {
    type Output = Vec<String>;
    const NAME: &'static str = "logout.sign_out_here";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<String>> {
        let session = cx.person()?.session;
        let clients = SignOut.run(cx).await?;
        frontchannel::frames(cx, session, &clients).await
    }
}

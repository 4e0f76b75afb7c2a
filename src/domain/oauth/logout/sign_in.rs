//! Signing in where somebody else may be signed in: their session ends, and its clients hear of it through the browser too.

use super::frontchannel;
use crate::{
    app::{Cx, Guard, Operation},
    domain::sign_in::{SignIn, SignedIn},
    kernel::Result,
};

/// Signs a person in here.
#[derive(Debug, Clone)]
pub struct SignInHere(pub SignIn);

/// A person who signed in here.
#[derive(Debug, Clone)]
pub struct SignedInHere {
    /// The person, and their session.
    pub signed_in: SignedIn,
    /// What the browser has to load in frames before it goes on, because of the session that ended (Front-Channel Logout 1.0 §3).
    pub frames: Vec<String>,
}

impl Operation for SignInHere {
    type Output = SignedInHere;
    const NAME: &'static str = "logout.sign_in_here";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<SignedInHere> {
        let signed_in = self.0.run(cx).await?;
        let frames = match &signed_in.replaced {
            Some(replaced) => frontchannel::frames(cx, replaced.session, &replaced.clients).await?,
            None => Vec::new(),
        };
        Ok(SignedInHere { signed_in, frames })
    }
}

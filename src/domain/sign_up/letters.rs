//! The letters of this journey. None of them says a name: a stranger may have typed it, and the address is not proved.

use serde_json::json;

use crate::{
    app::{Cx, Letter, Message},
    domain::{
        credentials::{MailedProof, Whose},
        letters,
        users::User,
    },
    kernel::{Result, secret::Secret},
};

/// A fresh proof of a person's address, and the letter that carries it.
pub(super) fn verification(cx: &Cx, user: &User) -> Result<(MailedProof, Message)> {
    let lifetime = cx.config().verification.lifetime;
    let whose = Whose { tenant: user.tenant, user: user.id, email: user.email.canonical() };
    let mailed = MailedProof::of_address(&cx.app.macs.code, whose, cx.now, cx.now + lifetime.chrono())?;
    let context = json!({
        "link": cx.tenant().url(&format!("/verify-email?token={}", mailed.token.expose())),
        "code": mailed.code.as_ref().map(Secret::expose),
        "expires": letters::ends(mailed.proof.expires_at, lifetime),
    });
    let message = Message { letter: Letter::VerifyEmail, to: user.email.clone(), user: Some(user.id), context };
    Ok((mailed, message))
}

/// Tells the owner of an account that somebody tried to register its address.
pub(super) fn already_registered(cx: &Cx, user: &User) -> Message {
    let context = json!({ "link": cx.tenant().url("/login"), "reset_link": cx.tenant().url("/forgot-password") });
    Message { letter: Letter::AlreadyRegistered, to: user.email.clone(), user: Some(user.id), context }
}

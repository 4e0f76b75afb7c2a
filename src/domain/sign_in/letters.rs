//! The letters of this journey.

use serde_json::{Value, json};

use crate::{
    app::{Cx, Letter, Message},
    domain::{
        credentials::{MailedProof, Whose},
        letters,
        users::User,
    },
    kernel::Result,
};

/// A fresh link to choose a new password, and the letter that carries it.
pub(super) fn reset(cx: &Cx, user: &User) -> Result<(MailedProof, Message)> {
    let lifetime = cx.config().verification.reset_lifetime;
    let whose = Whose { tenant: user.tenant, user: user.id, email: user.email.canonical() };
    let mailed = MailedProof::of_reset(whose, cx.now, cx.now + lifetime.chrono())?;
    let context = json!({
        "link": cx.tenant().url(&format!("/reset-password?token={}", mailed.token.expose())),
        "expires": letters::ends(mailed.proof.expires_at, lifetime),
    });
    Ok((mailed, message(Letter::ResetPassword, user, context)))
}

/// Tells the owner that the password is another one now (ASVS 6.3.7).
pub(super) fn password_changed(cx: &Cx, user: &User) -> Message {
    told(cx, Letter::PasswordChanged, user, "/forgot-password")
}

/// Tells the owner of a sign-in from a device not seen before (ASVS 6.3.5).
pub(super) fn new_sign_in(cx: &Cx, user: &User) -> Message {
    told(cx, Letter::NewSignIn, user, "/")
}

/// When, and from which device.
fn told(cx: &Cx, letter: Letter, user: &User, path: &str) -> Message {
    let mut context = letters::device(&cx.caller.device);
    context.insert("at".into(), letters::at(cx.now));
    context.insert("link".into(), cx.tenant().url(path).into());
    message(letter, user, Value::Object(context))
}

fn message(letter: Letter, user: &User, context: Value) -> Message {
    Message { letter, to: user.email.clone(), user: Some(user.id), context }
}

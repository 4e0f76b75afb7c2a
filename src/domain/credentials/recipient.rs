//! How often a stranger can cause mail to be sent to one address. Counted before anybody is looked up: the answer is the
//! same whether or not the address has an account, and the few tries an hour that remain are too few to tell by the time
//! they take.

use crate::{
    app::Cx,
    domain::rates::rate,
    kernel::{Result, email::Email},
    ports::ephemeral::Rate,
};

/// Bucket of the pause between two verification mails.
const PAUSE: &str = "mail.verification";

/// Counts one mail to this address, or refuses.
pub async fn allow_mail(cx: &Cx, to: &Email) -> Result<()> {
    cx.limit("mail.recipient", to.canonical(), rate(cx.config().limits.mails_per_recipient)).await
}

/// Counts another verification mail to this address, or refuses because the last one was a moment ago.
pub async fn allow_another(cx: &Cx, to: &Email) -> Result<()> {
    cx.limit(PAUSE, to.canonical(), pause(cx)).await
}

/// Begins the pause before the next verification mail, and refuses nothing.
pub async fn begin_pause(cx: &Cx, to: &Email) -> Result<()> {
    cx.ephemeral().hit(&cx.bucket(PAUSE, to.canonical()), pause(cx)).await?;
    Ok(())
}

fn pause(cx: &Cx) -> Rate {
    let window = cx.config().verification.resend_every.std();
    Rate { limit: u32::from(!window.is_zero()), window }
}

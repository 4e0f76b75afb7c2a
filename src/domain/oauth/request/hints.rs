//! Nonce, login hints and languages (OpenID Connect Core §3.1.2.1).

use super::{Draft, Rules};
use crate::{
    domain::clients::Client,
    kernel::{Code, Refusal, text::unprintable},
};

/// A nonce is repeated in the ID token: bounded, printable.
pub fn nonce(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    draft.request.nonce = bounded(draft, "nonce")?;
    Ok(())
}

/// Who it should be, and in which language.
pub fn login(draft: &mut Draft<'_>, _: &Client, rules: &Rules<'_>) -> Result<(), Refusal> {
    draft.request.login_hint = bounded(draft, "login_hint")?;
    draft.request.ui_locales = bounded(draft, "ui_locales")?;
    if draft.parameters.once("id_token_hint")?.is_some() {
        let subject = rules.hinted_subject.clone();
        draft.request.expected_subject = Some(
            subject.ok_or_else(|| Code::InvalidRequest.because("id_token_hint is not an ID token of this issuer"))?,
        );
    }
    Ok(())
}

fn bounded(draft: &Draft<'_>, name: &'static str) -> Result<Option<String>, Refusal> {
    match draft.parameters.once(name)? {
        Some(value) if value.len() > 512 || value.chars().any(unprintable) => {
            Err(Code::InvalidRequest.because(format!("{name} is too long or not printable")))
        }
        value => Ok(value.map(str::to_owned)),
    }
}

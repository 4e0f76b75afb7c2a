//! What the client wants the person to be asked: prompt, max_age, display (OpenID Connect Core §3.1.2.1).

use serde::{Deserialize, Serialize};

use super::{Draft, Rules};
use crate::{
    domain::clients::Client,
    kernel::{Code, Refusal},
};

/// One value of `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// No page at all.
    None,
    /// Sign in, even if signed in.
    Login,
    /// Ask for consent, even if given.
    Consent,
    /// Let the person choose an account.
    SelectAccount,
    /// Make a new account (Initiating User Registration §4).
    Create,
}

impl Prompt {
    /// Every value, as metadata lists them.
    pub const ALL: &[Self] = &[Self::None, Self::Login, Self::Consent, Self::SelectAccount, Self::Create];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }

    /// The values that are served: accounts are made only where anyone may make one.
    pub fn offered(registration_open: bool) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |prompt| registration_open || *prompt != Self::Create)
    }
}

/// How pages are shown. They fit every window, so all four are honored by the same page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// A whole page.
    Page,
    /// A small window.
    Popup,
    /// A touch device.
    Touch,
    /// A feature phone.
    Wap,
}

impl Display {
    /// Every value, as metadata lists them.
    pub const ALL: &[Self] = &[Self::Page, Self::Popup, Self::Touch, Self::Wap];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Popup => "popup",
            Self::Touch => "touch",
            Self::Wap => "wap",
        }
    }
}

/// `none` stands alone.
pub fn prompt(draft: &mut Draft<'_>, _: &Client, rules: &Rules<'_>) -> Result<(), Refusal> {
    for name in draft.parameters.once("prompt")?.unwrap_or_default().split(' ').filter(|name| !name.is_empty()) {
        let prompt = Prompt::offered(rules.registration_open).find(|prompt| prompt.name() == name);
        let prompt = prompt.ok_or_else(|| Code::InvalidRequest.because("prompt has a value that is not supported"))?;
        if !draft.request.prompt.contains(&prompt) {
            draft.request.prompt.push(prompt);
        }
    }
    if draft.request.prompts(Prompt::None) && draft.request.prompt.len() > 1 {
        return Err(Code::InvalidRequest.because("prompt=none cannot be combined with other values"));
    }
    Ok(())
}

/// A whole number of seconds; what the client registered, where the request says nothing (OpenID Connect Registration §2).
pub fn max_age(draft: &mut Draft<'_>, client: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    draft.request.max_age = client.metadata.default_max_age;
    if let Some(text) = draft.parameters.once("max_age")? {
        let digits = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
        let seconds = text.parse::<u64>().ok().filter(|_| digits);
        let seconds = seconds.ok_or_else(|| Code::InvalidRequest.because("max_age is not a number of seconds"))?;
        draft.request.max_age = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
    }
    Ok(())
}

/// One of four words.
pub fn display(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    if let Some(name) = draft.parameters.once("display")? {
        let display = Display::ALL.iter().copied().find(|display| display.name() == name);
        draft.request.display = Some(display.ok_or_else(|| Code::InvalidRequest.because("display is not supported"))?);
    }
    Ok(())
}

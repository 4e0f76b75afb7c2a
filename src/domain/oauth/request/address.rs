//! Where the answer goes: checked before anything else, because until then nobody may be redirected (RFC 6749 §4.1.2.1).

use serde::{Deserialize, Serialize};

use crate::{
    domain::{clients::Client, oauth::Parameters},
    kernel::{Code, Refusal},
};

/// How the answer travels (OAuth 2.0 Multiple Response Types §2.1, OAuth 2.0 Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In a form that the browser posts to the redirect URI.
    FormPost,
}

impl ResponseMode {
    /// Every mode, as metadata lists them.
    pub const ALL: &[Self] = &[Self::Query, Self::FormPost];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

/// A checked place to answer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAddress {
    /// The redirect URI, byte for byte as presented.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// To be repeated in the answer.
    pub state: Option<String>,
}

impl ReturnAddress {
    /// The address of a request. The first part of the answer is for the person only; the second, where the address is good but
    /// `state` or `response_mode` is not, goes to the client.
    pub fn judge(parameters: &Parameters, client: &Client) -> Result<(Self, Result<(), Refusal>), Refusal> {
        let unregistered = |why: &'static str| Code::InvalidRedirectUri.because(why);
        let redirect_uri = parameters
            .once("redirect_uri")
            .map_err(|_| unregistered("The parameter redirect_uri is repeated."))?
            .ok_or_else(|| unregistered("The parameter redirect_uri is missing."))?;
        if !client.answers_at(redirect_uri) {
            return Err(unregistered("The redirect_uri is not registered for this application.").hiding(redirect_uri));
        }
        let mut trouble = Ok(());
        let state = parameters.once("state").unwrap_or_else(|refusal| {
            trouble = Err(refusal);
            None
        });
        let mode = match parameters.once("response_mode") {
            Ok(None) => ResponseMode::Query,
            Ok(Some(name)) => ResponseMode::ALL.iter().copied().find(|mode| mode.name() == name).unwrap_or_else(|| {
                trouble = Err(Code::InvalidRequest.because("response_mode is not supported"));
                ResponseMode::Query
            }),
            Err(refusal) => {
                trouble = Err(refusal);
                ResponseMode::Query
            }
        };
        let address = Self { redirect_uri: redirect_uri.to_owned(), mode, state: state.map(str::to_owned) };
        Ok((address, trouble))
    }
}

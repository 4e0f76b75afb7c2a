//! Where the answer goes: checked before anything else, because until then nobody may be redirected (RFC 6749 §4.1.2.1).

use serde::{Deserialize, Serialize};

use super::ResponseMode;
use crate::{
    domain::{
        clients::{Answer, Client, Profile},
        oauth::{Parameters, profile::judge_mode},
    },
    kernel::{Code, Refusal},
};

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
    pub fn judge(
        parameters: &Parameters,
        client: &Client,
        profile: Profile,
    ) -> Result<(Self, Result<(), Refusal>), Refusal> {
        let unregistered = |why: &'static str| Code::InvalidRedirectUri.because(why);
        let redirect_uri = parameters
            .once("redirect_uri")
            .map_err(|_| unregistered("The parameter redirect_uri is repeated."))?
            .ok_or_else(|| unregistered("The parameter redirect_uri is missing."))?;
        if !client.answers_at(redirect_uri) {
            return Err(unregistered("The redirect_uri is not registered for this application.").hiding(redirect_uri));
        }
        if !profile.admits_redirect_uri(redirect_uri, client.application_type) {
            return Err(unregistered("The redirect_uri is not encrypted, as this application's has to be."));
        }
        let mut trouble = Ok(());
        let mut kept = |name: &str| {
            parameters.once(name).unwrap_or_else(|refusal| {
                trouble = Err(refusal);
                None
            })
        };
        let (state, asked) = (kept("state"), kept("response_mode"));
        let encrypted = Answer::Authorization.is_encrypted_for(client);
        let mode = ResponseMode::of(parameters.first("response_type"), asked, encrypted);
        let mut told = |(refusal, mode)| {
            trouble = Err(refusal);
            mode
        };
        let mode = mode.unwrap_or_else(&mut told);
        let mode = judge_mode(profile, mode).unwrap_or_else(told);
        let address = Self { redirect_uri: redirect_uri.to_owned(), mode, state: state.map(str::to_owned) };
        Ok((address, trouble))
    }
}

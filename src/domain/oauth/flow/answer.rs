//! What a flow comes to: a page, or the answer to the client.

use super::Wrapping;
use crate::{
    app::Cx,
    domain::{
        clients::Client,
        oauth::request::{Rejection, ReturnAddress},
    },
    kernel::{Refusal, Result},
};

/// An answer to the client at its address (RFC 6749 §4.1.2, OpenID Connect Core §3.1.2.5).
#[derive(Debug, Clone)]
pub struct AuthorizationResponse {
    /// Where to and how.
    pub address: ReturnAddress,
    /// What: in the order in which it is sent; `state` and `iss` included, or all of it as one `response` (JARM).
    pub parameters: Vec<(&'static str, String)>,
    /// Whether it tells the client the state of the session (OpenID Connect Session Management §2).
    pub keeps_state: bool,
}

impl AuthorizationResponse {
    /// What was granted, by the names of the response. `wrapping`: prepared before anything was spent.
    pub fn granted(
        cx: &Cx,
        client: &Client,
        address: ReturnAddress,
        wrapping: &Wrapping,
        parameters: Vec<(&'static str, String)>,
    ) -> Result<Self> {
        let keeps_state = parameters.iter().any(|(name, _)| *name == "session_state");
        let parameters = wrapping.wrap(cx, client, &address, parameters)?;
        Ok(Self { address, parameters, keeps_state })
    }

    /// A refusal (OpenID Connect Core §3.1.2.6).
    ///
    /// # Errors
    /// For the person, where the client has no key for the answer that it wants encrypted.
    pub async fn refusal(cx: &Cx, client: &Client, address: ReturnAddress, refusal: &Refusal) -> Result<Self> {
        let wrapping = Wrapping::prepare(cx, client, &address).await?;
        let mut parameters = vec![("error", refusal.code.name().to_owned())];
        if let Some(sentence) = &refusal.sentence {
            parameters.push(("error_description", describable(sentence)));
        }
        Self::granted(cx, client, address, &wrapping, parameters)
    }

    /// The answer to a rejected request.
    pub async fn rejection(cx: &Cx, client: &Client, rejection: Rejection) -> Result<Self> {
        Self::refusal(cx, client, rejection.address, &rejection.refusal).await
    }
}

/// The characters that `error_description` may have (RFC 6749 §4.1.2.1).
fn describable(sentence: &str) -> String {
    sentence.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '?' }).collect()
}

/// How far a flow has come.
#[derive(Debug, Clone)]
pub enum Progress {
    /// This page is next.
    Page(String),
    /// The client is answered.
    Answer(AuthorizationResponse),
}

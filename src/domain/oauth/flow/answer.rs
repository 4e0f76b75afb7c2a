//! What a flow comes to: a page, or the answer to the client.

use crate::{
    app::Cx,
    domain::oauth::request::{Rejection, ReturnAddress},
    kernel::Refusal,
};

/// An answer to the client at its address (RFC 6749 §4.1.2, OpenID Connect Core §3.1.2.5).
#[derive(Debug, Clone)]
pub struct AuthorizationResponse {
    /// Where to and how.
    pub address: ReturnAddress,
    /// What: in the order in which it is sent; `state` and `iss` included.
    pub parameters: Vec<(&'static str, String)>,
}

impl AuthorizationResponse {
    /// What was granted, by the names of the response. `iss` tells the client whose answer it is (RFC 9207 §2).
    pub fn granted(cx: &Cx, address: ReturnAddress, parameters: Vec<(&'static str, String)>) -> Self {
        Self::new(cx, address, parameters)
    }

    /// A refusal (OpenID Connect Core §3.1.2.6).
    pub fn refusal(cx: &Cx, address: ReturnAddress, refusal: &Refusal) -> Self {
        let mut parameters = vec![("error", refusal.code.name().to_owned())];
        if let Some(sentence) = &refusal.sentence {
            parameters.push(("error_description", describable(sentence)));
        }
        Self::new(cx, address, parameters)
    }

    fn new(cx: &Cx, address: ReturnAddress, mut parameters: Vec<(&'static str, String)>) -> Self {
        parameters.extend(address.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", cx.tenant().issuer.clone()));
        Self { address, parameters }
    }

    /// The answer to a rejected request.
    pub fn rejection(cx: &Cx, rejection: Rejection) -> Self {
        Self::refusal(cx, rejection.address, &rejection.refusal)
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

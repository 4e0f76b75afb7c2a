//! What a request shows besides its parameters: an access token under one of two schemes, and a proof of possession (RFC 9449).

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};

use super::{
    Call,
    call::{arrival, credentials},
};
use crate::{
    app::App,
    domain::oauth::{
        dpop::{self, Evidence},
        token::{PresentedToken, Scheme},
    },
    kernel::{Code, Error, secret::Secret},
    web::layers::Arrival,
};

/// Name of the header with the proof (RFC 9449 §4.1).
const DPOP: &str = "dpop";

/// The evidence of a request. Where Signet asks for nonces, the answer has the one to use next (RFC 9449 §8.2).
#[derive(Debug, Clone)]
pub struct Shown(pub Evidence);

impl FromRequestParts<Arc<App>> for Shown {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let Arrival { noted, certificate, .. } = arrival(parts)?;
        let tenant = app.tenant("")?;
        let nonce = dpop::current_nonce(app, &tenant, app.clock.now());
        if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
            noted.give_dpop_nonce(nonce);
        }
        // The shape of a refusal follows the scheme, also of one that comes before the token is looked at.
        if let Ok(Some((scheme, _))) = credentials(&parts.headers) {
            noted.presented_by(scheme);
        }
        Ok(Self(Evidence {
            certificate,
            proof: proof(&parts.headers)?,
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
        }))
    }
}

impl Shown {
    /// The access token of a request that may send one in its header, under `Bearer` or `DPoP` (RFC 6750 §2.1, RFC 9449 §7.1).
    ///
    /// # Errors
    /// `Malformed` where the header cannot be read.
    pub fn access_token(&self, call: &Call, headers: &HeaderMap) -> Result<Option<PresentedToken>, Error> {
        call.noted.presented_by(Scheme::Bearer); // the one to ask for, where none was tried
        Ok(credentials(headers)?.map(|(scheme, token)| self.token(scheme, token)))
    }

    /// An access token from elsewhere in the request: always a bearer token's way (RFC 6750 §2.2).
    pub fn token(&self, scheme: Scheme, token: Secret) -> PresentedToken {
        PresentedToken { token, scheme, evidence: self.0.clone() }
    }
}

/// The value of the one `DPoP` header (RFC 9449 §4.3, first check).
fn proof(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
    let mut values = headers.get_all(DPOP).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Code::InvalidDpopProof.because("the request has more than one DPoP header").into());
    }
    let text = value.to_str().map_err(|_| Code::InvalidDpopProof.because("the DPoP header cannot be read"))?;
    Ok(Some(Secret::new(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<String>, Option<Code>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(DPOP, HeaderValue::from_static(value));
        }
        let read = proof(&headers).map(|proof| proof.map(|proof| proof.expose().to_owned()));
        read.map_err(|error| error.refusal().map(|refusal| refusal.code))
    }

    #[test]
    fn there_is_one_proof_or_none() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["a.b.c"]), Ok(Some("a.b.c".into())));
        assert_eq!(read(&["a.b.c", "a.b.c"]), Err(Some(Code::InvalidDpopProof)));
        // Two in one line are no JWT either: whoever judges it says so.
        assert_eq!(read(&["a.b.c, d.e.f"]), Ok(Some("a.b.c, d.e.f".into())));
        let unreadable = HeaderMap::from_iter([(DPOP.parse().unwrap(), HeaderValue::from_bytes(b"\xff").unwrap())]);
        assert!(proof(&unreadable).is_err());
        assert!(
            !format!("{:?}", proof(&HeaderMap::from_iter([(DPOP.parse().unwrap(), "a.b.c".parse().unwrap())])))
                .contains("a.b.c")
        );
    }
}

//! One request as every handler sees it: the tenant, the device, the identifier.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::{
    app::App,
    domain::oauth::token::Scheme,
    kernel::{
        Caller, CertificateChain, Code, Error, Fault, Principal, Tenant, Who, clock::Time, device::Device,
        id::RequestId, secret::Secret, text::unprintable,
    },
    web::{
        Face,
        layers::{Arrival, Noted},
    },
};

/// A request without cookies: what protocol endpoints and the API are called by.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service.
    pub app: Arc<App>,
    /// The web face.
    pub face: Arc<Face>,
    /// At whose door.
    pub tenant: Arc<Tenant>,
    /// From which device.
    pub device: Device,
    /// The certificate that it showed, if it did.
    pub certificate: Option<CertificateChain>,
    /// The request's identifier.
    pub id: RequestId,
    /// What is learned on the way.
    pub noted: Arc<Noted>,
    /// The instant at which it came in; operations read the clock themselves.
    pub now: Time,
}

impl Call {
    /// Someone unknown.
    pub fn caller(&self) -> Caller {
        let certificate = self.certificate.clone();
        Caller { certificate, ..Caller::nobody(self.tenant.clone(), self.device.clone(), self.id) }
    }

    /// A person, for whom a session or an access token vouches.
    pub fn caller_for(&self, principal: &Principal) -> Caller {
        Caller { who: Who::Person(Box::new(principal.clone())), ..self.caller() }
    }
}

impl FromRequestParts<Arc<App>> for Call {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let arrival = arrival(parts)?;
        Ok(Self {
            tenant: app.tenant("")?,
            device: Device { address: arrival.address, user_agent: user_agent(&parts.headers) },
            certificate: arrival.certificate,
            id: arrival.id,
            face: arrival.face,
            noted: arrival.noted,
            now: app.clock.now(),
            app: app.clone(),
        })
    }
}

pub(super) fn arrival(parts: &Parts) -> Result<Arrival, Error> {
    let arrival = parts.extensions.get::<Arrival>().cloned();
    arrival.ok_or_else(|| Fault::broken("a request came in past the layers").into())
}

/// At most 512 printable characters of the `User-Agent`.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(header::USER_AGENT)?.as_bytes());
    let kept: String = text.chars().filter(|c| !unprintable(*c)).take(512).collect();
    (!kept.trim().is_empty()).then(|| kept.trim().to_owned())
}

/// The bearer token of a request (RFC 6750 §2.1), if its `Authorization` header holds one.
///
/// # Errors
/// As [`credentials`].
pub fn bearer(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
    Ok(credentials(headers)?.filter(|(scheme, _)| *scheme == Scheme::Bearer).map(|(_, token)| token))
}

/// The access token in the `Authorization` header, if there is one under a scheme for access tokens. The scheme is compared
/// without regard to case (RFC 9110 §11.1).
///
/// # Errors
/// `Malformed` when the header is there twice or is not a `token68` after the scheme.
pub(super) fn credentials(headers: &HeaderMap) -> Result<Option<(Scheme, Secret)>, Error> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return match headers.contains_key(header::AUTHORIZATION) {
            true => Err(Code::Malformed.because("The request has more than one Authorization header.").into()),
            false => Ok(None),
        };
    };
    let text = value.to_str().map_err(|_| Code::Malformed.because("The Authorization header cannot be read."))?;
    let Some((scheme, token)) = text.split_once(' ') else { return Ok(None) };
    let Some(scheme) = Scheme::ALL.iter().find(|known| scheme.eq_ignore_ascii_case(known.name())) else {
        return Ok(None);
    };
    let token = token.trim_start_matches(' ');
    let token68 = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(token68) {
        return Err(Code::Malformed.because("The access token has characters that no token has.").into());
    }
    Ok(Some((*scheme, Secret::new(token))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), value.parse().unwrap())).fold(
            HeaderMap::new(),
            |mut all, (name, value)| {
                all.append(name, value);
                all
            },
        )
    }

    #[test]
    fn a_bearer_token_is_read_strictly() {
        let token = |values: &[&'static str]| {
            bearer(&headers(header::AUTHORIZATION, values))
                .map(|token| token.map(|token| token.expose().to_owned()))
                .map_err(|error| error.refusal().map(|refusal| refusal.code))
        };
        assert_eq!(token(&[]), Ok(None));
        assert_eq!(token(&["Bearer abc.DEF-1_~+/="]), Ok(Some("abc.DEF-1_~+/=".into())));
        assert_eq!(token(&["bearer  abc"]), Ok(Some("abc".into())));
        assert_eq!(token(&["Basic abc"]), Ok(None));
        assert_eq!(token(&["DPoP abc"]), Ok(None));
        assert_eq!(token(&["Bearer a b"]), Err(Some(Code::Malformed)));
        assert_eq!(token(&["Bearer "]), Err(Some(Code::Malformed)));
        assert_eq!(token(&["Bearer a", "Bearer b"]), Err(Some(Code::Malformed)));
    }

    #[test]
    fn an_access_token_comes_under_one_of_two_schemes() {
        let scheme = |value| credentials(&headers(header::AUTHORIZATION, &[value])).unwrap().map(|(scheme, _)| scheme);
        assert_eq!(scheme("Bearer abc"), Some(Scheme::Bearer));
        assert_eq!(scheme("dpop abc"), Some(Scheme::Dpop));
        assert_eq!(scheme("DPoP2 abc"), None);
    }

    #[test]
    fn a_user_agent_is_cut_and_printable() {
        assert_eq!(user_agent(&HeaderMap::new()), None);
        assert_eq!(user_agent(&headers(header::USER_AGENT, &[" curl/8 \t"])).as_deref(), Some("curl/8"));
        let long = HeaderMap::from_iter([(header::USER_AGENT, "x".repeat(600).parse().unwrap())]);
        assert_eq!(user_agent(&long).map(|text| text.len()), Some(512));
    }
}

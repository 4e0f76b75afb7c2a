//! Saying no to OAuth clients: the JSON of RFC 6749 §5.2, and the challenges of RFC 6749 §5.2, RFC 6750 §3 and RFC 9449 §7.1.

use axum::http::{HeaderValue, StatusCode};
use serde_json::json;

use super::fault_status;
use crate::{
    config::Config,
    domain::{clients::Profile, oauth::token::Scheme},
    kernel::{Code, Error, Refusal, id::RequestId},
    web::{Surface, oauth::PROTECTED_RESOURCE_PATH},
};

/// Content type, status and body. `presented`: how an access token came, where the endpoint takes one.
pub fn body(error: &Error, id: RequestId, presented: Option<Scheme>) -> (StatusCode, &'static str, String) {
    let (status, name, description) = match error {
        Error::Refused(refusal) | Error::Settled(refusal) => {
            let (name, status) = shape(refusal.code);
            let status = if guards_access(refusal.code, presented) { StatusCode::UNAUTHORIZED } else { status };
            (status, name, description(refusal))
        }
        Error::Fault(fault) => {
            (fault_status(fault), "server_error", format!("Something went wrong on our side. Request {id}."))
        }
    };
    (status, "application/json", json!({ "error": name, "error_description": description }).to_string())
}

/// Whether a refused proof is one that came with an access token: 401, where it is 400 for a client that asks for tokens
/// (RFC 9449 §7.1, §9; §5, §8).
pub fn guards_access(code: Code, presented: Option<Scheme>) -> bool {
    presented == Some(Scheme::Dpop) && matches!(code, Code::InvalidDpopProof | Code::UseDpopNonce)
}

/// The error code on the wire and the status. Codes that OAuth does not know become the nearest that it does.
pub fn shape(code: Code) -> (&'static str, StatusCode) {
    use StatusCode as S;
    match code {
        Code::InvalidRequest
        | Code::InvalidGrant
        | Code::UnauthorizedClient
        | Code::UnsupportedGrantType
        | Code::InvalidScope
        | Code::InvalidTarget
        | Code::InvalidAuthorizationDetails
        | Code::AccessDenied
        | Code::UnsupportedResponseType
        | Code::AuthorizationPending
        | Code::SlowDown
        | Code::ExpiredToken
        | Code::UnknownUserId
        | Code::ExpiredLoginHintToken
        | Code::InvalidBindingMessage
        | Code::LoginRequired
        | Code::ConsentRequired
        | Code::AccountSelectionRequired
        | Code::InteractionRequired
        | Code::RequestNotSupported
        | Code::RequestUriNotSupported
        | Code::RegistrationNotSupported
        | Code::InvalidRequestObject
        | Code::InvalidRequestUri
        | Code::InvalidDpopProof
        | Code::UseDpopNonce
        | Code::InvalidClientMetadata
        | Code::InvalidSoftwareStatement
        | Code::UnapprovedSoftwareStatement
        | Code::UnmetAuthenticationRequirements => (code.name(), S::BAD_REQUEST),
        Code::InvalidClient | Code::InvalidToken => (code.name(), S::UNAUTHORIZED),
        Code::InsufficientScope => (code.name(), S::FORBIDDEN),
        Code::RedirectUriRefused => ("invalid_redirect_uri", S::BAD_REQUEST),
        Code::NotSignedIn => ("invalid_token", S::UNAUTHORIZED),
        Code::WrongCredentials | Code::EmailUnverified | Code::ProofInvalid => ("invalid_grant", S::BAD_REQUEST),
        Code::InvalidRedirectUri | Code::InvalidInput | Code::Malformed | Code::FlowExpired | Code::Conflict => {
            ("invalid_request", S::BAD_REQUEST)
        }
        Code::Forbidden | Code::ForeignForm => ("access_denied", S::FORBIDDEN),
        Code::NotFound => ("invalid_request", S::NOT_FOUND),
        Code::MethodNotAllowed => ("invalid_request", S::METHOD_NOT_ALLOWED),
        Code::TooLarge => ("invalid_request", S::PAYLOAD_TOO_LARGE),
        Code::UriTooLong => ("invalid_request", S::URI_TOO_LONG),
        Code::UnsupportedMediaType => ("invalid_request", S::UNSUPPORTED_MEDIA_TYPE),
        Code::MisdirectedRequest => ("invalid_request", S::MISDIRECTED_REQUEST),
        Code::RequestTimeout => ("invalid_request", S::REQUEST_TIMEOUT),
        Code::TooManyRequests => ("temporarily_unavailable", S::TOO_MANY_REQUESTS),
        Code::Busy => ("temporarily_unavailable", S::SERVICE_UNAVAILABLE),
    }
}

/// `error_description`: the sentence and the fields, in the characters that RFC 6749 §5.2 allows.
pub fn description(refusal: &Refusal) -> String {
    let mut text = refusal.sentence.as_deref().unwrap_or_else(|| default(refusal.code)).to_owned();
    // A sentence that names the field says it all; a list of fields needs them spelled out.
    for field in refusal.fields.iter().filter(|field| !text.contains(field.field)).collect::<Vec<_>>() {
        text.push_str(&format!(" {} {}.", field.field, field.message.trim_end_matches('.')));
    }
    ascii(&text)
}

/// Only `%x20-21 / %x23-5B / %x5D-7E` may stand in `error_description`.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => '\'',
            '\\' => '/',
            ' '..='~' => c,
            _ => '?',
        })
        .collect()
}

fn default(code: Code) -> &'static str {
    match code {
        Code::NotFound => "There is nothing here.",
        Code::TooManyRequests => "Too many requests.",
        Code::Busy => "There is more to do than this node takes on.",
        Code::InvalidClient => "Client authentication failed.",
        Code::NotSignedIn => "An access token is needed.",
        _ => "The request was refused.",
    }
}

/// The `WWW-Authenticate` header: how to be let in. `presented` is how an access token came, where the endpoint takes one under either
/// scheme; those endpoints are described by the metadata of a protected resource, and say where that is (RFC 9728 §5.1).
pub fn challenge(error: &Error, surface: Surface, config: &Config, presented: Option<Scheme>) -> Option<HeaderValue> {
    let refusal = error.refusal()?;
    let (issuer, algorithms) = (&config.issuer, Profile::of_all(&config.oauth).signatures().join(" "));
    let realm = issuer.host();
    let metadata = format!("resource_metadata=\"{}{PROTECTED_RESOURCE_PATH}\"", issuer.origin());
    let said = || format!("error=\"{}\", error_description=\"{}\"", refusal.code.name(), description(refusal));
    let dpop = || format!("DPoP realm=\"{realm}\", algs=\"{algorithms}\", {metadata}");
    let bearer = |said: &str| match presented {
        // Whoever sent a bearer token may have sent one that is bound: both ways are named (RFC 9449 §7.2).
        Some(_) => format!("Bearer realm=\"{realm}\"{said}, {metadata}, {}", dpop()),
        None => format!("Bearer realm=\"{realm}\"{said}"),
    };
    let text = match (refusal.code, surface) {
        (Code::InvalidClient, Surface::OAuth) => format!("Basic realm=\"{realm}\", charset=\"UTF-8\""),
        (Code::InvalidToken | Code::InsufficientScope, _) if presented == Some(Scheme::Dpop) => {
            format!("{}, {}", dpop(), said())
        }
        (Code::InvalidToken | Code::InsufficientScope, _) => bearer(&format!(", {}", said())),
        (code, _) if guards_access(code, presented) => format!("{}, {}", dpop(), said()),
        // Nothing was presented, so nothing is said about it (RFC 6750 §3.1).
        (Code::NotSignedIn | Code::LoginRequired, _) | (Code::WrongCredentials | Code::InvalidClient, Surface::Api) => {
            bearer("")
        }
        _ => return None,
    };
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Issuer, SecurityProfile, Setting},
        kernel::Fault,
    };

    #[test]
    fn every_code_is_a_client_error_or_an_honest_503() {
        for code in Code::ALL {
            let (name, status) = shape(*code);
            assert!(status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE, "{code:?}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        }
    }

    #[test]
    fn descriptions_have_only_allowed_characters() {
        let refusal = Code::InvalidRequest.because("Ü \"quoted\" back\\slash\nline").at("scope", "x", "isn’t known");
        let text = description(&refusal);
        assert_eq!(text, "? 'quoted' back/slash?line scope isn't known.");
        assert!(text.bytes().all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)));
    }

    #[test]
    fn a_fault_says_nothing_but_the_request() {
        let id = RequestId::fresh();
        let (status, _, body) = body(&Fault::unavailable("database", "password=hunter2").into(), id, None);
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("server_error") && body.contains(&id.to_string()) && !body.contains("hunter2"));
    }

    fn config() -> Config {
        Config { issuer: Issuer::parse("https://id.test").unwrap(), ..Config::default() }
    }

    #[test]
    fn challenges_say_how_to_be_let_in() {
        let challenged = |code: Code, surface, presented| {
            let challenge = challenge(&code.into(), surface, &config(), presented);
            challenge.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(
            challenged(Code::InvalidClient, Surface::OAuth, None).as_deref(),
            Some("Basic realm=\"id.test\", charset=\"UTF-8\"")
        );
        assert!(challenged(Code::InvalidToken, Surface::OAuth, None).unwrap().contains("error=\"invalid_token\""));
        assert_eq!(challenged(Code::NotSignedIn, Surface::Api, None).as_deref(), Some("Bearer realm=\"id.test\""));
        assert_eq!(challenged(Code::InvalidGrant, Surface::OAuth, None), None);
        assert_eq!(challenged(Code::UseDpopNonce, Surface::OAuth, None), None, "at the token endpoint");
    }

    #[test]
    fn where_both_schemes_are_taken_both_are_named() {
        let challenged = |code: Code, presented| {
            let challenge = challenge(&code.into(), Surface::OAuth, &config(), Some(presented));
            challenge.unwrap().to_str().unwrap().to_owned()
        };
        const DPOP: &str = "DPoP realm=\"id.test\", algs=\"RS256 PS256 ES256 EdDSA Ed25519\", \
                            resource_metadata=\"https://id.test/.well-known/oauth-protected-resource\"";
        let metadata = DPOP.split(", ").last().unwrap();
        let asked = format!("Bearer realm=\"id.test\", {metadata}, {DPOP}");
        assert_eq!(challenged(Code::NotSignedIn, Scheme::Bearer), asked);
        let refused = challenged(Code::InvalidToken, Scheme::Bearer);
        assert!(refused.starts_with("Bearer realm=\"id.test\", error=\"invalid_token\", "), "{refused}");
        assert!(refused.ends_with(DPOP), "{refused}");
        for code in [Code::InvalidToken, Code::InsufficientScope, Code::InvalidDpopProof, Code::UseDpopNonce] {
            let refused = challenged(code, Scheme::Dpop);
            assert!(refused.starts_with(&format!("{DPOP}, error=\"{}\", ", code.name())), "{refused}");
        }
        let mut strict = config();
        strict.oauth.profile = SecurityProfile::Fapi2;
        let refused = challenge(&Code::NotSignedIn.into(), Surface::OAuth, &strict, Some(Scheme::Bearer)).unwrap();
        assert!(refused.to_str().unwrap().contains("algs=\"PS256 ES256 EdDSA Ed25519\""), "{refused:?}");
    }
}

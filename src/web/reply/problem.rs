//! Saying no to front ends and machines: problem documents (RFC 9457).

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{fault_status, oauth::guards_access};
use crate::{
    domain::oauth::token::Scheme,
    kernel::{Code, Error, Refusal, id::RequestId},
};

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem: `urn:signet:problem:` and its stable name.
    #[serde(rename = "type")]
    #[schema(example = "urn:signet:problem:invalid_input")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The status, again.
    pub status: u16,
    /// What is the matter this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The request; quote it when asking for help.
    pub instance: String,
    /// The fields that could not be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// One field that could not be accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field's name.
    pub field: &'static str,
    /// A stable name of the reason.
    pub code: &'static str,
    /// The reason in words, to be shown beside the field.
    pub message: String,
}

/// Status, content type and body. `presented`: how an access token came, where the endpoint takes one.
pub fn body(error: &Error, id: RequestId, presented: Option<Scheme>) -> (StatusCode, &'static str, String) {
    let (status, problem) = match error {
        Error::Refused(refusal) | Error::Settled(refusal) => of_refusal(refusal, id, presented),
        Error::Fault(fault) => {
            let status = fault_status(fault);
            let problem = Problem {
                kind: "urn:signet:problem:server_error".into(),
                title: "Something went wrong on our side",
                status: status.as_u16(),
                detail: None,
                instance: id.to_string(),
                errors: Vec::new(),
            };
            (status, problem)
        }
    };
    let json = serde_json::to_string(&problem).unwrap_or_default(); // texts and numbers: it cannot fail
    (status, "application/problem+json", json)
}

fn of_refusal(refusal: &Refusal, id: RequestId, presented: Option<Scheme>) -> (StatusCode, Problem) {
    let (mut status, title) = shape(refusal.code);
    if guards_access(refusal.code, presented) {
        status = StatusCode::UNAUTHORIZED;
    }
    let errors = refusal.fields.iter().map(|field| FieldProblem {
        field: field.field,
        code: field.code,
        message: field.message.clone().into_owned(),
    });
    let problem = Problem {
        kind: format!("urn:signet:problem:{}", refusal.code.name()),
        title,
        status: status.as_u16(),
        detail: refusal.sentence.as_deref().map(str::to_owned),
        instance: id.to_string(),
        errors: errors.collect(),
    };
    (status, problem)
}

/// The status and the title of a code.
pub fn shape(code: Code) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match code {
        Code::InvalidRequest => (S::BAD_REQUEST, "The request is not valid"),
        Code::InvalidClient => (S::UNAUTHORIZED, "Client authentication failed"),
        Code::InvalidGrant => (S::BAD_REQUEST, "The grant is not valid"),
        Code::UnauthorizedClient => (S::BAD_REQUEST, "The client may not do this"),
        Code::UnsupportedGrantType => (S::BAD_REQUEST, "There is no such grant type"),
        Code::InvalidScope => (S::BAD_REQUEST, "The scope is not valid"),
        Code::InvalidTarget => (S::BAD_REQUEST, "The resource is not one that can be asked for"),
        Code::InvalidAuthorizationDetails => (S::BAD_REQUEST, "The authorization details cannot be asked for"),
        Code::AccessDenied => (S::FORBIDDEN, "Access was denied"),
        Code::AuthorizationPending => (S::BAD_REQUEST, "Nobody has decided yet"),
        Code::SlowDown => (S::BAD_REQUEST, "Ask less often"),
        Code::ExpiredToken => (S::BAD_REQUEST, "Nobody decided in time"),
        Code::UnknownUserId => (S::BAD_REQUEST, "Nobody here is meant by the hint"),
        Code::ExpiredLoginHintToken => (S::BAD_REQUEST, "The login_hint_token has expired"),
        Code::InvalidBindingMessage => (S::BAD_REQUEST, "The binding_message cannot be shown"),
        Code::UnsupportedResponseType => (S::BAD_REQUEST, "There is no such response type"),
        Code::LoginRequired => (S::UNAUTHORIZED, "Somebody has to sign in"),
        Code::ConsentRequired => (S::FORBIDDEN, "Consent is needed"),
        Code::AccountSelectionRequired => (S::FORBIDDEN, "An account has to be chosen"),
        Code::InteractionRequired => (S::FORBIDDEN, "Somebody has to look at a page"),
        Code::RequestNotSupported | Code::RequestUriNotSupported | Code::RegistrationNotSupported => {
            (S::BAD_REQUEST, "A parameter is not supported")
        }
        Code::InvalidRequestObject => (S::BAD_REQUEST, "The request object is not good"),
        Code::InvalidRequestUri => (S::BAD_REQUEST, "The request_uri is not good, or no longer"),
        Code::UnmetAuthenticationRequirements => (S::FORBIDDEN, "The required assurance cannot be reached"),
        Code::InvalidToken => (S::UNAUTHORIZED, "The access token is not valid"),
        Code::InsufficientScope => (S::FORBIDDEN, "The access token lacks a scope"),
        Code::InvalidDpopProof => (S::BAD_REQUEST, "The DPoP proof is not good"),
        Code::UseDpopNonce => (S::BAD_REQUEST, "The DPoP proof needs the nonce of this answer"),
        Code::InvalidRedirectUri => (S::BAD_REQUEST, "The redirect URI is not registered"),
        Code::RedirectUriRefused => (S::BAD_REQUEST, "The redirect URI cannot be registered"),
        Code::InvalidClientMetadata => (S::BAD_REQUEST, "The client cannot be registered like this"),
        Code::InvalidSoftwareStatement => (S::BAD_REQUEST, "The software statement is not valid"),
        Code::UnapprovedSoftwareStatement => (S::BAD_REQUEST, "Software statements are not accepted"),
        Code::InvalidInput => (S::UNPROCESSABLE_ENTITY, "Some fields cannot be accepted"),
        Code::Malformed => (S::BAD_REQUEST, "The request cannot be read"),
        Code::WrongCredentials => (S::UNAUTHORIZED, "Name and password do not match"),
        Code::EmailUnverified => (S::FORBIDDEN, "The address has to be confirmed first"),
        Code::ProofInvalid => (S::UNPROCESSABLE_ENTITY, "The link or code is not good, or no longer"),
        Code::FlowExpired => (S::GONE, "The sign-in has ended"),
        Code::NotSignedIn => (S::UNAUTHORIZED, "Sign in first"),
        Code::Forbidden => (S::FORBIDDEN, "This is not allowed"),
        Code::ForeignForm => (S::FORBIDDEN, "The form came from elsewhere"),
        Code::NotFound => (S::NOT_FOUND, "There is nothing here"),
        Code::Conflict => (S::CONFLICT, "It changed meanwhile"),
        Code::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "This method is not taken here"),
        Code::TooLarge => (S::PAYLOAD_TOO_LARGE, "The body is too large"),
        Code::UriTooLong => (S::URI_TOO_LONG, "The address is too long"),
        Code::UnsupportedMediaType => (S::UNSUPPORTED_MEDIA_TYPE, "The body has a type that is not read here"),
        Code::MisdirectedRequest => (S::MISDIRECTED_REQUEST, "This host is not served here"),
        Code::RequestTimeout => (S::REQUEST_TIMEOUT, "The request took too long"),
        Code::TooManyRequests => (S::TOO_MANY_REQUESTS, "Too many requests"),
        Code::Busy => (S::SERVICE_UNAVAILABLE, "Too busy at the moment"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::kernel::Fault;

    #[test]
    fn a_problem_names_every_field() {
        let refusal =
            Code::InvalidInput.because("Some fields need another look.").at("email", "not_an_email", "is odd");
        let (status, media, body) = body(&refusal.hiding("secret").into(), RequestId::fresh(), None);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, media), (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json"));
        assert_eq!(body["type"], "urn:signet:problem:invalid_input");
        assert_eq!(body["errors"][0]["code"], "not_an_email");
        assert_eq!(body["status"], 422);
        assert!(!body.to_string().contains("secret"));
    }

    #[test]
    fn a_fault_says_nothing_but_the_request() {
        let id = RequestId::fresh();
        let (status, _, body) = body(&Fault::broken("the vault is open").into(), id, None);
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains(&id.to_string()) && !body.contains("vault"));
    }

    #[test]
    fn bad_input_is_never_our_fault() {
        for code in Code::ALL {
            let (status, title) = shape(*code);
            assert!(status.is_client_error() || *code == Code::Busy, "{code:?}");
            assert!(!title.ends_with('.'), "{title}");
        }
    }
}

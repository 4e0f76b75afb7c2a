//! Saying no to people: a page in plain words.

use axum::http::StatusCode;
use serde::Serialize;

use super::{fault_status, retry_after};
use crate::{
    kernel::{Code, Error, Refusal, id::RequestId},
    web::{Face, Site},
};

/// What `error.html` is given.
#[derive(Debug, Serialize)]
struct Page<'a> {
    site: &'a Site,
    title: &'a str,
    happened: String,
    remedy: Option<&'a str>,
    technical: Option<Technical>,
    retry_after: Option<u64>,
    request_id: String,
    next: Option<Next>,
}

/// For the application's developer.
#[derive(Debug, Serialize)]
struct Technical {
    code: &'static str,
    parameter: Option<&'static str>,
    description: String,
}

#[derive(Debug, Serialize)]
struct Next {
    href: &'static str,
    words: &'static str,
}

/// What a page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The status.
    pub status: StatusCode,
    /// What is the matter.
    pub title: &'static str,
    /// What happened, where the refusal has no sentence of its own.
    pub happened: &'static str,
    /// What the person can do.
    pub remedy: Option<&'static str>,
    /// Whether the application's developer, not the person, can mend it.
    pub technical: bool,
}

/// Status, content type and body.
pub fn body(face: &Face, error: &Error, id: RequestId) -> (StatusCode, &'static str, String) {
    const HTML: &str = "text/html; charset=utf-8";
    let (status, page) = page(&face.site, error, id);
    match face.templates.render("error.html", &page) {
        Ok(html) => (status, HTML, html),
        Err(broken) => {
            // An operator's own template may not fit: the person still learns what happened.
            tracing::error!(request_id = %id, error = %broken, "the error page cannot be rendered");
            (status, "text/plain; charset=utf-8", format!("{}\n\n{}\n\nRequest {id}\n", page.title, page.happened))
        }
    }
}

fn page<'a>(site: &'a Site, error: &Error, id: RequestId) -> (StatusCode, Page<'a>) {
    let (words, happened, technical) = match error {
        Error::Refused(refusal) | Error::Settled(refusal) => {
            let words = words(refusal.code);
            let happened = match &refusal.sentence {
                Some(sentence) if !words.technical => sentence.clone().into_owned(),
                _ => words.happened.to_owned(),
            };
            (words, happened, words.technical.then(|| technical(refusal)))
        }
        Error::Fault(fault) => {
            let words = if fault_status(fault) == StatusCode::SERVICE_UNAVAILABLE { AWAY } else { BROKEN };
            (words, words.happened.to_owned(), None)
        }
    };
    let next = (words.status == StatusCode::NOT_FOUND).then_some(Next { href: "/", words: "Go to the start page" });
    let page = Page {
        site,
        title: words.title,
        happened,
        remedy: words.remedy,
        technical,
        retry_after: retry_after(error),
        request_id: id.to_string(),
        next,
    };
    (words.status, page)
}

fn technical(refusal: &Refusal) -> Technical {
    Technical {
        code: refusal.code.name(),
        parameter: refusal.fields.first().map(|field| field.field),
        description: super::oauth::description(refusal),
    }
}

const BROKEN: Words = Words {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    title: "Something went wrong",
    happened: "It is our fault, not yours, and it has been written down.",
    remedy: Some("Try again. If it stays, ask for help and quote the request below."),
    technical: false,
};

const AWAY: Words = Words {
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "We’ll be back in a moment",
    happened: "A part of the service does not answer just now. Nothing is lost.",
    remedy: None,
    technical: false,
};

/// What a page says to a code.
pub fn words(code: Code) -> Words {
    use StatusCode as S;
    let plain = |status, title, happened, remedy| Words { status, title, happened, remedy, technical: false };
    let back = Some("Go back to the application and start again.");
    match code {
        Code::InvalidRequest
        | Code::InvalidClient
        | Code::InvalidGrant
        | Code::UnauthorizedClient
        | Code::UnsupportedGrantType
        | Code::InvalidScope
        | Code::InvalidTarget
        | Code::InvalidAuthorizationDetails
        | Code::UnsupportedResponseType
        | Code::AuthorizationPending
        | Code::SlowDown
        | Code::ExpiredToken
        | Code::UnknownUserId
        | Code::ExpiredLoginHintToken
        | Code::InvalidBindingMessage
        | Code::RequestNotSupported
        | Code::RequestUriNotSupported
        | Code::RegistrationNotSupported
        | Code::InvalidRequestObject
        | Code::InvalidRequestUri
        | Code::UnmetAuthenticationRequirements
        | Code::InvalidRedirectUri
        | Code::RedirectUriRefused
        | Code::InvalidClientMetadata
        | Code::InvalidSoftwareStatement
        | Code::UnapprovedSoftwareStatement
        | Code::InvalidToken
        | Code::InsufficientScope
        | Code::InvalidDpopProof
        | Code::UseDpopNonce => Words {
            status: S::BAD_REQUEST,
            title: "This application’s request can’t be used",
            happened: "The application that sent you here made a mistake. You did nothing wrong, and nothing was shared.",
            remedy: Some("Go back to the application. If it happens again, tell the people who make it."),
            technical: true,
        },
        Code::AccessDenied => plain(S::FORBIDDEN, "You said no", "The application gets nothing.", back),
        Code::LoginRequired | Code::NotSignedIn => {
            plain(S::FORBIDDEN, "Sign in first", "This page is for people who are signed in.", None)
        }
        Code::ConsentRequired | Code::AccountSelectionRequired | Code::InteractionRequired => {
            plain(S::FORBIDDEN, "One more step is needed", "The sign-in cannot go on without you.", back)
        }
        Code::InvalidInput => plain(
            S::UNPROCESSABLE_ENTITY,
            "Some fields need another look",
            "Not everything you entered can be used.",
            Some("Go back and look at the form again."),
        ),
        Code::Malformed => plain(
            S::BAD_REQUEST,
            "We couldn’t read that",
            "The request arrived damaged.",
            Some("Go back and try again."),
        ),
        Code::WrongCredentials => plain(
            S::UNPROCESSABLE_ENTITY,
            "That didn’t match",
            "That e-mail and password don’t match.",
            Some("Try again or reset your password."),
        ),
        Code::EmailUnverified => plain(
            S::FORBIDDEN,
            "Confirm your address first",
            "Your e-mail address is not confirmed yet.",
            Some("Open the mail we sent you, or ask for another."),
        ),
        Code::ProofInvalid => plain(
            S::UNPROCESSABLE_ENTITY,
            "This link or code can’t be used",
            "It was used before, has ended, or a newer one was sent.",
            Some("Ask for another."),
        ),
        Code::FlowExpired => {
            plain(S::GONE, "This sign-in has ended", "It took too long, or belongs to another browser.", back)
        }
        Code::Forbidden => plain(S::FORBIDDEN, "This is not for you", "You may not do this.", None),
        Code::ForeignForm => plain(
            S::FORBIDDEN,
            "This form is too old",
            "It was not made for this browser, or came from another site. Nothing was changed.",
            Some("Go back, reload the page and try again. Cookies have to be allowed for this site."),
        ),
        Code::NotFound => {
            plain(S::NOT_FOUND, "There is nothing here", "The address may be mistyped or out of date.", None)
        }
        Code::Conflict => {
            plain(S::CONFLICT, "It changed meanwhile", "Someone was faster.", Some("Look again and repeat it."))
        }
        Code::MethodNotAllowed => {
            plain(S::METHOD_NOT_ALLOWED, "That doesn’t work here", "This page can’t be used that way.", None)
        }
        Code::TooLarge => plain(S::PAYLOAD_TOO_LARGE, "That is too much", "The form is larger than we read.", None),
        Code::UriTooLong => plain(S::URI_TOO_LONG, "This address is too long", "It has more than we read.", None),
        Code::UnsupportedMediaType => plain(
            S::UNSUPPORTED_MEDIA_TYPE,
            "We couldn’t read that",
            "The form was sent in a way that we don’t read.",
            None,
        ),
        Code::MisdirectedRequest => {
            plain(S::MISDIRECTED_REQUEST, "Wrong address", "This service is not at this host.", None)
        }
        Code::RequestTimeout => {
            plain(S::REQUEST_TIMEOUT, "That took too long", "The form did not arrive in time.", Some("Try again."))
        }
        Code::TooManyRequests => {
            plain(S::TOO_MANY_REQUESTS, "Too many tries", "To keep accounts safe, we wait a little now.", None)
        }
        Code::Busy => {
            plain(S::SERVICE_UNAVAILABLE, "Very busy just now", "More people than usual want to get in.", None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_said_in_plain_words() {
        for code in Code::ALL {
            let words = words(*code);
            assert!(words.status.is_client_error() || *code == Code::Busy, "{code:?}");
            assert!(
                words.happened.ends_with('.') && !words.title.ends_with('.') && !words.title.contains('!'),
                "{code:?}"
            );
        }
    }

    #[test]
    fn the_developer_is_told_the_parameter_and_the_person_is_not_blamed() {
        let refusal = Code::InvalidRedirectUri.because("The redirect_uri is not registered for this client.").at(
            "redirect_uri",
            "not_registered",
            "is not registered",
        );
        let technical = technical(&refusal);
        assert_eq!((technical.code, technical.parameter), ("invalid_redirect_uri", Some("redirect_uri")));
        assert!(technical.description.contains("redirect_uri"));
    }
}

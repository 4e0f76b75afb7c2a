//! Saying no: one error, three shapes. Each mapping is exhaustive, so a new code does not compile until each has
//! decided.

pub mod oauth;
pub mod page;
pub mod problem;

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Face, Surface};
use crate::{
    domain::oauth::token::Scheme,
    kernel::{Error, Fault, Refusal, id::RequestId},
};

/// When to come again after a fault that may be over in a moment, in seconds.
const AFTER_FAULT: u64 = 2;

/// An error on its way out. Handlers use `?`; the layers, which know the surface and the request, give it its shape.
#[derive(Clone)]
struct Unanswered(Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Unanswered(Arc::new(self)));
        response
    }
}

/// The error that a handler returned, if it did.
pub fn unanswered(response: &mut Response) -> Option<Arc<Error>> {
    response.extensions_mut().remove::<Unanswered>().map(|unanswered| unanswered.0)
}

/// The answer to `error` in the shape of `surface`. A fault is logged here, once, with its causes; the caller sees the
/// request's identifier. Headers that `draft` already has are kept. `presented`: how an access token came, where the endpoint
/// takes one.
pub fn answer(
    face: &Face,
    surface: Surface,
    error: &Error,
    id: RequestId,
    presented: Option<Scheme>,
    draft: Response,
) -> Response {
    match error {
        Error::Fault(fault @ Fault::Unavailable { .. }) => {
            tracing::warn!(request_id = %id, fault = %fault.chain(), "a dependency is away");
        }
        Error::Fault(fault) => tracing::error!(request_id = %id, fault = %fault.chain(), "a fault"),
        Error::Refused(_) | Error::Settled(_) => {}
    }
    let (status, media, body) = match surface {
        Surface::OAuth => oauth::body(error, id, presented),
        Surface::Api | Surface::System => problem::body(error, id, presented),
        Surface::Page => page::body(face, error, id),
    };
    let (mut head, _) = draft.into_parts();
    head.status = status;
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    head.headers.remove(header::CONTENT_LENGTH); // the draft's body was empty
    if surface != Surface::Page
        && let Some(challenge) = oauth::challenge(error, surface, &face.app.config, presented)
    {
        head.headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = retry_after(error) {
        head.headers.insert(header::RETRY_AFTER, seconds.into());
    }
    Response::from_parts(head, body.into())
}

/// `Retry-After`, in whole seconds, at least one.
pub fn retry_after(error: &Error) -> Option<u64> {
    match error {
        Error::Fault(Fault::Unavailable { .. }) => Some(AFTER_FAULT),
        Error::Fault(Fault::Broken { .. }) => None,
        Error::Refused(refusal) | Error::Settled(refusal) => retry_after_refusal(refusal),
    }
}

fn retry_after_refusal(refusal: &Refusal) -> Option<u64> {
    let wait = refusal.retry_after?;
    Some((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1))
}

/// The status of a fault.
fn fault_status(fault: &Fault) -> StatusCode {
    match fault {
        Fault::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Broken { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::kernel::Code;

    #[test]
    fn waits_are_rounded_up() {
        let after = |wait| retry_after(&Code::Busy.because("").after(wait).into());
        assert_eq!(after(Duration::from_millis(1)), Some(1));
        assert_eq!(after(Duration::ZERO), Some(1));
        assert_eq!(after(Duration::from_millis(2500)), Some(3));
        assert_eq!(retry_after(&Error::from(Code::Busy)), None);
        assert_eq!(retry_after(&Fault::unavailable("x", "y").into()), Some(AFTER_FAULT));
        assert_eq!(retry_after(&Fault::broken("x").into()), None);
    }

    #[test]
    fn an_error_travels_in_the_response() {
        let mut response = Error::from(Code::NotFound).into_response();
        let error = unanswered(&mut response).unwrap();
        assert_eq!(error.refusal().map(|refusal| refusal.code), Some(Code::NotFound));
        assert!(unanswered(&mut response).is_none());
    }
}

//! Reading a body: of the expected type, never more than the limit.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header},
};
use http_body_util::BodyExt;

use super::call;
use crate::kernel::{Code, Error, Refusal};

/// Refuses bodies of another type (RFC 9110 §15.5.16). A form cannot pose as JSON, so no other site's form reaches the
/// API.
pub fn judge_type(headers: &HeaderMap, expected: &str) -> Result<(), Refusal> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (only, second) = (types.next(), types.next());
    let given = only.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = given.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    let charset_ok = parts.all(|parameter| match parameter.trim().split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if second.is_none() && essence.eq_ignore_ascii_case(expected) && charset_ok {
        Ok(())
    } else {
        Err(Code::UnsupportedMediaType.because(format!("The body has to be {expected} in UTF-8.")))
    }
}

/// The body's bytes.
///
/// # Errors
/// `TooLarge` beyond `most` bytes, `Malformed` when the connection breaks off.
pub async fn read(request: Request, most: usize) -> Result<Vec<u8>, Error> {
    let (parts, body) = request.into_parts();
    let noted = call::arrival(&parts)?.noted;
    noted.receiving(true);
    let read = collect(body, most).await;
    noted.receiving(false);
    read
}

async fn collect(mut body: Body, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Code::Malformed.because("The body broke off.").hiding(error.to_string()))?;
        let Some(data) = frame.data_ref() else { continue }; // trailers
        if bytes.len() + data.len() > most {
            discard(body).await;
            return Err(Code::TooLarge.because(format!("The body has more than {most} bytes.")).into());
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

/// Reads away what is left of a body that was refused, within reason: an answer that overtakes its request is lost on
/// many clients, which see a broken connection instead.
pub async fn discard(mut body: Body) {
    const MOST: u64 = 32 * 1024 * 1024;
    const PATIENCE: Duration = Duration::from_millis(500);
    let mut seen = 0;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, |data| data.len() as u64);
            if seen > MOST {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, reading).await; // late or not, it is answered now
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(value: &'static str, expected: &str) -> bool {
        judge_type(&HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]), expected).is_ok()
    }

    #[test]
    fn only_the_expected_type_is_read() {
        assert!(judged("application/json", "application/json"));
        assert!(judged("Application/JSON; charset=UTF-8", "application/json"));
        assert!(judged("application/json; charset=\"utf-8\"", "application/json"));
        assert!(!judged("application/json; charset=utf-16", "application/json"));
        assert!(!judged("text/plain", "application/json"));
        assert!(!judged("application/jsonp", "application/json"));
        assert!(judge_type(&HeaderMap::new(), "application/json").is_err());
    }
}

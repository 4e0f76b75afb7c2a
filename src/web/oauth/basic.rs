//! Client credentials in the `Authorization` header (RFC 6749 §2.3.1): Basic, with both halves form-encoded first.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::kernel::{Code, Refusal, secret::Secret};

/// Identifier and secret of a Basic header; none where there is no such header.
///
/// # Errors
/// `InvalidClient` where there is one that cannot be read: the client tried to authenticate and failed (RFC 6749 §5.2).
pub fn basic(headers: &HeaderMap) -> Result<Option<(String, Secret)>, Refusal> {
    let unreadable = || Code::InvalidClient.because("the Authorization header cannot be read");
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (values.next(), values.next());
    let Some(value) = first else { return Ok(None) };
    if second.is_some() {
        return Err(unreadable());
    }
    let text = value.to_str().map_err(|_| unreadable())?;
    let (scheme, encoded) = text.split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Code::InvalidClient.because("the authentication scheme is not supported here"));
    }
    let decoded = STANDARD.decode(encoded.trim_start_matches(' ')).map_err(|_| unreadable())?;
    let decoded = String::from_utf8(decoded).map_err(|_| unreadable())?;
    let (id, secret) = decoded.split_once(':').ok_or_else(unreadable)?;
    let (id, secret) = (form_decoded(id).ok_or_else(unreadable)?, form_decoded(secret).ok_or_else(unreadable)?);
    if id.is_empty() {
        return Err(unreadable());
    }
    Ok(Some((id, Secret::new(secret))))
}

/// One value of `application/x-www-form-urlencoded`; none where it is not UTF-8, holds NUL, or a `%` stands alone.
fn form_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: u8| char::from(b).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Option<(String, String)>, Code> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        let found = basic(&headers).map_err(|refusal| refusal.code)?;
        Ok(found.map(|(id, secret)| (id, secret.expose().to_owned())))
    }

    fn encoded(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn both_halves_are_form_decoded() {
        let pair = |id: &str, secret: &str| Ok(Some((id.to_owned(), secret.to_owned())));
        assert_eq!(read(&encoded("shop:secret")), pair("shop", "secret"));
        assert_eq!(read(&encoded("a%3Ab:c%2Bd+e%25")), pair("a:b", "c+d e%"));
        assert_eq!(read(&encoded("shop:a:b")), pair("shop", "a:b"));
        assert_eq!(read(&encoded("shop:")), pair("shop", ""));
        assert_eq!(read(&encoded("shop:x").replace("Basic", "bAsIc")), pair("shop", "x"));
        assert_eq!(basic(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_a_failed_authentication() {
        for value in [
            encoded("no-colon"),
            encoded(":secret"),
            encoded("shop:%zz"),
            encoded("shop:%4"),
            encoded("shop:%00"),
            encoded("shop:%ff"),
            "Basic !!!".into(),
            "Basic".into(),
            "Bearer abc".into(),
        ] {
            assert_eq!(read(&value), Err(Code::InvalidClient), "{value}");
        }
    }
}

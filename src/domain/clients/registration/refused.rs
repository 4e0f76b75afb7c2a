//! Refusals as registration says them (RFC 7591 §3.2.2).

use crate::kernel::{Code, Error, Refusal};

/// A refusal of fields becomes `invalid_redirect_uri` if one of these is wrong, else `invalid_client_metadata`.
pub(super) fn as_metadata(error: Error) -> Error {
    match error {
        Error::Refused(refusal) if refusal.code == Code::InvalidInput => of_fields(*refusal).into(),
        other => other,
    }
}

fn of_fields(refusal: Refusal) -> Refusal {
    let address = refusal.fields.iter().any(|field| field.field == "redirect_uris");
    let code = if address { Code::RedirectUriRefused } else { Code::InvalidClientMetadata };
    Refusal { code, sentence: Some("The client cannot be registered like this:".into()), ..refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_redirect_uri_has_a_code_of_its_own() {
        let of = |field| as_metadata(Code::InvalidInput.because("").at(field, "invalid", "is wrong").into());
        let code = |error: Error| error.refusal().map(|refusal| refusal.code);
        assert_eq!(code(of("redirect_uris")), Some(Code::RedirectUriRefused));
        assert_eq!(code(of("jwks_uri")), Some(Code::InvalidClientMetadata));
        assert_eq!(code(as_metadata(Code::NotFound.into())), Some(Code::NotFound));
    }
}

//! Request objects: authorization requests as JWTs that the client signed (OpenID Connect Core §6, RFC 9101).

mod believe;
mod fetch;
mod unfold;

pub use believe::decrypted;
pub use unfold::unfold;

use super::Parameters;
use crate::{
    app::Cx,
    domain::clients::Client,
    kernel::{Code, Refusal, Result},
};

/// Over which way a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Through a browser, which anybody can send.
    Browser,
    /// From the client itself (RFC 9126 §3).
    Pushed,
}

/// The parameters that count: those of the request object where there is one, else those that were sent.
///
/// # Errors
/// The refusal `invalid_request_object`, `invalid_request_uri`, `request_not_supported` or `request_uri_not_supported`.
pub async fn resolve(cx: &Cx, client: &Client, sent: &Parameters, place: Place) -> Result<Parameters> {
    let settings = &cx.config().oauth;
    let profile = client.profile(settings);
    let object = match (sent.once("request")?, sent.once("request_uri")?) {
        (Some(_), Some(_)) => {
            return Err(Code::InvalidRequest.because("request and request_uri exclude each other").into());
        }
        (Some(_), None) if !settings.request_objects && !profile.signs_messages() => {
            return Err(Code::RequestNotSupported.because("the parameter request is not supported").into());
        }
        (None, Some(_)) if !settings.request_objects_by_reference => {
            return Err(Code::RequestUriNotSupported.because("the parameter request_uri is not supported").into());
        }
        (Some(object), None) => object.to_owned(),
        (None, Some(reference)) => fetch::fetch(cx, client, reference).await?,
        // FAPI 2.0 Message Signing §5.3.1 (1), besides.
        (None, None) if client.metadata.require_signed_request_object || profile.signs_messages() => {
            return Err(Code::InvalidRequest.because("the client has to send a signed request object").into());
        }
        (None, None) => return Ok(sent.clone()),
    };
    let claims = believe::believe(cx, client, &object).await?;
    Ok(unfold(&claims, sent, &client.client_id, merges(client, sent, place))?)
}

/// Whether parameters outside of the object count where it lacks them. RFC 9101 §6.3 forbids it; OpenID Connect Core §6.3.3
/// demands it, and its requests can be told by what they have to carry outside: `response_type`, and `openid` in `scope`.
fn merges(client: &Client, sent: &Parameters, place: Place) -> bool {
    place == Place::Browser
        && !client.metadata.require_signed_request_object
        && sent.first("response_type").is_some()
        && sent.first("scope").is_some_and(|scope| scope.split(' ').any(|word| word == "openid"))
}

fn refused(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Code::InvalidRequestObject.because(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::{Metadata, testing::client};

    #[test]
    fn only_an_openid_request_is_completed_from_outside() {
        let sent = |pairs: &[(&str, &str)]| {
            Parameters::new(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
        };
        let openid = sent(&[("response_type", "code"), ("scope", "profile openid")]);
        assert!(merges(&client(), &openid, Place::Browser));
        assert!(!merges(&client(), &openid, Place::Pushed));
        assert!(!merges(&client(), &sent(&[("scope", "openid")]), Place::Browser));
        assert!(!merges(&client(), &sent(&[("response_type", "code"), ("scope", "openidx")]), Place::Browser));
        let metadata = Metadata { require_signed_request_object: true, ..Metadata::default() };
        assert!(!merges(&Client { metadata, ..client() }, &openid, Place::Browser));
    }
}

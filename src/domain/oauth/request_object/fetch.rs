//! A request object by reference (OpenID Connect Core §6.2, RFC 9101 §5.2): fetched from an address that the client registered.

use crate::{
    app::Cx,
    domain::clients::Client,
    kernel::{Code, Refusal, Result},
};

/// Longest object that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// The object that `reference` names. It is fetched each time: an object that changed, under whatever fragment, is never an old
/// one.
pub(super) async fn fetch(cx: &Cx, client: &Client, reference: &str) -> Result<String> {
    let address = judge(&client.metadata.request_uris, reference)?;
    let fetched = cx.app.http.fetch(address, "application/oauth-authz-req+jwt, application/jwt, */*;q=0.5").await;
    let answer = fetched.map_err(|error| unread().hiding(format!("{reference}: {error}")))?;
    if answer.status != 200 || answer.body.len() > LONGEST {
        return Err(unread().hiding(format!("{reference}: {answer:?}")).into());
    }
    let text = String::from_utf8(answer.body).map_err(|_| unread().hiding(format!("{reference}: not UTF-8")))?;
    Ok(text.trim().to_owned())
}

/// The address to fetch from, if the client registered it. The fragment, which names a version of the object (§6.2), is not
/// sent to the server and may differ from the registered one. It is not held against the object: clients have to register
/// an address before they know the object, and the signature says more than a digest.
fn judge<'a>(registered: &[String], reference: &'a str) -> Result<&'a str, Refusal> {
    let bare = |uri: &'a str| uri.split('#').next().unwrap_or_default();
    let address = bare(reference);
    let known = registered.iter().any(|uri| uri.split('#').next() == Some(address));
    match known && reference.len() <= 512 {
        true => Ok(address),
        false => Err(Code::InvalidRequestUri.because("the request_uri is not registered for this client")),
    }
}

fn unread() -> Refusal {
    Code::InvalidRequestUri.because("no request object could be read at the request_uri")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_addresses_are_fetched() {
        let registered = ["https://shop.test/request#abc".to_owned(), "https://shop.test/other".to_owned()];
        let judged = |reference| judge(&registered, reference).map_err(|refusal| refusal.code);
        for reference in ["https://shop.test/request#abc", "https://shop.test/request#def", "https://shop.test/request"]
        {
            assert_eq!(judged(reference), Ok("https://shop.test/request"));
        }
        assert_eq!(judged("https://shop.test/other#v2"), Ok("https://shop.test/other"));
        for reference in [
            "https://shop.test/requests",
            "https://shop.test/request?x",
            "https://evil.test/#https://shop.test/request",
            "http://shop.test/request",
            "HTTPS://shop.test/request",
            "",
            "#abc",
        ] {
            assert_eq!(judged(reference), Err(Code::InvalidRequestUri), "{reference}");
        }
        assert_eq!(judge(&[], "https://shop.test/request").map_err(|r| r.code), Err(Code::InvalidRequestUri));
        let long = format!("https://shop.test/request#{}", "x".repeat(500));
        assert_eq!(judged(&long), Err(Code::InvalidRequestUri));
    }
}

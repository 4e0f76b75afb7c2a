//! The sector identifier (OpenID Connect Registration §5): a JSON list at the sector's host that names every redirect URI of the
//! client, so that nobody joins a sector uninvited.

use serde_json::Value;

use super::Client;
use crate::{
    app::Cx,
    kernel::{Code, Refusal, Result},
};

/// Fetches the list, where one is registered, and judges it. It is slow work: before the transaction.
pub(super) async fn check(cx: &Cx, client: &Client) -> Result<()> {
    let Some(uri) = &client.metadata.sector_identifier_uri else { return Ok(()) };
    let refused = |why: String| -> Refusal {
        Code::InvalidInput.because("The client cannot be registered like this.").at(
            "sector_identifier_uri",
            "invalid",
            why,
        )
    };
    let answer = cx.app.http.fetch(uri, "application/json").await;
    let answer = answer.map_err(|error| refused(format!("cannot be read: {error}")))?;
    if answer.status != 200 {
        return Err(refused(format!("was answered with status {}", answer.status)).into());
    }
    Ok(judge(&answer.body, &client.redirect_uris).map_err(|why| refused(why.to_owned()))?)
}

fn judge(body: &[u8], redirect_uris: &[String]) -> std::result::Result<(), &'static str> {
    let listed: Vec<String> = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|value| serde_json::from_value(value).ok())
        .ok_or("is not a JSON list of URIs")?;
    if redirect_uris.iter().all(|uri| listed.contains(uri)) { Ok(()) } else { Err("does not list every redirect URI") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_redirect_uri_has_to_be_listed() {
        let uris = ["https://a.test/cb".to_owned(), "https://b.test/cb".to_owned()];
        assert_eq!(judge(br#"["https://b.test/cb","https://a.test/cb","https://c.test/"]"#, &uris), Ok(()));
        assert!(judge(br#"["https://a.test/cb"]"#, &uris).is_err());
        assert!(judge(br#"["https://a.test/cb/","https://b.test/cb"]"#, &uris).is_err());
        for body in ["", "{}", "[7]", "null", r#"{"uris":["https://a.test/cb"]}"#] {
            assert!(judge(body.as_bytes(), &uris).is_err(), "{body}");
        }
    }
}

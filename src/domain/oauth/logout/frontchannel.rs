//! What a browser loads so that clients which keep their session in it hear of the end (OpenID Connect Front-Channel Logout 1.0
//! §3).

use url::Url;

use crate::{
    app::Cx,
    domain::clients,
    kernel::{
        Result,
        id::{ClientId, SessionId},
    },
};

/// The addresses to be loaded in frames for these clients, which had the session.
pub(super) async fn frames(cx: &Cx, session: SessionId, clients: &[ClientId]) -> Result<Vec<String>> {
    if clients.is_empty() {
        return Ok(Vec::new());
    }
    let found = clients::store::find_by_rows(cx.db().reader(), cx.tenant().id, clients).await?;
    let registered = found.into_iter().filter_map(|client| client.metadata.frontchannel_logout_uri);
    Ok(registered.filter_map(|uri| address(&uri, &cx.tenant().issuer, session)).collect())
}

/// A registered `frontchannel_logout_uri` with the session it is about. Both parameters always: a client that did not register
/// `frontchannel_logout_session_required` may ignore them (§2), and one without them could be made to sign anybody out.
fn address(uri: &str, issuer: &str, session: SessionId) -> Option<String> {
    let mut url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    url.query_pairs_mut().append_pair("iss", issuer).append_pair("sid", &session.to_string());
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_added_to_what_was_registered() {
        let session = SessionId::fresh();
        let address = |uri| address(uri, "https://id.example.test", session);
        let added = format!("iss=https%3A%2F%2Fid.example.test&sid={session}");
        assert_eq!(address("https://shop.example.test/out").unwrap(), format!("https://shop.example.test/out?{added}"));
        assert_eq!(address("https://s.test/out?a=b").unwrap(), format!("https://s.test/out?a=b&{added}"));
        for bad in ["javascript:alert(1)", "data:text/html,x", "out"] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}

//! Session management (OpenID Connect Session Management 1.0 §2, §4.2): a value by which a client's page finds out that the
//! person's session here is another one, or over, without asking the server.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::Url;

use crate::{
    app::App,
    domain::clients::Client,
    kernel::{
        Result,
        id::SessionId,
        secret::{Digest, Secret},
    },
    ports::random,
};

/// What the browser's cookie says of a session ("OP browser state"): scripts of our frame read it, so it is no secret, and
/// neither the session's identifier nor its secret can be learned from it. Another session has another.
pub fn browser_state(app: &App, session: SessionId) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(app.macs.browser_state.tag(&[session.as_bytes()])))
}

/// The `session_state` of an answer to a client at `redirect_uri`; none for addresses that no web page can have.
pub fn session_state(app: &App, client: &Client, redirect_uri: &str, session: SessionId) -> Result<Option<String>> {
    let Some(origin) = Url::parse(redirect_uri).ok().map(|url| url.origin()).filter(url::Origin::is_tuple) else {
        return Ok(None);
    };
    let (state, salt) = (browser_state(app, session), random::token("")?);
    Ok(Some(stated(&client.client_id, &origin.ascii_serialization(), state.expose(), salt.expose())))
}

/// The same computation as in `static/check_session.js`.
fn stated(client_id: &str, origin: &str, browser_state: &str, salt: &str) -> String {
    let digest = Digest::of(format!("{client_id} {origin} {browser_state} {salt}").as_bytes());
    format!("{}.{salt}", digest.hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_bound_to_client_origin_and_session() {
        let state = stated("shop", "https://shop.example.test", "b", "s");
        // printf 'shop https://shop.example.test b s' | sha256sum
        assert_eq!(state, "d4e5dab21ba2b37fbf44e77283cb0a960a3b3f0c0e3bce837c9a5d3053f992ba.s");
        for other in [
            stated("other", "https://shop.example.test", "b", "s"),
            stated("shop", "https://other.example.test", "b", "s"),
            stated("shop", "https://shop.example.test", "c", "s"),
            stated("shop", "https://shop.example.test", "b", "t"),
        ] {
            assert_ne!(state, other);
        }
        assert!(!state.contains(' '), "§2: no space");
    }
}

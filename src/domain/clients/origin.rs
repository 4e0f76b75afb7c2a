//! Which web origins belong to a client: those of its redirect URIs. Scripts there may read the answers of token and userinfo
//! endpoint (CORS).

use url::Url;

use super::{Client, documents};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Error, Result},
};

impl Client {
    /// Whether `origin`, as a browser sends it, is that of a registered redirect URI. `null` never is.
    pub fn is_at(&self, origin: &str) -> bool {
        let of = |uri: &String| Url::parse(uri).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
        self.redirect_uris.iter().filter_map(of).any(|registered| registered.ascii_serialization() == origin)
    }
}

/// Whether a client registered an origin.
#[derive(Debug, Clone)]
pub struct OwnsOrigin {
    /// The client's public identifier.
    pub client_id: String,
    /// The `Origin` header.
    pub origin: String,
}

impl Operation for OwnsOrigin {
    type Output = bool;
    const NAME: &'static str = "client.owns_origin";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<bool> {
        match documents::find(cx, &self.client_id).await {
            Ok(client) => Ok(client.is_some_and(|client| client.is_at(&self.origin))),
            Err(Error::Refused(_)) => Ok(false), // whoever authenticates the client says why
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::clients::testing::client;

    #[test]
    fn origins_are_those_of_redirect_uris() {
        let mut client = client();
        client.redirect_uris = vec![
            "https://shop.example.test/cb".into(),
            "http://127.0.0.1:9601/cb".into(),
            "com.example.app:/cb".into(),
        ];
        assert!(client.is_at("https://shop.example.test"));
        assert!(client.is_at("http://127.0.0.1:9601"));
        for foreign in ["https://shop.example.test:8443", "http://shop.example.test", "https://evil.test", "null", ""] {
            assert!(!client.is_at(foreign), "{foreign}");
        }
    }
}

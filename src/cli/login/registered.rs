//! What this installation itself knows of the client, if it is one of its own: a convenience, never needed.

use std::path::Path;

use url::Url;

use super::{Ending, listener};
use crate::{
    cli::open::Open,
    config::Config,
    domain::clients::{ApplicationType, AuthMethod, Client, ShowClient},
};

/// Where the answer goes, and how the client authenticates.
#[derive(Debug, Default)]
pub(super) struct Registered {
    /// Its first redirect URI on this machine.
    pub(super) redirect_uri: Option<Url>,
    /// Whether it is registered for `client_secret_post`.
    pub(super) by_post: bool,
}

/// The client's registration, where this machine holds it.
pub(super) async fn find(config: Config, client_id: &str) -> Registered {
    // Another machine's issuer: a sign-in there makes no database here.
    let file = config.database_url.expose().trim_start_matches("sqlite:").trim_start_matches("//");
    let file = file.split('?').next().unwrap_or_default();
    if config.database_url.is_embedded() && !Path::new(file).exists() {
        return Registered::default();
    }
    let show = ShowClient { client_id: client_id.to_owned() };
    let found: Result<Client, Ending> = Open::and(config, async |open| open.perform(show).await).await;
    found.map(|client| of(&client)).unwrap_or_default()
}

fn of(client: &Client) -> Registered {
    let native = client.application_type == ApplicationType::Native;
    let mut redirect_uri = client.redirect_uris.iter().find_map(|uri| listener::parse(uri).ok());
    // A native client's port is free (RFC 8252 §7.3).
    if let Some(uri) = redirect_uri.as_mut().filter(|_| native)
        && uri.set_port(None).is_err()
    {
        redirect_uri = None;
    }
    Registered { redirect_uri, by_post: client.token_endpoint_auth_method == AuthMethod::ClientSecretPost }
}

//! `signet login`: a complete sign-in from the terminal, as a native application makes it (RFC 8252).
//!
//! With `--device` somebody signs in elsewhere, and the terminal waits (RFC 8628). It knows nothing that another relying party
//! could not know: discovery, authorization code with PKCE, a listener on the loopback address, and every check of the answer. So
//! it shows whether a client and an issuer work together.

pub(super) mod answer;
pub(super) mod client;
mod device;
mod id_token;
mod listener;
mod possession;
pub(super) mod provider;
pub(super) mod redemption;
mod registered;
pub(super) mod shown;

use std::process::{Command, Stdio};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Args;
use url::Url;

use self::{
    answer::Expected,
    client::Client,
    listener::Listener,
    possession::Possession,
    provider::Provider,
    redemption::{Redemption, Tokens},
    registered::Registered,
};
use super::{Ending, Print, secret_input};
use crate::{
    config::{Config, Issuer, Setting},
    kernel::{Clock, secret::Secret},
    ports::{
        http::{Http, HttpSettings},
        random,
    },
};

/// Larger answers than any issuer gives.
const LARGEST_ANSWER: usize = 1 << 20;
/// Where the answer goes when nobody says where.
const USUAL_REDIRECT_URI: &str = "http://127.0.0.1/callback";

#[derive(Debug, Args)]
pub(super) struct Login {
    /// The client to sign in to.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    client_id: String,
    /// The issuer. Without it, the one of the settings.
    #[arg(long, value_name = "URL", value_parser = Issuer::parse)]
    issuer: Option<Issuer>,
    /// What to ask for.
    #[arg(long, value_name = "SCOPES", default_value = "openid profile email")]
    scope: String,
    /// An API that the access token is to be for, by its URI (RFC 8707); may be given several times.
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// Where the answer goes: an http address on this machine that the client has registered. A native client's port is
    /// free; leave it out. Without the option, the client's own registration says where, or it is
    /// http://127.0.0.1/callback.
    #[arg(long, value_name = "URI", value_parser = listener::parse)]
    redirect_uri: Option<Url>,
    /// Read the client's secret from a line of the standard input.
    #[arg(long)]
    client_secret_stdin: bool,
    /// Make a key for this sign-in and ask for tokens that are bound to it (DPoP).
    #[arg(long)]
    dpop: bool,
    /// Print the address to open, and open no browser.
    #[arg(long)]
    no_browser: bool,
    /// Show a code and a QR code, and wait until somebody has signed in with it on another device.
    #[arg(long, conflicts_with_all = ["redirect_uri", "no_browser"])]
    device: bool,
}

/// Signs in and prints the tokens.
pub(super) async fn run(login: Login, config: Config, print: Print) -> Result<(), Ending> {
    let secret = if login.client_secret_stdin { Some(secret_input::line()?) } else { None };
    let issuer = login.issuer.clone().unwrap_or_else(|| config.issuer.clone());
    let http = Http::open(HttpSettings {
        // The issuer is the choice of the person at the terminal, and often on this very machine.
        allow_private_targets: true,
        extra_ca: config.http.extra_ca.as_ref().map(|extra| extra.pem().to_owned()),
        timeout: config.http.timeout.std(),
        most: LARGEST_ANSWER,
    })?;
    let ours = issuer.as_str() == config.issuer.as_str();
    let registered = if ours { registered::find(config, &login.client_id).await } else { Registered::default() };
    let provider = Provider::discover(&http, issuer.as_str()).await?;
    let possession = if login.dpop { Some(Possession::fresh(&provider)?) } else { None };
    let client = Client {
        id: &login.client_id,
        secret: secret.as_ref(),
        by_post: registered.by_post,
        possession: possession.as_ref(),
    };
    let signed_in = match login.device {
        true => {
            let tokens = device::sign_in(&http, &provider, &client, (&login.scope, &login.resources), print).await?;
            SignedIn { tokens, nonce: None, code: None }
        }
        false => by_browser(&login, registered.redirect_uri, &http, &provider, &client, print).await?,
    };
    let SignedIn { tokens, nonce, code } = &signed_in;
    possession.as_ref().map_or(Ok(()), |possession| possession.check(&tokens.token_type))?;
    let id_token = match &tokens.id_token {
        None => None,
        Some(id_token) => {
            let (nonce, code) = (nonce.as_ref(), code.as_ref());
            let claims = id_token::Claims { client_id: &login.client_id, nonce, code, tokens };
            Some(claims.verify(id_token, &provider, &provider.keys(&http).await?, Clock::System.now())?)
        }
    };
    let value = shown::value(&provider.issuer, &login.client_id, tokens, id_token.as_ref());
    Ok(print.answer(&value, || shown::words(&value))?)
}

/// What a sign-in brought, and what its ID token has to fit.
struct SignedIn {
    tokens: Tokens,
    nonce: Option<Secret>,
    code: Option<Secret>,
}

/// A sign-in in a browser on this machine. `registered`: where the client's registration says that answers go.
async fn by_browser(
    login: &Login,
    registered: Option<Url>,
    http: &Http,
    provider: &Provider,
    client: &Client<'_>,
    print: Print,
) -> Result<SignedIn, Ending> {
    let usual = || listener::parse(USUAL_REDIRECT_URI).map_err(Ending::Usage);
    let listener = match login.redirect_uri.clone().or(registered) {
        Some(uri) => Listener::open(uri).await?,
        None => Listener::open(usual()?).await?,
    };
    let verifier = random::token("")?;
    let expected =
        Expected { state: random::token("")?, issuer: provider.issuer.clone(), says_issuer: provider.says_issuer };
    let nonce = random::token("")?;
    let mut address = authorization_url(login, provider, &listener, &expected.state, &nonce, &verifier);
    if let Some(possession) = client.possession {
        address.query_pairs_mut().append_pair("dpop_jkt", possession.thumbprint());
    }
    print.remark(&format!("Open this address to sign in:\n\n  {address}\n"));
    if !login.no_browser && !open_browser(address.as_str()) {
        print.remark("No browser could be opened here.");
    }
    let code = listener.answered(&expected).await?;
    let redemption = Redemption { client, code: &code, redirect_uri: listener.redirect_uri(), verifier: &verifier };
    let tokens = redemption.redeem(http, provider).await?;
    Ok(SignedIn { tokens, nonce: Some(nonce), code: Some(code) })
}

/// The authorization request: RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1.
fn authorization_url(
    login: &Login,
    provider: &Provider,
    listener: &Listener,
    state: &Secret,
    nonce: &Secret,
    verifier: &Secret,
) -> Url {
    let mut address = provider.authorization_endpoint.clone();
    address
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &login.client_id)
        .append_pair("redirect_uri", listener.redirect_uri())
        .append_pair("scope", &login.scope)
        .append_pair("state", state.expose())
        .append_pair("nonce", nonce.expose())
        .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(verifier.digest().to_vec()))
        .append_pair("code_challenge_method", "S256");
    address.query_pairs_mut().extend_pairs(login.resources.iter().map(|uri| ("resource", uri)));
    address
}

/// Whether the desktop took the address.
fn open_browser(address: &str) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}

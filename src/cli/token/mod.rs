//! `signet token`: what a client does with tokens, from a terminal. It knows nothing that another client could not know.

mod asked;
mod exchange;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::asked::{Asked, Client, text};
use super::{Ending, Print, login::shown::decoded};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Exchange a token for another one (RFC 8693).
    Exchange(Box<exchange::Exchange>),
    /// Ask what a token says (RFC 7662).
    Introspect(One),
    /// Give a token back (RFC 7009).
    Revoke(One),
    /// Show what stands in a JWT. Nothing is verified.
    Decode {
        /// The token; - reads it from a line of the standard input.
        token: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct One {
    #[command(flatten)]
    client: Client,
    /// The token; - reads it from a line of the standard input, after the secret.
    #[arg(long, value_name = "TOKEN", default_value = "-")]
    token: String,
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    match command {
        Command::Exchange(exchange) => exchange.run(&config, print).await,
        Command::Introspect(One { client, token }) => {
            let asked = Asked::by(client)?;
            let form = [("token", text(&token)?)];
            let answer = asked.post(&config, "introspection_endpoint", &form).await?;
            Ok(print.answer(&answer, || pretty(&answer))?)
        }
        Command::Revoke(One { client, token }) => {
            let asked = Asked::by(client)?;
            let form = [("token", text(&token)?)];
            asked.post(&config, "revocation_endpoint", &form).await?;
            Ok(print.answer(&json!({ "revoked": true }), || {
                "The token is worthless, if it was one of this client.".into()
            })?)
        }
        Command::Decode { token } => {
            let token = text(&token)?;
            let shown = decoded(token.expose());
            let shown = shown.ok_or_else(|| Ending::Usage("This is no JWT: only its issuer can read it.".into()))?;
            Ok(print.answer(&shown, || pretty(&shown))?)
        }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
